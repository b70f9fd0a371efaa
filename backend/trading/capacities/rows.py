"""Rows of a post as they are said, in JSON or CSV, and what can be wrong with them."""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from shared import fields, numbers, problems
from trading.capacities.models import PostedCapacity

COLUMNS = ("line", "direction", "starts_at", "ends_at", "capacity_w", "reason")
FIELDS = ("line", "direction", "startsAt", "endsAt", "capacityW", "reason")
MOST_ROWS, MOST_ERRORS, MOST_W = 20_000, 50, 10**12
QUARTER_S = 900
DIRECTIONS = PostedCapacity.Direction.values


@dataclass(frozen=True, slots=True)
class Said:
    """One row, readable but not yet checked against the grid. `row` counts from 1, the header left out."""

    row: int
    line: str
    direction: str
    starts_at: datetime
    ends_at: datetime
    capacity_w: int
    reason: str = ""


def error(said, field, code, detail):
    """What is wrong with a field of a row."""
    return {"field": f"rows.{said.row - 1}.{field}", "code": code, "detail": detail, "row": said.row}


def of_csv(text):
    """Read rows from CSV text with the header of `COLUMNS`; `reason` may be missing.

    :raises Problem: 400 naming each row and column that cannot be read
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        header = tuple(next(lines, ()))
        if header not in (COLUMNS, COLUMNS[:-1]):
            raise problems.field_error("csv", "header", f"The first line must be {','.join(COLUMNS)}.")
        read = [(number, row) for number, row in enumerate(lines, start=1) if row]
    except csv.Error as refused:
        raise problems.field_error("csv", "malformed", f"Line {lines.line_num}: {refused}.") from refused
    if not read:
        raise problems.field_error("csv", "empty", "There is no row below the header.")
    if len(read) > MOST_ROWS:
        raise problems.field_error("csv", "too-many", f"At most {MOST_ROWS} rows at once.")
    return _all_or_errors([_of_cells(number, row, len(header)) for number, row in read])


def _all_or_errors(found):
    wrong = [each for each in found if not isinstance(each, Said)]
    if wrong:
        raise problems.invalid([one for each in wrong for one in each][:MOST_ERRORS])
    return found


def _of_cells(number, cells, width):
    """A row, or the list of what is wrong with it."""
    wrong = []

    def refuse(field, code, detail):
        wrong.append({"field": f"rows.{number - 1}.{field}", "code": code, "detail": detail, "row": number})

    if len(cells) != width:
        refuse("line", "columns", f"{len(cells)} columns stand here instead of {width}.")
        return wrong
    line, direction, starts, ends, capacity, *reason = (cell.strip() for cell in cells)
    times = {}
    for field, text in (("startsAt", starts), ("endsAt", ends)):
        times[field] = _instant(text)
        if times[field] is None:
            refuse(field, "invalid", "Write an instant such as 2026-11-23T12:00:00Z.")
    try:
        watts = numbers.parse_integer(capacity, low=0, high=MOST_W)
    except numbers.NotANumber as not_a_number:
        refuse("capacityW", "negative" if capacity.startswith("-") else "invalid", str(not_a_number))
    if len(reason) == 1 and len(reason[0]) > 200:
        refuse("reason", "max-length", "At most 200 characters.")
    if wrong:
        return wrong
    return Said(number, line, direction, times["startsAt"], times["endsAt"], watts, *reason)


def _instant(text):
    if not fields.INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def errors(rows_said, lines):
    """Everything that is wrong with rows on a grid, as errors of a problem; at most `MOST_ERRORS`."""
    found = []
    for said in rows_said:
        found += _alone(said, lines.get(said.line))
        if len(found) >= MOST_ERRORS:
            return found[:MOST_ERRORS]
    return found or _overlaps(rows_said)


def _alone(said, line):
    wrong = []
    if line is None:
        wrong.append(error(said, "line", "unknown-line", "Your grid has no line below this bus."))
    if said.direction not in DIRECTIONS:
        wrong.append(error(said, "direction", "invalid", "Write up (towards the border) or down."))
    for field, instant in (("startsAt", said.starts_at), ("endsAt", said.ends_at)):
        if instant.timestamp() % QUARTER_S:
            wrong.append(
                error(said, field, "not-a-quarter-hour", "Quarter hours begin at :00, :15, :30, :45.")
            )
    if said.starts_at >= said.ends_at:
        wrong.append(error(said, "endsAt", "out-of-order", "The end must lie after the start."))
    if said.capacity_w < 0:
        wrong.append(error(said, "capacityW", "negative", "A capacity is not negative."))
    if not wrong and not said.reason:
        rating_w = line.capacity_up_w if said.direction == "up" else line.capacity_down_w
        if rating_w is not None and said.capacity_w > rating_w:
            detail = f"The line is rated {rating_w} W; give a reason to allow more."
            wrong.append(error(said, "capacityW", "above-rating", detail))
    return wrong


def _overlaps(rows_said):
    """Rows of one post that speak of the same line, direction and time."""
    of_line = defaultdict(list)
    for said in rows_said:
        of_line[said.line, said.direction].append(said)
    found = []
    for several in of_line.values():
        several.sort(key=lambda said: (said.starts_at, said.row))
        for earlier, later in zip(several, several[1:], strict=False):
            if later.starts_at < earlier.ends_at:
                detail = f"Row {earlier.row} speaks of the same line and time."
                found.append(error(later, "startsAt", "overlapping", detail))
    return found[:MOST_ERRORS]
