"""A household's account. Which auctions entries come from is known above and comes in through `urls.py`."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared.fields import utc_text
from trading.grid.access import NodeDoor
from trading.ledger import queries
from trading.ledger.models import LedgerEntry

TEXTS = {
    LedgerEntry.Kind.ENERGY: "Energy",
    LedgerEntry.Kind.WITHDRAWAL_FEE: "Use of the grid",
    LedgerEntry.Kind.IMBALANCE: "Difference to the schedule",
    LedgerEntry.Kind.NETTING: "Difference to the schedule, between neighbours",
    LedgerEntry.Kind.LEVIES: "Levies",
    LedgerEntry.Kind.VAT: "VAT",
    LedgerEntry.Kind.GUARANTEE: "Guarantee",
    LedgerEntry.Kind.PAYMENT: "Payment",
}
OF_AUCTIONS = ("auction", "curtailment", "imbalance")  # documents that bear an auction's key
NOTES = {"curtailment": "(curtailed by the grid operator)"}


class Account(NodeDoor):
    """What the node's customer has for trading."""

    auction_codes = None  # of auctions by key

    class Answer(serializers.Serializer):
        """An account with its newest entries."""

        class EntryShape(serializers.Serializer):
            """One entry as the customer sees it: received (+) or paid (−)."""

            entryId = serializers.IntegerField()
            at = serializers.DateTimeField()
            kind = serializers.CharField()
            amountUrp = serializers.IntegerField()
            auctionId = serializers.CharField(allow_null=True)
            text = serializers.CharField()

        accountId = serializers.CharField()
        balanceUrp = serializers.IntegerField()
        heldUrp = serializers.IntegerField()
        freeUrp = serializers.IntegerField(allow_null=True)
        limitUrp = serializers.IntegerField(allow_null=True)
        entries = EntryShape(many=True)

    @extend_schema(operation_id="account", responses=Answer)
    def get(self, request, node_id):
        """Show it."""
        account = queries.account(customer=self.node.customer_id, kind="trading")
        entries = list(queries.latest_entries(account=account))
        codes = self.auction_codes(
            auction_ids=[entry.document_id for entry in entries if entry.document_kind in OF_AUCTIONS]
        )
        return Response(
            {
                "accountId": account.public_id,
                "balanceUrp": account.balance_urp,
                "heldUrp": account.held_urp,
                "freeUrp": queries.free_urp(account),
                "limitUrp": account.limit_urp,
                "entries": [_entry(entry, account, codes) for entry in entries],
            }
        )


def _entry(entry, account, codes):
    code = codes.get(entry.document_id) if entry.document_kind in OF_AUCTIONS else None
    received = entry.credit_id == account.pk
    return {
        "entryId": entry.pk,
        "at": utc_text(entry.booked_at),
        "kind": entry.kind,
        "amountUrp": entry.amount_urp if received else -entry.amount_urp,
        "auctionId": code,
        "text": " ".join(
            filter(None, [TEXTS.get(entry.kind, entry.kind), code, NOTES.get(entry.document_kind)])
        ),
    }
