from dataclasses import asdict
from datetime import date

from django.core.management.base import BaseCommand

from trading.grid.models import DistributionSystemOperator
from trading.markets import queries as markets
from trading.operations import incidents, surveillance


class Command(BaseCommand):
    """Look through the trades of a day."""

    help = "List what a person should look at among the trades and orders of a day; open an incident for it."

    def add_arguments(self, parser):
        """The day."""
        parser.add_argument("day", type=date.fromisoformat, help="delivery day, such as 2026-11-22")

    def handle(self, *args, day, **options):
        """Print what was found, one line each."""
        for dso in DistributionSystemOperator.objects.order_by("pk"):
            found = surveillance.findings(dso=dso, day=day)
            for each in found:
                often = f"{each.times} times, {each.energy_wh} Wh"
                self.stdout.write(f"{dso.name} {day}: {each.pattern} {each.one} {each.other}: {often}")
            if found:
                seen = {"dso": dso.name, "day": day.isoformat(), "findings": [asdict(each) for each in found]}
                incidents.open_once(code=f"trades-to-look-at {day}", seen=seen, at=markets.moment().at)
