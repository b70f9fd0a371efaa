"""Make trading ready in one process, which loads the libraries once: tables, village, history."""

import os
import sys
import time

import django
from django.core.management import CommandError, call_command


def main(days):
    os.environ["DJANGO_SETTINGS_MODULE"] = "trading.settings"
    django.setup()
    steps = [("migrate", {"verbosity": 0}), ("load_village", {}), ("trade_history", {"days": days})]
    for name, options in steps:
        start = time.monotonic()
        try:
            call_command(name, **options)
        except CommandError as error:
            print(f"trading {name}: {error}", file=sys.stderr)
            return 1
        print(f"trading {name} ({time.monotonic() - start:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
