"""Everything of trading that people may use. What is not in this table does not exist for them."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from webapp.upstream import calls

HOUSEHOLD, MEMBER, DSO, OPERATOR = "household", "member", "dso", "operator"
ANYONE = frozenset({HOUSEHOLD, MEMBER, DSO, OPERATOR})
GRID_SEAT, DSO_ALONE, OPERATOR_ALONE = frozenset({DSO, OPERATOR}), frozenset({DSO}), frozenset({OPERATOR})

ID = r"[A-Za-z0-9_-]{1,64}"
DAY = r"\d{4}-\d\d-\d\d"
INSTANT = DAY + r"(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?"
PERIOD = r"\d{1,2}"
MILLISECONDS = r"\d{1,14}"
WORDS = r"[a-z-]{1,24}(,[a-z-]{1,24}){0,9}"

SHORT_BYTES, LONG_BYTES, BULK_BYTES = 64 * 1024, 1024 * 1024, 8 * 1024 * 1024
TABLE_BYTES = 32 * 1024 * 1024  # a day's schedule of some thousand nodes, a month of a busy household


@dataclass(frozen=True)
class Route:
    """One method on one kind of path: who may use it, with which query, and whether with a body."""

    method: str
    template: str
    roles: frozenset = ANYONE
    # Key → pattern of its value. A key named `node` must be a node of the user's.
    query: dict = field(default_factory=dict)
    # The most bytes of a body; 0 where none belongs.
    body_bytes: int = 0
    # The most bytes of an answer.
    answer_bytes: int = calls.LARGEST_BYTES
    # False for what no key may do or see, whatever its scopes: where the money goes, who one is.
    for_keys: bool = True

    @property
    def scope(self):
        """What a key must have been given to use it; None where keys are not let in."""
        if not self.for_keys:
            return None
        if DSO in self.roles and HOUSEHOLD not in self.roles:
            return "dso"
        if HOUSEHOLD not in self.roles:
            return None
        return "read" if self.method == "GET" else "trade"

    def match(self, path):
        """The path's parts by name, or None if it is another path."""
        found = self._pattern.fullmatch(path)
        return None if found is None else found.groupdict()

    def path(self, parts):
        """The path to ask trading for, from the parts that were checked."""
        return self.template.format(**parts)

    def __post_init__(self):
        pattern = re.sub(r"\{(\w+)\}", rf"(?P<\1>{ID})", self.template)
        object.__setattr__(self, "_pattern", re.compile(pattern, re.ASCII))


NODE = "/node/{node}"
ORDERS_QUERY = {"auction": ID, "from": INSTANT, "to": INSTANT, "state": WORDS, "cursor": r"\d{1,19}"}
AUCTIONS_QUERY = {"market": ID, "from": INSTANT, "to": INSTANT, "state": WORDS}

ROUTES = (
    Route("GET", "/dso/all"),
    Route("GET", "/nodes", answer_bytes=TABLE_BYTES),
    Route("GET", NODE),
    Route("PUT", NODE + "/strategy", body_bytes=SHORT_BYTES),
    Route("PUT", NODE + "/profile", body_bytes=SHORT_BYTES, for_keys=False),
    Route("POST", NODE + "/assets", body_bytes=SHORT_BYTES, for_keys=False),
    Route("PUT", NODE + "/assets/{asset}", body_bytes=SHORT_BYTES, for_keys=False),
    Route("DELETE", NODE + "/assets/{asset}", for_keys=False),
    Route("GET", NODE + "/metrics", query={"startDate": MILLISECONDS, "endDate": MILLISECONDS}),
    Route("GET", NODE + "/trading"),
    Route("GET", NODE + "/orders", query=ORDERS_QUERY),
    Route("POST", NODE + "/orders", body_bytes=LONG_BYTES),
    Route("GET", NODE + "/orders/{order}"),
    Route("PUT", NODE + "/orders/{order}", body_bytes=LONG_BYTES),
    Route("DELETE", NODE + "/orders/{order}"),
    Route("GET", NODE + "/orders/{order}/versions"),
    Route(
        "POST",
        "/orders/bulk",
        query={"mode": "each|all-or-nothing", "dryRun": "true|false"},
        body_bytes=BULK_BYTES,
    ),
    Route("GET", "/orders", query=ORDERS_QUERY, answer_bytes=TABLE_BYTES),
    Route("GET", "/orders/{order}"),
    Route("GET", "/blocks", query={"auction": ID}, answer_bytes=TABLE_BYTES),
    Route("GET", "/blocks/{list}"),
    Route("GET", NODE + "/blocks", query={"auction": ID}),
    Route("POST", NODE + "/blocks", body_bytes=LONG_BYTES),
    Route("GET", NODE + "/blocks/{list}"),
    Route("PUT", NODE + "/blocks/{list}", body_bytes=LONG_BYTES),
    Route("DELETE", NODE + "/blocks/{list}"),
    Route("GET", NODE + "/blocks/{list}/versions"),
    Route("GET", "/results", query={"auction": ID}, answer_bytes=TABLE_BYTES),
    Route("GET", NODE + "/results", query={"auction": ID}),
    Route("GET", NODE + "/account"),
    Route("GET", NODE + "/map"),
    Route("GET", "/markets"),
    Route("GET", "/clock"),
    Route("GET", "/auctions", query=AUCTIONS_QUERY),
    Route("GET", "/auctions/{auction}"),
    Route("GET", "/auctions/{auction}/prices", query={"node": ID}),
    Route("GET", NODE + "/quarters", query={"from": INSTANT, "to": INSTANT}),
    Route("GET", NODE + "/days", query={"from": INSTANT, "to": INSTANT}),
    Route("GET", NODE + "/forecast"),
    Route("GET", NODE + "/strategies"),
    Route("GET", NODE + "/curves", query={"auction": ID, "period": PERIOD}),
    Route("GET", "/dso/{dso}/lines/flows", roles=GRID_SEAT, query={"auction": ID}),
    Route("GET", NODE + "/readings", query={"from": INSTANT, "to": INSTANT}),
    Route("POST", "/dso/{dso}/readings", roles=GRID_SEAT, body_bytes=LONG_BYTES),
    Route("GET", "/dso/{dso}/readings/quarantine", roles=GRID_SEAT),
    Route("PUT", "/dso/{dso}/readings/quarantine/{reading}", roles=GRID_SEAT, body_bytes=SHORT_BYTES),
    Route("GET", "/dso/{dso}/capacities", roles=GRID_SEAT),
    Route("POST", "/dso/{dso}/capacities", roles=GRID_SEAT, body_bytes=LONG_BYTES),
    Route("GET", "/dso/{dso}/schedules", roles=GRID_SEAT, query={"day": DAY}),
    Route("GET", "/dso/{dso}/schedules/{auction}", roles=GRID_SEAT, answer_bytes=TABLE_BYTES),
    Route("GET", "/dso/{dso}/schedules/{auction}/csv", roles=GRID_SEAT, answer_bytes=TABLE_BYTES),
    Route("POST", "/dso/{dso}/schedules/{auction}/acceptance", roles=DSO_ALONE, body_bytes=SHORT_BYTES),
    Route("POST", "/dso/{dso}/schedules/{auction}/curtailment", roles=DSO_ALONE, body_bytes=SHORT_BYTES),
    Route("GET", "/dso/{dso}/flexibility", roles=GRID_SEAT, query={"auction": ID}),
    Route("POST", "/dso/{dso}/flexibility", roles=DSO_ALONE, body_bytes=LONG_BYTES),
    Route("DELETE", "/dso/{dso}/flexibility/{order}", roles=DSO_ALONE),
    Route("GET", NODE + "/statements"),
    Route("GET", NODE + "/statements/{month}"),
    Route("GET", NODE + "/statements/{month}/lines", query={"figure": r"[a-z_]{1,24}", "cursor": r"\d{1,9}"}),
    Route(
        "GET",
        NODE + "/statements/{month}/file",
        query={"file": "csv|pdf", "language": "[a-z]{2}"},
        answer_bytes=TABLE_BYTES,
    ),
    Route("GET", NODE + "/payout-account", for_keys=False),
    Route("PUT", NODE + "/payout-account", body_bytes=SHORT_BYTES, for_keys=False),
    Route("POST", "/dso/{dso}/payments/reports", roles=OPERATOR_ALONE, body_bytes=LONG_BYTES),
    Route("GET", "/dso/{dso}/payments/waiting", roles=OPERATOR_ALONE),
    Route("PUT", "/dso/{dso}/payments/in/{pay_in}", roles=OPERATOR_ALONE, body_bytes=SHORT_BYTES),
    Route("GET", "/dso/{dso}/payments/out", roles=OPERATOR_ALONE),
    Route("POST", "/dso/{dso}/payments/out", roles=OPERATOR_ALONE),
    Route(
        "GET",
        "/dso/{dso}/journal",
        roles=OPERATOR_ALONE,
        query={"firstDay": DAY, "lastDay": DAY},
        answer_bytes=TABLE_BYTES,
    ),
    Route("GET", "/dso/{dso}/payments/out/{message}", roles=OPERATOR_ALONE, answer_bytes=TABLE_BYTES),
    Route("GET", "/status"),
    Route("GET", "/operator/auctions", roles=OPERATOR_ALONE, query={"day": DAY}),
    Route("POST", "/operator/auctions/{auction}/cancellation", roles=OPERATOR_ALONE, body_bytes=SHORT_BYTES),
    Route("GET", "/operator/incidents", roles=OPERATOR_ALONE, query={"state": "open|closed"}),
    Route(
        "PUT", "/operator/incidents/{incident}/acknowledgement", roles=OPERATOR_ALONE, body_bytes=SHORT_BYTES
    ),
    Route("GET", "/operator/markets", roles=OPERATOR_ALONE),
    Route("POST", "/operator/markets/{market}/halt", roles=OPERATOR_ALONE, body_bytes=SHORT_BYTES),
    Route("POST", "/operator/markets/{market}/resumption", roles=OPERATOR_ALONE),
    Route("POST", "/operator/markets/{market}/changes", roles=OPERATOR_ALONE, body_bytes=SHORT_BYTES),
    Route("GET", "/operator/tariffs/{dso}", roles=OPERATOR_ALONE),
    Route("POST", "/operator/tariffs/{dso}", roles=OPERATOR_ALONE, body_bytes=SHORT_BYTES),
    Route("GET", "/operator/outbox", roles=OPERATOR_ALONE),
    Route("POST", "/operator/outbox/requeueing", roles=OPERATOR_ALONE),
    Route("GET", "/operator/pauses", roles=OPERATOR_ALONE),
    Route("POST", "/operator/pauses", roles=OPERATOR_ALONE, body_bytes=SHORT_BYTES),
    Route("POST", "/operator/pauses/{pause}/end", roles=OPERATOR_ALONE),
    Route("GET", "/operator/participants", roles=OPERATOR_ALONE),
    Route("GET", "/operator/findings", roles=OPERATOR_ALONE, query={"day": DAY}),
)
NAME = re.compile(ID, re.ASCII)
METHODS = ("GET", "POST", "PUT", "DELETE")


def is_name(text):
    """True if a text can stand for a thing in a path."""
    return isinstance(text, str) and NAME.fullmatch(text) is not None


def find(method, path):
    """The route for a method and path, its parts, and the methods that the path knows."""
    *ends, last = _ends(path)
    near = [route for each in (last, "") for route in _BY_ENDS.get((*ends, each), ())]
    matches = [(route, found) for route in near if (found := route.match(path)) is not None]
    for route, found in matches:
        if route.method == method:
            return route, found, ()
    return None, {}, tuple(sorted(route.method for route, _ in matches))


def _ends(path):
    """How many parts a path has, the first of them and the last: only routes with the same can match."""
    parts = path.removeprefix("/").split("/")
    return len(parts), parts[0], parts[-1]


def _by_ends():
    found = defaultdict(list)
    for route in ROUTES:
        *ends, last = _ends(route.template)
        found[(*ends, "" if "{" in last else last)].append(route)  # "" where it is a name
    return dict(found)


_BY_ENDS = _by_ends()
