"""Strips of content that run down the pages, and how pages are filled with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mouldgen.export.sheet.pen import Pen

__all__ = ["SheetPage", "Strip", "filled_pages"]

Drawing = Callable[[Pen, float], None]
"""Draws a strip whose upper edge is at a height, in mm from the top of the page."""


@dataclass(frozen=True)
class Strip:
    """Content over the whole width of a page that is not broken.

    Parameters
    ----------
    height_mm
        What it takes.
    draw
        Draws it.
    head
        Stands above it where it begins a page, and where the strip before it has another one: the head of a
        table.
    """

    height_mm: float
    draw: Drawing
    head: Strip | None = None


@dataclass(frozen=True)
class SheetPage:
    """One page.

    Parameters
    ----------
    subject
        What its header says: a slab, or what the page is for.
    strips
        From top to bottom, with their upper edges in mm below the top of the content.
    """

    subject: str
    strips: tuple[tuple[float, Strip], ...]


def filled_pages(subject: str, strips: Iterable[Strip], room_mm: float) -> list[SheetPage]:
    """Return the pages that strips fill, each strip on the first page with room for it.

    Parameters
    ----------
    subject
        What the headers of these pages say.
    strips
        None taller than `room_mm`.
    room_mm
        Height of a page's content.
    """
    pages: list[list[tuple[float, Strip]]] = [[]]
    used_mm, head = 0.0, None
    for strip in strips:
        needs_head = strip.head is not None and strip.head is not head
        needed_mm = strip.height_mm + (strip.head.height_mm if strip.head and needs_head else 0.0)
        if pages[-1] and used_mm + needed_mm > room_mm + 1e-6:
            pages.append([])
            used_mm, needs_head = 0.0, strip.head is not None
        if strip.head and needs_head:
            pages[-1].append((used_mm, strip.head))
            used_mm += strip.head.height_mm
        pages[-1].append((used_mm, strip))
        used_mm += strip.height_mm
        head = strip.head
    return [SheetPage(subject, tuple(page)) for page in pages]
