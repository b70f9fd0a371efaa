"""Who sends this request: the bearer token's session, looked up each time, so that its end counts at once."""

from rest_framework import exceptions
from rest_framework_simplejwt.authentication import JWTAuthentication

from shared import identity
from webapp.users import sessions


class Bearer(JWTAuthentication):
    """`Authorization: Bearer …` with an access token of a living session."""

    def get_user(self, validated_token):
        """Read the user from the session, not from the token."""
        user = sessions.user_of(family_id=validated_token.get("sid"), at=identity.real_time())
        if user is None or str(user.pk) != validated_token.get("sub"):
            raise exceptions.AuthenticationFailed("The session has ended.")
        return user
