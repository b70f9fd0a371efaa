"""`bank_account`: says where a grid operator's exchange is paid, and from where it pays."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from shared.problems import Problem
from trading.grid import queries as grid
from trading.settlement import payments

NAMED = ("holder", "street", "house_number", "postcode", "town", "country")


class Command(BaseCommand):
    """Saying it again replaces it; bills and files that were written stay as they are."""

    help = __doc__

    def add_arguments(self, parser):
        """Whose it is, and as bills are to name it."""
        parser.add_argument("--dso", required=True, help="the grid operator's public id")
        parser.add_argument("--holder", required=True)
        parser.add_argument("--street", default="")
        parser.add_argument("--house-number", default="")
        parser.add_argument("--postcode", required=True)
        parser.add_argument("--town", required=True)
        parser.add_argument("--country", default="CH")
        parser.add_argument("--iban", required=True, help="for pay-outs")
        parser.add_argument("--qr-iban", required=True, help="for bills")

    def handle(self, *, dso, iban, qr_iban, **options):
        """Choose it."""
        found = grid.operators().filter(public_id=dso).first()
        if found is None:
            raise CommandError(f"there is no grid operator {dso}")
        creditor = {name: options[name] for name in NAMED}
        try:
            payments.choose_bank_account(dso=found, iban=iban, qr_iban=qr_iban, **creditor)
        except Problem as problem:
            raise CommandError(
                "; ".join(f"{each['field']}: {each['detail']}" for each in problem.errors)
            ) from None
        except ValidationError as error:
            raise CommandError(
                "; ".join(f"{name}: {said[0]}" for name, said in error.message_dict.items())
            ) from None
        self.stdout.write(f"{found.name}: paid to {qr_iban}, pays from {iban}.")
