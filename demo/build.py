"""Build what needs no database, while trading is made ready: machine code of the clearing, then the page.

The village is a tree, and whoever trades its history compiles what trees need; here it is the rest.
"""

import os
from pathlib import Path

from trading.results import clearer

ROOT = Path(__file__).resolve().parent.parent


def main():
    clearer.warm_up([clearer.ONE_BUS])
    os.execvp("make", ["make", "-C", str(ROOT), "page"])  # nosec B606, B607: the make that called us


if __name__ == "__main__":
    main()
