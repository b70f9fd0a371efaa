"""`pay_out`: pays out what households have, in whole centimes, and writes the bank's file (pain.001)."""

import os
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from trading.grid import queries as grid
from trading.markets import queries as clock
from trading.settlement import payments


class Command(BaseCommand):
    """A file carries the pay-outs that none has carried yet."""

    help = __doc__

    def add_arguments(self, parser):
        """Where the file goes."""
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--again", metavar="NUMBER", help="write this file again, and pay out nothing")

    def handle(self, *, out, again=None, **options):
        """Pay out and write the file, or write an earlier one again."""
        if not out.is_dir():
            raise CommandError(f"{out} is no folder")
        if again is not None:
            self._write_again(out, again)
        else:
            self._pay_out(out, at=clock.now())

    def _pay_out(self, out, at):
        for dso in grid.operators():
            try:
                self.stdout.write(f"{dso.name}: {_pay_out(dso, out, at)}")
            except payments.NoBankAccount as error:
                raise CommandError(f"{dso.name} has no bank account to pay from") from error
            except OSError as error:
                raise CommandError(f"{error}; nothing was paid out") from error

    def _write_again(self, out, message):
        for dso in grid.operators():
            try:
                file = payments.file_of(dso=dso, message=message)
            except payments.NoSuchFile:
                continue
            _write(out / f"{message}.xml", file)
            self.stdout.write(f"{dso.name}: {out / message}.xml")
            return
        raise CommandError(f"there is no file {message}")


def _pay_out(dso, out, at):
    # The file stands on the disk before the books say that it was sent, and under its name only after.
    with transaction.atomic():
        paid = payments.pay_out_all(dso=dso, at=at)
        written = payments.write_payouts(dso=dso, at=at)
        if written is None:
            return "nothing to pay out."
        message, file = written
        part = out / f"{message}.part"
        _write(part, file)
    part.replace(out / f"{message}.xml")
    return f"{len(paid)} pay-outs, {out / message}.xml"


def _write(path, content):
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
