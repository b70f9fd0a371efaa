"""The fault runs as a table and as faults.json.

`make faults` runs every row, each in a process of its own; `make faults f=takeover` those that begin so;
`python -m faults --short` is the quick set that is part of `make test`.
"""

import argparse
import importlib
import json
import os
import pkgutil
import sys
import threading
import time
import traceback
from collections import deque
from pathlib import Path
from queue import SimpleQueue

from bench import apart
from faults import harness, subjects

ROOT = Path(__file__).resolve().parent.parent
FILE, PAGE = ROOT / "faults.json", ROOT / "docs" / "faults.md"
MEASURED = "## Measured\n"
COUNTING_NICE = 10  # those that measure a time go first
HEAD = "| row | worst | median | runs | limit | holds |\n| --- | --- | --- | --- | --- | --- |"


def main():
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__.splitlines()[0])
    parser.add_argument("wanted", nargs="*", help="rows by the beginning of their name; all if none is given")
    parser.add_argument("--short", action="store_true", help="the quick set, with few runs")
    parser.add_argument("--alone", metavar="NAME", help=argparse.SUPPRESS)
    given = parser.parse_args()
    declare()
    if given.alone:
        return run_alone(given.alone, given.short)
    wanted = tuple(given.wanted) or ("",)
    rows = [each for each in harness.ROWS if each.name.startswith(wanted) and (each.short or not given.short)]
    results, began = [], time.monotonic()
    print(f"{'row':<34}{'worst':>9}{'median':>9}{'runs':>6}{'limit':>9}  holds")
    for found in run_all(rows, given.short):
        for result in found:
            show(result)
        results += found
        if not given.short:
            FILE.write_text(json.dumps({"results": results}, indent=1, ensure_ascii=False) + "\n")
    if not (given.wanted or given.short):
        write_page(results, minutes=(time.monotonic() - began) / 60)
    bad = [each["name"] for each in results if "failed" in each or each.get("holds") is False]
    print(f"{len(results)} figures, {len(bad)} do not hold" + (": " + ", ".join(bad) if bad else ""))
    return int(bool(bad) or not results)


def declare():
    """Import all subjects, which declares their rows."""
    for each in sorted(pkgutil.iter_modules(subjects.__path__), key=lambda module: module.name):
        importlib.import_module(f"faults.subjects.{each.name}")


def run_all(rows, short):
    """What each row found: two that measure a time beside one that counts, then each that runs alone."""
    longest_first = sorted(rows, key=lambda each: -each.seconds)
    beside = [each for each in longest_first if not each.alone]
    timed = deque(each for each in beside if not each.counting)
    counting = deque(each for each in beside if each.counting)
    found = SimpleQueue()
    for lane in ((timed, counting), (timed, counting), (counting, timed)):
        threading.Thread(target=run_lane, args=[lane, short, found], daemon=True).start()
    for _ in beside:
        yield found.get()
    for each in longest_first:
        if each.alone:
            yield run(each, short)


def run_lane(waiting, short, found):
    """Run one row after the other while any waits."""
    for rows in waiting:
        while row := taken(rows):
            found.put(run(row, short))


def taken(rows):
    """The next row, None if another lane took the last one."""
    try:
        return rows.popleft()
    except IndexError:
        return None


def run(row, short):
    """Run a row in a process of its own; whatever it leaves behind is ended."""
    words = ["--alone", row.name, *(["--short"] if short else [])]
    try:
        found, took = apart.answer_of("faults", *words, seconds=row.seconds)
    except Exception as error:  # its lane goes on, or the others would wait for it
        found, took = {"failed": f"{type(error).__name__}: {error}"}, 0
    entries = found if isinstance(found, list) else [found]
    return [{"name": row.name, "work": row.work} | each | {"took_seconds": took} for each in entries]


def run_alone(name, short):
    """Run one row in this process and print its entries as one line."""
    answer, sys.stdout = sys.stdout, sys.stderr  # what it prints on its way must not mix with the answer
    row = next(each for each in harness.ROWS if each.name == name)
    if row.counting and not short:
        os.nice(COUNTING_NICE)
    try:
        found = harness.entries(row, row.measure(short))
    except harness.Skipped as why:
        found = [{"skipped": str(why)}]
    except Exception as error:
        traceback.print_exc()
        found = [{"failed": f"{type(error).__name__}: {error}"}]
    print(json.dumps(found), file=answer, flush=True)
    return 0


def write_page(results, *, minutes):
    """Put the table of a whole run at the end of docs/faults.md."""
    lines = [line_of(each) for each in sorted(results, key=lambda each: each["name"])]
    took = f"{minutes:.0f} minutes on {os.cpu_count()} cores, three rows at a time and the soak alone"
    rest = PAGE.read_text().partition(MEASURED)[0]
    table = [f"The latest whole `make faults`: {took}.", "", HEAD, *lines, ""]
    PAGE.write_text(rest + "\n".join([MEASURED, *table]))


def line_of(result):
    """The line of one figure; of a row that found none, why."""
    for kind in ("skipped", "failed"):
        if kind in result:
            why = " ".join(str(result[kind]).split()).replace("|", "\\|")
            return f"| `{result['name']}` | {kind}: {why} | | | | no |"
    holds = "yes" if result["holds"] else "no"
    return "| `{name}` | {value:g} {unit} | {median:g} | {runs} | {limit} | ".format(**result) + f"{holds} |"


def show(result):
    """Print one line, and under it what else was looked at."""
    for kind in ("skipped", "failed"):
        if kind in result:
            print(f"{result['name']:<34}{kind}: {result[kind]}", flush=True)
            return
    value, middle = f"{result['value']:g} {result['unit']}", f"{result['median']:g}"
    holds = "yes" if result["holds"] else "NO"
    print(f"{result['name']:<34}{value:>9}{middle:>9}{result['runs']:>6}{result['limit']:>9}  {holds}")
    for sentence, true in result["checks"].items():
        print(f"{'':<4}{'yes' if true else 'NO'}: {sentence}")
    for name, value in result["notes"].items():
        print(f"{'':<4}{name}: {value}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
