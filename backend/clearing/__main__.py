"""`python -m clearing clear …` and `python -m clearing verify …`: what they take and how they end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from clearing import commands
from clearing.files import BadInput, Unit, Units, WrongResult
from clearing.files.units import Malformed

DONE, WRONG, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

DESCRIPTION = """\
Decide an auction, or check a published one, from its files.

Input: CSV with one header line, columns in any order, plain decimals (1250, -3.5), names in ASCII.
  orders.csv  order, bus, period, side (buy/sell), price, quantity[, curve (step/linear)]
              All rows of one order are one curve, at most 200 in a period. step: what is offered at this
              very price; linear: all that is offered at this price, a straight line between the rows.
  blocks.csv  block, bus, period, side, price, quantity, min_ratio (empty = 1), parent, group
              A row per period: a profile with one limit for its average price, accepted at one ratio: 0, or
              from min_ratio to 1, at most its parent's; the ratios of a group add up to 1 at most.
  lines.csv   from_bus, to_bus, period (empty = all), capacity_forward, capacity_backward (empty =
              unlimited), fee_forward, fee_backward (empty = 0)
              Forward is from from_bus to to_bus, whichever of them is nearer to a root; a line keeps to one
              direction. A row for a period takes the place of the row for all
              periods as a whole. A row with nothing but from_bus names a root, the bus whose price is
              chosen first; a part of the grid that has no such row hangs from its first bus.
Orders, buses and periods are numbered in the order of their names, shorter ones first, then bytewise. The
periods are those that either file names. Without --lines every bus is an auction of its own.

Output, in the units of the input, sorted by period and then by name:
  prices.csv    bus, period, price, price_low, price_high (both empty where a single price clears)
  accepted.csv  order, period, accepted
  blocks.csv    block, ratio, reason, average_price (over its profile: the limit that is just enough)
  flows.csv     from_bus, to_bus, period, flow (negative = backward)
  summary.json  welfare, gap, book_hash, result_hash, tick, lot, price_bounds, short and spilled (what
                nobody could serve or take within the bounds), seconds
The same book gives the same bytes, whatever the order of its rows; only the seconds differ. Where only one
side offers, nothing is accepted and its best offer is the price; where nobody offers, the price is 0. An
empty book without lines has empty tables.

Exit code: 0 done, or the result is right; 1 the result is not right; 2 bad input: one line says where, and
nothing is written.
"""


class Parser(argparse.ArgumentParser):
    """Tells in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see --help\n")


class Progress:
    """Says on a terminal what is being done, in one line that goes away again."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()

    def say(self, text: str) -> None:
        if self.shown:
            print(f"\r\x1b[K{text} …", end="", file=sys.stderr, flush=True)

    def done(self) -> None:
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def unit(text: str) -> Unit:
    """Read --tick or --lot."""
    try:
        return Unit.of(text)
    except Malformed as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parser() -> Parser:
    """The arguments of both commands."""
    whole = Parser(
        prog="python -m clearing",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    both = whole.add_subparsers(dest="command", required=True, metavar="{clear,verify}")
    more = "files and rules: python -m clearing --help"
    clear = both.add_parser("clear", help="decide an auction", epilog=more, allow_abbrev=False)
    _add_input(clear, Unit(1, 0), "1", "-50000 and 400000 ticks")
    clear.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for the result")
    verify = both.add_parser("verify", help="check a published auction", epilog=more, allow_abbrev=False)
    published = "what summary.json says"
    _add_input(verify, None, published, published)
    verify.add_argument(
        "--result", "--out", type=Path, required=True, metavar="DIR", help="the folder that `clear` wrote"
    )
    return whole


def _add_input(command: argparse.ArgumentParser, preset: Unit | None, units: str, bounds: str) -> None:
    add = command.add_argument
    add("--orders", type=Path, required=True, metavar="orders.csv", help="the orders")
    add("--lines", type=Path, metavar="lines.csv", help="the lines; without it every bus stands alone")
    add("--blocks", type=Path, metavar="blocks.csv", help="the block orders; without it there are none")
    add("--tick", type=unit, default=preset, help=f"the unit of prices and fees (default: {units})")
    add("--lot", type=unit, default=preset, help=f"the unit of quantities and capacities (default: {units})")
    add("--bounds", nargs=2, metavar=("LOW", "HIGH"), help=f"lowest and highest price (default: {bounds})")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    given = parser().parse_args(arguments)
    progress = Progress()
    try:
        text, code = (_clear if given.command == "clear" else _verify)(given, progress.say), DONE
    except (WrongResult, commands.Unproven) as error:
        text, code = f"not right: {error}", WRONG
    except BadInput as error:
        text, code = str(error), BAD_INPUT
    except Malformed as error:
        text, code = f"--bounds: {error}", BAD_INPUT
    except OSError as error:
        text, code = f"{error.filename}: {error.strerror}", BAD_INPUT
    except KeyboardInterrupt:
        text, code = "interrupted, nothing is written", INTERRUPTED
    progress.done()
    print(text, file=sys.stderr if code in (BAD_INPUT, INTERRUPTED) else sys.stdout)
    return code


def _clear(given: argparse.Namespace, say: Callable[[str], None]) -> str:
    units = Units(given.tick, given.lot).within(given.bounds)
    return commands.clear(given.orders, given.lines, units, given.out, say, given.blocks)


def _verify(given: argparse.Namespace, say: Callable[[str], None]) -> str:
    asked = commands.Asked(given.tick, given.lot, given.bounds)
    return commands.verify(given.orders, given.lines, asked, given.result, say, given.blocks)


if __name__ == "__main__":
    sys.exit(main())
