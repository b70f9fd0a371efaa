"""Who asks, and in which role. REST framework loads this module from the settings."""

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from shared import identity


class SignedIdentity(BaseAuthentication):
    """The statement that the public door signed for this request."""

    def authenticate(self, request):
        """Read who asks from the request's header."""
        header = request.META.get("HTTP_AUTHORIZATION")
        try:
            who = identity.verify_header(
                settings.WEBAPP_PUBLIC_KEY,
                header,
                issuer="webapp",
                audience="trading",
                at=identity.real_time(),
            )
        except identity.NotTrusted as error:
            raise AuthenticationFailed from error
        return who, None

    def authenticate_header(self, request):
        """What a caller should send."""
        return "Bearer"


class SignedIdentityScheme(OpenApiAuthenticationExtension):
    """How the API's description names it."""

    target_class = SignedIdentity
    name = "signedIdentity"

    def get_security_definition(self, auto_schema):
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class RoleAllowed(BasePermission):
    """A view says by `roles` who may use it."""

    def has_permission(self, request, view):
        """Whether the caller's role is among them."""
        return request.user is not None and request.user.role in view.roles
