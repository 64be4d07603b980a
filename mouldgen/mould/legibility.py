"""Whether engraved texts can be read, measured on the finished part.

Sections through the letters, over them and under them are compared with the letters as they were drawn.
Whatever crosses a text shows there, wherever it came from: a slot, a window, a hole, a seam, another text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mouldgen.mould.engravings import Engraving
from mouldgen.mould.parts import Part
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["Illegible", "illegible_texts"]

_MOST_MM2 = 0.3
"""Of a letter 5 mm high a stroke is about 1 mm wide: a third of a square millimetre hides none of it."""

_OVER, _WITHIN, _UNDER = -0.1, 0.5, 1.1
_STROKE_SHARE = 0.9


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
    standing = frame.intersection(over).area
    if standing > _MOST_MM2:
        return f"plastic stands on {standing:.1f} mm2 of it"
    missing = frame.difference(text.outline).difference(within).area
    if missing > _MOST_MM2:
        return f"an opening or another text takes {missing:.1f} mm2 of the plastic between its letters"
    filled = text.outline.intersection(within).area
    if filled > _MOST_MM2:
        return f"{filled:.1f} mm2 of its letters are not cut"
    open_below = frame.difference(under).area
    if open_below > _MOST_MM2:
        return f"{open_below:.1f} mm2 below it are open"
    return ""


def _too_thin(text: Engraving, least_stroke_mm: float) -> str:
    half = least_stroke_mm / 2
    wide = text.outline.buffer(-half).buffer(half).area
    if wide < _STROKE_SHARE * text.outline.area:
        return f"its strokes are thinner than the {least_stroke_mm:g} mm that the printer leaves open"
    return ""
