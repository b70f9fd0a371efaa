"""A sign of life to an address outside for each auction that ended: if none comes, that raises the alarm."""

import requests
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

CONNECT_S, READ_S = 1, 2


def ping(*, auction_code, end):
    """Say that an auction ended; True if the address heard it. Only this worker waits, and briefly."""
    if not settings.PING_URL:
        return False
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                settings.PING_URL,
                data=f"{auction_code} {end}".encode(),
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            log.warning("ping_not_heard", error=type(error).__name__)
            return False
    return answer.ok
