"""DataMatrix codes as squares of vectors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mouldgen.export.sheet.pen import Pen

__all__ = ["code_size_mm", "draw_code"]

_SMALLEST_MODULE_MM = 0.35
"""Four dots of a printer of 300 dpi."""

_QUIET_MODULES = 1.5
"""White on every side; ISO/IEC 16022 asks for one."""

_BLACK = (0, 0, 0)
_WHITE = (255, 255, 255)


def code_size_mm(content: str, least_mm: float) -> float:
    """Return the edge of a code with its quiet zone: `least_mm`, or more where its modules need it."""
    return max(least_mm, (len(_modules(content)) + 2 * _QUIET_MODULES) * _SMALLEST_MODULE_MM)


def draw_code(pen: Pen, content: str, left_mm: float, top_mm: float, size_mm: float) -> None:
    """Draw a code and its quiet zone into a square."""
    modules = _modules(content)
    module_mm = size_mm / (len(modules) + 2 * _QUIET_MODULES)
    start = _QUIET_MODULES * module_mm
    pen.rectangle(left_mm, top_mm, size_mm, size_mm, fill=_WHITE)
    pen.rectangles(
        (
            (
                left_mm + start + column * module_mm,
                top_mm + start + row * module_mm,
                length * module_mm,
                module_mm,
            )
            for row, column, length in _runs(modules)
        ),
        fill=_BLACK,
    )


@lru_cache(maxsize=1024)
def _modules(content: str) -> npt.NDArray[np.bool_]:
    """Return which modules are dark; square."""
    import zxingcpp

    code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    return np.asarray(np.asarray(code.to_image(scale=1, add_quiet_zones=False)) == 0)


def _runs(modules: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Return dark modules side by side as row, first column and length."""
    runs: list[tuple[int, int, int]] = []
    for row, line in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
        runs.extend((row, int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True))
    return runs
