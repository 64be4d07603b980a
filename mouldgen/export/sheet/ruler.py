"""The ruler that tells whether the sheet was printed at its true size."""

from __future__ import annotations

import numpy as np

from mouldgen.export.sheet.paper import BOLD, NOTE
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.typography import PrintStyle

__all__ = ["RULER_MM", "draw_ruler", "write_check"]

RULER_MM = 100.0
_LINE = Stroke(0.3)
_TICK = Stroke(0.15)
_NUMBER = PrintStyle(6)


def draw_ruler(pen: Pen, left_mm: float, top_mm: float) -> None:
    """Draw 100 mm across, with a tick every millimetre."""
    base = top_mm + 6.0
    pen.line((left_mm, base), (left_mm + RULER_MM, base), _LINE)
    ticks = []
    for n in range(int(RULER_MM) + 1):
        height = 4.0 if n % 10 == 0 else 2.8 if n % 5 == 0 else 1.6
        # the outer edges of the end ticks are 100 mm apart
        x = left_mm + min(max(n, _TICK.width_mm / 2), RULER_MM - _TICK.width_mm / 2)
        ticks.append(np.array([[x, base - height], [x, base]]))
    pen.polylines(ticks, _TICK)
    for n in range(0, int(RULER_MM) + 1, 10):
        pen.text((left_mm + n, base + 2.8), str(n), _NUMBER, "middle")


def write_check(pen: Pen, left_mm: float, top_mm: float) -> None:
    """Write what to do with the ruler."""
    pen.text((left_mm, top_mm + 3.4), "Measure this line: it must be 100.0 mm.", BOLD)
    pen.text((left_mm, top_mm + 7.2), "If not, print again at 100 %, without 'fit to page'.", NOTE)
