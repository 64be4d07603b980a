"""The contour within which a punch is sure enough of a habitat: dots in the dark shade of its ink."""

from __future__ import annotations

from collections.abc import Sequence

from mouldgen.export.panel_inks import Ink
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.frames import FloatArray

__all__ = ["HIT_DOTS", "draw_hit_region"]

HIT_DOTS = Stroke(0.35, (60, 60, 60), (0.0, 1.0), round_caps=True)
_GROUND = Stroke(0.65, (255, 255, 255))


def draw_hit_region(pen: Pen, rings: Sequence[FloatArray], ink: Ink) -> None:
    """Draw rings on the page; a white line below the dots parts them from hatchings."""
    if rings:
        pen.rings(rings, stroke=_GROUND)
        pen.rings(rings, stroke=HIT_DOTS.colored(ink.line))
