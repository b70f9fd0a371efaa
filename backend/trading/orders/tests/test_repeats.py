import threading
from datetime import timedelta

import pytest
from django.db import connection

from shared import identity
from trading.markets import operations as markets
from trading.orders import repeats
from trading.orders.models import AnsweredRequest, Order
from trading.tests.caller import Caller
from trading.tests.cast import DAY, NOON_BEFORE, build_street, open_auctions

POINTS = [{"period": 40, "priceRpPerMwh": 1_000, "quantityWh": 10}]
ORDER = {"auctionId": f"dam-{DAY}", "side": "buy", "curve": "step", "points": POINTS}
NOW = identity.real_time()


@pytest.fixture
def bo(client, street, dam):
    markets.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=identity.real_time())
    return Caller(client, street.bo)


@pytest.fixture
def path(street):
    return f"/node/{street.bo.public_id}/orders"


class TestIdempotencyKey:
    KEY = {"Idempotency_Key": "once-and-for-all"}

    def test_the_same_request_acts_once_and_is_answered_the_same(self, bo, path):
        first = bo.post(path, ORDER, **self.KEY)
        order = first.json()
        changed = bo.put(f"{path}/{order['orderId']}", {"version": 1, "curve": "step", "points": POINTS})
        assert changed.json()["version"] == 2
        again = bo.post(path, ORDER, **self.KEY)
        assert (again.status_code, again.json(), again.headers["ETag"]) == (201, order, first.headers["ETag"])
        assert Order.objects.count() == 1

    def test_holds_for_each_kind_of_write(self, bo, path):
        one = f"{path}/{bo.post(path, ORDER).json()['orderId']}"
        body = {"version": 1, "curve": "step", "points": POINTS}
        replaced = [bo.put(one, body, Idempotency_Key="replaced-once") for _ in range(2)]
        assert [(each.status_code, each.json()["version"]) for each in replaced] == [(200, 2)] * 2
        cancelled = [bo.delete(one, Idempotency_Key="cancelled-once") for _ in range(2)]
        assert [each.json()["version"] for each in cancelled] == [3, 3]

    @pytest.mark.parametrize("other", [{"side": "sell"}, {"points": [*POINTS, POINTS[0] | {"period": 41}]}])
    def test_another_request_is_refused(self, bo, path, other):
        bo.post(path, ORDER, **self.KEY)
        refused = bo.post(path, ORDER | other, **self.KEY)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
        assert Order.objects.count() == 1

    def test_a_refusal_leaves_the_key_as_new(self, bo, path):
        assert bo.post(path, ORDER | {"side": "gift"}, **self.KEY).status_code == 400
        assert bo.post(path, ORDER, **self.KEY).status_code == 201

    def test_belongs_to_its_caller(self, client, bo, path, street):
        bo.post(path, ORDER, **self.KEY)
        another = Caller(client, street.bo, subject="another-user")
        assert another.post(path, ORDER, **self.KEY).status_code == 201
        assert Order.objects.count() == 2

    def test_is_forgotten_after_seven_days(self, db):
        def note(at, answer):
            return repeats.once(subject="bo", key="k", digest="d", do=lambda: (201, answer), at=at)

        assert note(NOW, "first") == note(NOW + timedelta(days=7), "second") == (201, "first")
        assert note(NOW + timedelta(days=7, seconds=1), "third") == (201, "third")
        assert AnsweredRequest.objects.count() == 1


class TestEntityTag:
    def test_says_the_version_and_is_asked_for(self, bo, path):
        placed = bo.post(path, ORDER)
        one = f"{path}/{placed.json()['orderId']}"
        assert placed.headers["ETag"] == bo.get(one).headers["ETag"] == '"1"'
        body = {"curve": "step", "points": POINTS}
        assert bo.put(one, body, If_Match='"1"').headers["ETag"] == '"2"'
        stale = bo.put(one, body, If_Match='"1"')
        assert (stale.status_code, stale.json()["currentVersion"]) == (412, 2)
        assert bo.delete(one, If_Match='"1"').status_code == 412
        assert bo.delete(one, If_Match='"2"').status_code == 200
        assert bo.put(one, body).json()["errors"][0]["field"] == "version"


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_acts():
    street = build_street()
    open_auctions(street)
    done, answers = [], []

    def ask():
        def do():
            done.append(1)
            return 201, len(done)

        answers.append(repeats.once(subject="bo", key="k", digest="d", do=do, at=NOW))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(201, 1)] * 20
    assert done == [1]
