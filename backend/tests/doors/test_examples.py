"""The examples in docs/examples do what they say."""

import os
import subprocess
import sys
from pathlib import Path

from trading.orders.models import Order

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


def test_the_battery_bot_trades_and_does_so_once(doors, street, dam):
    bot = EXAMPLES / "battery_bot.py"
    assert len(bot.read_text().splitlines()) <= 65
    environment = os.environ | {"CEEX_KEY": doors.keys["ada"]}
    command = [sys.executable, str(bot), doors.url]
    options = {"env": environment, "capture_output": True, "text": True, "timeout": 120}
    runs = [subprocess.run(command, check=False, **options) for _ in range(2)]
    assert [each.returncode for each in runs] == [0, 0], runs[0].stderr + runs[1].stderr
    assert runs[0].stdout == runs[1].stdout and "accepted" in runs[0].stdout
    bought, sold = Order.objects.order_by("side")
    assert (bought.side, sold.side) == ("buy", "sell")
    assert (bought.node, sold.node) == (street.ada_at_home, street.ada)
    assert set(bought.quantities_wh) == set(sold.quantities_wh) == {750}
    assert max(bought.prices_rp_per_mwh) < min(sold.prices_rp_per_mwh)
