import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.users import breached

BREACHED = "correct horse battery staple"


def written(folder, passwords, ending="\n", counts=True):
    digests = sorted(
        hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper() for word in passwords
    )
    path = folder / "breached.txt"
    path.write_text("".join(f"{digest}{':7' * counts}{ending}" for digest in digests), newline="")
    return path


class TestContains:
    @pytest.mark.parametrize("ending", ["\n", "\r\n"])
    @pytest.mark.parametrize("counts", [True, False])
    def test_finds_each_of_a_list_and_no_other(self, tmp_path, ending, counts):
        words = [f"password {number}" for number in range(257)]
        path = written(tmp_path, words[::2], ending, counts)
        assert [breached.contains(path, word) for word in words] == [n % 2 == 0 for n in range(257)]

    @given(st.sets(st.text(min_size=1, max_size=8), min_size=1, max_size=9), st.text(min_size=1, max_size=8))
    def test_agrees_with_looking_at_every_line(self, tmp_path_factory, words, asked):
        path = written(tmp_path_factory.mktemp("list"), words)
        assert breached.contains(path, asked) == (asked in words)


class TestRegister:
    def test_refuses_a_password_that_was_seen_in_a_breach(self, client, db, settings, tmp_path):
        path = written(tmp_path, [BREACHED, "another one of them"])
        settings.AUTH_PASSWORD_VALIDATORS = [
            {"NAME": "webapp.users.breached.BreachedPasswordValidator", "OPTIONS": {"path": str(path)}}
        ]
        asked = {"email": "dee@example.ch", "password": BREACHED, "language": "en"}
        answer = client.post("/api/auth/register", asked, format="json")
        assert answer.status_code == 400
        assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [
            ("password", "password-breached")
        ]
        asked["password"] = "never seen anywhere"
        assert client.post("/api/auth/register", asked, format="json").status_code == 202
