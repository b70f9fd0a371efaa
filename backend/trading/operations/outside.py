"""The one way in which trading calls an address: no proxy, no redirect, a limit of time."""

from urllib.parse import urlsplit

import requests
import structlog

log = structlog.get_logger(__name__)

CONNECT_S = 1


def post(address, body, *, read_s, headers=None):
    """Send bytes to an address of our settings; the status it answered with, None if it was not reached."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                address, data=body, headers=headers, timeout=(CONNECT_S, read_s), allow_redirects=False
            )
        except requests.RequestException as error:
            # The host alone: what follows it may be a secret.
            host = urlsplit(address).hostname
            log.warning("address_not_reached", host=host, error=type(error).__name__)
            return None
    return answer.status_code
