"""Boxes around short texts in drawings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapely import Polygon

    from mouldgen.export.sheet.pen import Pen

__all__ = ["MarkBox"]


@dataclass(frozen=True)
class MarkBox:
    """A box on the page, mm from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle_mm(self) -> tuple[float, float]:
        """Its middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def to_area(self) -> Polygon:
        """Return it as an area."""
        from shapely import box

        return box(self.left, self.top, self.right, self.bottom)

    def fill(self, pen: Pen, color: tuple[int, int, int]) -> None:
        """Fill it."""
        pen.rectangle(self.left, self.top, self.right - self.left, self.bottom - self.top, fill=color)
