"""Signatures by the Standard Webhooks specification: HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet
from django.conf import settings

MARK = "whsec_"


def new_secret():
    """A secret of 256 random bits as the receiver stores it."""
    return MARK + base64.b64encode(secrets.token_bytes(32)).decode()


def seal(secret):
    """Encrypt a secret for the database."""
    return _sealer().encrypt(secret.encode()).decode()


def unseal(sealed):
    """Read a secret from the database."""
    return _sealer().decrypt(sealed.encode()).decode()


def sign(message_id, at, body, given):
    """The three headers of a message; it is signed with every secret given."""
    timestamp = int(at.timestamp())
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(secret, content) for secret in given),
    }


def _signature(secret, content):
    key = base64.b64decode(secret.removeprefix(MARK))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _sealer():
    key = hmac.new(settings.SECRET_KEY.encode(), b"secrets of webhooks", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
