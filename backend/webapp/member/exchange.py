"""What a member asks of the exchange: everything through the gateway's table, with its checks."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import identity, problems
from shared.fields import utc_text
from shared.problems import Problem
from webapp.access import queries as access
from webapp.gateway import operations as gateway
from webapp.keys.models import ApiKey

PERIOD_MINUTES = 15
RESERVED = problems.RESERVED


@dataclass
class Exchange:
    """The exchange as one caller may use it; remembers what it was told during one request."""

    user: object
    key: ApiKey | None
    idempotency_key: str | None = None
    if_match: str | None = None
    digest: str | None = None
    _known: dict = field(default_factory=dict)

    @classmethod
    def of(cls, request):
        """As the sender of a request may use it."""
        key = request.auth if isinstance(request.auth, ApiKey) else None
        conditions = (request.headers.get("Idempotency-Key"), request.headers.get("If-Match"))
        said = json.dumps(request.data, sort_keys=True, separators=(",", ":")).encode()
        return cls(request.user, key, *conditions, hashlib.sha256(said).hexdigest())

    def ask(self, method, path, query=(), body=None, conditional=True):
        """One question through the gateway.

        :param conditional: the caller's idempotency key and ETag are meant for this very question
        :raises Problem: as the exchange, or the gateway, refuses
        """
        answer = gateway.forward(
            user=self.user,
            key=self.key,
            method=method,
            path=path,
            query=list(query),
            body=body,
            idempotency_key=self.idempotency_key if conditional else None,
            if_match=self.if_match if conditional else None,
            digest=self.digest if conditional else None,
            at=identity.real_time(),
        )
        if answer.is_problem:
            raise _problem(answer)
        return answer.data

    def read(self, path, query=()):
        """The same for reading; within one request each thing is read once."""
        asked = (path, tuple(query))
        if asked not in self._known:
            self._known[asked] = self.ask("GET", path, query)
        return self._known[asked]

    def auction(self, auction_id):
        """An auction with its periods.

        :raises NotThere: there is no such auction
        """
        return self.read(f"/auctions/{plain(auction_id)}")

    def portfolios(self):
        """The nodes that may be traded for, each with its area and customer."""
        nodes = gateway.nodes_of(self.user, self.key)
        areas = {each["dsoId"]: each["areaCode"] for each in self.read("/dso/all")["items"]}
        found = []
        for pairing in access.pairings_of(self.user):
            for node in (pairing.consumer_node_id, pairing.producer_node_id):
                if node in nodes:
                    found.append(Portfolio(node, areas.get(pairing.dso_id, ""), pairing.customer_number))
        return found

    def capacity_w(self, node):
        """What a node's connection carries."""
        return next(each for each in self.read("/nodes")["items"] if each["nodeId"] == node)[
            "connectionCapacityW"
        ]

    def orders(self, auction_id, node):
        """All curve orders of a node in an auction."""
        return [
            each
            for each in self._own("/orders", auction_id, node)
            if each["source"] == "household" and each["block"] is None
        ]

    def block_lists(self, auction_id, node):
        """All lists of block orders of a node in an auction."""
        return self._own("/blocks", auction_id, node)

    def outcomes(self, auction_id, node):
        """What became of a node's orders in an auction."""
        return self._own("/results", auction_id, node)

    def _own(self, path, auction_id, node):
        """Of one node's what is asked for all nodes at once: however many there are, that is one question."""
        if (path, auction_id) not in self._known:
            self._known[path, auction_id] = found = {}
            for each in self._pages(path, [("auction", plain(auction_id))]):
                found.setdefault(each["nodeId"], []).append(each)
        return self._known[path, auction_id].get(node, [])

    def _pages(self, path, query):
        answer = self.ask("GET", path, query)
        yield from answer["items"]
        while answer.get("next"):
            answer = self.ask("GET", path, [*query, ("cursor", answer["next"])])
            yield from answer["items"]


@dataclass(frozen=True)
class Portfolio:
    """A node under the name that the dialect has for it."""

    node: str
    area: str
    customer: str


def plain(name):
    """A name that may stand in a path.

    :raises NotThere: it may not, so there is nothing of this name
    """
    if not gateway.routes.is_name(name):
        raise gateway.NotThere
    return name


def end(auction, period):
    """When a period of an auction ends."""
    start = datetime.fromisoformat(auction["periodStarts"][period])
    return utc_text(start + timedelta(minutes=PERIOD_MINUTES))


def _problem(answer):
    said = answer.data
    params = {name: value for name, value in said.items() if name not in RESERVED}
    return Problem(
        answer.status,
        said["code"],
        said.get("title", ""),
        said.get("detail", ""),
        errors=said.get("errors"),
        headers=dict(answer.headers),
        **params,
    )
