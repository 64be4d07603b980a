"""The mark of habitats whose labels do not repeat, and what it says in words."""

from __future__ import annotations

import numpy as np

from mouldgen.export.map_document import HabitatEntry
from mouldgen.export.sheet.pen import Pen, Stroke

__all__ = ["UNSTABLE_MM", "draw_unstable", "unstable_words"]

UNSTABLE_MM = 3.2
"""Width of the mark."""

_HEIGHT_MM = 2.9
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)


def draw_unstable(pen: Pen, left_mm: float, middle_mm: float) -> None:
    """Draw a black triangle with an exclamation mark, centred on a height: to be seen without colour."""
    top, bottom, middle = middle_mm - _HEIGHT_MM / 2, middle_mm + _HEIGHT_MM / 2, left_mm + UNSTABLE_MM / 2
    corners = [(middle, top), (left_mm + UNSTABLE_MM, bottom), (left_mm, bottom), (middle, top)]
    pen.rings([np.array(corners)], fill=_BLACK)
    pen.line((middle, top + 1.0), (middle, top + 1.9), Stroke(0.38, _WHITE))
    pen.circle((middle, top + 2.42), 0.22, fill=_WHITE)


def unstable_words(habitat: HabitatEntry) -> str:
    """Return what the mark means, or nothing for a habitat that is stable."""
    if habitat.is_stable:
        return ""
    if habitat.stability is None:
        return "labels do not repeat: unstable"
    return f"labels repeat only to {habitat.stability:.2f}: unstable"
