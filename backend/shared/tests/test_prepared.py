from django.db import connection

from shared.postgresql.prepared import Prepared

SUM = Prepared("SELECT %(more)s + %(less)s - %(less)s", more="integer", less="integer")


class TestPrepared:
    def test_is_planned_once_on_a_connection(self, db):
        with connection.cursor() as cursor:
            for _ in range(2):
                cursor.execute(SUM.on(cursor), {"more": 5, "less": 3})
                assert cursor.fetchone() == (5,)
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = %s", [SUM.name])
            assert cursor.fetchone() == (1,)

    def test_outlives_a_transaction_that_failed(self, db):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
            cursor.execute(SUM.on(cursor), {"more": 1, "less": 1})
            cursor.execute("ROLLBACK TO before")
            cursor.execute(SUM.on(cursor), {"more": 1, "less": 1})
            assert cursor.fetchone() == (1,)

    def test_is_planned_anew_on_a_new_connection(self, transactional_db):
        assert SUM.rows(more=1, less=1) == [(1,)]
        connection.close()
        assert SUM.rows(more=2, less=1) == [(2,)]
