from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity
from shared.problems import Problem
from webapp.users import cookies, operations, profile, sessions, throttles, tokens
from webapp.users.inputs import EmailField, code_field, device_of, password_field, read
from webapp.users.models import LANGUAGES
from webapp.users.shapes import SessionShape, UserShape

MAIL_NOTE = "Always the same answer: whether the address is known is told by mail only."


class Open(APIView):
    """A door for people who are not logged in."""

    authentication_classes = ()
    permission_classes = ()

    def input(self, request):
        """The request's body as its endpoint's `Request` reads it."""
        return read(self.Request, request)


class Register(Open):
    """Ask to become a user."""

    class Request(fields.StrictSerializer):
        email = EmailField()
        password = password_field()
        language = fields.StrictChoiceField(LANGUAGES, default="en")

    @extend_schema(request=Request, responses={202: None}, description=MAIL_NOTE)
    def post(self, request):
        operations.register(
            **self.input(request), address=throttles.address_of(request), at=identity.real_time()
        )
        return Response(status=status.HTTP_202_ACCEPTED)


class TokenRequest(fields.StrictSerializer):
    token = fields.StrictCharField(max_length=tokens.LONGEST)


class Confirm(Open):
    """Become a user, by the link in the mail."""

    Request = TokenRequest

    @extend_schema(request=TokenRequest, responses={204: None})
    def post(self, request):
        operations.confirm(
            **self.input(request), address=throttles.address_of(request), at=identity.real_time()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


def answer_with(session):
    """A session as the page gets it: the short token in the body, the long one in the cookie."""
    response = Response(
        {
            "accessToken": session.access_token,
            "expiresIn": int(sessions.ACCESS_LIFETIME.total_seconds()),
            "user": profile.of(session.user),
        }
    )
    return cookies.give(response, session.refresh_token)


class LogIn(Open):
    """Begin a session."""

    class Request(fields.StrictSerializer):
        email = EmailField()
        password = password_field()
        code = code_field(required=False, allow_blank=True, default="")

    @extend_schema(request=Request, responses={200: SessionShape})
    def post(self, request):
        asked = self.input(request)
        # For the audit: which account was tried, and who it turned out to be.
        request._request.claimed_account = f"account {tokens.pseudonym(asked['email'])}"
        session = operations.log_in(
            **asked,
            address=throttles.address_of(request),
            device=device_of(request),
            at=identity.real_time(),
        )
        request.user = session.user
        return answer_with(session)


class Refresh(Open):
    """Continue a session: exchange the cookie's token for its successor and a new access token."""

    @extend_schema(request=None, responses={200: SessionShape})
    def post(self, request):
        # A form of another site cannot set a header.
        if request.headers.get("X-CEEX") != "1":
            raise Problem(403, "header-required", "Not allowed", "The header X-CEEX: 1 is required.")
        cookies.refuse_other_sites(request)
        at = identity.real_time()
        throttles.count("refresh-address", throttles.address_of(request), at=at)
        return answer_with(sessions.refresh(token=cookies.token_of(request), at=at))


class LogOut(Open):
    """End this session."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request):
        cookies.refuse_other_sites(request)
        sessions.close(token=cookies.token_of(request), at=identity.real_time())
        return cookies.take_away(Response(status=status.HTTP_204_NO_CONTENT))


class RequestReset(Open):
    """Ask for a link by which to choose another password."""

    class Request(fields.StrictSerializer):
        email = EmailField()

    @extend_schema(request=Request, responses={202: None}, description=MAIL_NOTE)
    def post(self, request):
        operations.request_reset(
            **self.input(request), address=throttles.address_of(request), at=identity.real_time()
        )
        return Response(status=status.HTTP_202_ACCEPTED)


class Reset(Open):
    """Choose another password, by the link in the mail. Ends every session."""

    class Request(TokenRequest):
        password = password_field()

    @extend_schema(request=Request, responses={204: None})
    def post(self, request):
        operations.reset_password(
            **self.input(request), address=throttles.address_of(request), at=identity.real_time()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class ChangePassword(APIView):
    """Choose another password. Ends every session and begins this one anew, by a new cookie."""

    class Request(fields.StrictSerializer):
        currentPassword = password_field()
        newPassword = password_field()

    @extend_schema(request=Request, responses={204: None})
    def post(self, request):
        cookies.refuse_other_sites(request)
        body = read(self.Request, request)
        session = operations.change_password(
            user=request.user,
            current=body["currentPassword"],
            new=body["newPassword"],
            device=device_of(request),
            at=identity.real_time(),
        )
        return cookies.give(Response(status=status.HTTP_204_NO_CONTENT), session.refresh_token)


class Me(APIView):
    """The user who is logged in."""

    class Request(fields.StrictSerializer):
        language = fields.StrictChoiceField(LANGUAGES)

    @extend_schema(responses={200: UserShape})
    def get(self, request):
        return Response(profile.of(request.user))

    @extend_schema(request=Request, responses={200: UserShape})
    def patch(self, request):
        body = read(self.Request, request)
        return Response(profile.of(operations.choose_language(user=request.user, language=body["language"])))
