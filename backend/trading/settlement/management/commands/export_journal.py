"""`export_journal`: the journal of a span of days as CSV with account codes, for a bookkeeping system."""

from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from trading.grid import queries as grid
from trading.settlement import journal


class Command(BaseCommand):
    """Every line has a debit and a credit account and one amount, so it is balanced."""

    help = __doc__

    def add_arguments(self, parser):
        """From which day to which, and where to."""
        parser.add_argument("first", type=date.fromisoformat, help="the first local day, such as 2026-11-01")
        parser.add_argument("last", type=date.fromisoformat, help="the last local day")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def handle(self, *, first, last, out, **options):
        """Write it."""
        dso = grid.operators().first()
        if dso is None or last < first:
            raise CommandError(
                "there is no grid operator" if dso is None else "the last day is before the first"
            )
        text = journal.export(dso=dso, first=first, last=last)
        out.write_text(text, encoding="utf-8", newline="")
        self.stdout.write(f"{out}: {text.count(chr(10)) - 1} entries.")
