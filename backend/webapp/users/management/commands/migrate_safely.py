"""`migrate_safely`: change the tables while the old version still serves; see shared.migrating."""

from django.core.management.base import BaseCommand, CommandError

from shared import migrating


class Command(BaseCommand):
    """Waits for the database and a fresh dump, then migrates with short locks."""

    help = __doc__
    requires_system_checks = ()

    def handle(self, **options):
        """Migrate, or say why not."""
        try:
            migrating.migrate(hindrance=lambda: "", say=self.stdout.write)
        except migrating.NotNow as error:
            raise CommandError(f"not migrated: {error}") from error
