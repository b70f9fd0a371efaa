"""Tables for spreadsheets: CSV in which nothing that came from outside is taken for a formula."""

import csv
import io

from shared import numbers
from shared.fields import utc_text

FORMULA = tuple("=+-@\t\r\n\x00＝＋－＠")
CHF_SCALE = 8  # 1 CHF = 10^8 µRp


def write(heads, rows):
    """A table as CSV by RFC 4180; numbers stay numbers, texts that begin like a formula get an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def chf(amount_urp):
    """An amount in CHF, exact to the µRp."""
    return Number(numbers.format_decimal(amount_urp, scale=CHF_SCALE))


class Number(str):
    """A text that is a number of ours, so that its minus is no formula."""


def _safe(cell):
    if cell is None:
        return ""
    if isinstance(cell, Number | int):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def statement(account):
    """The lines of a household's month."""
    heads = ("at", "figure", "document", "node", "energyWh", "amountChf")
    rows = [("", "opening", "", "", None, chf(account.opening_urp))]
    rows += [
        (utc_text(line.at), line.figure, line.document, line.node, line.energy_wh, chf(line.amount_urp))
        for line in account.lines
    ]
    return write(heads, [*rows, ("", "closing", "", "", None, chf(account.closing_urp))])
