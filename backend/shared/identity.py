"""Who stands behind a request from one service to the other: a short signed statement (EdDSA JWT)."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.environment import SettingUnusable

HOUSEHOLD, MEMBER, DSO, OPERATOR, SERVICE = "household", "member", "dso", "operator", "service"
ROLES = frozenset({HOUSEHOLD, MEMBER, DSO, OPERATOR, SERVICE})
LONGEST_LIFETIME_S = 300
LEEWAY_S = 5
TOKEN_TYPE = "ceex-identity+jwt"


class NotTrusted(Exception):
    """The token does not prove who is asking."""


@dataclass(frozen=True)
class Identity:
    """Who is asking, in which role, and for which nodes."""

    subject: str
    role: str
    nodes: tuple[str, ...]


def sign(private_key_pem, *, issuer, audience, subject, role, nodes, at, lifetime_s=30):
    """State who is asking; `at` is real time, whatever the speed of the exchange's clock."""
    if role not in ROLES or not 0 < lifetime_s <= LONGEST_LIFETIME_S:
        raise ValueError("unknown role or lifetime out of bounds")
    issued_at = int(at.timestamp())
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": str(subject),
        "role": role,
        "nodes": [str(node) for node in nodes],
        "iat": issued_at,
        "exp": issued_at + lifetime_s,
        "jti": uuid.uuid4().hex,
    }
    return jwt.encode(claims, _private_key(private_key_pem), algorithm="EdDSA", headers={"typ": TOKEN_TYPE})


def verify(public_key_pem, token, *, issuer, audience, at):
    """Read who is asking from a token that was signed for this service.

    :raises NotTrusted: forged, of another kind, for another audience, too old or not yet valid
    """
    try:
        claims = _signed(public_key_pem, token, issuer, audience)
    except jwt.PyJWTError as error:
        raise NotTrusted(str(error)) from error
    _check_times(claims, at)
    return _identity(claims)


@lru_cache(maxsize=2_000)
def _signed(public_key_pem, token, issuer, audience):
    """What a token states, once its signature was found good: the same bytes are not proved twice."""
    decoded = jwt.decode_complete(
        token,
        _public_key(public_key_pem),
        algorithms=["EdDSA"],
        issuer=issuer,
        audience=audience,
        # The times are compared with `at` in `verify`; PyJWT would ask the wall clock.
        options={
            "require": ["iss", "aud", "sub", "iat", "exp"],
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
            "strict_aud": True,
        },
    )
    if decoded["header"].get("typ") != TOKEN_TYPE:
        raise NotTrusted("another kind of token")
    return decoded["payload"]


def verify_header(public_key_pem, header, *, issuer, audience, at):
    """Read who is asking from an `Authorization: Bearer …` header."""
    scheme, _, token = (header or "").partition(" ")
    if scheme != "Bearer" or not token:
        raise NotTrusted("no bearer token")
    return verify(public_key_pem, token, issuer=issuer, audience=audience, at=at)


def _check_times(claims, at):
    issued_at, expires_at, now = claims["iat"], claims["exp"], at.timestamp()
    if type(issued_at) is not int or type(expires_at) is not int:
        raise NotTrusted("times are not whole seconds")
    if expires_at - issued_at > LONGEST_LIFETIME_S:
        raise NotTrusted("valid for too long")
    if not issued_at - LEEWAY_S <= now < expires_at + LEEWAY_S:
        raise NotTrusted("not valid at this time")


def _identity(claims):
    subject, role, nodes = claims["sub"], claims.get("role"), claims.get("nodes")
    if not isinstance(nodes, list) or not all(isinstance(node, str) for node in nodes):
        raise NotTrusted("nodes are not a list of names")
    if not isinstance(role, str) or role not in ROLES:
        raise NotTrusted("unknown role")
    return Identity(subject, role, tuple(nodes))


@lru_cache(maxsize=4)  # read once: to read a key takes longer than to use it
def _private_key(pem):
    return serialization.load_pem_private_key(pem.encode(), password=None)


@lru_cache(maxsize=4)
def _public_key(pem):
    return serialization.load_pem_public_key(pem.encode())


def new_key_pair():
    """Make a private and a public key, both as PEM text."""
    private = Ed25519PrivateKey.generate()
    private_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private_pem.decode(), public_pem.decode()


def check_private_key(name, pem):
    """Stop the start if a variable holds something else than an Ed25519 private key."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise SettingUnusable(f"{name} holds no readable private key in PEM form") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingUnusable(f"{name} must hold an Ed25519 private key")


def check_public_key(name, pem):
    """Stop the start if a variable holds something else than an Ed25519 public key."""
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, TypeError) as error:
        raise SettingUnusable(f"{name} holds no readable public key in PEM form") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SettingUnusable(f"{name} must hold an Ed25519 public key")


def real_time():
    """The instant by which tokens are signed and verified, for doors only."""
    return datetime.now(UTC)
