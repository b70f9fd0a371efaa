"""How a request for orders is asked: who bids, and under which key it counts once."""

import re

from drf_spectacular.utils import OpenApiParameter
from rest_framework.response import Response

from shared import identity, problems
from trading.orders import repeats

KEY = re.compile(r"[!-~]{1,255}")
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Acts once under this key, for seven days."
)


def _key(request):
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise problems.field_error("Idempotency-Key", "invalid", "Use 1 to 255 printable characters.")
    return key


def once(request, do):
    """Answer what `do` returns as (status, order), under an idempotency key only once."""
    key = _key(request)
    if key is None:
        return tagged(*do())
    who = request.user
    said = (request.method, request.get_full_path(), request.headers.get("If-Match"), request.data)
    answer = repeats.once(
        subject=who.subject, key=key, digest=repeats.digest_of(*said), do=do, at=identity.real_time()
    )
    return tagged(*answer)


def tagged(status, order):
    """An answer with the tag of the order's version, where it is one order."""
    headers = {"ETag": f'"{order["version"]}"'} if "version" in order else {}
    return Response(order, status=status, headers=headers)


def source_of(who):
    """Who bids: a household by hand, or a member by program."""
    return "member" if who.role == identity.MEMBER else "household"
