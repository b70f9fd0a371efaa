"""The table on the screen, the file bench.json and the page docs/measured.md."""

import json
import os
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE, PAGE = ROOT / "bench.json", ROOT / "docs" / "measured.md"
PREFACE = """\
# Measured

Written by `make bench`; do not edit. Each row is as it was last measured, on the day that it names. *Ours*
and *theirs* are medians of runs that were timed in turn in one process; *ratio* is ours ÷ theirs. Machines
differ, ratios less so: this one has {cores} cores ({processor}), Python {python}. The rows are in
`bench/subjects`.

| row | work | ours | against | theirs | ratio | demanded | holds | day |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""
WIDTHS = (30, 10, 10, 9, 9, 11)
HEADINGS = ("row", "ours", "versus", "ratio", "limit", "holds")


def head():
    """Print the headings."""
    print(_columns(HEADINGS) + "against")


def starting(row):
    """Say what is being measured, where somebody is looking on."""
    if sys.stdout.isatty():
        print(f"{row.name} …", end="\r", flush=True)


def line(result):
    """Print one row."""
    why = next((f"{kind}: {result[kind]}" for kind in ("skipped", "failed") if kind in result), None)
    if why:
        print(f"{result['name']:<{WIDTHS[0]}}{why}", flush=True)
        return
    ours, versus = (_shown(result, prefix) for prefix in ("", "versus_"))
    ratio = f"{result['ratio']:.3g}" if "ratio" in result else ""
    holds = {True: "yes", False: "NO", None: ""}[result["holds"]]
    print(_columns((result["name"], ours, versus, ratio, result["limit"], holds)) + (result["versus"] or ""))
    for sentence, true in result["checks"].items():
        print(f"{'':<4}{'yes' if true else 'NO'}: {sentence}")
    for name, value in result["notes"].items():
        print(f"{'':<4}{name}: {value}")
    sys.stdout.flush()


def tail(results):
    """Print the sum of it all; 1 if a row failed or broke its limit."""
    missed = [each["name"] for each in results if each.get("holds") is False]
    failed = [each["name"] for each in results if "failed" in each]
    skipped = [each["name"] for each in results if "skipped" in each]
    held = sum(each.get("holds") is True for each in results)
    print(f"{len(results)} rows: {held} hold their limit, {len(missed)} do not,", end=" ")
    print(f"{len(skipped)} were skipped, {len(failed)} failed; written to {FILE.name}")
    return 1 if missed or failed else 0


def write(results, names):
    """Write bench.json, and the page once every row was measured; who was not this time keeps its last entry.

    :param names: of all rows that there are, in their order
    """
    latest = {each["name"]: each for each in [*_written(), *results]}
    kept = [latest[name] for name in names if name in latest]
    kept += [each for each in results if each["name"] not in names]
    FILE.write_text(json.dumps({"machine": _machine(), "results": kept}, indent=1, ensure_ascii=False) + "\n")
    if latest.keys() >= set(names):
        _write_page(kept)


def _write_page(results):
    rows = "".join(_page_row(each) for each in results)
    notes = "".join(_page_notes(each) for each in results if each.get("notes"))
    PAGE.write_text(PREFACE.format(**_machine()) + rows + ("\nNoted beside:\n\n" + notes if notes else ""))


def _page_notes(result):
    told = ", ".join(f"{name} {value}" for name, value in result["notes"].items())
    return f"* `{result['name']}`: {told}\n"


def _page_row(result):
    why = next((f"{kind}: {result[kind]}" for kind in ("skipped", "failed") if kind in result), None)
    name, work, day = result["name"], result.get("work", ""), result.get("day", "")
    if why:
        return f"| {name} | {work} | {why.replace('|', '/')} | | | | | | {day} |\n"
    broken = [sentence for sentence, true in result["checks"].items() if not true]
    holds = {True: "yes", False: ": not ".join(["**no**", *broken]), None: ""}[result["holds"]]
    ratio = f"{result['ratio']:.3g}" if "ratio" in result else ""
    cells = (
        name, work, _shown(result, ""), result["versus"] or "", _shown(result, "versus_"),
        ratio, result["limit"], holds, day,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |\n"


def _machine():
    return {
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }


def _written():
    try:
        return json.loads(FILE.read_text())["results"]
    except (OSError, ValueError, KeyError):
        return []


def _columns(texts):
    return "".join(f"{text:<{width}}" for text, width in zip(texts, WIDTHS, strict=True))


def _shown(result, prefix):
    if f"{prefix}seconds" in result:
        seconds = result[f"{prefix}seconds"]
        return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
    if f"{prefix}value" in result:
        return f"{result[f'{prefix}value']:.4g} {result['unit']}"
    return ""
