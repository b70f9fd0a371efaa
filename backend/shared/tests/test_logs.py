from shared import logs


class TestWithoutSecrets:
    def test_blanks_what_is_secret_and_keeps_the_rest(self):
        event = {"event": "login", "newPassword": "x", "access_token": "y", "API_KEY": "z", "user_id": 3}
        assert logs.without_secrets(None, "info", event) == {
            "event": "login",
            "newPassword": "…",
            "access_token": "…",
            "API_KEY": "…",
            "user_id": 3,
        }
