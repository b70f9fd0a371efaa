import json

import pytest
from django.core.management import CommandError, call_command

from webapp.access import queries
from webapp.access.models import Pairing
from webapp.users.models import User

PEOPLE = [
    {"email": "ada@example.ch", "password": "sun on the roof", "role": "household", "language": "de"}
    | {"dso": "village", "dsoClientId": "1001", "name": "Ada"},
    {"email": "clerk@example.ch", "password": "lines and poles", "role": "dso", "language": "fr"}
    | {"dso": "village", "dsoClientId": None},
    {"email": "operator@example.ch", "password": "every auction ends", "role": "operator", "language": "en"}
    | {"dso": None, "dsoClientId": None},
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "people.json"
    path.write_text(json.dumps(PEOPLE))
    return path


@pytest.mark.django_db
class TestLoadDemo:
    def test_creates_confirmed_users_and_pairs_them_however_often_it_runs(
        self, file, trading, log_in, capsys
    ):
        trading.knows_customer("village", "1001", "C001", "N001")
        for _ in range(2):
            call_command("load_demo", file)
        assert User.objects.count() == 3 and Pairing.objects.count() == 1
        ada, clerk = User.objects.get(email="ada@example.ch"), User.objects.get(role="dso")
        assert queries.nodes_of(ada) == {"C001", "N001"}
        assert queries.acts_for_dso(clerk, "village") and not queries.acts_for_dso(ada, "village")
        assert (ada.card.name, ada.card.is_open) == ("Ada", True)
        log_in(ada, "sun on the roof")
        assert "sun on the roof" not in capsys.readouterr().out

    @pytest.mark.parametrize(
        "text", ["", "{", "[5]", '[{"email": "x"}]', json.dumps([PEOPLE[0] | {"role": "root"}])]
    )
    def test_changes_nothing_for_a_file_that_is_not_right(self, tmp_path, text):
        path = tmp_path / "people.json"
        path.write_text(text)
        with pytest.raises(CommandError, match=r"people\.json"):
            call_command("load_demo", path)
        assert not User.objects.exists()
