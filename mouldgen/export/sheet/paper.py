"""Size of the sheet's pages, its margins, and the look of its texts and lines."""

from __future__ import annotations

from dataclasses import dataclass

from mouldgen.export.sheet.pen import Stroke
from mouldgen.export.sheet.typography import PrintStyle
from mouldgen.params import Paper

__all__ = [
    "BODY",
    "BOLD",
    "FAINT",
    "FIELD_LINE",
    "GREY",
    "HAIRLINE",
    "HEADING",
    "NOTE",
    "SMALL",
    "TITLE",
    "PageSize",
]

GREY = (90, 90, 90)
FAINT = (150, 150, 150)

TITLE = PrintStyle(20, bold=True)
HEADING = PrintStyle(9, bold=True)
BODY = PrintStyle(8)
BOLD = PrintStyle(8, bold=True)
NOTE = PrintStyle(7, color=GREY)
SMALL = PrintStyle(6, color=GREY)

HAIRLINE = Stroke(0.1, (170, 170, 170))
FIELD_LINE = Stroke(0.2, (60, 60, 60))

_SIZES_MM = {Paper.A4: (210.0, 297.0), Paper.LETTER: (215.9, 279.4)}


@dataclass(frozen=True)
class PageSize:
    """A page, in millimetres from its upper left corner.

    Parameters
    ----------
    width_mm, height_mm
        Of the paper.
    margin_mm
        White on all sides; printers leave up to 6 mm blank.
    header_mm, footer_mm
        What the header and the footer take.
    """

    width_mm: float
    height_mm: float
    margin_mm: float = 12.0
    header_mm: float = 11.0
    footer_mm: float = 8.0

    @classmethod
    def of_paper(cls, paper: Paper) -> PageSize:
        """Return the page of a paper size."""
        return cls(*_SIZES_MM[paper])

    @property
    def left_mm(self) -> float:
        """Where content begins."""
        return self.margin_mm

    @property
    def right_mm(self) -> float:
        """Where content ends."""
        return self.width_mm - self.margin_mm

    @property
    def top_mm(self) -> float:
        """Upper edge of the content, below the header."""
        return self.margin_mm + self.header_mm

    @property
    def bottom_mm(self) -> float:
        """Lower edge of the content, above the footer."""
        return self.height_mm - self.margin_mm - self.footer_mm

    @property
    def room_mm(self) -> tuple[float, float]:
        """Width and height of the content."""
        return self.right_mm - self.left_mm, self.bottom_mm - self.top_mm
