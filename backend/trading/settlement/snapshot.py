"""Several reads of the books as of one instant, whatever is booked meanwhile."""

from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def taken():
    """Read as of one instant; inside a transaction of the caller's, as that one reads."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
