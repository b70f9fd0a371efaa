"""What several tests of the command line start from."""

import pytest

from clearing.tests.desk import Desk


@pytest.fixture
def desk(tmp_path, capsys):
    return Desk(tmp_path, capsys)
