from django.core.management.base import BaseCommand

from shared import identity
from webapp.users import operations


class Command(BaseCommand):
    """Forget sessions, links, letters and counters that have expired; once a day is enough."""

    help = __doc__

    def handle(self, *args, **options):
        """Run it."""
        operations.purge(at=identity.real_time())
