"""`export_auction`: a published auction as files that `python -m clearing verify` accepts."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from trading.markets import queries as markets
from trading.results import export
from trading.results.queries import NotPublished


class Command(BaseCommand):
    """Writes a published auction's book and result; orders are numbered, nobody is named."""

    help = __doc__

    def add_arguments(self, parser):
        """Which auction, and where to."""
        parser.add_argument("code", help="such as dam-2026-11-23 or rtm-2026-11-23-17")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def handle(self, *, code, out, **options):
        """Write the files and say how to check them."""
        try:
            export.write(auction=markets.auction(code=code), folder=out)
        except markets.AuctionNotFound as error:
            raise CommandError(f"there is no auction {code}") from error
        except NotPublished as error:
            raise CommandError(f"{code} is not published") from error
        except export.NotReproducible as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Check it with: python -m clearing verify --orders {out}/orders.csv --lines {out}/lines.csv"
            f" --out {out}"
        )
