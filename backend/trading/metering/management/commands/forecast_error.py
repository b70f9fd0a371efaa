"""`python -m trading forecast_error`: measure the forecast on the village's year; needs no database."""

from django.core.management.base import BaseCommand, CommandError

from trading.metering import backtest


class Command(BaseCommand):
    """Forecast sampled days of a year as the exchange would have, and compare with what was metered."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser):
        """Which year the village is laid onto, and how many of its days are forecast."""
        parser.add_argument("--year", type=int, default=2026)
        parser.add_argument("--every", type=int, default=5, help="forecast every so many days")

    def handle(self, *, year, every, **options):
        """Print the table of docs/forecast.md."""
        if not 1971 <= year <= 2100 or not 1 <= every <= 366:
            raise CommandError("The year is 1971 to 2100, and every 1 to 366 days.")
        days = backtest.sampled_days(year=year, every=every)
        meters = backtest.village_meters(first_day=days[0], days=(days[-1] - days[0]).days + 1)
        found = [
            error
            for market in backtest.MARKETS
            for error in backtest.errors(meters, market=market, days=days)
        ]
        self.stdout.write(backtest.table(found))
        self.stdout.write(f"\n{len(days)} days of {year}, {len(meters.wh)} nodes.")
