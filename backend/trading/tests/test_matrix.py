"""Everybody against every route of the exchange: a new route without a row here fails."""

import json
import re
from datetime import timedelta

import pytest

from trading import urls
from trading.grid import operations as grid
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.markets.queries import Moment
from trading.operations import operations
from trading.operations.meters import MeterWindows
from trading.operations.tests.conftest import place
from trading.orders import blocks
from trading.orders.blocks import Block
from trading.strategies import operations as strategies
from trading.tests.cast import DAY, NOON_BEFORE, auction, signed

ROLES = ("household", "member", "dso", "operator", "service")
EVERYBODY, PEOPLE = set(ROLES), set(ROLES) - {"service"}
GRID_SEAT, OPERATOR, SERVICE = {"dso", "operator"}, {"operator"}, {"service"}
OWNER, OPEN = "owner", "open"
ROUTES = {
    "dso/all": {"GET": EVERYBODY},
    "pairing": {"GET": SERVICE},
    "node/<name:node_id>": {"GET": OWNER},
    "node/<name:node_id>/profile": {"PUT": OWNER},
    "node/<name:node_id>/assets": {"POST": OWNER},
    "node/<name:node_id>/assets/<name:asset_id>": {"PUT": OWNER, "DELETE": OWNER},
    "node/<name:node_id>/map": {"GET": OWNER},
    "node/<name:node_id>/account": {"GET": OWNER},
    "markets": {"GET": EVERYBODY},
    "clock": {"GET": EVERYBODY},
    "auctions": {"GET": EVERYBODY},
    "auctions/<name:auction_id>": {"GET": EVERYBODY},
    "orders/bulk": {"POST": PEOPLE},
    "nodes": {"GET": PEOPLE},
    "orders": {"GET": PEOPLE},
    "blocks": {"GET": PEOPLE},
    "results": {"GET": PEOPLE},
    "orders/<name:order_id>": {"GET": OWNER},
    "node/<name:node_id>/orders": {"GET": OWNER, "POST": OWNER},
    "node/<name:node_id>/orders/<name:order_id>": {"GET": OWNER, "PUT": OWNER, "DELETE": OWNER},
    "node/<name:node_id>/orders/<name:order_id>/versions": {"GET": OWNER},
    "blocks/<name:list_id>": {"GET": OWNER},
    "node/<name:node_id>/blocks": {"GET": OWNER, "POST": OWNER},
    "node/<name:node_id>/blocks/<name:list_id>": {"GET": OWNER, "PUT": OWNER, "DELETE": OWNER},
    "node/<name:node_id>/blocks/<name:list_id>/versions": {"GET": OWNER},
    "node/<name:node_id>/strategy": {"PUT": OWNER},
    "prices": {"GET": EVERYBODY},
    "auctions/<name:auction_id>/prices": {"GET": EVERYBODY},
    "node/<name:node_id>/results": {"GET": OWNER},
    "node/<name:node_id>/curves": {"GET": OWNER},
    "node/<name:node_id>/quarters": {"GET": OWNER},
    "node/<name:node_id>/days": {"GET": OWNER},
    "node/<name:node_id>/forecast": {"GET": OWNER},
    "node/<name:node_id>/strategies": {"GET": OWNER},
    "dso/<name:dso_id>/capacities": {"GET": GRID_SEAT, "POST": GRID_SEAT},
    "dso/<name:dso_id>/schedules": {"GET": GRID_SEAT},
    "dso/<name:dso_id>/schedules/<name:auction_id>": {"GET": GRID_SEAT},
    "dso/<name:dso_id>/schedules/<name:auction_id>/csv": {"GET": GRID_SEAT},
    "dso/<name:dso_id>/schedules/<name:auction_id>/acceptance": {"POST": GRID_SEAT},
    "dso/<name:dso_id>/schedules/<name:auction_id>/curtailment": {"POST": GRID_SEAT},
    "dso/<name:dso_id>/flexibility": {"GET": GRID_SEAT, "POST": GRID_SEAT},
    "dso/<name:dso_id>/flexibility/<name:order_id>": {"DELETE": GRID_SEAT},
    "dso/<name:dso_id>/lines/flows": {"GET": GRID_SEAT},
    "node/<name:node_id>/readings": {"GET": OWNER},
    "dso/<name:dso_id>/readings": {"POST": GRID_SEAT},
    "dso/<name:dso_id>/readings/quarantine": {"GET": GRID_SEAT},
    "dso/<name:dso_id>/readings/quarantine/<name:quarantined_id>": {"PUT": GRID_SEAT},
    "node/<name:node_id>/statements": {"GET": OWNER},
    "node/<name:node_id>/statements/<name:month>": {"GET": OWNER},
    "node/<name:node_id>/statements/<name:month>/lines": {"GET": OWNER},
    "node/<name:node_id>/statements/<name:month>/file": {"GET": OWNER},
    "node/<name:node_id>/payout-account": {"GET": OWNER, "PUT": OWNER},
    "dso/<name:dso_id>/payments/reports": {"POST": OPERATOR},
    "dso/<name:dso_id>/payments/waiting": {"GET": OPERATOR},
    "dso/<name:dso_id>/payments/in/<name:pay_in_id>": {"PUT": OPERATOR},
    "dso/<name:dso_id>/payments/out": {"GET": OPERATOR, "POST": OPERATOR},
    "dso/<name:dso_id>/payments/out/<name:message>": {"GET": OPERATOR},
    "dso/<name:dso_id>/journal": {"GET": OPERATOR},
    "node/<name:node_id>/metrics": {"GET": OWNER},
    "node/<name:node_id>/trading": {"GET": OWNER},
    "status": {"GET": EVERYBODY},
    "operator/auctions": {"GET": OPERATOR},
    "operator/auctions/<name:auction_id>/cancellation": {"POST": OPERATOR},
    "operator/incidents": {"GET": OPERATOR},
    "operator/incidents/<name:incident_id>/acknowledgement": {"PUT": OPERATOR},
    "operator/markets": {"GET": OPERATOR},
    "operator/markets/<name:market_id>/halt": {"POST": OPERATOR},
    "operator/markets/<name:market_id>/resumption": {"POST": OPERATOR},
    "operator/markets/<name:market_id>/changes": {"POST": OPERATOR},
    "operator/tariffs/<name:dso_id>": {"GET": OPERATOR, "POST": OPERATOR},
    "operator/outbox": {"GET": OPERATOR},
    "operator/outbox/requeueing": {"POST": OPERATOR},
    "operator/pauses": {"GET": OPERATOR, "POST": OPERATOR},
    "operator/pauses/<name:pause_id>/end": {"POST": OPERATOR},
    "operator/participants": {"GET": OPERATOR},
    "operator/findings": {"GET": OPERATOR},
    "metrics": {"GET": OPEN},
    "health/live": {"GET": OPEN},
    "health/ready": {"GET": OPEN},
    "version": {"GET": OPEN},
    "schema": {"GET": OPEN},
}
CASES = [(route, method) for route, methods in ROUTES.items() for method in methods]
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def names(street, dam):
    """What stands for each name in a route: Ada's node, her order, the open auction."""
    markets.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=clock.moment().real_at)
    order = place(street.ada, dam, "sell", (48, 8_000, 1_000), at=NOON_BEFORE)
    said = [Block("A", "sell", 8_000, 1000, (48,), (1_000,))]
    listed = blocks.place(auction=dam, node=street.ada, blocks=said, actor="a-user", at=NOON_BEFORE)
    return {
        "node_id": street.ada.public_id,
        "order_id": order.public_id,
        "list_id": listed.public_id,
        "auction_id": f"dam-{DAY}",
        "dso_id": street.dso.public_id,
        "quarantined_id": "1",
        "month": f"{DAY:%Y-%m}",
        "pay_in_id": "1",
        "message": "CEEX-1-1-1",
        "incident_id": "1",
        "pause_id": "1",
        "market_id": "dam",
        "asset_id": street.ada.assets.get().public_id,
    }


def ask(client, method, route, names, **headers):
    """Ask with an empty body where one belongs."""
    address = "/" + re.sub(r"<name:(\w+)>", lambda found: names[found.group(1)], route)
    if method in ("GET", "DELETE"):
        return client.generic(method, address, headers=headers)
    return client.generic(method, address, "{}", content_type="application/json", headers=headers)


class TestRoutes:
    def test_each_has_a_row(self):
        assert sorted(str(each.pattern) for each in urls.urlpatterns) == sorted(ROUTES)

    @pytest.mark.parametrize("route", [route for route in ROUTES if route != "metrics"])
    def test_knows_its_methods_and_no_other(self, route):
        (pattern,) = (each for each in urls.urlpatterns if str(each.pattern) == route)
        known = {method for method in METHODS if hasattr(pattern.callback.cls, method.lower())}
        assert known == set(ROUTES[route])

    @pytest.mark.parametrize(("route", "method"), CASES)
    def test_lets_in_whom_it_is_for_and_nobody_else(self, client, street, names, route, method):
        whom = ROUTES[route][method]
        assert (ask(client, method, route, names).status_code == 401) == (whom != OPEN)
        for role in () if whom == OPEN else ROLES:
            strangers = signed(street.bo, street.utility_sells, role=role)
            status = ask(client, method, route, names, **strangers).status_code
            if whom == OWNER:
                assert status == (403 if role == "service" else 404)
            else:
                assert (status == 403) == (role not in whom), (role, status)
                assert status < 500

    @pytest.mark.parametrize(("route", "method"), [case for case in CASES if "<name:node_id>" in case[0]])
    def test_answers_the_owner_and_hides_what_is_missing(self, client, street, names, route, method):
        owner = signed(street.ada)
        assert ask(client, method, route, names, **owner).status_code not in (401, 403, 405, 500)
        foreign = ask(client, method, route, names | {"node_id": street.bo.public_id}, **owner)
        missing = ask(client, method, route, names | {"node_id": "nowhere"}, **owner)
        assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)


class TestPrivacy:
    """Bo asks everything that Bo may ask; nothing of it tells what is Ada's alone."""

    @pytest.fixture
    def secrets(self, street, names):
        """Whatever names Ada: her nodes, her number, her name, her order, and what she asked for."""
        for node in (street.ada, street.ada_at_home):
            grid.set_profile(node=node, display_name="Ahorn 1", shared=False)
        order = place(street.ada, auction(), "sell", (50, 26_001, 2_317), at=NOON_BEFORE)
        nodes = (street.ada.public_id, street.ada_at_home.public_id)
        return (*nodes, "C0018", "Ahorn 1", '"Ada"', order.public_id, names["order_id"], "26001", "2317")

    def everything(self, client, street, names):
        """Each readable route, asked as Bo about Bo's node or about what everybody may know."""
        mine = names | {"node_id": street.bo.public_id}
        for route, methods in ROUTES.items():
            whom = methods.get("GET")
            if whom in (None, OPEN) or (whom != OWNER and "household" not in whom):
                continue
            queries = [""]
            if route.endswith(("results", "blocks")):
                queries = [f"?auction={names['auction_id']}"]
            if route.endswith("curves"):
                queries = [f"?auction={names['auction_id']}&period=50"]
            if route.endswith("prices"):
                queries = ["", f"?node={street.bo.public_id}"]
            for query in queries:
                answer = ask(client, "GET", route + query, mine, **signed(street.bo))
                yield route, answer.status_code, json.dumps(answer.json())

    def test_holds_before_and_after_publication(self, client, street, dam, names, secrets):
        place(street.bo, dam, "buy", (48, 26_450, 1_500), (49, 26_450, 400), at=NOON_BEFORE)
        strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=NOON_BEFORE)
        self.check(client, street, names, secrets)
        results = ask(client, "GET", "node/<name:node_id>/results?auction=" + names["auction_id"],
                      names | {"node_id": street.bo.public_id}, **signed(street.bo))  # fmt: skip
        assert (results.status_code, results.json()["code"]) == (404, "not-published")
        meters = MeterWindows()
        for at in (dam.gate_closes_at - timedelta(minutes=5), dam.gate_closes_at):
            while operations.run_due(worker="w1", moment=Moment(at, at, 1), meters=meters):
                pass
        assert auction().state == "published"
        texts = self.check(client, street, names, secrets)
        assert '"kind": "community"' in texts["node/<name:node_id>/results"]

    def check(self, client, street, names, secrets):
        texts = {}
        for route, status, text in self.everything(client, street, names):
            assert status in (200, 400, 404), (route, status)
            told = [secret for secret in secrets if secret in text]
            assert not told, (route, told)
            texts[route] = text
        return texts
