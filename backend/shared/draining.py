"""How does a process end without an answer lost?"""

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Told to stop, it takes what has arrived and refuses the rest at once.

    Gunicorn's own goes on listening until all it has begun is answered, and takes nothing: who connects
    meanwhile is cut off in the end, and may not ask again. Who is refused asks another copy.
    """

    def set_accept_enabled(self, enabled):
        """Take new connections or not."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._take_all(listener)
                listener.close()

    def _take_all(self, listener):
        before = None
        while before != self.nr_conns:
            before = self.nr_conns
            self.accept(listener)
