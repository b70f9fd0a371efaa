"""How many generated examples a test tries: few in CI, CEEX_EXAMPLES times as many where it is set."""

import os


def examples(few):
    """So many examples, times CEEX_EXAMPLES."""
    return few * int(os.environ.get("CEEX_EXAMPLES", "1"))
