from datetime import timedelta

import pytest

from trading.markets import operations, queries
from trading.tests.cast import NOON_BEFORE


class TestClock:
    def test_shows_the_databases_time_until_it_is_set(self, db):
        moment = queries.moment()
        assert (moment.at, moment.speed) == (moment.real_at, 1)

    def test_runs_faster_from_where_it_was_set(self, db):
        real_at = queries.moment().real_at
        operations.set_clock(speed=60, shows_at=NOON_BEFORE, real_at=real_at)
        moment = queries.moment()
        assert moment.speed == 60
        assert moment.at == NOON_BEFORE + (moment.real_at - real_at) * 60

    def test_knows_when_the_databases_clock_will_show_a_time(self, db):
        real_at = queries.moment().real_at
        operations.set_clock(speed=60, shows_at=NOON_BEFORE, real_at=real_at)
        moment = queries.moment()
        an_hour_later = NOON_BEFORE + timedelta(hours=1)
        assert moment.real_time_of(an_hour_later) == real_at + timedelta(minutes=1)

    def test_never_runs_backwards(self, db):
        operations.set_clock(speed=60, shows_at=NOON_BEFORE, real_at=NOON_BEFORE)
        a_minute_later = NOON_BEFORE + timedelta(minutes=1)  # it shows an hour later
        with pytest.raises(operations.ClockRunsBackwards):
            operations.set_clock(speed=1, shows_at=a_minute_later, real_at=a_minute_later)
        shows_at = NOON_BEFORE + timedelta(hours=1)
        assert operations.set_clock(speed=1, shows_at=shows_at, real_at=a_minute_later).speed == 1
