"""The description of the API is complete, and the answers keep to it."""

import json
import logging

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.orders import operations as orders
from trading.tests.caller import Caller
from trading.tests.cast import DAY, NOON_BEFORE, points

NODE = "/node/{node_id}"


@pytest.fixture(scope="module")
def schema():
    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


@pytest.fixture
def ask(client, street, dam):
    """Ask as Bo, who has an order, an hour before the gate closes."""
    markets.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=clock.moment().real_at)
    order = orders.place(
        auction=dam, node=street.bo, side="buy", curve="step", points=points((1, 1, 1)), actor="bo",
        at=NOON_BEFORE,
    )  # fmt: skip
    names = {"node_id": street.bo.public_id, "order_id": order.public_id, "auction_id": f"dam-{DAY}"}
    return lambda template: Caller(client, street.bo).get(template.format(**names))


@pytest.mark.parametrize(
    "template",
    [
        "/dso/all",
        NODE,
        NODE + "/map",
        NODE + "/account",
        NODE + "/orders",
        NODE + "/orders/{order_id}/versions",
        "/markets",
        "/clock",
        "/auctions",
        "/auctions/{auction_id}",
    ],
)
def test_an_answer_has_the_promised_shape(schema, ask, template):
    answer = ask(template)
    assert answer.status_code == 200
    content = schema["paths"][template]["get"]["responses"]["200"]["content"]
    promised = content["application/json"]["schema"]
    Draft202012Validator(promised | {"components": schema["components"]}).validate(answer.json())
    shape = schema["components"]["schemas"][promised["$ref"].rpartition("/")[2]]
    assert set(answer.json()) == set(shape["properties"])


def test_the_description_is_valid_and_leaves_nothing_to_guess(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    assert (tmp_path / "schema.yml").stat().st_size > 10_000


def test_the_description_is_served_to_the_public_service(client, db):
    answer = client.get("/schema")
    assert answer.json()["openapi"].startswith("3.1")
