"""`simulate_month`: trades a month of the village with unruly meters, closes it, and checks every sum."""

import logging
import time
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from trading.grid import queries as grid
from trading.ledger.models import LedgerAccount
from trading.markets import calendar
from trading.markets.models import Auction
from trading.metering.models import MeterReading, ReplacedReading
from trading.operations import invariants, simulation
from trading.operations.management.commands import load_village
from trading.operations.models import Incident
from trading.settlement import closing, payments, statements
from trading.settlement.models import BankAccount, PayoutAccount, Statement

EXAMPLE_IBAN = "CH5604835012345678009"  # of the Swiss payment standards: nobody's


class Command(BaseCommand):
    """For an exchange that has not traded yet; the same seed gives the same month."""

    help = __doc__

    def add_arguments(self, parser):
        """Which month, how much of it, and the generator's seed."""
        parser.add_argument("--month", default="2026-06", help="such as 2026-06")
        parser.add_argument("--days", type=int, default=0, help="only the first so many")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, month, days, seed, **options):
        """Trade it, close it, and say what was found."""
        logging.getLogger("trading").setLevel(logging.CRITICAL)
        if Auction.objects.exists():
            raise CommandError("this exchange has traded already; take an empty one")
        started, first = time.monotonic(), date.fromisoformat(month + "-01")
        dso = grid.operators().first() or load_village.load(at=calendar.delivery_day(first)[0])
        days = days or (closing_day(first) - first).days + 1
        shown = set()

        def progress(at):
            if at.date() not in shown:
                shown.add(at.date())
                self.stdout.write(f"{at:%Y-%m-%d}", ending=" ")
                self.stdout.flush()

        auctions, over = simulation.run(dso=dso, first_day=first, days=days, seed=seed, progress=progress)
        self.stdout.write(
            f"\n{auctions} auctions, {MeterReading.objects.count()} readings,"
            f" {ReplacedReading.objects.count()} corrected,"
            f" {Incident.objects.filter(code='readings-missing').count()} auctions settled on estimates."
        )
        _check("before closing", over)
        closed = closing.close(dso=dso, month=first, at=over)
        again = closing.close(dso=dso, month=first, at=over)
        due = check_statements(dso, first)
        paid = pay_out(dso, over)
        _check("after paying out", over)
        rows = list(Statement.objects.filter(month=first))
        guaranteed = [row.guarantee_urp for row in rows if row.guarantee_urp]
        saved = sum(row.utility_cost_urp - row.cost_urp for row in rows)
        self.stdout.write(
            f"{closed} statements closed ({again} changed by closing again),"
            f" {len(invariants.ALL)} invariants hold;"
            f" every statement adds up to the ledger to the µRp; {due} owe something.\n"
            f"{len(paid)} paid out, {sum(each.amount_rp for each in paid) / 100:.2f} CHF, to the centime.\n"
            f"Saved against the utility: {saved / 10**8:.2f} CHF; the guarantee cost"
            f" {sum(guaranteed) / 10**8:.2f} CHF for {len(guaranteed)} households.\n"
            f"{time.monotonic() - started:.0f} s."
        )


def closing_day(first):
    """The last day of a month."""
    return statements.queries.first_and_last(first)[1]


def check_statements(dso, month):
    """Compare every household's statement with the ledger; returns how many owe something.

    :raises CommandError: one does not add up
    """
    owing = 0
    for customer in dso.customers.filter(is_utility=False).select_related("dso"):
        # Reading it compares its lines with the ledger already.
        account = statements.of(customer, month=month)
        figures_urp = sum(urp for _, _, urp in account.figures())
        if account.opening_urp + figures_urp != account.closing_urp:
            raise CommandError(f"the statement of {customer.number} does not add up")
        balances = LedgerAccount.objects.filter(customer=customer).values_list("balance_urp", flat=True)
        ends = [closing_urp for _, _, closing_urp, _ in statements.months_of(customer)]
        if ends[0] != sum(balances):
            raise CommandError(f"the balance of {customer.number} is not that of its last month")
        owing += account.closing_urp < 0
    return owing


def pay_out(dso, at):
    """Pay everybody out whom the exchange owes something, and check what stays."""
    BankAccount.objects.get_or_create(dso=dso, defaults=load_village.BANK)
    for customer in dso.customers.filter(is_utility=False):
        chosen = {"holder": customer.name, "iban": EXAMPLE_IBAN, "actor": "simulation", "changed_at": at}
        PayoutAccount.objects.update_or_create(customer=customer, defaults=chosen)
    paid = payments.pay_out_all(dso=dso, at=at)
    for each in paid:
        accounts = LedgerAccount.objects.filter(customer=each.customer_id)
        left = sum(account.balance_urp - account.held_urp for account in accounts)
        if not 0 <= left < 10**6:
            raise CommandError(f"{left} µRp are left after a pay-out")
    return paid


def _check(when, at):
    violations = invariants.check(at=at)
    if violations:
        raise CommandError(f"{when}: " + "; ".join(f"{each.name} {each.rows}" for each in violations))
