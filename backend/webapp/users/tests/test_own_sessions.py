from datetime import timedelta

from webapp.conftest import PASSWORD, now
from webapp.users import sessions


def listed(client):
    return client.get("/api/sessions").json()["items"]


class TestList:
    def test_shows_where_i_am_logged_in_and_which_one_this_is(self, ada, log_in, client):
        body = {"email": ada.email, "password": PASSWORD}
        client.post("/api/auth/login", body, format="json", HTTP_USER_AGENT="A\x07 browser " + "x" * 300)
        here, there = listed(log_in(ada))
        assert (here["current"], there["current"]) == (True, False)
        assert there["device"].startswith("A browser xx")
        assert len(there["device"]) == 200

    def test_shows_none_that_has_ended(self, ada, as_ada):
        at = now()
        sessions.close(token=sessions.open(user=ada, at=at).refresh_token, at=at)
        sessions.open(user=ada, at=at - sessions.IDLE_LIFETIME - timedelta(seconds=1))
        assert [each["current"] for each in listed(as_ada)] == [True]

    def test_shows_nobody_elses(self, as_ada, as_bo):
        assert len(listed(as_ada)) == 1


class TestEnd:
    def test_logs_out_over_there_at_once(self, ada, log_in):
        here, there = log_in(ada), log_in(ada)
        [other] = [each for each in listed(here) if not each["current"]]
        assert here.delete(f"/api/sessions/{other['sessionId']}").status_code == 204
        assert there.get("/api/me").status_code == 401
        assert here.get("/api/me").status_code == 200

    def test_ends_nobody_elses(self, as_ada, as_bo):
        [bos] = listed(as_bo)
        assert as_ada.delete(f"/api/sessions/{bos['sessionId']}").status_code == 404
        assert as_bo.get("/api/me").status_code == 200
