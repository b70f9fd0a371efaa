"""What people and programs send to the doors, read strictly; and the fields that this room's doors share."""

from django.core.validators import EmailValidator

from shared import fields
from webapp.users import passwords


class EmailField(fields.StrictCharField):
    """One plain address, in lower case; nothing that a mail header could take for two."""

    default_error_messages = {"invalid": "Write an e-mail address such as ada@example.ch."}

    def __init__(self, **options):
        super().__init__(max_length=254, **options)
        self.validators.append(EmailValidator(self.error_messages["invalid"]))

    def to_internal_value(self, data):
        """Take an address of plain ASCII without quotes and comments."""
        address = super().to_internal_value(data)
        if not address.isascii() or any(character in address for character in "\"'(),:;<>[]\\ %"):
            self.fail("invalid")
        return address.lower()


def password_field():
    """A password is taken as it is: no trimming, at most 128 characters."""
    return fields.StrictCharField(max_length=passwords.LONGEST, trim_whitespace=False)


def code_field(**options):
    """A code of an authenticator app, or a spare one, with or without blanks and hyphens."""
    return fields.StrictCharField(max_length=40, **options)


def device_of(request):
    """What the browser calls itself."""
    said = request.headers.get("User-Agent", "")
    return "".join(character for character in said if character.isprintable())[:200]


def read(shape, request):
    """Validate a body; the errors name the fields."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
