"""Statements that the database plans once per connection: to plan them takes longer than to answer them."""

import hashlib
from weakref import WeakKeyDictionary

from django.db import connection

# Which of them each connection knows: they last as long as it does, also when a transaction is rolled back.
_known = WeakKeyDictionary()


class Prepared:
    """A statement with `%(name)s` for its parameters, of which the types are given by name."""

    def __init__(self, sql, **types):
        numbered = sql % {name: f"${place}" for place, name in enumerate(types, start=1)}
        self.name = f"ceex_{hashlib.sha256(repr((numbered, types)).encode()).hexdigest()[:16]}"
        self.preparation = f"PREPARE {self.name} ({', '.join(types.values())}) AS {numbered}"
        self.execution = f"EXECUTE {self.name} ({', '.join(f'%({name})s' for name in types)})"

    def on(self, cursor):
        """The text that runs it on a cursor's connection, where it is planned from now on."""
        names = _known.setdefault(cursor.connection, set())
        if self.name not in names:
            cursor.execute(self.preparation)
            names.add(self.name)
        return self.execution

    def rows(self, **values):
        """Every row that it answers for these values."""
        with connection.cursor() as cursor:
            cursor.execute(self.on(cursor), values)
            return cursor.fetchall()
