"""What was measured: shown as a table, written to rehearsal.json."""

import json
import os
import time


class Figures:
    """Rows of a name, a value and a limit; a row whose limit does not hold fails the rehearsal."""

    def __init__(self):
        self.rows = []
        self.started = time.monotonic()

    def add(self, name, value, *, at_most=None, unit="", n=1, seconds=None):
        """Note a measured value."""
        holds = at_most is None or value <= at_most
        self.rows.append(
            {"name": name, "value": round(value, 4), "unit": unit, "limit": at_most, "holds": holds, "n": n}
            | ({"seconds": round(seconds, 2)} if seconds is not None else {})
        )
        self._show(self.rows[-1])

    def check(self, name, holds, said=""):
        """Note a fact that must be true."""
        self.rows.append(
            {"name": name, "value": int(bool(holds)), "holds": bool(holds), "said": str(said)[:300]}
        )
        self._show(self.rows[-1])

    @property
    def failed(self):
        return [row["name"] for row in self.rows if not row["holds"]]

    def write(self, path, **about):
        """Write rehearsal.json."""
        results = {"results": self.rows, **about, "seconds": round(time.monotonic() - self.started)}
        path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")

    def document(self, path, *, revision, images):
        """Write the table as a page of docs."""
        minutes = round((time.monotonic() - self.started) / 60)
        path.write_text(
            "# Rehearsed\n\n"
            f"Written by `make rehearse` for revision {revision}: all acts in {minutes} minutes,"
            f" with {images}.\n"
            f"On {os.cpu_count()} processors, load {os.getloadavg()[2]:.0f} in the last quarter of an hour.\n"
            "What the acts show: [deployment.md](deployment.md).\n\n"
            f"{self.table()}\n"
        )

    def table(self):
        """The rows as Markdown."""
        lines = ["| what | measured | limit | holds |", "| --- | ---: | ---: | --- |"]
        for row in self.rows:
            value = f"{row['value']:g} {row['unit']}".strip() if "limit" in row else _cell(row["said"])
            limit = "" if row.get("limit") is None else f"≤ {row['limit']:g}"
            lines.append(f"| {row['name']} | {value} | {limit} | {'yes' if row['holds'] else 'NO'} |")
        return "\n".join(lines)

    def _show(self, row):
        passed = time.monotonic() - self.started
        more = row.get("said") or f"{row['value']:g} {row.get('unit', '')}"
        print(f"{passed:6.0f} s  {'ok ' if row['holds'] else 'NO '} {row['name']}: {more}", flush=True)


def _cell(said):
    return " ".join(said.replace("|", "/").split()) or "–"
