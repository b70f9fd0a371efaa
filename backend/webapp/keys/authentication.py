"""A program with a key. Doors that let programs in name it before `webapp.users.authentication.Bearer`."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated

from shared import identity
from webapp.keys import operations
from webapp.users.authentication import Bearer


class KeyBearer(BaseAuthentication):
    """`Authorization: Bearer ceex_…`: the key's user; `request.auth` is the key."""

    def authenticate(self, request):
        """Recognise a key; leave every other token to the next class."""
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme != "Bearer" or not secret.startswith(operations.MARK):
            return None
        try:
            key, allowance = operations.use(secret=secret, at=identity.real_time())
        except operations.KeyNotValid as error:
            raise AuthenticationFailed("This key is unknown, revoked or expired.") from error
        # For `RateLimitHeaders`, which knows nothing of REST framework.
        getattr(request, "_request", request).allowance = allowance
        return key.user, key

    def authenticate_header(self, request):
        """What a caller should send."""
        return "Bearer"


class KeyScheme(OpenApiAuthenticationExtension):
    """How the API's description names it."""

    target_class = KeyBearer
    name = "apiKey"

    def get_security_definition(self, auto_schema):
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "An API key: `Bearer ceex_…`."}


class SessionScheme(OpenApiAuthenticationExtension):
    """How the API's description names a log-in."""

    target_class = Bearer
    name = "session"

    def get_security_definition(self, auto_schema):
        """A bearer token of five minutes."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


# What doors name that programs may use beside people.
PEOPLE_AND_PROGRAMS = (KeyBearer, Bearer)
_program, _person = KeyBearer(), Bearer()


def recognised(request):
    """Who sends a request that REST framework has not seen, and the key or token that proves it.

    :raises NotAuthenticated, AuthenticationFailed: nobody, or nobody any more
    """
    try:
        found = _program.authenticate(request) or _person.authenticate(request)
        if found is None:
            raise NotAuthenticated
    except (NotAuthenticated, AuthenticationFailed) as error:
        error.auth_header = _program.authenticate_header(request)
        raise
    return found


class RateLimitHeaders:
    """Says in every answer to a key how many requests it has left."""

    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request):
        """Answer, and add what the key's recognition found."""
        response = self._get_response(request)
        allowance = getattr(request, "allowance", None)
        if allowance is not None:
            for name, value in allowance.headers().items():
                response.headers[name] = value
        return response
