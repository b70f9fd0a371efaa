"""The benchmarks as a table, as bench.json and as docs/measured.md.

`make bench` measures every row, each in a process of its own; `make bench b=clear.tree` those that begin so.
"""

import argparse
import importlib
import json
import pkgutil
import sys
import traceback
from datetime import UTC, datetime

from bench import apart, harness, report, subjects


def main():
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("wanted", nargs="*", help="rows by the beginning of their name; all if none is given")
    parser.add_argument("--alone", metavar="NAME", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        return measure_alone(given.alone)
    broken = declare()
    rows = [each for each in harness.ROWS if not given.wanted or each.name.startswith(tuple(given.wanted))]
    if not rows and not broken:
        print(
            f"there is no such row; there are: {', '.join(each.name for each in harness.ROWS)}",
            file=sys.stderr,
        )
        return 2
    results = [*broken]
    report.head()
    for each in [*broken, *rows]:
        result = each if isinstance(each, dict) else measured(each)
        report.line(result)
        results += [] if result in broken else [result]
        report.write(results, [each.name for each in harness.ROWS])
    return report.tail(results)


def declare():
    """Import all subjects, which declares their rows; a subject that cannot be imported is a failed row."""
    broken = []
    for each in sorted(pkgutil.iter_modules(subjects.__path__), key=lambda module: module.name):
        try:
            importlib.import_module(f"bench.subjects.{each.name}")
        except Exception as error:
            broken.append({"name": each.name, "failed": f"{type(error).__name__}: {error}"})
    return broken


def measured(row):
    """Measure a row in a process of its own."""
    report.starting(row)
    found, took = apart.answer_of("bench", "--alone", row.name, seconds=row.seconds)
    plain = {"name": row.name, "n": row.n, "work": row.work, "versus": row.versus, "limit": row.limit}
    return plain | found | {"took_seconds": took, "day": f"{datetime.now(UTC):%Y-%m-%d}"}


def measure_alone(name):
    """Measure one row in this process and print its entry as one line."""
    # What a row's libraries print must not mix with the answer.
    answer, sys.stdout = sys.stdout, sys.stderr
    declare()
    row = next(each for each in harness.ROWS if each.name == name)
    try:
        found = harness.result_of(row)
    except harness.Skipped as why:
        found = {"skipped": str(why)}
    except Exception as error:
        traceback.print_exc()
        found = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(found), file=answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
