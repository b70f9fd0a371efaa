"""A program with a key. Doors that let programs in name it before `webapp.users.authentication.Bearer`."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

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
            key, request._request.allowance = operations.use(secret=secret, at=identity.real_time())
        except operations.KeyNotValid as error:
            raise AuthenticationFailed("This key is unknown, revoked or expired.") from error
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
