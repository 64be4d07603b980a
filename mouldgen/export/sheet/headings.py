"""Headings, and paragraphs below them."""

from __future__ import annotations

from mouldgen.export.sheet.paper import BODY, HEADING, NOTE, PageSize
from mouldgen.export.sheet.pen import Pen
from mouldgen.export.sheet.strips import Strip
from mouldgen.export.sheet.typography import wrapped

__all__ = ["heading_strip", "paragraph_strip"]

_LINE_MM = 3.7


def heading_strip(page: PageSize, text: str, note: str = "") -> Strip:
    """Return a heading with a note behind it."""

    def draw(pen: Pen, top_mm: float) -> None:
        width = pen.text((page.left_mm, top_mm + 4.6), text, HEADING)
        if note:
            pen.text((page.left_mm + width + 3.0, top_mm + 4.6), note, NOTE)

    return Strip(6.6, draw)


def paragraph_strip(page: PageSize, heading: str, text: str) -> Strip:
    """Return a heading with a text below it."""
    lines = wrapped(text, BODY, page.room_mm[0])
    head = heading_strip(page, heading)

    def draw(pen: Pen, top_mm: float) -> None:
        head.draw(pen, top_mm)
        for n, line in enumerate(lines):
            pen.text((page.left_mm, top_mm + 9.0 + _LINE_MM * n), line, BODY)

    return Strip(7.0 + _LINE_MM * len(lines) + 1.0, draw)
