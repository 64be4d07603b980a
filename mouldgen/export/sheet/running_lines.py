"""What every page carries: the header with case, slab, design and page, and the footer with a ruler."""

from __future__ import annotations

from mouldgen.export.map_document import MapDocument
from mouldgen.export.sheet.paper import BODY, BOLD, GREY, HAIRLINE, NOTE, SMALL, PageSize
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.typography import shortened, text_width_mm

__all__ = ["RESEARCH_USE", "draw_running_lines"]

RESEARCH_USE = "For research use only. Not for diagnosis."

_FOOT_RULER_MM = 50.0
_LINE = Stroke(0.2)


def draw_running_lines(pen: Pen, page: PageSize, document: MapDocument, subject: str, number: str) -> None:
    """Draw the header and the footer of a page."""
    baseline = page.margin_mm + 3.0
    middle = (page.left_mm + page.right_mm) / 2
    design = f"design {document.design_hash}"
    room = middle - text_width_mm(subject, BOLD) / 2 - page.left_mm - text_width_mm(design, BODY) - 7.0
    width = pen.text((page.left_mm, baseline), shortened(document.case_id, BOLD, room), BOLD)
    pen.text((page.left_mm + width + 3.0, baseline), design, BODY.colored(GREY))
    pen.text((middle, baseline), subject, BOLD, "middle")
    width = pen.text((page.right_mm, baseline), number, BODY, "right")
    pen.text((page.right_mm - width - 5.0, baseline), "research use only", NOTE, "right")
    pen.line((page.left_mm, baseline + 2.0), (page.right_mm, baseline + 2.0), HAIRLINE)
    _draw_footer(pen, page)


def _draw_footer(pen: Pen, page: PageSize) -> None:
    baseline = page.height_mm - page.margin_mm
    left = page.left_mm
    pen.line((left, baseline - 1.5), (left + _FOOT_RULER_MM, baseline - 1.5), _LINE)
    for n in range(6):
        x = left + min(max(10.0 * n, _LINE.width_mm / 2), _FOOT_RULER_MM - _LINE.width_mm / 2)
        pen.line((x, baseline - 3.0), (x, baseline - 1.5), _LINE)
    pen.text((left + _FOOT_RULER_MM + 2.0, baseline - 1.5), "50 mm: print at 100 %", SMALL, middle=True)
    pen.text((page.right_mm, baseline - 1.5), RESEARCH_USE, NOTE, "right", middle=True)
