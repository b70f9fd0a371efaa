"""Random tokens for links and cookies, stored as digests only."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

from django.conf import settings

LONGEST = 100


def new():
    """A token of 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token):
    """What is stored of a token: from it, nobody can log in."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def successor(token):
    """The one token that may follow a refresh token; only this service can compute it."""
    key = hashlib.sha256(b"refresh successor" + settings.SECRET_KEY.encode()).digest()
    mac = hmac.new(key, token.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return urlsafe_b64encode(mac).decode().rstrip("=")


def pseudonym(text):
    """A short name for something that is not to be named; the same for the same text, here alone."""
    key = hashlib.sha256(b"pseudonyms" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]
