"""Paying out what households have, and the files for the bank, each to be had again by its number."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import identity
from shared.fields import utc_text
from trading.grid.access import OperatorDoor
from trading.markets import queries as markets
from trading.settlement import payments


class PayOutDoor(OperatorDoor):
    """A view of the money that leaves the exchange."""

    roles = frozenset({identity.OPERATOR})


class PayOuts(PayOutDoor):
    """Paying out, and the files that were written."""

    class Paid(serializers.Serializer):
        """How many pay-outs were booked, and the number of the file that carries them; empty if none does."""

        payOuts = serializers.IntegerField()
        message = serializers.CharField()

    class Answer(serializers.Serializer):
        """The newest file first."""

        class FileShape(serializers.Serializer):
            """A file for the bank: its number, how many pay-outs it carries, and their sum."""

            message = serializers.CharField()
            payOuts = serializers.IntegerField()
            amountRp = serializers.IntegerField()
            writtenAt = serializers.DateTimeField()

        items = FileShape(many=True)

    @extend_schema(operation_id="payOutFiles", responses=Answer)
    def get(self, request, dso_id):
        """List the files."""
        return Response({"items": [_file(each) for each in payments.files(dso=self.dso)]})

    @extend_schema(operation_id="payOut", request=None, responses={200: Paid})
    def post(self, request, dso_id):
        """Pay out to everybody who said where; the file is fetched by its number."""
        at = markets.now()
        paid = payments.pay_out_all(dso=self.dso, at=at)
        message, _ = payments.write_payouts(dso=self.dso, at=at) or ("", b"")
        return Response({"payOuts": len(paid), "message": message})


class PayOutFile(PayOutDoor):
    """One file for the bank."""

    class Answer(serializers.Serializer):
        """Its number and its text, pain.001.001.09."""

        message = serializers.CharField()
        xml = serializers.CharField()

    @extend_schema(operation_id="payOutFile", responses=Answer)
    def get(self, request, dso_id, message):
        """Give it, as often as it is asked for."""
        return Response({"message": message, "xml": payments.file_of(dso=self.dso, message=message).decode()})


def _file(written):
    return {
        "message": written["message"],
        "payOuts": written["count"],
        "amountRp": written["amount_rp"],
        "writtenAt": utc_text(written["written_at"]),
    }
