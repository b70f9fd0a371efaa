"""Machine code for the kernels, kept between processes but never from other sources."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import config, njit
from numba.core import caching
from numba.core.runtime import nrt
from numba.core.types import unliteral

Args = ParamSpec("Args")
Answer = TypeVar("Answer")

PACKAGE = Path(__file__).parent
settings: Any = config
function_cache: Any = caching.FunctionCache
runtime: Any = nrt.rtsys
plain: Any = unliteral
MARKS = b"@" + b"compiled", b"@" + b"inlined"


def _load_without_scipy() -> None:
    """Load numba's array functions as if SciPy had no linear algebra.

    Merely to know whether it is there they would import all of it, which takes a fifth of the time to a
    process's first auction; no kernel here uses any.
    """
    if "numba.np.arraymath" in sys.modules or "scipy.linalg" in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules["scipy.linalg"] = None
    try:
        import_module("numba.np.arraymath")
    finally:
        del modules["scipy.linalg"]


def _cache_folder() -> Path:
    """A folder of its own for each state of the sources.

    numba looks at the file of a function alone, so code inlined from another file would survive that
    file's change; see its documentation, "Notes on Caching".
    """
    digest = hashlib.sha256()
    for path in sorted([*PACKAGE.glob("*.py"), *PACKAGE.glob("certificate/*.py")]):
        source = path.read_bytes()
        if any(mark in source for mark in MARKS):
            digest.update(path.name.encode() + b"\0" + source)
    base = Path(settings.CACHE_DIR) if settings.CACHE_DIR else PACKAGE / "__pycache__"
    return base / f"clearing-{digest.hexdigest()[:16]}"


CACHE_FOLDER = str(_cache_folder())


class Kept(function_cache):
    """Machine code on disk, loaded without what only compiling needs.

    numba loads all that it knows of Python and NumPy before it looks whether a kernel must be compiled at
    all, which takes a tenth of the time to a process's first auction. Machine code needs its runtime alone.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The machine code for arguments of these types; None if there is none."""
        _load_without_scipy()
        runtime.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            if (found := self._load_overload(sig, target_context)) is not None:
                return found
        return super().load_overload(sig, target_context)


def compiled(kernel: Callable[Args, Answer]) -> Callable[Args, Answer]:
    """Compile a kernel at its first call, or load it from an earlier process.

    It stays Python where numba is told to compile nothing.
    """
    if settings.DISABLE_JIT:
        return kernel
    before, settings.CACHE_DIR = settings.CACHE_DIR, CACHE_FOLDER
    try:
        dispatcher: Any = njit(nogil=True)(kernel)
        dispatcher._cache = Kept(kernel)
        dispatcher.get_call_template = _once(dispatcher.get_call_template)
        return cast(Callable[Args, Answer], dispatcher)
    finally:
        settings.CACHE_DIR = before


def inlined(kernel: Callable[Args, Answer]) -> Callable[Args, Answer]:
    """Make a kernel a part of those that call it.

    numba makes machine code of a kernel, and all that it calls, once more for each that calls it: what only
    one other kernel calls is compiled in half the time as a part of that.
    """
    dispatcher: Any = njit(nogil=True, inline="always")(kernel)
    return cast(Callable[Args, Answer], dispatcher)


def _once(template_for: Callable[..., Any]) -> Callable[..., Any]:
    """Look for a kernel's machine code by the types of a call: numba makes one more for each constant."""

    def template(args: Any, kws: dict[str, Any]) -> Any:
        return template_for(
            tuple(plain(arg) for arg in args), {name: plain(arg) for name, arg in kws.items()}
        )

    return template
