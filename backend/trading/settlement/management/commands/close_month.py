"""`close_month`: books levies, the guarantee and VAT of a settled month; again, only the differences."""

import re
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from shared.numbers import format_decimal
from trading.grid import queries as grid
from trading.markets import queries as clock
from trading.settlement import closing
from trading.settlement.models import Statement


class Command(BaseCommand):
    """Closes a month for every grid operator."""

    help = __doc__

    def add_arguments(self, parser):
        """Which month."""
        parser.add_argument("month", help="such as 2026-11")

    def handle(self, *, month, **options):
        """Close it and say what the guarantee cost."""
        if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month, re.ASCII):
            raise CommandError("write the month as 2026-11")
        first = date.fromisoformat(month + "-01")
        for dso in grid.operators():
            try:
                count = closing.close(dso=dso, month=first, at=clock.now())
            except closing.MonthNotSettled as error:
                raise CommandError(f"{dso.name}: not every day of {month} is settled yet") from error
            rows = Statement.objects.filter(customer__dso=dso, month=first, guarantee_urp__gt=0)
            cost_urp = sum(rows.values_list("guarantee_urp", flat=True))
            cost = format_decimal(cost_urp, scale=8)
            self.stdout.write(
                f"{dso.name}: {count} statements booked; the guarantee costs {cost} CHF"
                f" for {len(rows)} households."
            )
