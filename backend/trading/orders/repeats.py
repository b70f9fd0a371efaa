"""What was asked under an idempotency key is done once, and told again in the same words."""

import hashlib
import json
from datetime import timedelta

from django.db import connection, transaction

from shared import problems
from trading.orders.models import AnsweredRequest

KEPT = timedelta(days=7)

CLAIM = """
DELETE FROM orders_answeredrequest WHERE subject = %(subject)s AND at < %(before)s;
INSERT INTO orders_answeredrequest (subject, key, digest, status, body, at)
VALUES (%(subject)s, %(key)s, %(digest)s, 0, 'null', %(at)s) ON CONFLICT DO NOTHING
"""


class KeyReused(Exception):
    """This idempotency key stood for another request before."""


problems.register(KeyReused, status=422, code="idempotency-key-reused", title="Key used before")


def digest_of(*words):
    """A digest of what a request said, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(words, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@transaction.atomic
def once(*, subject, key, digest, do, at):
    """Do something in a transaction with the note that it was done; the second time, tell the first answer.

    :param subject: whose key it is; two callers' keys never meet
    :param do: returns the status and the body of the answer; if it raises, the key is as new
    :param at: real time, by which a key is forgotten after seven days
    :raises KeyReused: the key stood for something else
    """
    claim = {"subject": subject, "key": key, "digest": digest, "at": at, "before": at - KEPT}
    with connection.cursor() as cursor:
        # Of two requests at the same time, one waits here for how the other ends.
        cursor.execute(CLAIM, claim)
        is_new = cursor.rowcount == 1
    mine = AnsweredRequest.objects.filter(subject=subject, key=key)
    if is_new:
        status, body = do()
        mine.update(status=status, body=body)
        return status, body
    earlier = mine.get()
    if earlier.digest != digest:
        raise KeyReused
    return earlier.status, earlier.body
