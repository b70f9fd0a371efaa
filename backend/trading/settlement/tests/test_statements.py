"""November of Ada and Bo: one noon traded, metered, settled and closed; then read, kept and paid."""

import base64
import csv
import io
from datetime import date, timedelta

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from trading.grid.models import Line
from trading.ledger import operations as ledger
from trading.ledger.models import LedgerEntry
from trading.markets.models import Auction
from trading.operations import operations
from trading.results import queries as results
from trading.settlement import bills, closing, days, imbalances, papers, sheets, statements
from trading.settlement.models import BankAccount, Statement
from trading.settlement.tests.conftest import MINUTE, meter
from trading.strategies import operations as strategies
from trading.strategies.models import StrategyVersion
from trading.tests.caller import Caller
from trading.tests.cast import CHF, DAY, NOON_BEFORE

NOVEMBER = date(2026, 11, 1)
FEE, LEVIES = 6_450, 5_400
BANK = {"holder": "Elektra Probe", "postcode": "8000", "town": "Probe", "iban": "CH9300762011623852957"}


@pytest.fixture
def settled(street, noon):
    """The noon with its meters, and nothing else of November to settle."""
    return settle(street, noon, {"ada": 1_100, "ada_at_home": 0, "bo": 1_030})


def settle(street, noon, counted):
    at = noon.delivery_ends_at + MINUTE
    meter(street, noon, counted, at=at)
    imbalances.settle(auction=noon, at=at)
    Auction.objects.update(settled_at=at)
    days.add_up(dso=street.dso, day=DAY)
    return at


def november(node):
    return statements.of(node.customer, month=NOVEMBER)


def figures(account):
    return {figure: urp for figure, _, urp in account.figures()}


def balance(street, node):
    return sum(street.account(node, kind).balance_urp for kind in ("trading", "supply"))


class TestClosing:
    def test_books_levies_and_vat_once(self, street, settled):
        assert closing.close(dso=street.dso, month=NOVEMBER, at=settled) == 2
        found = figures(november(street.bo))
        bought = -sum(found[each] for each in ("bought_middle", "netting", "grid_fee"))
        assert found["levies"] == -1_030 * LEVIES
        assert found["vat"] == -closing.vat_urp(bought + 1_030 * LEVIES, 81)
        assert street.operator_account("levies").balance_urp == 1_030 * LEVIES
        entries = LedgerEntry.objects.count()
        assert closing.close(dso=street.dso, month=NOVEMBER, at=settled) == 0
        assert LedgerEntry.objects.count() == entries

    def test_waits_for_every_day(self, street, noon):
        with pytest.raises(closing.MonthNotSettled):
            closing.close(dso=street.dso, month=NOVEMBER, at=noon.delivery_ends_at)

    def test_books_the_difference_when_a_reading_was_corrected(self, street, settled):
        closing.close(dso=street.dso, month=NOVEMBER, at=settled)
        meter(street, Auction.objects.get(code=f"rtm-{DAY}-25"), {"bo": 1_230}, at=settled + MINUTE)
        operations.settle_due(at=settled + MINUTE)
        assert closing.close(dso=street.dso, month=NOVEMBER, at=settled + 2 * MINUTE) >= 1
        again = Statement.objects.get(customer=street.bo.customer)
        assert (again.number, again.levies_urp) == (1, 1_230 * LEVIES)
        assert figures(november(street.bo))["levies"] == -1_030 * LEVIES
        # Both bookings lie in November; what is corrected stands apart.
        assert figures(november(street.bo))["corrections"] < 0


class TestGuarantee:
    @pytest.mark.parametrize("noon", ["market_benefit"], indirect=True)
    def test_credits_what_market_benefit_paid_beyond_the_utility(self, street, noon):
        strategies.choose_default(nodes=[street.bo, street.ada, street.ada_at_home], at=NOON_BEFORE)
        at = settle(street, noon, {"ada": 1_000, "ada_at_home": 0, "bo": 400})
        [bo] = [each for each in closing.months(dso=street.dso, month=NOVEMBER) if each.withdrawn_wh]
        assert bo.guarantee_urp == bo.cost_urp - bo.utility_cost_urp > 0
        closing.close(dso=street.dso, month=NOVEMBER, at=at)
        assert figures(november(street.bo))["guarantee"] == bo.guarantee_urp
        assert street.operator_account("guarantee").balance_urp == -bo.guarantee_urp

    @pytest.mark.parametrize("noon", ["household", "member"], indirect=True)
    def test_is_not_for_who_bids_by_hand(self, street, noon):
        strategies.choose_default(nodes=[street.bo], at=NOON_BEFORE)
        settle(street, noon, {"ada": 1_000, "ada_at_home": 0, "bo": 400})
        assert {each.guarantee_urp for each in closing.months(dso=street.dso, month=NOVEMBER)} == {0}

    @pytest.mark.parametrize("noon", ["market_benefit"], indirect=True)
    @pytest.mark.parametrize(
        ("changes", "guaranteed"),
        [
            ([("manual", True, timedelta(days=12))], True),  # in December
            ([("market_benefit", False, timedelta(days=12))], True),
            ([("market_benefit", True, timedelta(days=-3))], True),
            ([("manual", True, timedelta(days=-40)), ("market_benefit", True, timedelta(days=-30))], True),
            ([("manual", True, timedelta(days=-30)), ("market_benefit", True, timedelta(days=12))], False),
            ([("market_benefit", False, timedelta(days=-3)), ("market_benefit", True, timedelta())], False),
        ],
    )
    def test_asks_what_was_chosen_in_the_month(self, street, noon, changes, guaranteed):
        strategies.choose_default(nodes=[street.bo], at=NOON_BEFORE - timedelta(days=100))
        settle(street, noon, {"ada": 1_000, "ada_at_home": 0, "bo": 400})
        for strategy, active, after in changes:
            choice = {"strategy": strategy, "active": active, "limit_price_rp_per_mwh": 10_000}
            strategies.choose(node=street.bo, actor="bo", at=NOON_BEFORE + after, **choice)
        assert bos_month(street).guaranteed is guaranteed

    @pytest.mark.parametrize("noon", ["market_benefit"], indirect=True)
    def test_once_given_is_kept(self, street, noon):
        strategies.choose_default(nodes=[street.bo], at=NOON_BEFORE)
        at = settle(street, noon, {"ada": 1_000, "ada_at_home": 0, "bo": 400})
        closing.close(dso=street.dso, month=NOVEMBER, at=at)
        given = figures(november(street.bo))["guarantee"]
        StrategyVersion.objects.all().delete()  # as in a database that kept no versions
        closing.close(dso=street.dso, month=NOVEMBER, at=at + MINUTE)
        assert figures(november(street.bo))["guarantee"] == given > 0
        assert "corrections" not in figures(november(street.bo))


def bos_month(street):
    [bo] = closing.months(dso=street.dso, month=NOVEMBER, customer=street.bo.customer)
    assert bo.customer == street.bo.customer_id
    return bo


class TestStatement:
    def test_of_a_closed_month_compares_what_was_booked(self, street, settled):
        closing.close(dso=street.dso, month=NOVEMBER, at=settled)
        booked = Statement.objects.get(customer=street.bo.customer)
        assert november(street.bo).comes_to == booked

    def test_opens_every_figure_to_its_lines_and_adds_up_to_the_ledger(self, street, settled):
        closing.close(dso=street.dso, month=NOVEMBER, at=settled)
        for node in (street.ada, street.bo):
            account = november(node)
            assert account.opening_urp == 0
            assert account.closing_urp == balance(street, node)
            assert sum(figures(account).values()) == account.closing_urp
        account = november(street.bo)
        assert account.discount_urp == 1_000 * (10_750 - FEE)

    def test_tells_what_its_way_left_of_the_discount(self, street, settled):
        Line.objects.filter(bus__name="N003").update(fee_down_rp_per_mwh=2_150)
        assert november(street.bo).discount_urp == 1_000 * (10_750 - FEE - 2_150)

    def test_tells_by_distance_from_whom(self, street, settled):
        [(figure, wh, urp)] = [each for each in november(street.bo).figures() if each[0].startswith("bought")]
        assert (figure, wh) == ("bought_middle", 1_000)  # 240 m
        [(sold, sold_wh, sold_urp)] = [
            each for each in november(street.ada).figures() if each[0].startswith("sold")
        ]
        assert (sold, sold_wh, sold_urp) == ("sold_middle", 1_000, -urp)

    def test_tells_what_was_curtailed_in_its_month(self, street, noon):
        dam = Auction.objects.get(code=f"dam-{DAY}")
        digest = results.published(auction=dam).result_hash
        answer = {"reason": "The cable is being mended.", "schedule_hash": digest, "actor": "dso-user"}
        items = [{"line": "N001", "limitWh": 400}]
        operations.curtail(auction=dam, items=items, at=dam.gate_closes_at + MINUTE, **answer)
        for node in (street.ada, street.bo):
            account = november(node)
            lines = [line for line in account.lines if line.figure == "curtailed"]
            assert {line.document for line in lines} == {dam.code}
            assert sum(figures(account).values()) == account.closing_urp == balance(street, node)
            assert [month for month, *_ in statements.months_of(node.customer)] == [NOVEMBER]
            assert dam.code in sheets.statement(account)
        assert november(street.bo).discount_urp == 400 * (10_750 - FEE)
        assert figures(november(street.ada))["curtailed"] < 0 < figures(november(street.bo))["curtailed"]

    def test_next_month_opens_with_what_this_one_closed(self, street, settled):
        december = settled + timedelta(days=10)
        ledger.pay_in(account=street.account(street.bo), amount_urp=CHF, payment_number=1, at=december)
        newest, older = statements.months_of(street.bo.customer)
        assert (newest[0], newest[1]) == (date(2026, 12, 1), older[2])
        assert newest[2] == balance(street, street.bo)
        with pytest.raises(statements.NoSuchMonth):
            statements.of(street.bo.customer, month=date(2026, 10, 1))

    def test_as_a_table_adds_up_exactly(self, street, settled):
        closing.close(dso=street.dso, month=NOVEMBER, at=settled)
        rows = list(csv.DictReader(io.StringIO(sheets.statement(november(street.bo)))))
        urp = [int(row["amountChf"].replace(".", "")) for row in rows]
        assert sum(urp[:-1]) == urp[-1] == balance(street, street.bo)

    def test_of_a_grid_is_read_through_its_doors(self, client, street, settled):
        BankAccount.objects.create(dso=street.dso, qr_iban="CH4431999123000889012", **BANK)
        closing.close(dso=street.dso, month=NOVEMBER, at=settled)
        bo, path = Caller(client, street.bo), f"/node/{street.bo.public_id}/statements"
        [listed] = bo.get(path).json()["items"]
        shown = bo.get(f"{path}/2026-11").json()
        assert listed["closingUrp"] == shown["closingUrp"] == balance(street, street.bo)
        for figure in shown["figures"]:
            lines = bo.get(f"{path}/2026-11/lines", figure=figure["figure"]).json()["items"]
            assert sum(line["amountUrp"] for line in lines) == figure["amountUrp"]
            assert len(lines) == figure["lines"]
        assert shown["savings"]["baseline"] == "Elektra Probe"
        assert shown["dueRp"] == -balance(street, street.bo) // 10**6
        for asked in ({"file": "csv"}, {"file": "pdf", "language": "fr"}):
            assert base64.b64decode(bo.get(f"{path}/2026-11/file", **asked).json()["base64"])
        assert bo.get(f"{path}/2026-11/file", file="pdf").json()["code"] == "invalid"
        assert [bo.get(f"{path}/{month}").status_code for month in ("2026-13", "x", "2025-01")] == [404] * 3
        assert Caller(client, street.ada).get(path).status_code == 404


class TestLetter:
    @pytest.mark.parametrize("language", bills.LANGUAGES)
    def test_carries_a_qr_bill_that_decodes(self, street, settled, language):
        BankAccount.objects.create(dso=street.dso, qr_iban="CH4431999123000889012", **BANK)
        closing.close(dso=street.dso, month=NOVEMBER, at=settled)
        account = november(street.bo)
        paper = papers.statement(account, customer=street.bo.customer, language=language)
        pages = pypdfium2.PdfDocument(paper)
        assert papers.WORDS[language]["title"] in pages[0].get_textpage().get_text_range()
        image = np.asarray(pages[1].render(scale=4).to_pil().convert("L"))
        [code] = zxingcpp.read_barcodes(image)
        read = code.text.replace("\r\n", "\n").split("\n")
        amount_rp = bills.due_rp(account)
        assert read[:4] == ["SPC", "0200", "1", "CH4431999123000889012"]
        assert read[18:20] == [f"{amount_rp // 100}.{amount_rp % 100:02d}", "CHF"]
        assert read[27:29] == ["QRR", bills.reference(street.bo.customer, NOVEMBER)]

    def test_has_words_for_every_figure_in_every_language(self):
        assert {language: set(words["figures"]) for language, words in papers.WORDS.items()} == {
            language: set(statements.FIGURES) for language in bills.LANGUAGES
        }

    def test_asks_for_nothing_where_nothing_is_due(self, street, settled):
        paper = papers.statement(november(street.ada), customer=street.ada.customer, language="en")
        assert len(pypdfium2.PdfDocument(paper)) == 1


def test_a_table_holds_no_formula():
    cells = ("=HYPERLINK(1)", "+1", "-1+1", "@SUM", "\tx", "＝1", "plain", sheets.chf(-1), None)
    [_, row] = csv.reader(io.StringIO(sheets.write(["a"] * 9, [cells])))
    assert row == ["'=HYPERLINK(1)", "'+1", "'-1+1", "'@SUM", "'\tx", "'＝1", "plain", "-0.00000001", ""]
