"""A sign of life to an address outside for each auction that ended: if none comes, that raises the alarm."""

from django.conf import settings

from trading.operations import outside

READ_S = 2


def ping(*, auction_code, end):
    """Say that an auction ended; True if the address heard it. Only this worker waits, and briefly."""
    if not settings.PING_URL:
        return False
    status = outside.post(settings.PING_URL, f"{auction_code} {end}".encode(), read_s=READ_S)
    return status is not None and status < 400
