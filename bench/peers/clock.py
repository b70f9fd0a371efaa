"""What every peer's script does around its work: read the book, then time the work once per line of input."""

import json
import sys
import time

import numpy as np


def columns():
    """The book: price, quantity and side (1 buys) as lists."""
    with np.load(sys.argv[1]) as book:
        return [book[name].tolist() for name in ("price", "quantity", "side")]


def serve(prepare, work):
    """For each line of input prepare fresh objects, untimed, and time the work on them.

    `work` returns the price and the volume, or None where the peer has none.
    """
    for _ in sys.stdin:
        prepared = prepare()
        start = time.perf_counter()
        price, volume = work(prepared)
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "price": price, "volume": volume}), flush=True)
