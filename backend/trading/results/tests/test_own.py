"""What is asked for all of one's own nodes at once: the same rows in as many statements as for one node."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from trading.operations.tests.conftest import place
from trading.orders import blocks
from trading.orders.blocks import Block
from trading.tests.cast import auction, signed

LISTS = ("nodes", "orders", "blocks", "results")


@pytest.fixture
def decided(street, dam, worker):
    """A published auction with an order and a block, of a group of the same name, of each of three nodes."""
    at = dam.gate_closes_at - timedelta(hours=1)
    for node, side, price in (
        (street.ada, "sell", 8_000),
        (street.ada_at_home, "buy", 26_000),
        (street.bo, "buy", 26_450),
    ):
        place(node, dam, side, (48, price, 600), at=at)
        said = [Block("A", side, price, 1000, (49,), (500,), exclusive_group="one of these")]
        blocks.place(auction=dam, node=node, blocks=said, actor="a-user", at=at)
    worker(at=dam.gate_closes_at)
    return auction()


def ask(client, what, found, *nodes):
    query = "" if what == "nodes" else f"?auction={found.code}"
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"/{what}{query}", headers=signed(*nodes))
    assert answer.status_code == 200, answer.content
    return answer.json()["items"], len(asked)


@pytest.mark.parametrize("what", LISTS)
def test_is_the_nodes_lists_together_in_as_many_statements_as_one(client, street, decided, what):
    nodes = (street.ada, street.ada_at_home, street.bo)
    every, statements = ask(client, what, decided, *nodes)
    alone = [ask(client, what, decided, node) for node in nodes]
    assert sorted(map(str, every)) == sorted(str(item) for items, _ in alone for item in items)
    assert {each["nodeId"] for each in every} == {node.public_id for node in nodes}
    assert {count for _, count in alone} == {statements}


@pytest.mark.parametrize("what", LISTS)
def test_holds_nothing_of_others(client, street, decided, what):
    items, _ = ask(client, what, decided, street.bo)
    assert {each["nodeId"] for each in items} == {street.bo.public_id}
    assert ask(client, what, decided)[0] == []


def test_says_of_an_order_what_its_nodes_own_results_say(client, street, decided):
    items, _ = ask(client, "results", decided, street.ada, street.bo)
    for node in (street.ada, street.bo):
        headers = signed(node)
        own = client.get(f"/node/{node.public_id}/results?auction={decided.code}", headers=headers).json()
        assert [each for each in items if each["nodeId"] == node.public_id] == own["items"]


def test_is_not_there_before_publication(client, street, dam):
    answer = client.get(f"/results?auction={dam.code}", headers=signed(street.ada))
    assert (answer.status_code, answer.json()["code"]) == (404, "not-published")
