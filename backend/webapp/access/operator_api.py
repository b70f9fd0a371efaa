from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.fields import utc_text
from webapp.access import queries
from webapp.users.permissions import IsOperator


class AllPairings(APIView):
    """Who acts for which customer now."""

    permission_classes = (IsOperator,)

    class Answer(serializers.Serializer):
        """A list."""

        class PairedCustomer(serializers.Serializer):
            """A customer and the user who acts for it."""

            dsoId = serializers.CharField()
            customerNumber = serializers.CharField()
            email = serializers.EmailField()
            pairedAt = serializers.DateTimeField()

        items = PairedCustomer(many=True)

    @extend_schema(responses=Answer)
    def get(self, request):
        """List them."""
        return Response({"items": [_paired(each) for each in queries.present_pairings()]})


def _paired(pairing):
    return {
        "dsoId": pairing.dso_id,
        "customerNumber": pairing.customer_number,
        "email": pairing.user.email,
        "pairedAt": utc_text(pairing.paired_at),
    }
