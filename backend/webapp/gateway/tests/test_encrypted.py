"""Trading behind TLS: who it is, is proved by a certificate authority that was named."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from webapp.gateway.tests.test_answers import ask
from webapp.tests.fake_trading import FakeTrading
from webapp.upstream import transport

FROM = datetime(2026, 1, 1, tzinfo=UTC)


class Authority:
    """Signs certificates; made for a test."""

    def __init__(self, folder, name):
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraint = (x509.BasicConstraints(ca=True, path_length=0), True)
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        self._issued = self._sign(self.name, self.key, [constraint, (usage, True), (identifier, False)])
        self.file = self._write(f"{name}.pem", _pem(self._issued))

    def certificate(self, address):
        """A file with a certificate for an address of this machine, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "trading")])
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        signed = self._sign(name, key, [(alternative, False), (identifier, False)])
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return self._write(f"{address}.pem", _pem(signed) + private)

    def _sign(self, name, key, extensions):
        made = x509.CertificateBuilder(
            issuer_name=self.name,
            subject_name=name,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=FROM,
            not_valid_after=FROM + timedelta(days=36_500),
        )
        for extension, is_critical in extensions:
            made = made.add_extension(extension, is_critical)
        return made.sign(self.key, hashes.SHA256())

    def _write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("believed"), "believed")


@pytest.fixture
def serve(settings):
    """Let trading speak TLS with a certificate."""
    made = []

    def _serve(certificate):
        fake = FakeTrading()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        # The handshake belongs to the thread that answers, not to the one that accepts.
        fake.socket = context.wrap_socket(fake.socket, server_side=True, do_handshake_on_connect=False)
        made.append(fake.__enter__())
        settings.TRADING_URL = fake.url.replace("http://", "https://")
        return fake

    yield _serve
    for fake in made:
        fake.__exit__()
    transport.kept.clear()


class TestEncrypted:
    def test_reads_and_writes_where_the_authority_is_believed(self, as_ada, authority, serve, settings):
        trading = serve(authority.certificate("127.0.0.1"))
        trading.script(_leave_open)
        settings.TRADING_CA_FILE = authority.file
        assert [ask(as_ada).json() for _ in range(2)] == [{"said": 1}, {"said": 2}]
        written = as_ada.post("/api/trading/node/N001/orders", {}, format="json")
        assert (written.status_code, written.json()) == (200, {"said": 3})
        first, second, write = (seen.port for seen in trading.seen)
        assert first == second != write

    def test_tells_nothing_to_one_whom_another_authority_vouches_for(
        self, as_ada, authority, serve, settings, tmp_path
    ):
        trading = serve(Authority(tmp_path, "another").certificate("127.0.0.1"))
        settings.TRADING_CA_FILE = authority.file
        self._check_refused(as_ada, trading)

    def test_nor_to_one_with_a_certificate_for_another_name(self, as_ada, authority, serve, settings):
        trading = serve(authority.certificate("127.0.0.2"))
        settings.TRADING_CA_FILE = authority.file
        self._check_refused(as_ada, trading)

    def test_believes_the_machines_authorities_where_none_is_named(self, as_ada, authority, serve, settings):
        trading = serve(authority.certificate("127.0.0.1"))
        settings.TRADING_CA_FILE = None
        self._check_refused(as_ada, trading)

    def test_takes_no_plain_answer_for_an_encrypted_one(self, as_ada, authority, trading, settings):
        settings.TRADING_CA_FILE = authority.file
        settings.TRADING_URL = trading.url.replace("http://", "https://")
        self._check_refused(as_ada, trading)

    @staticmethod
    def _check_refused(client, trading):
        read, written = ask(client), client.post("/api/trading/node/N001/orders", {}, format="json")
        for refused in (read, written):
            assert (refused.status_code, refused.json()["code"]) == (502, "trading-unreachable")
        assert not trading.seen


def _leave_open(handler):
    handler.close_connection = False
    handler.reply(200, {"said": len(handler.server.seen)})
