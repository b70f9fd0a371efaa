"""What does Prometheus see of the exchange? The database is read at each question: right for all workers."""

from django.db import connection
from django.http import HttpResponse

from trading.markets import queries as clock

# Name, what it says, and the query for it; %(at)s is the exchange's time.
GAUGES = (
    (
        "ceex_auctions_overdue",
        "Auctions that should have ended by now and have not.",
        "SELECT count(*) FROM markets_auction a JOIN markets_market m ON m.id = a.market_id"
        " WHERE a.state IN ('scheduled', 'open', 'closed', 'cleared')"
        " AND a.gate_closes_at + make_interval(secs => m.cancel_after_s) < %(at)s",
    ),
    (
        "ceex_auctions_cancelled_last_day",
        "Auctions of the last 24 hours that were cancelled.",
        "SELECT count(*) FROM markets_auction WHERE state = 'cancelled'"
        " AND gate_closes_at BETWEEN %(at)s - interval '1 day' AND %(at)s",
    ),
    (
        "ceex_publication_age_seconds",
        "Time since the last publication, by the exchange's clock.",
        "SELECT coalesce(extract(epoch FROM %(at)s - max(published_at)), 0) FROM markets_auction",
    ),
    ("ceex_incidents_open", "Incidents that are not over.",
     "SELECT count(*) FROM operations_incident WHERE closed_at IS NULL"),
    ("ceex_incidents_calling", "Open incidents that nobody has acknowledged and that need a person.",
     "SELECT count(*) FROM operations_incident"
     " WHERE closed_at IS NULL AND acknowledged_at IS NULL AND severity = 'call'"),
    ("ceex_workers_alive", "Auctioneers that were seen alive within 10 seconds.",
     "SELECT count(*) FROM operations_workerpulse WHERE seen_at > clock_timestamp() - interval '10 s'"),
    ("ceex_markets_halted", "Markets that are halted.",
     "SELECT count(*) FROM markets_halt WHERE resumed_at IS NULL"),
    ("ceex_remedies_last_hour", "Remedies that were run within an hour.",
     "SELECT count(*) FROM operations_remedyrun WHERE real_at > clock_timestamp() - interval '1 hour'"),
    ("ceex_clearing_slowest_ms", "The slowest clearing of the last 24 hours.",
     "SELECT coalesce(max(result.clearing_ms), 0) FROM results_result result"
     " JOIN markets_auction auction ON auction.id = result.auction_id"
     " WHERE auction.gate_closes_at BETWEEN %(at)s - interval '1 day' AND %(at)s"),
    ("ceex_lower_rungs_last_day", "Results of the last 24 hours from a lower rung of the ladder.",
     "SELECT count(*) FROM results_result result"
     " JOIN markets_auction auction ON auction.id = result.auction_id"
     " WHERE result.rung <> 'full' AND auction.gate_closes_at BETWEEN %(at)s - interval '1 day' AND %(at)s"),
    ("ceex_outbox_waiting", "Messages to the public door that are not sent.",
     "SELECT count(*) FROM operations_outboxmessage WHERE sent_at IS NULL AND dead_at IS NULL"),
    ("ceex_outbox_dead", "Messages that the public door refused again and again.",
     "SELECT count(*) FROM operations_outboxmessage WHERE dead_at IS NOT NULL"),
    ("ceex_backup_age_seconds", "Time since each database has a backup; since 1970 if none was made.",
     "SELECT extract(epoch FROM clock_timestamp() - coalesce(min(newest), 'epoch')) FROM ("
     " SELECT max(taken_at) AS newest FROM operations_backup GROUP BY database_name) each"),
    ("ceex_ledger_imbalance_urp", "Sum of all balances of the ledger; anything but 0 is wrong.",
     "SELECT coalesce(sum(balance_urp), 0) FROM ledger_ledgeraccount"),
)  # fmt: skip


def read(*, at):
    """Every gauge with its value."""
    with connection.cursor() as cursor:
        for name, says, sql in GAUGES:
            cursor.execute(sql, {"at": at})
            yield name, says, cursor.fetchone()[0]


def answer(request):
    """The gauges in the words of Prometheus. Asked inside only: trading has no public route."""
    lines = [
        f"# HELP {name} {says}\n# TYPE {name} gauge\n{name} {value}"
        for name, says, value in read(at=clock.now())
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
