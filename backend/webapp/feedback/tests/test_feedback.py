import pytest

from webapp.feedback.models import Remark
from webapp.users import throttles

DOOR = "/api/feedback"
SAID = {"text": "The curve is hard to read.\nIn the sun, that is.", "page": "/trading"}


class TestTell:
    def test_is_read_by_the_operator_with_page_release_and_browser(self, as_ada, operator, log_in):
        answer = as_ada.post(DOOR, SAID, format="json", HTTP_USER_AGENT="Firefox 140")
        assert answer.status_code == 204
        [remark] = log_in(operator).get("/api/operator/feedback").json()["items"]
        about = {"email": "ada@example.ch", "revision": "dev", "browser": "Firefox 140"}
        assert remark == SAID | about | {"at": remark["at"]}

    @pytest.mark.parametrize(
        "change", [{"text": ""}, {"text": "x" * 2001}, {"text": 5}, {"page": ""}, {"mood": "good"}], ids=str
    )
    def test_takes_nothing_odd(self, as_ada, change):
        assert as_ada.post(DOOR, SAID | change, format="json").status_code == 400
        assert not Remark.objects.exists()

    def test_ends_where_it_becomes_noise(self, as_ada):
        for _ in range(throttles.LIMITS["feedback"].most):
            assert as_ada.post(DOOR, SAID, format="json").status_code == 204
        assert as_ada.post(DOOR, SAID, format="json").status_code == 429

    def test_is_for_the_operator_alone(self, as_ada, log_in, dso_clerk):
        for client in (as_ada, log_in(dso_clerk)):
            assert client.get("/api/operator/feedback").status_code == 403
