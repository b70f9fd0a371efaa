"""May this process get requests, and if not, why?"""

import multiprocessing
import time

import structlog
from django.db import DatabaseError, connection

from shared import migrating

log = structlog.get_logger(__name__)

READY = "ready"
UNREACHABLE = "database-unreachable"
REFUSED = "database-refused"
BEHIND = "schema-behind"
AWAY = "service-unreachable"
STATES = (READY, UNREACHABLE, REFUSED, BEHIND, AWAY)
SENTENCES = {
    UNREACHABLE: "The database does not answer; it is asked again at every question.",
    REFUSED: "The database refuses the user or the password of the address in the settings.",
    BEHIND: "The schema is older than this program; it waits for the migrations.",
    AWAY: "The other service does not answer.",
}
REFUSALS = ("password authentication failed", "no pg_hba.conf entry", "does not exist", "permission denied")


class Spoken:
    """What was said last, by any process forked from the one that made this: a change is said once."""

    def __init__(self):
        self._last = multiprocessing.Value("b", -1)

    def say(self, state, **details):
        """Write down that the state changed, unless it did not."""
        number = STATES.index(state)
        with self._last.get_lock():
            before, self._last.value = self._last.value, number
        if before == number:
            return
        if state == READY:
            log.info("ready")
        else:
            log.error("not_ready", reason=state, sentence=SENTENCES[state], **details)


class Database:
    """Does the database answer, and has it every migration? The second is asked until it is true."""

    def __init__(self):
        self.migrated = False

    def state(self):
        """Return a state and what the database said."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            missing = [] if self.migrated else migrating.outstanding()
        except DatabaseError as error:
            connection.close()
            said = str(error).strip().splitlines()[-1]
            return (REFUSED if any(words in said for words in REFUSALS) else UNREACHABLE), {"said": said}
        self.migrated = not missing
        return (BEHIND, {"missing": missing}) if missing else (READY, {})


class Neighbour:
    """Does the other service answer? Asked every few seconds at most."""

    def __init__(self, ask, *, fresh_s):
        self.ask = ask
        self.fresh_s = fresh_s
        self.asked_at = float("-inf")
        self.answers = False
        self.answered_once = False

    def reachable(self):
        """Ask, or say what was found a moment ago."""
        if time.monotonic() - self.asked_at > self.fresh_s:
            self.asked_at = time.monotonic()
            self.answers = self.ask()
            self.answered_once |= self.answers
        return self.answers
