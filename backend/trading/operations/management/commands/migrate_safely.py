"""`migrate_safely`: change the tables while the old version still trades; see shared.migrating."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from shared import migrating
from trading.markets import queries as clock

AROUND_A_GATE = timedelta(minutes=2)  # of the exchange's time, in which nothing is migrated

# In words that every version of the tables understands, for the tables are still the old ones.
DUE = """
SELECT code, state FROM markets_auction
WHERE state IN ('closed', 'cleared') OR (state IN ('scheduled', 'open') AND gate_closes_at <= %s)
ORDER BY gate_closes_at LIMIT 1
"""


class Command(BaseCommand):
    """Waits for the database, a fresh dump and a quiet moment, then migrates with short locks."""

    help = __doc__
    requires_system_checks = ()

    def handle(self, **options):
        """Migrate, or say why not."""
        try:
            migrating.migrate(hindrance=auction_in_the_way, say=self.stdout.write)
        except migrating.NotNow as error:
            raise CommandError(f"not migrated: {error}") from error


def auction_in_the_way():
    """Say which auction is being cleared, or will be in a moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('markets_auction') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return ""
        cursor.execute(DUE, [clock.moment().at + AROUND_A_GATE])
        found = cursor.fetchone()
    return f"auction {found[0]} is {found[1]} and near its gate" if found else ""
