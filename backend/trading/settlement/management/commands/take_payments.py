"""`take_payments`: takes in a bank's report (camt.053, camt.054); the same file again changes nothing."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from shared.numbers import format_decimal
from trading.grid import queries as grid
from trading.markets import queries as clock
from trading.settlement import camt, payments


class Command(BaseCommand):
    """Books what tells whose it is; the rest waits visibly."""

    help = __doc__

    def add_arguments(self, parser):
        """Which file."""
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        """Take it in."""
        dso = grid.operators().first()
        if dso is None:
            raise CommandError("there is no grid operator")
        try:
            taken = payments.take_in(dso=dso, raw=file.read_bytes(), at=clock.now())
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from error
        except camt.BadPaymentFile as error:
            raise CommandError(f"{file}: {error} Nothing was booked.") from error
        self.stdout.write(f"{taken.booked} booked, {taken.waiting} waiting, {taken.known} known already.")
        for each in taken.taken_back:
            amount = format_decimal(each.amount_urp, scale=8)
            self.stdout.write(
                f"taken back by the bank, not booked: {amount} CHF of {each.valued_on} {each.reference!r}"
            )
        for each in payments.waiting(dso=dso):
            amount = format_decimal(each.amount_urp, scale=8)
            self.stdout.write(f"waiting {each.pk}: {amount} CHF of {each.valued_on} {each.payer!r}")
