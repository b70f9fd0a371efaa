"""Anyone can re-run a published auction from its files, and finds nobody's name in them."""

import pytest
from django.core.management import CommandError, call_command

from clearing.__main__ import main
from trading.results import export
from trading.results.models import NodeResult, Result


def verify(folder):
    arguments = ["verify", "--orders", f"{folder}/orders.csv", "--lines", f"{folder}/lines.csv"]
    return main([*arguments, "--out", str(folder)])


def test_the_command_line_accepts_what_is_published(published, tmp_path):
    call_command("export_auction", published.code, out=tmp_path / "dam")
    assert verify(tmp_path / "dam") == 0


def test_the_hash_is_the_published_one(published, tmp_path):
    export.write(auction=published, folder=tmp_path)
    assert Result.objects.get(auction=published).result_hash in (tmp_path / "summary.json").read_text()


def test_names_nobody(street, published, tmp_path):
    export.write(auction=published, folder=tmp_path)
    texts = "".join(path.read_text() for path in tmp_path.iterdir())
    assert street.ada.public_id not in texts
    assert "Ahorn" not in texts


def test_a_doctored_row_is_not_exported(street, published, tmp_path):
    NodeResult.objects.filter(node=street.bo).update(accepted_wh=[599, 0])
    with pytest.raises(export.NotReproducible):
        export.write(auction=published, folder=tmp_path)
    assert not list(tmp_path.iterdir())
    NodeResult.objects.filter(node=street.bo).update(accepted_wh=[600, 0])


@pytest.mark.django_db
def test_what_is_not_there_is_said_in_one_line(tmp_path):
    with pytest.raises(CommandError, match="there is no auction dam-1999-01-01"):
        call_command("export_auction", "dam-1999-01-01", out=tmp_path)


def test_what_is_not_published_stays_inside(dam, tmp_path):
    with pytest.raises(CommandError, match="not published"):
        call_command("export_auction", dam.code, out=tmp_path)
