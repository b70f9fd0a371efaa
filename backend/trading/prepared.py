"""Statements that the database plans once per connection: to plan them takes longer than to answer them."""

import hashlib
from weakref import WeakKeyDictionary

from django.db import connection

# Which of them each connection knows: they last as long as it does, also when a transaction is rolled back.
_known = WeakKeyDictionary()


class Prepared:
    """A statement with parameters $1, $2, … of some types of the database."""

    def __init__(self, sql, *types):
        self.name = f"ceex_{hashlib.sha256(repr((sql, types)).encode()).hexdigest()[:16]}"
        self.preparation = f"PREPARE {self.name} ({', '.join(types)}) AS {sql}"
        self.execution = f"EXECUTE {self.name} ({', '.join(['%s'] * len(types))})"

    def rows(self, *values):
        """Every row that it answers for these values."""
        with connection.cursor() as cursor:
            names = _known.setdefault(connection.connection, set())
            if self.name not in names:
                cursor.execute(self.preparation)
                names.add(self.name)
            cursor.execute(self.execution, values)
            return cursor.fetchall()
