"""`trade_history`: trades the simulated past, so that the exchange has one when it starts."""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.operations import history, invariants

BAR = 40  # characters
LOOKED_BACK = timedelta(days=3)  # auctions whose books are checked at the end; the accounts always are


class Command(BaseCommand):
    """Trades the days until now through the same steps as live trading; safe to repeat."""

    help = __doc__

    def add_arguments(self, parser):
        """How far back the past begins, if there is none yet."""
        parser.add_argument("--days", type=int, default=28)

    def handle(self, *, days, **options):
        """Trade, check the books, and let the exchange's clock run on from now at its speed."""
        logging.getLogger("trading").setLevel(logging.WARNING)
        started = time.monotonic()
        moment = clock.moment()
        # While the past is traded the clock runs at its natural speed, whatever comes after.
        markets.set_clock(speed=1, shows_at=moment.at, real_at=moment.real_at)
        auctions = history.trade(days=days, now=moment.at, progress=self._progress(days, moment.at))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # so much is new that the database should look at it again
        violations = invariants.check(at=moment.at, since=moment.at - LOOKED_BACK)
        for violation in violations:
            self.stderr.write(f"{violation.name}: {violation.sentence} {violation.rows}")
        if violations:
            raise CommandError("the books do not hold")
        moment = clock.moment()
        markets.set_clock(speed=settings.SPEED, shows_at=moment.at, real_at=moment.real_at)
        self.stdout.write(
            f"Traded up to {moment.at:%Y-%m-%d %H:%M} UTC:"
            f" {auctions} auctions in {time.monotonic() - started:.1f} s,"
            f" {len(invariants.ALL)} invariants hold."
        )

    def _progress(self, days, now):
        """A bar on a terminal, else a line a day."""
        terminal, shown = self.stdout.isatty(), set()
        begins_at = now - timedelta(days=days)

        def bar(at):
            share = min(max((at - begins_at) / (now - begins_at), 0), 1)
            filled = round(share * BAR)
            text = f"\r{'█' * filled}{'·' * (BAR - filled)} {at:%d %b %H:%M} "
            self.stdout.write(text, ending="\n" if at >= now else "")
            self.stdout.flush()

        def line(at):
            if at.date() not in shown:
                shown.add(at.date())
                self.stdout.write(f"trading {at:%Y-%m-%d}")

        return bar if terminal else line
