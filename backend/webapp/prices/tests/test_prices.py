import pytest

from webapp.prices import queries
from webapp.users import throttles

DAY = "2026-11-23"
ROWS = [{"startsAt": f"{DAY}T00:00:00Z", "priceRpPerMwh": 9_000 + number} for number in range(96)]
PUBLISHED = {"auctionId": f"dam-{DAY}", "publishedAt": f"{DAY}T00:00:00Z", "items": ROWS}


@pytest.fixture(autouse=True)
def _nothing_kept():
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def published(trading):
    """One day of which all prices are published, and nothing of the others."""
    trading.default = (200, {"items": []})
    trading.answer("GET", f"/prices?market=dam&day={DAY}", 200, {"items": [PUBLISHED]})
    return trading


def get(client, day=DAY, seen=None, path="/api/prices", **query):
    headers = {"HTTP_IF_NONE_MATCH": seen} if seen else {}
    return client.get(path, {"market": "dam", "day": day, **query}, **headers)


class TestRevalidation:
    def test_tells_who_has_it_already_and_asks_nobody(self, db, client, published, django_assert_num_queries):
        first = get(client)
        asked = len(published.seen)
        with django_assert_num_queries(0):
            again = get(client, seen=first["ETag"])
            table = get(client, seen=f'"other", {first["ETag"]}', path="/api/prices.csv")
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert (table.status_code, table["Cache-Control"]) == (304, first["Cache-Control"])
        assert len(published.seen) == asked

    @pytest.mark.parametrize("seen", [None, '"other"', "*"])
    def test_answers_in_full_who_has_something_else(self, db, client, published, seen):
        get(client)
        answer = get(client, seen=seen)
        assert (answer.status_code, len(answer.json()["items"])) == (200, 96)
        assert answer["Access-Control-Allow-Origin"] == "*"

    def test_reads_with_care_what_is_not_plainly_asked(self, db, client, published):
        seen = get(client)["ETag"]
        assert get(client, seen=seen, node="N001").status_code == 400
        assert client.get(f"/api/prices?day={DAY}&market=dam", HTTP_IF_NONE_MATCH=seen).status_code == 304
        assert client.post(f"/api/prices?market=dam&day={DAY}", HTTP_IF_NONE_MATCH=seen).status_code == 405
        assert client.get(f"/api/prices?day={DAY}", HTTP_IF_NONE_MATCH=seen).status_code == 304

    def test_asks_anew_when_it_is_no_longer_fresh(self, db, client, published, monkeypatch):
        seen = get(client)["ETag"]
        at = queries.time.monotonic() + queries.KEPT_S + 1
        monkeypatch.setattr(queries.time, "monotonic", lambda: at)
        changed = PUBLISHED | {"items": [ROWS[0] | {"priceRpPerMwh": 1}, *ROWS[1:]]}
        published.answer("GET", f"/prices?market=dam&day={DAY}", 200, {"items": [changed]})
        answer = get(client, seen=seen)
        assert (answer.status_code, answer.json()["items"][0]["priceRpPerMwh"]) == (200, 1)


class TestKept:
    def test_today_stays_however_many_days_are_looked_through(self, db, client, published, monkeypatch):
        monkeypatch.setattr(queries, "MOST_DAYS", 3)
        get(client)
        for number in range(1, 6):
            get(client, day=f"2020-01-0{number}")
            assert queries.kept("dam", DAY) is not None
        assert queries.kept("dam", "2020-01-01") is None

    def test_nobody_asks_trading_for_too_many_days(self, db, client, published, monkeypatch):
        monkeypatch.setitem(throttles.LIMITS, "prices-address", throttles.Limit(2, 300))
        get(client)
        assert get(client, day="2020-01-01").status_code == 200
        refused = get(client, day="2020-01-02")
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
        assert int(refused["Retry-After"]) > 0
        # What is kept is for everybody.
        assert get(client).status_code == 200

    def test_whoever_follows_an_open_day_is_not_looking_through_the_years(
        self, db, client, published, monkeypatch
    ):
        monkeypatch.setitem(throttles.LIMITS, "prices-address", throttles.Limit(1, 300))
        opens_at = queries.time.monotonic()
        for step in range(3):
            at = opens_at + step * queries.KEPT_WHILE_OPEN_S
            monkeypatch.setattr(queries.time, "monotonic", lambda at=at: at)
            assert get(client, day="2020-01-01").status_code == 200
        assert len(published.seen) == 3
