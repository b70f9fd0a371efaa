import pytest

from trading.ledger import operations
from trading.tests.caller import Caller
from trading.tests.cast import CHF, NOON_BEFORE


class TestAccount:
    @pytest.mark.parametrize("kind", ["payment", "payout", "statement"])
    def test_names_an_auction_only_where_there_is_one(self, client, street, dam, kind):
        pair = [street.operator_account("payments").pk, street.account(street.bo).pk]
        for document, (debit, credit) in ((kind, pair), ("auction", pair[::-1])):
            entry = operations.Entries([debit], [credit], [CHF], ["vat"], [0])
            operations.book(entries=entry, document_kind=document, document_id=dam.pk, at=NOON_BEFORE)
        answer = Caller(client, street.bo).get(f"/node/{street.bo.public_id}/account").json()
        shown = {(entry["text"], entry["auctionId"]) for entry in answer["entries"]}
        assert shown == {("VAT", None), (f"VAT {dam.code}", dam.code)}

    def test_shows_balance_hold_and_entries(self, client, street):
        account = street.account(street.bo)
        operations.pay_in(account=account, amount_urp=20 * CHF, payment_number=1, at=NOON_BEFORE)
        operations.hold(account_id=account.pk, auction_id=1, change_urp=5 * CHF, at=NOON_BEFORE)
        answer = Caller(client, street.bo).get(f"/node/{street.bo.public_id}/account").json()
        assert answer["balanceUrp"] == 20 * CHF
        assert answer["heldUrp"] == 5 * CHF
        assert answer["limitUrp"] == -500 * CHF
        assert answer["freeUrp"] == 515 * CHF
        (entry,) = answer["entries"]
        assert (entry["kind"], entry["amountUrp"], entry["auctionId"]) == ("payment", 20 * CHF, None)
        assert entry["at"] == "2026-11-22T09:00:00Z"
