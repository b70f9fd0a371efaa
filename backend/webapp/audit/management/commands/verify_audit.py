from django.core.management.base import BaseCommand, CommandError

from webapp.audit import queries


class Command(BaseCommand):
    """Recompute the chain of the audit."""

    help = "Prove that no entry of the audit was changed, removed or slipped in."

    def add_arguments(self, parser):
        """The hash that an earlier run printed."""
        parser.add_argument("--kept", metavar="HASH", help="a hash that an earlier run printed")

    def handle(self, *args, **options):
        """Print the end of the chain, or fail naming the first entry that does not fit."""
        try:
            number, entry_hash = queries.verified(kept=options["kept"])
        except queries.ChainBroken as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{number} entries, unbroken; the last one's hash is {entry_hash}")
