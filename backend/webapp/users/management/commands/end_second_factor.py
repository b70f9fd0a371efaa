from django.core.management.base import BaseCommand, CommandError

from webapp.users import queries, second_factor


class Command(BaseCommand):
    """Let someone who has lost the authenticator app and the spare codes log in by the password alone."""

    help = __doc__

    def add_arguments(self, parser):
        """Take the address."""
        parser.add_argument("email")

    def handle(self, *args, email, **options):
        """End it."""
        user = queries.by_email(email)
        if user is None or not second_factor.is_on(user):
            raise CommandError(f"{email} has no second factor")
        second_factor.take_away(user=user)
        self.stdout.write(f"{email} logs in by the password alone.")
