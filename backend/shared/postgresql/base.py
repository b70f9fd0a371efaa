"""Whether a kept connection still works is seen from here; Django loads this module by its name."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is asked whether it works only if the server said something unasked."""

    def is_usable(self):
        """False where the server has ended it.

        A server that ends a connection says so, or its machine does: then there is something to read on a
        connection that waits for nothing. A server that is gone without a word would not answer either.
        """
        if self.connection is None or self.connection.closed:
            return False
        heard = select.poll()
        heard.register(self.connection.fileno(), select.POLLIN)
        return not heard.poll(0) or super().is_usable()
