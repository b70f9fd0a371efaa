"""`pay_out`: pays out what households have, in whole centimes, and writes the bank's file (pain.001)."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from trading.grid import queries as grid
from trading.markets import queries as clock
from trading.settlement import payments


class Command(BaseCommand):
    """A file carries the pay-outs that none has carried yet."""

    help = __doc__

    def add_arguments(self, parser):
        """Where the file goes."""
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def handle(self, *, out, **options):
        """Pay out and write the file."""
        if not out.is_dir():
            raise CommandError(f"{out} is no folder")
        at = clock.now()
        for dso in grid.operators():
            paid = payments.pay_out_all(dso=dso, at=at)
            try:
                written = payments.write_payouts(dso=dso, at=at)
            except payments.NoBankAccount as error:
                raise CommandError(f"{dso.name} has no bank account to pay from") from error
            if written is None:
                self.stdout.write(f"{dso.name}: nothing to pay out.")
                continue
            message, file = written
            (out / f"{message}.xml").write_bytes(file)
            self.stdout.write(f"{dso.name}: {len(paid)} pay-outs, {out / message}.xml")
