"""The cast: Ada sells at N001, Bo buys at N002, Cy has no rights. And a trading service that counts."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from rest_framework.test import APIClient

from webapp.access.models import Pairing
from webapp.tests.fake_trading import FakeTrading
from webapp.upstream import guards, transport
from webapp.users import letters, operations

PASSWORD = "correct horse battery"


def now():
    return datetime.now(UTC)


@pytest.fixture
def trading(settings):
    with FakeTrading() as fake:
        settings.TRADING_URL = fake.url
        yield fake
    # Its threads would go on answering over what is kept.
    transport.kept.clear()


@pytest.fixture(autouse=True)
def _rested_breaker(monkeypatch):
    monkeypatch.setattr(guards, "breaker", guards.Breaker())


@pytest.fixture
def client():
    return APIClient()


def _user(name, role="household"):
    return operations.create_confirmed(
        email=f"{name}@example.ch", password=PASSWORD, role=role, language="en", at=now()
    )


def _paired(user, number, consumer, producer=None):
    Pairing.objects.create(
        user=user,
        dso_id="village",
        dso_name="Village Grid",
        customer_number=number,
        consumer_node_id=consumer,
        producer_node_id=producer,
        paired_at=now(),
    )
    return user


@pytest.fixture
def ada(db):
    return _paired(_user("ada"), "1001", "C001", "N001")


@pytest.fixture
def bo(db):
    return _paired(_user("bo"), "1002", "N002")


@pytest.fixture
def cy(db):
    return _user("cy")


@pytest.fixture
def dso_clerk(db):
    return _user("dso", role="dso")


@pytest.fixture
def operator(db):
    return _user("operator", role="operator")


@pytest.fixture
def log_in():
    """Log a user in as a browser does: the cookie stays in the client, the token in its header."""

    def _log_in(user, password=PASSWORD):
        client = APIClient()
        response = client.post("/api/auth/login", {"email": user.email, "password": password}, format="json")
        assert response.status_code == 200, response.content
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['accessToken']}")
        return client

    return _log_in


@pytest.fixture
def as_ada(ada, log_in):
    return log_in(ada)


@pytest.fixture
def as_bo(bo, log_in):
    return log_in(bo)


@pytest.fixture
def as_cy(cy, log_in):
    return log_in(cy)


@pytest.fixture
def post():
    """The postman's round, and the newest mail to an address."""

    class Post:
        @staticmethod
        def deliver(at=None):
            return letters.deliver_due(at=at or now())

        @staticmethod
        def to(email):
            return [message for message in mail.outbox if message.to == [email]]

        @classmethod
        def token_for(cls, email):
            cls.deliver()
            return re.search(r"#token=([A-Za-z0-9_-]+)\n", cls.to(email)[-1].body).group(1)

    return Post
