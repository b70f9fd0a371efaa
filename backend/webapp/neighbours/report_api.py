"""The operator's list of messages that people complained about."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity
from shared.fields import utc_text
from webapp.neighbours import operations, queries
from webapp.users import inputs
from webapp.users.permissions import IsOperator


class Reports(APIView):
    """Messages that their receivers reported."""

    permission_classes = (IsOperator,)

    class Answer(serializers.Serializer):
        """Those that wait first."""

        class ReportShape(serializers.Serializer):
            """One report."""

            reportId = serializers.UUIDField()
            at = serializers.DateTimeField()
            reason = serializers.CharField()
            text = serializers.CharField()
            writtenAt = serializers.DateTimeField()
            writer = serializers.EmailField()
            reporter = serializers.EmailField()
            settledAt = serializers.DateTimeField(allow_null=True)
            silenced = serializers.BooleanField()

        items = ReportShape(many=True)

    @extend_schema(operation_id="message_reports", responses=Answer)
    def get(self, request):
        """List the newest."""
        return Response({"items": [_described(each) for each in queries.reports()]})


class Settlement(APIView):
    """The operator's answer to a report."""

    permission_classes = (IsOperator,)

    class Request(fields.StrictSerializer):
        """Whether its writer is silenced."""

        silence = fields.StrictBooleanField()

    @extend_schema(operation_id="settle_report", request=Request, responses={204: None})
    def put(self, request, report_id):
        """Close it."""
        said = inputs.read(self.Request, request)
        operations.settle(report_id=report_id, silence=said["silence"], at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _described(report):
    message = report.message
    return {
        "reportId": str(report.pk),
        "at": utc_text(report.at),
        "reason": report.reason,
        "text": message.text,
        "writtenAt": utc_text(message.at),
        "writer": message.sender.user.email,
        "reporter": message.receiver.user.email,
        "settledAt": utc_text(report.settled_at),
        "silenced": message.sender.silenced_at is not None,
    }
