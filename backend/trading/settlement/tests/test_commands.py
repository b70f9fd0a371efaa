"""The accountant's commands: closing a month, taking payments, paying out, exporting the journal."""

import csv
import io
import re

import pytest
import sepaxml.validation
from django.core.management import CommandError, call_command

from trading.ledger.models import LedgerEntry
from trading.operations.tests.invariants import books
from trading.settlement import bills, payments
from trading.settlement.models import BankAccount, PayOut, Statement
from trading.settlement.tests.test_payments import AT, IBAN, entry, report
from trading.settlement.tests.test_statements import BANK, NOVEMBER, settled

__all__ = ["books", "settled"]


@pytest.fixture
def said(capsys):
    """Call a command, and return what it says."""

    def call(name, *arguments, **options):
        call_command(name, *map(str, arguments), **options)
        return capsys.readouterr().out

    return call


class TestCloseMonth:
    def test_books_a_settled_month_once(self, street, settled, said):
        text = "Elektra Probe: {} statements booked; the guarantee costs 0.00000000 CHF for 0 households.\n"
        assert said("close_month", "2026-11") == text.format(2)
        assert said("close_month", "2026-11") == text.format(0)
        assert Statement.objects.filter(month=NOVEMBER).count() == 2

    def test_refuses_a_month_that_is_not_settled(self, street, noon):
        with pytest.raises(CommandError, match="not every day of 2026-11 is settled"):
            call_command("close_month", "2026-11")
        assert not Statement.objects.exists()

    @pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "1999-12"])
    def test_refuses_what_is_no_month(self, street, month):
        with pytest.raises(CommandError, match="write the month"):
            call_command("close_month", month)


class TestTakePayments:
    def test_books_what_it_knows_and_names_what_waits(self, street, said, tmp_path):
        known = entry(bills.reference(street.bo.customer, NOVEMBER), "12.35", "B1")
        file = tmp_path / "camt.xml"
        file.write_bytes(report(known, entry("", "7.00", "B2")))
        text = said("take_payments", file)
        assert text.startswith("1 booked, 1 waiting, 0 known already.\n")
        assert re.search(r"^waiting \d+: 7\.00000000 CHF of 2026-12-01 'Bo'$", text, re.M)
        assert said("take_payments", file).startswith("0 booked, 0 waiting, 2 known already.")
        assert street.account(street.bo).balance_urp == 1235 * 10**6

    @pytest.mark.parametrize("content", [b"", b"<a/>", b"\xff\xfe", report(entry(currency="EUR"))])
    def test_refuses_a_bad_file_as_a_whole(self, street, tmp_path, content):
        file = tmp_path / "camt.xml"
        file.write_bytes(content)
        with pytest.raises(CommandError, match="Nothing was booked"):
            call_command("take_payments", str(file))
        assert not LedgerEntry.objects.exists()

    def test_names_a_file_that_is_not_there(self, street, tmp_path):
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("take_payments", str(tmp_path / "none.xml"))


class TestPayOut:
    def test_writes_one_valid_file_and_then_nothing(self, street, said, tmp_path):
        BankAccount.objects.create(dso=street.dso, **BANK)
        payments.take_in(
            dso=street.dso, raw=report(entry(bills.reference(street.ada.customer, NOVEMBER))), at=AT
        )
        payments.choose_payout_account(
            customer=street.ada.customer, holder="Ada", iban=IBAN, actor="a-user", at=AT
        )
        assert "Elektra Probe: 1 pay-outs, " in said("pay_out", out=tmp_path)
        [file] = tmp_path.iterdir()
        sepaxml.validation.try_valid_xml(file.read_bytes(), "pain.001.001.09")
        assert PayOut.objects.get().message == file.stem
        assert said("pay_out", out=tmp_path) == "Elektra Probe: nothing to pay out.\n"

    def test_needs_a_folder(self, street, tmp_path):
        with pytest.raises(CommandError, match="is no folder"):
            call_command("pay_out", out=tmp_path / "none")


class TestExportJournal:
    def test_writes_every_entry_of_the_days_balanced(self, street, settled, said, tmp_path):
        file = tmp_path / "journal.csv"
        day = f"{settled:%Y-%m-%d}"
        count = LedgerEntry.objects.filter(booked_at__date=settled.date()).count()
        assert count > 0
        assert said("export_journal", day, day, out=file) == f"{file}: {count} entries.\n"
        rows = list(csv.DictReader(io.StringIO(file.read_text())))
        assert len(rows) == count
        assert all(row["debitAccount"] and row["creditAccount"] and row["amountChf"] for row in rows)

    @pytest.mark.usefixtures("street")
    def test_refuses_days_in_the_wrong_order(self, tmp_path):
        with pytest.raises(CommandError, match="before the first"):
            call_command("export_journal", "2026-12-02", "2026-12-01", out=tmp_path / "journal.csv")
