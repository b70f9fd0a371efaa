"""Whom a DSO knows under a customer number, as the trading service says."""

import re
from dataclasses import dataclass

from webapp.upstream import calls

NODE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class CustomerNotFound(Exception):
    """This DSO has no such customer."""


@dataclass(frozen=True)
class Customer:
    """A customer's DSO and nodes."""

    dso_id: str
    dso_name: str
    consumer_node_id: str
    producer_node_id: str | None


def find(*, dso, customer_number, at):
    """Ask trading for a customer.

    :raises CustomerNotFound: the number is unknown to this DSO
    """
    query = [("dso", dso), ("dsoClientId", customer_number)]
    answer = calls.send("GET", "/pairing", as_identity=calls.own_identity(), query=query, at=at)
    if answer.is_problem:
        # 400: a number of a form that this DSO does not use.
        if answer.status in (400, 404):
            raise CustomerNotFound
        raise calls.NotUnderstood
    found = answer.data if isinstance(answer.data, dict) else {}
    consumer, producer, dso_id = (found.get(key) for key in ("consumerNodeId", "producerNodeId", "dsoId"))
    if "consumerNodeId" in found and consumer is None:
        raise CustomerNotFound  # nothing to act for
    if not (_is_id(consumer) and _is_id(dso_id) and (producer is None or _is_id(producer))):
        raise calls.NotUnderstood
    return Customer(dso_id, _dso_name(dso_id, at), consumer, producer)


def _dso_name(dso_id, at):
    answer = calls.send("GET", "/dso/all", as_identity=calls.own_identity(), at=at)
    items = answer.data.get("items", []) if isinstance(answer.data, dict) else []
    named = {item.get("dsoId"): item.get("name") for item in items if isinstance(item, dict)}
    return str(named.get(dso_id) or dso_id)[:120]


def _is_id(value):
    return isinstance(value, str) and NODE_ID.fullmatch(value) is not None
