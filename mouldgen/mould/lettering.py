"""Texts as outlines, in Bitstream Vera Bold, which ships with reportlab."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from mouldgen.frames import FloatArray

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["centered_text", "text_drop_mm", "text_outline", "text_width_mm"]

_CURVE_STEPS = 4
_ROUND_SHARE = 0.05
"""Round letters reach below the line by 2 % of the height of capitals."""

_FONT_LOCK = Lock()
"""fontTools loads glyphs when they are first asked for, and not for two threads at once."""


def text_outline(text: str, height_mm: float) -> MultiPolygon:
    """Return the outline of a text whose capitals are `height_mm` high.

    It starts at x = 0 and stands on y = 0, right way round seen from +Z.
    """
    from shapely import MultiPolygon
    from shapely.affinity import scale, translate

    units_mm = height_mm / _cap_height()
    parts = []
    advance = 0.0
    for character in text:
        outline, width = _glyph(character)
        parts += list(translate(outline, advance).geoms)
        advance += width
    return MultiPolygon(list(scale(MultiPolygon(parts), units_mm, units_mm, origin=(0, 0)).geoms))


def centered_text(text: str, x_mm: float, y_mm: float, height_mm: float) -> MultiPolygon:
    """Return the outline of a text around `x_mm` that stands on `y_mm`."""
    from shapely.affinity import translate

    outline = text_outline(text, height_mm)
    low, _, high, _ = outline.bounds
    return translate(outline, x_mm - (low + high) / 2, y_mm)


def text_width_mm(text: str, height_mm: float) -> float:
    """Return the width of a text whose capitals are `height_mm` high."""
    return sum(_glyph(character)[1] for character in text) * height_mm / _cap_height()


def text_drop_mm(text: str, height_mm: float) -> float:
    """Return how far a text reaches below its line, as g and _ do; round letters do not count as such."""
    drop = -float(text_outline(text, height_mm).bounds[1])
    return drop if drop > _ROUND_SHARE * height_mm else 0.0


@lru_cache(maxsize=1)
def _font() -> Any:
    import reportlab
    from fontTools.ttLib import TTFont

    return TTFont(Path(reportlab.__file__).parent / "fonts" / "VeraBd.ttf", lazy=True)


@lru_cache(maxsize=1)
def _cap_height() -> float:
    outline, _ = _glyph("H")
    return float(outline.bounds[3])


@lru_cache(maxsize=256)
def _glyph(character: str) -> tuple[MultiPolygon, float]:
    """Return outline and advance of a character, in font units."""
    with _FONT_LOCK:
        return _read_glyph(character)


def _read_glyph(character: str) -> tuple[MultiPolygon, float]:
    from shapely import MultiPolygon, Polygon

    name = _font().getBestCmap().get(ord(character), ".notdef")
    shape = MultiPolygon()
    for ring in _rings(name):
        shape = shape.symmetric_difference(Polygon(ring))
    parts = list(getattr(shape, "geoms", [shape]))
    return MultiPolygon([part for part in parts if not part.is_empty]), float(_font()["hmtx"][name][0])


def _rings(name: str) -> list[FloatArray]:
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    glyphs = _font().getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    rings: list[FloatArray] = []
    points: list[tuple[float, float]] = []
    for operator, arguments in pen.value:
        if operator == "moveTo":
            points = [arguments[0]]
        elif operator == "lineTo":
            points.append(arguments[0])
        elif operator == "qCurveTo":
            points += _flattened(points[-1], arguments)
        else:
            rings.append(np.array(points, float))
    return rings


def _flattened(
    start: tuple[float, float], curve: tuple[tuple[float, float], ...]
) -> list[tuple[float, float]]:
    """Return points on a TrueType curve: quadratic pieces whose joints lie between control points."""
    controls, end = list(curve[:-1]), curve[-1]
    joints = [tuple(np.add(a, b) / 2) for a, b in pairwise(controls)]
    points: list[tuple[float, float]] = []
    for control, stop in zip(controls, [*joints, end], strict=True):
        for t in np.linspace(0, 1, _CURVE_STEPS + 1)[1:]:
            at = np.multiply(start, (1 - t) ** 2) + np.multiply(control, 2 * t * (1 - t))
            at = at + np.multiply(stop, t**2)
            points.append((float(at[0]), float(at[1])))
        start = (float(stop[0]), float(stop[1]))
    return points
