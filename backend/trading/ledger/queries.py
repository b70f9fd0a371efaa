"""What accounts have, and where it came from."""

import numpy as np
from django.db.models import Q

from trading.ledger.models import Hold, LedgerAccount, LedgerEntry


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
    """The key of each node's account, parallel to the nodes."""
    rows = dict(
        LedgerAccount.objects.filter(kind=kind, customer__nodes__in=np.unique(node_ids).tolist()).values_list(
            "customer__nodes", "pk"
        )
    )
    return np.array([rows[node] for node in np.asarray(node_ids).tolist()], np.int64)


def free_urp(account):
    """What may still be set aside; None where nothing limits it."""
    return _free_urp(account.balance_urp, account.held_urp, account.limit_urp)


def free_by_account(rows):
    """The same for a selection of accounts, by their keys."""
    columns = rows.values_list("pk", "balance_urp", "held_urp", "limit_urp")
    return {key: _free_urp(*amounts) for key, *amounts in columns}


def _free_urp(balance_urp, held_urp, limit_urp):
    return None if limit_urp is None else balance_urp - held_urp - limit_urp


def latest_entries(*, account, limit=50):
    """The newest entries of an account, newest first."""
    return LedgerEntry.objects.filter(Q(debit=account) | Q(credit=account)).order_by("-booked_at", "-pk")[
        :limit
    ]


def open_hold_urp(*, order_number):
    """What is set aside for an order; 0 if nothing is."""
    hold = Hold.objects.filter(order_number=order_number, released_at=None).first()
    return hold.amount_urp if hold else 0
