from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity
from shared.fields import utc_text
from webapp.feedback import operations, queries
from webapp.users import inputs
from webapp.users.permissions import IsOperator


class Feedback(APIView):
    """Tell what is wrong with the page, or right."""

    class Request(fields.StrictSerializer):
        """The words, and the page's address."""

        text = fields.StrictCharField(max_length=2000, multiline=True)
        page = fields.StrictCharField(max_length=200)

    @extend_schema(operation_id="feedback", request=Request, responses={204: None})
    def post(self, request):
        """Keep it for the operator."""
        said = inputs.read(self.Request, request)
        operations.tell(user=request.user, **said, browser=inputs.device_of(request), at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Remarks(APIView):
    """What people told, for the operator."""

    permission_classes = (IsOperator,)

    class Answer(serializers.Serializer):
        """The newest first."""

        class RemarkShape(serializers.Serializer):
            """One remark."""

            at = serializers.DateTimeField()
            email = serializers.EmailField()
            text = serializers.CharField()
            page = serializers.CharField()
            revision = serializers.CharField()
            browser = serializers.CharField()

        items = RemarkShape(many=True)

    @extend_schema(operation_id="remarks", responses=Answer)
    def get(self, request):
        """List the newest hundred."""
        return Response({"items": [_described(each) for each in queries.newest()]})


def _described(remark):
    return {
        "at": utc_text(remark.at),
        "email": remark.user.email,
        "text": remark.text,
        "page": remark.page,
        "revision": remark.revision,
        "browser": remark.browser,
    }
