"""Bo pays in by the reference of his bill, somebody else without one; Ada is paid out."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
import sepaxml.validation
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared.problems import Problem
from trading.ledger import operations as ledger
from trading.operations.tests.invariants import books
from trading.settlement import bills, camt, journal, payments
from trading.settlement.models import BankAccount, PayIn, PayOut, PayoutAccount
from trading.settlement.tests.test_statements import BANK, NOVEMBER
from trading.tests.caller import Caller

__all__ = ["books"]

AT = datetime(2026, 12, 2, 9, tzinfo=UTC)
IBAN = "CH5604835012345678009"
BACK = "<RvslInd>true</RvslInd><Sts>"  # what turns an entry of a report into its reversal
ENTRY = """
<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<ValDt><Dt>2026-12-01</Dt></ValDt><AcctSvcrRef>{bank}</AcctSvcrRef><NtryDtls><TxDtls>
<Amt Ccy="{currency}">{amount}</Amt><RltdPties><Dbtr><Pty><Nm>Bo</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf>
</TxDtls></NtryDtls></Ntry>"""


def entry(reference="", amount="12.35", bank="B1", currency="CHF", side="CRDT"):
    return ENTRY.format(reference=reference, amount=amount, bank=bank, currency=currency, side=side)


def report(*entries, version="054.001.08", head=""):
    inner = f"<BkToCstmrDbtCdtNtfctn><Ntfctn>{''.join(entries)}</Ntfctn></BkToCstmrDbtCdtNtfctn>"
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.{version}"
    return f'<?xml version="1.0"?>{head}<Document xmlns="{space}">{inner}</Document>'.encode()


def take_in(street, *entries, **options):
    return payments.take_in(dso=street.dso, raw=report(*entries, **options), at=AT)


def balance(street, node):
    return street.account(node).balance_urp


class TestPayIn:
    def test_is_booked_by_its_reference(self, street):
        bo = street.bo.customer
        taken = take_in(
            street,
            entry(bills.reference(bo, NOVEMBER), "12.35", "B1"),
            entry(f" {bills.reference(bo, NOVEMBER)}", "0.05", "B2"),
            entry("", "7.00", "B3", side="DBIT"),
            version="053.001.04",
        )
        assert taken == payments.TakenIn(booked=2, waiting=0, known=0)
        assert balance(street, street.bo) == 1240 * 10**6

    def test_twice_changes_nothing(self, street):
        one = entry(bills.reference(street.bo.customer, NOVEMBER))
        take_in(street, one)
        assert take_in(street, one, entry("", "1.00", "B2")) == payments.TakenIn(0, 1, 1)
        assert balance(street, street.bo) == 1235 * 10**6

    @pytest.mark.parametrize("reference", ["", "RF18539007547034", "210000000003139471430009017", "rubbish"])
    def test_of_an_unknown_reference_waits_until_somebody_decides(self, street, reference):
        assert take_in(street, entry(reference)).waiting == 1
        [waiting] = payments.waiting(dso=street.dso)
        payments.assign(pay_in=waiting, customer=street.bo.customer, actor="a-user", at=AT)
        assert balance(street, street.bo) == 1235 * 10**6
        assert not payments.waiting(dso=street.dso)
        with pytest.raises(payments.AlreadyBooked):
            payments.assign(pay_in=waiting, customer=street.ada.customer, actor="a-user", at=AT)

    def test_that_is_ours_come_back_waits(self, street):
        ours = entry(bills.reference(street.bo.customer, NOVEMBER), "7.00").replace("<Sts>", BACK)
        assert take_in(street, ours) == payments.TakenIn(booked=0, waiting=1, known=0)
        [waiting] = payments.waiting(dso=street.dso)
        assert waiting.amount_urp == 700 * 10**6

    def test_that_the_bank_takes_back_is_told(self, client, street):
        raw = report(entry("R1", "7.00", "B7", side="DBIT").replace("<Sts>", BACK)).decode()
        operator, path = Caller(client, role="operator"), f"/dso/{street.dso.public_id}/payments/reports"
        answer = operator.post(path, {"xml": raw}).json()
        told = {
            "bankReference": "B7/0",
            "reference": "R1",
            "amountUrp": 700 * 10**6,
            "valuedOn": "2026-12-01",
        }
        assert answer == {"booked": 0, "waiting": 0, "known": 0, "takenBack": [told]}

    def test_locks_every_account_once_in_one_order(self, street):
        credits = [
            entry(bills.reference(node.customer, NOVEMBER), bank=f"B{node.pk}")
            for node in (street.bo, street.ada)
        ]
        with CaptureQueriesContext(connection) as asked:
            take_in(street, *credits)
        first = next(each["sql"] for each in asked if "FOR NO KEY UPDATE" in each["sql"])
        keys = {street.account(street.bo).pk, street.account(street.ada).pk}
        keys.add(street.operator_account("payments").pk)
        assert {int(key) for key in re.search(r"ARRAY\[([\d, ]+)\]", first)[1].split(",")} == keys

    LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    OUTSIDE = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            (report(entry("&b;"), head=LAUGHS), "DTD or entities"),
            (report(entry("&x;"), head=OUTSIDE), "DTD or entities"),
            (report(entry(currency="EUR")), "currency is EUR"),
            (report(entry(amount="-1.00")), "amount"),
            (report(entry(amount="1e9")), "amount"),
            (report(entry(amount="0.001")), "amount"),
            (report(entry(bank="")), "reference of the bank"),
            (report(entry(), version="999.001.01"), "neither camt"),
            (b"<a", "not XML"),
            (b'<?xml version="1.0" encoding="foo"?><a/>', "not XML"),
            (b"", "not XML"),
        ],
    )
    def test_of_a_doctored_file_is_refused_as_a_whole(self, street, raw, said):
        with pytest.raises(camt.BadPaymentFile, match=said):
            payments.take_in(dso=street.dso, raw=raw, at=AT)
        assert not PayIn.objects.exists()

    def test_keeps_nothing_of_a_file_with_one_bad_entry(self, street):
        good = entry(bills.reference(street.bo.customer, NOVEMBER))
        with pytest.raises(camt.BadPaymentFile, match="Entry 2"):
            take_in(street, good, entry(bank="B2", currency="USD"))
        assert balance(street, street.bo) == 0


class TestPayOut:
    @pytest.fixture
    def ada(self, street):
        BankAccount.objects.create(dso=street.dso, qr_iban="CH4431999123000889012", **BANK)
        customer = street.ada.customer
        payments.choose_payout_account(customer=customer, holder="Ada", iban=IBAN, actor="a-user", at=AT)
        ledger.pay_in(account=street.account(street.ada), amount_urp=1234_567_890, payment_number=9, at=AT)
        return customer

    def test_pays_whole_centimes_and_carries_the_rest(self, street, ada):
        [paid] = payments.pay_out_all(dso=street.dso, at=AT)
        assert paid.amount_rp == 1234
        assert balance(street, street.ada) == 567_890
        assert payments.pay_out_all(dso=street.dso, at=AT) == []

    def test_takes_off_what_supply_owes_and_what_orders_hold(self, street, ada):
        ledger.hold(account_id=street.account(street.ada).pk, auction_id=1, change_urp=200 * 10**6, at=AT)
        supply, fees = street.account(street.ada, "supply").pk, street.operator_account("grid_fees").pk
        entries = ledger.Entries([supply], [fees], [34_000_000], ["withdrawal_fee"], [0])
        ledger.book(entries=entries, document_kind="imbalance", document_id=1, at=AT)
        [paid] = payments.pay_out_all(dso=street.dso, at=AT)
        assert paid.amount_rp == 1000
        ledger.release_holds(auction_id=1, at=AT)
        # The entry above was nobody's: it is taken back so that the books hold.
        back = ledger.Entries([fees], [supply], [34_000_000], ["withdrawal_fee"], [0])
        ledger.book(entries=back, document_kind="imbalance", document_id=1, at=AT, correction=1)

    def test_is_carried_by_one_valid_file(self, street, ada):
        payments.pay_out_all(dso=street.dso, at=AT)
        message, raw = payments.write_payouts(dso=street.dso, at=AT)
        sepaxml.validation.try_valid_xml(raw, "pain.001.001.09")
        assert b'<InstdAmt Ccy="CHF">12.34</InstdAmt>' in raw
        assert PayOut.objects.get().message == message
        assert payments.write_payouts(dso=street.dso, at=AT) is None
        assert payments.file_of(dso=street.dso, message=message) == raw
        with pytest.raises(payments.NoSuchFile):
            payments.file_of(dso=street.dso, message="")

    def test_books_nothing_that_it_could_not_send(self, street, ada):
        BankAccount.objects.all().delete()
        with pytest.raises(payments.NoBankAccount):
            payments.pay_out_all(dso=street.dso, at=AT)
        assert not PayOut.objects.exists()

    def test_is_fetched_by_its_number_as_often_as_wanted(self, client, street, ada):
        operator, path = Caller(client, role="operator"), f"/dso/{street.dso.public_id}/payments/out"
        paid = operator.post(path, {}).json()
        assert paid["payOuts"] == 1
        [listed] = operator.get(path).json()["items"]
        assert (listed["message"], listed["payOuts"], listed["amountRp"]) == (paid["message"], 1, 1234)
        first, again = (operator.get(f"{path}/{paid['message']}").json() for _ in range(2))
        assert first == again
        sepaxml.validation.try_valid_xml(first["xml"].encode(), "pain.001.001.09")
        assert operator.post(path, {}).json() == {"payOuts": 0, "message": ""}
        assert operator.get(f"{path}/CEEX-0").status_code == 404

    def test_is_written_again_by_its_command(self, street, ada, tmp_path):
        call_command("pay_out", out=tmp_path)
        [file] = tmp_path.iterdir()
        content = file.read_bytes()
        file.unlink()
        call_command("pay_out", out=tmp_path, again=file.stem)
        assert file.read_bytes() == content
        with pytest.raises(CommandError, match="no file CEEX-0"):
            call_command("pay_out", out=tmp_path, again="CEEX-0")

    def test_is_not_booked_if_its_file_cannot_be_written(self, street, ada, tmp_path, monkeypatch):
        def full(descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(CommandError, match="nothing was paid out"):
            call_command("pay_out", out=tmp_path)
        assert not PayOut.objects.exists()
        assert balance(street, street.ada) == 1234_567_890

    @pytest.mark.parametrize("holder", ["Ada \uffff", "Ада", "Ada 🏠"])
    def test_names_whom_a_bank_can_pay(self, client, street, ada, holder):
        door, path = Caller(client, street.ada), f"/node/{street.ada.public_id}/payout-account"
        refused = door.put(path, {"holder": holder, "iban": IBAN})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "holder")
        assert door.put(path, {"holder": "Zoë Šarić & Söhne", "iban": IBAN}).status_code == 200

    def test_of_one_bad_name_spoils_no_file(self, street, ada):
        PayoutAccount.objects.update(holder="Ada \uffff")
        payments.pay_out_all(dso=street.dso, at=AT)
        _, raw = payments.write_payouts(dso=street.dso, at=AT)
        sepaxml.validation.try_valid_xml(raw, "pain.001.001.09")

    @pytest.mark.parametrize(
        "iban", ["CH4431999123000889012", "DE89370400440532013000", "CH5604835012345678008", "", "x"]
    )
    def test_goes_to_a_swiss_account_only(self, street, iban):
        with pytest.raises(Problem):
            payments.choose_payout_account(
                customer=street.ada.customer, holder="Ada", iban=iban, actor="a-user", at=AT
            )


def test_the_journal_of_a_period_is_balanced(street):
    take_in(street, entry(bills.reference(street.bo.customer, NOVEMBER)))
    text = journal.export(dso=street.dso, first=AT.date(), last=AT.date())
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["debitAccount"], row["creditAccount"], row["amountChf"]) == ("1020", "2010", "12.35000000")
    assert (row["kind"], row["customer"]) == ("payment", "C0026")


def test_the_journal_has_a_door_for_short_spans(client, street):
    take_in(street, entry(bills.reference(street.bo.customer, NOVEMBER)))
    operator, path = Caller(client, role="operator"), f"/dso/{street.dso.public_id}/journal"
    text = operator.get(path, firstDay="2026-12-02", lastDay="2026-12-02").json()["csv"]
    assert text == journal.export(dso=street.dso, first=AT.date(), last=AT.date())
    nothing = operator.get(path, firstDay="2026-12-03", lastDay="2026-12-09").json()["csv"]
    assert nothing.splitlines() == [",".join(journal.HEADS)]
    for first, last, code in (
        ("2026-12-02", "2026-12-01", "before-start"),
        ("2026-12-01", "2026-12-08", "out-of-range"),
        ("2026-02-30", "2026-03-01", "invalid"),
    ):
        refused = operator.get(path, firstDay=first, lastDay=last)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)
    assert Caller(client, role="dso").get(path).status_code == 403


def test_the_banks_doors_are_the_operators(client, street):
    path = f"/dso/{street.dso.public_id}/payments"
    operator = Caller(client, role="operator")
    answer = operator.post(path + "/reports", {"xml": report(entry()).decode()})
    assert answer.json() == {"booked": 0, "waiting": 1, "known": 0, "takenBack": []}
    [waiting] = operator.get(path + "/waiting").json()["items"]
    one = f"{path}/in/{waiting['payInId']}"
    assert operator.put(one, {"customerNumber": "C9999"}).status_code == 400
    assert operator.put(one, {"customerNumber": "C0026"}).json()["customerNumber"] == "C0026"
    assert operator.put(one, {"customerNumber": "C0026"}).json()["code"] == "already-booked"
    refused = operator.post(path + "/reports", {"xml": "<a/>"})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-payment-file")
    assert operator.post(path + "/out", {}).json()["code"] == "no-bank-account"
    assert Caller(client, role="dso").get(path + "/waiting").status_code == 403
    bo = Caller(client, street.bo)
    account = f"/node/{street.bo.public_id}/payout-account"
    assert bo.get(account).json() == {"holder": None, "iban": None}
    assert bo.put(account, {"holder": "Bo", "iban": IBAN}).json()["iban"] == "CH56…8009"


class TestBankAccount:
    IBANS = {"iban": "CH93 0076 2011 6238 5295 7", "qr_iban": "CH44 3199 9123 0008 8901 2"}
    PLACE = {"holder": "Elektra Probe", "postcode": "3000", "town": "Bern"}

    def enter(self, street, **change):
        said = {"dso": street.dso.public_id} | self.PLACE | self.IBANS | change
        call_command("bank_account", **said)
        return BankAccount.objects.values_list("holder", "iban", "qr_iban", "town").get()

    def test_is_entered_and_replaced(self, street):
        plain = ("CH9300762011623852957", "CH4431999123000889012")
        assert self.enter(street) == ("Elektra Probe", *plain, "Bern")
        assert self.enter(street, town="Thun") == ("Elektra Probe", *plain, "Thun")

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"dso": "nobody"}, "no grid operator"),
            ({"iban": "CH9300762011623852958"}, "iban: Write a Swiss"),
            ({"iban": "CH4431999123000889012"}, "iban: This is a QR-IBAN"),
            ({"qr_iban": "CH9300762011623852957"}, "qr_iban: This is no QR-IBAN"),
            ({"holder": "Электра"}, "holder: Write the name"),
            ({"town": "B" * 36}, "town: "),
            ({"postcode": ""}, "postcode: "),
        ],
    )
    def test_says_what_is_wrong_and_keeps_nothing(self, street, change, said):
        with pytest.raises(CommandError, match=said):
            self.enter(street, **change)
        assert not BankAccount.objects.exists()
