"""The last pages: who gave which tubes to whom, and a list of all tubes and blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mouldgen.export.map_document import HabitatEntry, MapDocument
from mouldgen.export.sheet.paper import BODY, BOLD, FIELD_LINE, HAIRLINE, HEADING, NOTE, SMALL, PageSize
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.strips import SheetPage, Strip, filled_pages
from mouldgen.export.sheet.typography import PrintStyle, printable, text_width_mm, wrapped

__all__ = ["custody_pages"]

_ROWS = 9
_ROW_MM = 10.0
_ITEM_MM = 5.2
_LINE_MM = 2.9
_GAP_MM = 6.0
_MOST_COLUMNS = 3
_TICK_MM = 4.0
"""From the left edge of a box to the name behind it."""

_BESIDE_MM = 2.5
_NOTE_MM = 24.0
"""A longer note is broken."""

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
        if habitat and not habitat.is_stable:
            code += " (unstable)"
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
    columns = _ListColumns.for_items(items, page)
    head = _list_head(page, len(items))
    rows = [items[n : n + columns.across] for n in range(0, len(items), columns.across)]
    return [_list_row(row, columns, head) for row in rows]


@dataclass(frozen=True)
class _ListColumns:
    """As many columns as hold every name in one piece, with the notes beside them.

    Parameters
    ----------
    page
        Whose width they share.
    across
        Their number.
    note_mm
        Kept for the notes.
    """

    page: PageSize
    across: int
    note_mm: float

    @classmethod
    def for_items(cls, items: Sequence[_Item], page: PageSize) -> _ListColumns:
        """Return the columns of a list."""
        note = max((_note_mm(item) for item in items), default=0.0)
        name = max((text_width_mm(item.name, BOLD) for item in items), default=0.0)
        choices = (cls(page, across, note) for across in range(_MOST_COLUMNS, 1, -1))
        return next((columns for columns in choices if name <= columns.name_mm), cls(page, 1, note))

    @property
    def width_mm(self) -> float:
        """Of a column."""
        return (self.page.room_mm[0] - (self.across - 1) * _GAP_MM) / self.across

    @property
    def name_mm(self) -> float:
        """What a name may take."""
        return self.width_mm - _TICK_MM - _BESIDE_MM - self.note_mm

    def left_mm(self, n: int) -> float:
        """Where a column begins."""
        return self.page.left_mm + n * (self.width_mm + _GAP_MM)


def _note_mm(item: _Item) -> float:
    return min(text_width_mm(item.note, SMALL), _NOTE_MM)


def _list_head(page: PageSize, count: int) -> Strip:
    def draw(pen: Pen, top_mm: float) -> None:
        width = pen.text((page.left_mm, top_mm + 9.0), "All tubes and blocks", HEADING)
        pen.text((page.left_mm + width + 3.0, top_mm + 9.0), f"{count}", NOTE)
        pen.line((page.left_mm, top_mm + 10.6), (page.right_mm, top_mm + 10.6), FIELD_LINE)

    return Strip(12.0, draw)


def _list_row(row: Sequence[_Item], columns: _ListColumns, head: Strip) -> Strip:
    names = [wrapped(item.name, BOLD, columns.name_mm) for item in row]
    notes = [wrapped(item.note, SMALL, columns.note_mm + 0.1) for item in row]
    height = max(_ITEM_MM, _LINE_MM * max(map(len, (*names, *notes))) + 1.0)

    def draw(pen: Pen, top_mm: float) -> None:
        middle = top_mm + height / 2
        for n, (name, note) in enumerate(zip(names, notes, strict=True)):
            left = columns.left_mm(n)
            pen.rectangle(left, middle - 1.2, 2.4, 2.4, stroke=_BOX)
            _write_lines(pen, name, (left + _TICK_MM, middle), BOLD)
            _write_lines(pen, note, (left + columns.width_mm - columns.note_mm, middle), SMALL)

    return Strip(height, draw, head)


def _write_lines(pen: Pen, lines: Sequence[str], at_mm: tuple[float, float], style: PrintStyle) -> None:
    """Write lines that are centred on a height."""
    left, middle = at_mm
    for n, line in enumerate(lines):
        pen.text((left, middle + _LINE_MM * (n - (len(lines) - 1) / 2)), line, style, middle=True)
