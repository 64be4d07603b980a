"""Whether engraved texts can be read, measured on the finished part; and whether they will be, before.

Sections through the letters, over them and under them are compared with the letters as they were drawn.
Whatever crosses a text shows there, wherever it came from: a slot, a window, a hole, a seam, another text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mouldgen.mould.engravings import Engraving
from mouldgen.mould.parts import Part
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["Illegible", "illegible_texts", "texts_without_room"]

_MOST_MM2 = 0.3
"""Of a letter 5 mm high a stroke is about 1 mm wide: a third of a square millimetre hides none of it."""

_OVER, _WITHIN, _UNDER = -0.1, 0.5, 1.1
_STROKE_SHARE = 0.9
_GRID_MM = 1e-6
"""Letters and their sections all but coincide, for which GEOS gives wrong areas without a grid."""


@dataclass(frozen=True, eq=False)
class Illegible:
    """A text, and why it cannot be read."""

    engraving: Engraving
    reason: str


def illegible_texts(part: Part, solid: Solid, least_stroke_mm: float) -> Iterator[Illegible]:
    """Yield the texts of a part that are crossed, covered, without a floor, or too thin.

    Parameters
    ----------
    part, solid
        The same.
    least_stroke_mm
        Narrowest gap that the printer leaves open.
    """
    sections = _Sections(solid.moved(part.mould_from_part))
    for text in part.engraved:
        reason = _reason(text, sections) or _too_thin(text, least_stroke_mm)
        if reason:
            yield Illegible(text, reason)


def texts_without_room(solid: Solid, texts: Sequence[Engraving]) -> list[Illegible]:
    """Return the texts that would not be whole in a part, or would run into one before them.

    Parameters
    ----------
    solid
        The part before anything is engraved, in the frame of the texts.
    texts
        Those that come first have the right of way.
    """
    sections = _Sections(solid)
    kept: list[Engraving] = []
    without: list[Illegible] = []
    for text in texts:
        reason = _lack_of_room(text, sections) or _conflict(text, kept)
        if reason:
            without.append(Illegible(text, reason))
        else:
            kept.append(text)
    return without


class _Sections:
    """Sections of a solid, each made once."""

    def __init__(self, solid: Solid) -> None:
        self._solid = solid
        self._made: dict[float, MultiPolygon] = {}

    def at(self, z_mm: float) -> MultiPolygon:
        """Return the plastic at a height."""
        from shapely import prepare

        if z_mm not in self._made:
            self._made[z_mm] = self._solid.section(z_mm).buffer(0)
            prepare(self._made[z_mm])
        return self._made[z_mm]


def _reason(text: Engraving, sections: _Sections) -> str:
    frame = text.frame
    over, within, under = (sections.at(text.height_mm(share)) for share in (_OVER, _WITHIN, _UNDER))
    standing = _shared_mm2(frame, over)
    if standing > _MOST_MM2:
        return f"plastic stands on {standing:.1f} mm2 of it"
    missing = _left_mm2(frame, text.outline, within)
    if missing > _MOST_MM2:
        return f"an opening or another text takes {missing:.1f} mm2 of the plastic between its letters"
    filled = _shared_mm2(text.outline, within)
    if filled > _MOST_MM2:
        return f"{filled:.1f} mm2 of its letters are not cut"
    open_below = _left_mm2(frame, under)
    if open_below > _MOST_MM2:
        return f"{open_below:.1f} mm2 below it are open"
    return ""


def _lack_of_room(text: Engraving, sections: _Sections) -> str:
    frame = text.frame
    over, within, under = (sections.at(text.height_mm(share)) for share in (_OVER, _WITHIN, _UNDER))
    standing = _shared_mm2(frame, over)
    if standing > _MOST_MM2:
        return f"plastic stands on {standing:.1f} mm2 of its place"
    missing = max(_left_mm2(frame, within), _left_mm2(frame, under))
    if missing > _MOST_MM2:
        return f"an opening or another text takes {missing:.1f} mm2 of its place"
    return ""


def _conflict(text: Engraving, others: Sequence[Engraving]) -> str:
    """Return which other text is in its way: in the same surface, or in the other one of a thin plate."""
    frame = text.frame
    low, high = sorted((text.surface_z_mm, text.height_mm(_UNDER)))
    for other in others:
        other_low, other_high = sorted((other.surface_z_mm, other.height_mm(_UNDER)))
        meets = other_low < high and low < other_high
        if meets and frame.intersects(other.frame) and _shared_mm2(frame, other.frame) > _MOST_MM2:
            return f"the text {other.text!r} takes some of its place"
    return ""


def _shared_mm2(one: BaseGeometry, other: BaseGeometry) -> float:
    """Return the area that two outlines have in common; on a grid, which takes longer, if it is too much."""
    from shapely import intersection

    area = float(intersection(one, other).area)
    return area if area <= _MOST_MM2 else float(intersection(one, other, grid_size=_GRID_MM).area)


def _left_mm2(whole: BaseGeometry, *taken: BaseGeometry) -> float:
    """Return the area that others leave of an outline; on a grid, which takes longer, if it is too much."""
    from shapely import difference

    area = 0.0
    for grid_mm in (None, _GRID_MM):
        left = whole
        for one in taken:
            left = difference(left, one, grid_size=grid_mm)
        area = float(left.area)
        if area <= _MOST_MM2:
            break
    return area


def _too_thin(text: Engraving, least_stroke_mm: float) -> str:
    half = least_stroke_mm / 2
    wide = text.outline.buffer(-half).buffer(half).area
    if wide < _STROKE_SHARE * text.outline.area:
        return f"its strokes are thinner than the {least_stroke_mm:g} mm that the printer leaves open"
    return ""
