"""A kept connection that the server ended is replaced; one that works is not asked."""

import time

import pytest
from django.db import connections


@pytest.fixture
def pair(django_db_setup, django_db_blocker):
    """Two connections of their own."""
    with django_db_blocker.unblock():
        made = [connections.create_connection("default") for _ in range(2)]
        for each in made:
            each.health_check_enabled = True
            each.ensure_connection()
        yield made
        for each in made:
            each.close()


def process_of(kept):
    return one(kept, "SELECT pg_backend_pid()")


def one(kept, statement, *values):
    with kept.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def wait_until(true):
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


class TestIsUsable:
    def test_asks_nothing_of_a_connection_that_works(self, pair):
        kept, _ = pair
        statements = []
        with kept.execute_wrapper(lambda go, sql, *rest: statements.append(sql) or go(sql, *rest)):
            assert kept.is_usable()
        assert statements == []

    def test_sees_that_the_server_ended_it(self, pair):
        kept, other = pair
        assert one(other, "SELECT pg_terminate_backend(%s)", process_of(kept))
        wait_until(lambda: not kept.is_usable())

    def test_asks_where_the_server_said_something_else(self, pair):
        kept, other = pair
        with kept.cursor() as cursor:
            cursor.execute("LISTEN ceex_test")
        with other.cursor() as cursor:
            cursor.execute("NOTIFY ceex_test")
        assert kept.is_usable()
        assert one(kept, "SELECT 1") == 1

    def test_closed_by_ourselves_it_is_not(self, pair):
        kept, _ = pair
        kept.connection.close()
        assert not kept.is_usable()


def test_a_request_after_a_restart_of_the_server_finds_a_new_connection(pair):
    kept, other = pair
    before = process_of(kept)
    assert one(other, "SELECT pg_terminate_backend(%s)", before)
    wait_until(lambda: not kept.is_usable())
    kept.health_check_done = False  # as at the start of a request
    assert process_of(kept) != before
