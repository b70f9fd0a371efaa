"""The entries of a period as bookkeeping systems take them: debit and credit, balanced line by line."""

from django.db import connection

from trading.markets import calendar
from trading.settlement import sheets

# A chart in the manner of the Swiss SME chart of accounts: who the other side is, and for what.
CODES = {
    "trading": "2010",  # owed to households, from trading
    "supply": "2011",  # owed to households, from supply
    "exchange": "1095",  # clearing account: zero after every auction
    "grid_fees": "3200",
    "congestion_rent": "3210",
    "levies": "2205",  # passed on
    "vat": "2200",
    "guarantee": "6700",
    "payments": "1020",  # the bank
}
UTILITY_CODES = {"trading": "3000", "supply": "3010"}
HEADS = ("entry", "bookedAt", "debitAccount", "creditAccount", "amountChf", "kind", "document", "customer")

ENTRIES = """
SELECT entry.id, entry.booked_at, debit.kind, debit_customer.is_utility, debit_customer.number,
       credit.kind, credit_customer.is_utility, credit_customer.number, entry.amount_urp, entry.kind,
       entry.document_kind || ' ' || entry.document_id || '/' || entry.reference
       || CASE WHEN entry.correction > 0 THEN ' correction ' || entry.correction ELSE '' END
FROM ledger_ledgerentry entry
JOIN ledger_ledgeraccount debit ON debit.id = entry.debit_id AND debit.dso_id = %(dso)s
JOIN ledger_ledgeraccount credit ON credit.id = entry.credit_id
LEFT JOIN grid_customer debit_customer ON debit_customer.id = debit.customer_id
LEFT JOIN grid_customer credit_customer ON credit_customer.id = credit.customer_id
WHERE entry.booked_at >= %(starts_at)s AND entry.booked_at < %(ends_at)s
ORDER BY entry.id
"""


def export(*, dso, first, last):
    """The journal of what was booked on some local days, as CSV."""
    starts_at, ends_at = calendar.delivery_day(first)[0], calendar.delivery_day(last)[1]
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, {"dso": dso.pk, "starts_at": starts_at, "ends_at": ends_at})
        return sheets.write(HEADS, (_row(*row) for row in cursor))


def _row(
    key, at, debit, debit_utility, debit_number, credit, credit_utility, credit_number, urp, kind, document
):
    customers = [number for number in (debit_number, credit_number) if number is not None]
    return (
        key,
        at.isoformat(),
        _code(debit, debit_utility),
        _code(credit, credit_utility),
        sheets.chf(urp),
        kind,
        document,
        " ".join(customers),
    )


def _code(kind, is_utility):
    return UTILITY_CODES[kind] if is_utility else CODES[kind]
