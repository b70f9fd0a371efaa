"""What accounts have, and where it came from."""

import numpy as np
from django.db import connection
from django.db.models import Q

from trading.ledger.models import LedgerAccount, LedgerEntry


def account(*, kind, dso=None, customer=None):
    """The account of a customer, or of the operator itself where no customer is named.

    :raises LedgerAccount.DoesNotExist: it was never opened
    """
    if customer is None:
        return LedgerAccount.objects.get(dso=dso, customer=None, kind=kind)
    return LedgerAccount.objects.get(customer=customer, kind=kind)


def account_ids(*, dso, kind):
    """The keys of all customers' accounts of a kind, by the customer's key."""
    rows = LedgerAccount.objects.filter(dso=dso, kind=kind).exclude(customer=None)
    return dict(rows.values_list("customer_id", "pk"))


def accounts_of(*, node_ids, kind):
    """The key of each node's account, parallel to the nodes.

    :raises LedgerAccount.DoesNotExist: a node has none
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT account.id FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (node, place)
            JOIN grid_node node ON node.id = asked.node
            JOIN ledger_ledgeraccount account ON account.customer_id = node.customer_id AND account.kind = %s
            ORDER BY asked.place
            """,
            [np.asarray(node_ids).tolist(), str(kind)],
        )
        found = np.array(cursor.fetchall(), np.int64).ravel()
    if len(found) != len(node_ids):
        raise LedgerAccount.DoesNotExist
    return found


def free_urp(account):
    """What may still be set aside; None where nothing limits it."""
    if account.limit_urp is None:
        return None
    return account.balance_urp - account.held_urp - account.limit_urp


def latest_entries(*, account, limit=50):
    """The newest entries of an account, newest first."""
    return LedgerEntry.objects.filter(Q(debit=account) | Q(credit=account)).order_by("-booked_at", "-pk")[
        :limit
    ]
