"""An engraved text: what it says, and where on its part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

__all__ = ["Engraving", "engraved_between"]

AROUND_MM = 0.2
"""Kept free around a text, so that its edge is seen."""


@dataclass(frozen=True, eq=False)
class Engraving:
    """A text that is cut into a level surface.

    Parameters
    ----------
    text
        What it says.
    outline
        Of its letters, in plan: in the frame that `Part.mould_from_part` leads to.
    surface_z_mm
        Height of the surface.
    depth_mm
        Of the letters below it.
    is_underneath
        Whether the surface looks down, and the text is read from below.
    """

    text: str
    outline: MultiPolygon
    surface_z_mm: float
    depth_mm: float
    is_underneath: bool = False

    @property
    def frame(self) -> Polygon:
        """What the text takes up, in plan."""
        from shapely import box

        return box(*self.outline.bounds).buffer(AROUND_MM, join_style="mitre")

    @property
    def middle_mm(self) -> tuple[float, float, float]:
        """The middle of the text, on the surface."""
        low_x, low_y, high_x, high_y = self.outline.bounds
        return (low_x + high_x) / 2, (low_y + high_y) / 2, self.surface_z_mm

    def height_mm(self, depth_share: float) -> float:
        """Return the height at a share of the letters' depth; below zero in the air before the surface."""
        sign = 1.0 if self.is_underneath else -1.0
        return self.surface_z_mm + sign * depth_share * self.depth_mm

    def cutter(self) -> Solid:
        """Return the solid to be cut out of the part."""
        low, high = sorted((self.height_mm(1.0), self.surface_z_mm))
        if self.is_underneath:
            return Solid.extruded(self.outline, low - 1.0, high, "engraving")
        return Solid.extruded(self.outline, low, high + 1.0, "engraving")


def engraved_between(
    engraved: Iterable[Engraving], x_mm: tuple[float, float], y_mm: tuple[float, float]
) -> tuple[Engraving, ...]:
    """Return the texts whose middle lies in a rectangle."""
    return tuple(
        text
        for text in engraved
        if x_mm[0] <= text.middle_mm[0] < x_mm[1] and y_mm[0] <= text.middle_mm[1] < y_mm[1]
    )
