"""How long must a deployment wait? None begins within five minutes of the day-ahead gate. Prints seconds."""

import argparse
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZURICH = ZoneInfo("Europe/Zurich")
GATE = (11, 0)  # local time, as Market.gate_closes_local of the day-ahead market
AROUND = timedelta(minutes=5)


def wait_s(at):
    """Seconds from `at`, an aware time, until a deployment may begin."""
    local = at.astimezone(ZURICH)
    gate = local.replace(hour=GATE[0], minute=GATE[1], second=0, microsecond=0)
    inside = gate - AROUND <= local < gate + AROUND
    return int((gate + AROUND - local).total_seconds()) + 1 if inside else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--at", type=datetime.fromisoformat, default=None, help="an aware time (default: now)"
    )
    print(wait_s(parser.parse_args().at or datetime.now(ZURICH)))
