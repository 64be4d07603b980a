"""The last pages: who gave which tubes to whom, and a list of all tubes and blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mouldgen.export.map_document import HabitatEntry, MapDocument
from mouldgen.export.sheet.paper import BODY, BOLD, FIELD_LINE, HAIRLINE, HEADING, NOTE, SMALL, PageSize
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.strips import SheetPage, Strip, filled_pages
from mouldgen.export.sheet.typography import printable, shortened, wrapped

__all__ = ["custody_pages"]

_ROWS = 9
_ROW_MM = 10.0
_ITEM_MM = 5.2
_GAP_MM = 6.0
_BOX = Stroke(0.2)
_CUSTODY = (
    ("tubes or blocks, from \N{EN DASH} to", 0.25),
    ("given by", 0.19),
    ("received by", 0.19),
    ("date, time", 0.15),
    ("temperature, remarks", 0.22),
)


@dataclass(frozen=True)
class _Item:
    """A tube or a block in the list."""

    name: str
    slab: str
    note: str


def custody_pages(
    document: MapDocument, habitats: Mapping[int, HabitatEntry], page: PageSize
) -> list[SheetPage]:
    """Return the pages of the chain of custody."""
    items = [*_tubes(document, habitats), *_blocks(document)]
    head = _custody_head(page)
    strips = [_intro(page), *(_custody_row(page, head) for _ in range(_ROWS)), *_list_strips(items, page)]
    return filled_pages("Chain of custody", strips, page.room_mm[1])


def _intro(page: PageSize) -> Strip:
    lines = wrapped(
        "Every time that tubes or blocks change hands, one line is filled in and both sign. Tubes that were "
        "not taken are crossed out in the list below.",
        BODY,
        page.room_mm[0],
    )

    def draw(pen: Pen, top_mm: float) -> None:
        pen.text((page.left_mm, top_mm + 4.5), "Chain of custody", HEADING)
        for n, line in enumerate(lines):
            pen.text((page.left_mm, top_mm + 9.5 + 3.8 * n), line, BODY)

    return Strip(11.0 + 3.8 * len(lines), draw)


def _custody_head(page: PageSize) -> Strip:
    def draw(pen: Pen, top_mm: float) -> None:
        left = page.left_mm
        for title, share in _CUSTODY:
            pen.text((left + 1.0, top_mm + 3.4), title, NOTE)
            left += share * page.room_mm[0]
        pen.line((page.left_mm, top_mm + 5.0), (page.right_mm, top_mm + 5.0), FIELD_LINE)

    return Strip(5.0, draw)


def _custody_row(page: PageSize, head: Strip) -> Strip:
    def draw(pen: Pen, top_mm: float) -> None:
        bottom = top_mm + _ROW_MM
        pen.line((page.left_mm, bottom), (page.right_mm, bottom), HAIRLINE)
        left = page.left_mm
        for _, share in _CUSTODY[:-1]:
            left += share * page.room_mm[0]
            pen.line((left, top_mm), (left, bottom), HAIRLINE)

    return Strip(_ROW_MM, draw, head)


def _tubes(document: MapDocument, habitats: Mapping[int, HabitatEntry]) -> list[_Item]:
    items = []
    for number, site in enumerate(document.sites, start=1):
        habitat = habitats.get(site.habitat or 0)
        code = habitat.code if habitat else "tissue"
        destination = printable(site.destination, "")
        name = printable(site.tube, f"tube {number}")
        items.append(_Item(name, site.slab, " ".join(filter(None, (code, destination)))))
    return items


def _blocks(document: MapDocument) -> list[_Item]:
    return [
        _Item(printable(block.id, f"{block.slab} {block.part}{block.number}"), block.slab, "block")
        for block in document.blocks
    ]


def _list_strips(items: Sequence[_Item], page: PageSize) -> list[Strip]:
    """Return the list in columns, row by row, under a head that comes again on every page."""
    across = 3 if all(len(item.name) <= 24 for item in items) else 2
    rows = [items[n : n + across] for n in range(0, len(items), across)]
    head = _list_head(page, len(items))
    return [_list_row(row, across, page, head) for row in rows]


def _list_head(page: PageSize, count: int) -> Strip:
    def draw(pen: Pen, top_mm: float) -> None:
        width = pen.text((page.left_mm, top_mm + 9.0), "All tubes and blocks", HEADING)
        pen.text((page.left_mm + width + 3.0, top_mm + 9.0), f"{count}", NOTE)
        pen.line((page.left_mm, top_mm + 10.6), (page.right_mm, top_mm + 10.6), FIELD_LINE)

    return Strip(12.0, draw)


def _list_row(row: Sequence[_Item], across: int, page: PageSize, head: Strip) -> Strip:
    width = (page.room_mm[0] - (across - 1) * _GAP_MM) / across

    def draw(pen: Pen, top_mm: float) -> None:
        middle = top_mm + _ITEM_MM / 2
        for n, item in enumerate(row):
            left = page.left_mm + n * (width + _GAP_MM)
            pen.rectangle(left, middle - 1.2, 2.4, 2.4, stroke=_BOX)
            end = left + width - pen.text((left + width, middle), item.note, SMALL, "right", middle=True)
            name = shortened(item.name, BOLD, end - left - 14.0)
            pen.text((left + 4.0, middle), name, BOLD, middle=True)

    return Strip(_ITEM_MM, draw, head)
