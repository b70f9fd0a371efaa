import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from shared import fields, identity
from webapp.access import operations as access
from webapp.access import queries as pairings
from webapp.neighbours import operations as cards
from webapp.neighbours import queries as neighbours
from webapp.users import operations as users
from webapp.users.models import LANGUAGES, ROLES


class Person(fields.StrictSerializer):
    """One user of the file; dsoClientId is null for staff. Who has a name is open to neighbours under it."""

    email = fields.StrictCharField(max_length=254)
    password = fields.StrictCharField(max_length=128)
    role = fields.StrictChoiceField(ROLES)
    language = fields.StrictChoiceField(LANGUAGES)
    dso = fields.StrictCharField(max_length=64, allow_null=True)
    dsoClientId = fields.StrictCharField(max_length=64, allow_null=True)
    name = fields.StrictCharField(max_length=60, required=False)


class Command(BaseCommand):
    """Create the users of a JSON file and pair them through the trading service; safe to repeat."""

    help = __doc__

    def add_arguments(self, parser):
        """Take the file's path."""
        parser.add_argument("file", type=Path)

    def handle(self, *args, file, **options):
        """Read all before changing anything."""
        try:
            people = Person(data=json.loads(file.read_text()), many=True)
        except (OSError, ValueError) as error:
            raise CommandError(f"{file}: {error}") from error
        if not people.is_valid():
            raise CommandError(f"{file}: {people.errors}")
        for person in people.validated_data:
            _load(person, identity.real_time())
            self.stdout.write(f"{person['role']:<10} {person['email']}")


def _load(person, at):
    about = {name: person[name] for name in ("email", "password", "role", "language")}
    user = users.create_confirmed(**about, at=at)
    dso, customer_number = person["dso"], person["dsoClientId"]
    if person["role"] == "dso" and dso:
        access.appoint(user=user, dso_id=dso, at=at)
    if customer_number and not _is_paired(user, customer_number):
        access.pair(user=user, dso=dso, dso_client_id=customer_number, at=at)
    if "name" in person and neighbours.card_of(user) is None:
        cards.describe(user=user, name=person["name"], is_open=True)


def _is_paired(user, customer_number):
    return pairings.pairings_of(user).filter(customer_number=customer_number).exists()
