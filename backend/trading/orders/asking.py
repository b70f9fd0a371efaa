"""How a request for orders is asked: who bids, and under which key it counts once."""

import json
import re
from contextlib import suppress

from django.db import connection
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter

from shared import identity, problems
from trading.markets import queries as markets
from trading.orders import entry, repeats, together

# Plain values alone: REST framework's renderer would look for others in each answer.
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
KEY = re.compile(r"[!-~]{1,255}")
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Acts once under this key, for seven days."
)

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The order's ETag: its version in quotes."
)


def _key(request):
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not KEY.fullmatch(key):
        raise problems.field_error("Idempotency-Key", "invalid", "Use 1 to 255 printable characters.")
    return key


def once(request, do):
    """Answer what `do` returns as (status, order), under an idempotency key only once."""
    key = _key(request)
    if key is None:
        return tagged(*do())
    who = request.user
    # The public door may translate: what it was asked counts then, not what it made of that.
    content = request.META.get("HTTP_IDEMPOTENCY_DIGEST") or request.data
    said = (request.method, request.get_full_path(), request.META.get("HTTP_IF_MATCH"), content)
    answer = repeats.once(
        subject=who.subject, key=key, digest=repeats.digest_of(*said), do=do, at=identity.real_time()
    )
    return tagged(*answer)


def tagged(status, order):
    """An answer with the tag of the order's version, where it is one order."""
    headers = {"ETag": f'"{order["version"]}"'} if "version" in order else {}
    return HttpResponse(ENCODER.encode(order), "application/json", status, headers=headers)


def source_of(who):
    """Who bids: a household by hand, or a member by program."""
    return "member" if who.role == identity.MEMBER else "household"


def auction(auction_id):
    """The auction that a request names.

    :raises Problem: 400 if there is none
    """
    try:
        return markets.auction(code=auction_id)
    except markets.AuctionNotFound as error:
        raise _unknown_auction() from error


def place(auction_id, said):
    """Place an order, together with those that others ask for meanwhile; what is in a transaction goes alone.

    Alone goes too, and waits, what is for an account that somebody holds: the others do not wait for it.

    :raises NodeNotYours: there is no such node
    :raises Problem: 400 if there is no such auction
    :raises: as `operations.place`
    """
    asked = (auction_id, said)
    try:
        if not connection.in_atomic_block:
            with suppress(entry.Held):
                return together.turns.take(asked)
        return together.alone(asked)
    except markets.AuctionNotFound as error:
        raise _unknown_auction() from error


def _unknown_auction():
    return problems.field_error("auctionId", "unknown", "There is no such auction.")


def read_version(request, said, order):
    """The version that the caller has read."""
    if "HTTP_IF_MATCH" in request.META:
        check_tag(request, order)
        return order.version
    if "version" not in said:
        raise problems.field_error("version", "required", "Name the version that you read, or use If-Match.")
    return said["version"]


def check_tag(request, order):
    """Refuse with 412 where If-Match names another version.

    :raises Problem: the order has changed
    """
    tag = request.META.get("HTTP_IF_MATCH")
    if tag is not None and tag != f'"{order.version}"':
        title, detail = "Changed meanwhile", "The order has changed since it was read."
        raise problems.Problem(
            412, "precondition-failed", title, detail, headers={"ETag": f'"{order.version}"'},
            currentVersion=order.version,
        )  # fmt: skip
