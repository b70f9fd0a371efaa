"""An authority of our own, and a certificate by it for the name of the exchange."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


def make(folder, host):
    """Write ca.pem, exchange.pem and exchange.key; return the authority's public key as Chromium names it."""
    folder.mkdir(parents=True, exist_ok=True)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _name("CEEX rehearsal")
    authority = _builder(issuer, issuer, authority_key.public_key())
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    leaf = _builder(_name(host), issuer, key.public_key())
    leaf = leaf.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    signed = [each.sign(authority_key, hashes.SHA256()).public_bytes(PEM) for each in (authority, leaf)]
    (folder / "ca.pem").write_bytes(signed[0])
    (folder / "exchange.pem").write_bytes(signed[1] + signed[0])
    plain = serialization.NoEncryption()
    (folder / "exchange.key").write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain))
    return _fingerprint(authority_key.public_key())


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject, issuer, public_key):
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=7))
    )


def fingerprint(file):
    """An authority's public key as Chromium names it."""
    return _fingerprint(x509.load_pem_x509_certificate(file.read_bytes()).public_key())


def _fingerprint(public_key):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = public_key.public_bytes(serialization.Encoding.DER, form)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
