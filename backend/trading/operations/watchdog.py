"""What is watched, within which bound, and which written remedy may be run when it is out of bounds.

Each check is a row of `CHECKS`. A remedy runs at most three times an hour for one subject; after that a
person is called. What was seen, what was done and what was found afterwards is kept with the incident.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection, transaction

from trading.grid.models import Node
from trading.markets.models import Auction
from trading.operations import incidents, remedies
from trading.operations.models import Incident, RemedyRun
from trading.orders.queries import BY_PEOPLE

log = structlog.get_logger(__name__)

MOST_RUNS, WITHIN = 3, timedelta(hours=1)  # of real time
PAUSE = timedelta(seconds=30)  # after a remedy, before it is run again
WATCHING = 0x0CEF  # names the lock of the one worker that watches


@dataclass(frozen=True)
class Check:
    """One figure of the exchange: the query for what is out of bounds, and what may be done about it.

    The query gives a row for each subject: the key of an auction or node, or null, and what was seen. Its
    values are the exchange's time (`at`), the database's (`real_at`), and how fast the former runs (`speed`).
    """

    code: str
    bound: str
    severity: str
    remedy: Callable | None
    sql: str
    subject: str = "auction"  # or "node"


CHECKS = (
    Check(
        code="auction-late",
        bound="An auction is published within the market's time after its gate.",
        severity=Incident.Severity.WARN,
        remedy=remedies.step_down,
        sql="""
            SELECT auction.id, jsonb_build_object('state', auction.state, 'attempts', auction.attempts,
                   'worker', auction.claimed_by)
            FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
            WHERE auction.state IN ('open', 'closed', 'cleared')
              AND auction.gate_closes_at + make_interval(secs => market.publish_within_s * %(speed)s) < %(at)s
        """,
    ),
    Check(
        code="worker-silent",
        bound="Whoever has worked within five minutes, and has not said goodbye, shows a pulse.",
        severity=Incident.Severity.WARN,
        remedy=remedies.reclaim,
        sql="""
            SELECT NULL::bigint, jsonb_build_object('workers', jsonb_agg(worker ORDER BY worker))
            FROM operations_workerpulse
            WHERE seen_at < %(real_at)s - interval '10 seconds'
              AND seen_at > %(real_at)s - interval '5 minutes'
            HAVING count(*) > 0
        """,
    ),
    Check(
        code="outbox-stuck",
        bound="No message waits after five attempts, which take about a minute.",
        severity=Incident.Severity.WARN,
        remedy=remedies.resend,
        sql="""
            SELECT NULL::bigint, jsonb_build_object('waiting', count(*), 'attempts', max(attempts))
            FROM operations_outboxmessage
            WHERE sent_at IS NULL AND dead_at IS NULL AND attempts > 5
            HAVING count(*) > 0
        """,
    ),
    Check(
        code="outbox-dead",
        bound="No message was given up.",
        severity=Incident.Severity.WARN,
        remedy=remedies.requeue,
        sql="""
            SELECT NULL::bigint, jsonb_build_object('dead', count(*)) FROM operations_outboxmessage
            WHERE dead_at IS NOT NULL HAVING count(*) > 0
        """,
    ),
    Check(
        code="readings-late",
        bound="Two days after delivery every quarter hour has a reading or an estimate.",
        severity=Incident.Severity.WARN,
        remedy=remedies.estimate,
        sql="""
            SELECT auction.id, jsonb_build_object('delivered', auction.delivery_ends_at)
            FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
            WHERE auction.settled_at IS NULL AND market.delivery_minutes IS NOT NULL
              AND auction.delivery_ends_at < %(at)s - interval '49 hours'
            ORDER BY auction.delivery_ends_at LIMIT 20
        """,
    ),
    Check(
        code="orders-flood",
        bound="People and programs enter, change and take back at most 600 orders a minute at one node.",
        severity=Incident.Severity.WARN,
        remedy=remedies.pause_intake,
        subject="node",
        sql=f"""
            SELECT entered.node_id, jsonb_build_object('entries', count(*),
                   'auctions', count(DISTINCT entered.auction_id))
            FROM orders_orderversion said JOIN orders_order entered ON entered.id = said.order_id
            JOIN grid_node node ON node.id = entered.node_id
            JOIN grid_customer customer ON customer.id = node.customer_id AND NOT customer.is_utility
            WHERE said.id > coalesce((
                SELECT id FROM orders_orderversion
                WHERE at <= %(at)s - make_interval(secs => 60 * %(speed)s) ORDER BY id DESC LIMIT 1
            ), 0)
              AND entered.{BY_PEOPLE}
              AND said.at > coalesce((
                SELECT max(began_at) FROM orders_intakepause WHERE node_id = entered.node_id
              ), '-infinity')
            GROUP BY entered.node_id HAVING count(*) > 600
        """,  # nosec B608: our own text alone
    ),
    Check(
        code="schedules-unanswered",
        bound="Within a day the grid operator answered each schedule in time; silence is acceptance.",
        severity=Incident.Severity.WARN,
        remedy=None,
        sql="""
            SELECT NULL::bigint, jsonb_build_object('schedules', count(*), 'since', min(answered_at))
            FROM schedules_acceptance
            WHERE state = 'silent' AND answer_by > %(at)s - interval '1 day' HAVING count(*) > 0
        """,
    ),
    Check(
        code="backup-old",
        bound="Each database that ever had a backup has one of the last 26 hours.",
        severity=Incident.Severity.CALL,
        remedy=None,
        sql="""
            SELECT NULL::bigint, jsonb_object_agg(database_name, newest) FROM (
                SELECT database_name, max(taken_at) AS newest FROM operations_backup GROUP BY database_name
            ) each HAVING min(newest) < %(real_at)s - interval '26 hours'
        """,
    ),
    Check(
        code="revisions-differ",
        bound="Ten minutes after one began with another revision, all workers run the same.",
        severity=Incident.Severity.WARN,
        remedy=None,
        sql="""
            SELECT NULL::bigint, jsonb_build_object('revisions', jsonb_agg(DISTINCT revision))
            FROM operations_workerpulse WHERE seen_at > %(real_at)s - interval '1 minute'
            HAVING count(DISTINCT revision) > 1 AND max(started_at) < %(real_at)s - interval '10 minutes'
        """,
    ),
    Check(
        code="workers-few",
        bound="At least one worker shows a pulse besides the one that watches.",
        severity=Incident.Severity.WARN,
        remedy=None,
        sql="""
            SELECT NULL::bigint, jsonb_build_object('workers', jsonb_agg(worker)) FROM operations_workerpulse
            WHERE seen_at > %(real_at)s - interval '1 minute' HAVING count(*) = 1
        """,
    ),
)


SUBJECTS = {
    "auction": Auction.objects.select_related("market__dso"),
    "node": Node.objects.select_related("customer__dso"),
}


@transaction.atomic
def watch(*, moment):
    """Look at everything once, unless another worker does; returns the codes of what is out of bounds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [WATCHING])
        if not cursor.fetchone()[0]:
            return []
    return [check.code for check in CHECKS if _look(check, moment)]


def _look(check, moment):
    asked = {"at": moment.at, "real_at": moment.real_at, "speed": moment.speed}
    with connection.cursor() as cursor:
        cursor.execute(check.sql, asked)
        seen = {key: json.loads(figures) for key, figures in cursor.fetchall()}
    subjects = SUBJECTS[check.subject].in_bulk([key for key in seen if key is not None])
    for key, what in seen.items():
        _act(check, subjects.get(key), what, moment)
    _close_held(check, seen, moment)
    return bool(seen)


def _act(check, subject, seen, moment):
    """Open or find the incident, and run the remedy if it may be run."""
    said, of = {"bound": check.bound, "figures": seen}, {check.subject: subject}
    incident = incidents.open_once(code=check.code, seen=said, at=moment.at, severity=check.severity, **of)
    incidents.note(incident=incident, seen=said)
    runs = RemedyRun.objects.filter(
        incident__code=check.code,
        **{f"incident__{check.subject}": subject},
        real_at__gt=moment.real_at - WITHIN,
    ).order_by("-real_at")
    latest = runs.first()
    if latest is not None and latest.real_at > moment.real_at - PAUSE:
        return
    runs.filter(found__isnull=True).update(found={"held": False, "figures": seen})
    if check.remedy is None or incident.severity == Incident.Severity.CALL:
        return
    if runs.count() >= MOST_RUNS:
        incidents.call(incident=incident, at=moment.at)
        return
    done = check.remedy(subject=subject, moment=moment)
    RemedyRun.objects.create(
        incident=incident, remedy=check.remedy.__name__, real_at=moment.real_at, seen=seen, done=done
    )
    log.warning("remedy", code=check.code, remedy=check.remedy.__name__, done=done)


def _close_held(check, seen, moment):
    """Close the incidents whose bound holds again, and note that the remedy was found to have helped."""
    for incident in Incident.objects.filter(code=check.code, closed_at=None):
        if getattr(incident, f"{check.subject}_id") not in seen:
            incident.remedies.filter(found__isnull=True).update(found={"held": True})
            incidents.end(incident=incident, at=moment.at)
