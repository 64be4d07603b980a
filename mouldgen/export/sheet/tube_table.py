"""The table with one row a tube: its site, its code, where it goes, and boxes to fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mouldgen.export.map_document import BlockEntry, HabitatEntry, SlabEntry
from mouldgen.export.sheet.bench import BenchSite, BenchSlab
from mouldgen.export.sheet.data_matrix import code_size_mm, draw_code
from mouldgen.export.sheet.paper import BODY, BOLD, FIELD_LINE, HAIRLINE, HEADING, NOTE, SMALL, PageSize
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.slab_facts import Swatch
from mouldgen.export.sheet.strips import Strip
from mouldgen.export.sheet.typography import PrintStyle, printable, shortened, text_width_mm, wrapped

__all__ = ["block_strips", "tube_strips"]

_CODE_MM = 9.0
_PADDING_MM = 0.6
_BOX_MM = 2.8
_BOX = Stroke(0.2)
_TITLE_MM = 7.0
_HEAD_MM = 8.0

_TUBE_STYLES = (BOLD, PrintStyle(7.5, bold=True), PrintStyle(7, bold=True))

_FIXED_MM = {
    "mark": 9.0,
    "code": 10.5,
    "habitat": 14.0,
    "right": 14.0,
    "above": 13.0,
    "depth": 16.0,
    "probability": 9.5,
    "destination": 25.0,
    "taken": 8.0,
    "initials": 12.0,
}
_SHARES = {"tube": 0.6, "deviation": 0.4}
_ORDER = (
    "mark",
    "code",
    "tube",
    "habitat",
    "right",
    "above",
    "depth",
    "probability",
    "destination",
    "taken",
    "deviation",
    "initials",
)
_HEADS = {
    "mark": "on the drawing",
    "code": "",
    "tube": "tube",
    "habitat": "habitat",
    "right": "from score line, mm",
    "above": "above base, mm",
    "depth": "face, mm",
    "probability": "hit",
    "destination": "destination",
    "taken": "taken",
    "deviation": "deviation",
    "initials": "initials",
}


@dataclass(frozen=True, eq=False)
class _Columns:
    """Left edges and widths of the columns on a page."""

    page: PageSize

    def span(self, name: str) -> tuple[float, float]:
        """Return left edge and width of a column."""
        rest = self.page.room_mm[0] - sum(_FIXED_MM.values())
        left = self.page.left_mm
        for column in _ORDER:
            width = _FIXED_MM.get(column) or rest * _SHARES[column]
            if column == name:
                return left, width
            left += width
        raise KeyError(name)


def tube_strips(
    slab: BenchSlab, habitats: Mapping[int, HabitatEntry], swatch: Swatch, page: PageSize
) -> list[Strip]:
    """Return a row for every tube of a slab, under a head that comes again on every page."""
    columns = _Columns(page)
    head = _head(columns, slab.entry)
    destinations = slab.lab.document.sampling.destinations
    return [_row(site, habitats, swatch, columns, destinations, head) for site in slab.sites]


def _head(columns: _Columns, slab: SlabEntry) -> Strip:
    page = columns.page

    def draw(pen: Pen, top_mm: float) -> None:
        width = pen.text((page.left_mm, top_mm + 3.8), "Tubes", HEADING)
        note = "From the score line: + to the right, \N{MINUS SIGN} to the left, with the upper face up."
        pen.text((page.left_mm + width + 3.0, top_mm + 3.8), note, NOTE)
        for name in _ORDER:
            left, width = columns.span(name)
            for n, line in enumerate(wrapped(_HEADS[name], SMALL, width - 0.5)[-2:]):
                pen.text((left, top_mm + _TITLE_MM + 2.2 + 2.5 * n), line, SMALL)
        bottom = top_mm + _TITLE_MM + _HEAD_MM - 1.6
        pen.line((page.left_mm, bottom), (page.right_mm, bottom), FIELD_LINE)

    return Strip(_TITLE_MM + _HEAD_MM - 1.4, draw)


def _row(
    site: BenchSite,
    habitats: Mapping[int, HabitatEntry],
    swatch: Swatch,
    columns: _Columns,
    destinations: Sequence[str],
    head: Strip,
) -> Strip:
    code_mm = code_size_mm(site.entry.tube, _CODE_MM)
    tube_left, tube_width = columns.span("tube")
    shift = max(0.0, code_mm - _CODE_MM)
    room = tube_width - 1.5 - shift
    name = printable(site.entry.tube, f"tube {site.mark}")
    style = next((s for s in _TUBE_STYLES if text_width_mm(name, s) <= room), _TUBE_STYLES[-1])
    lines = wrapped(name, style, room)
    height = max(code_mm, 3.4 * len(lines)) + 2 * _PADDING_MM

    def draw(pen: Pen, top_mm: float) -> None:
        middle = top_mm + height / 2

        def write(name: str, text: str) -> None:
            left, width = columns.span(name)
            pen.text((left, middle), shortened(text, BODY, width - 0.8), BODY, middle=True)

        pen.text((columns.span("mark")[0], middle), site.mark, BOLD, middle=True)
        draw_code(pen, site.entry.tube, columns.span("code")[0], middle - code_mm / 2, code_mm)
        for n, line in enumerate(lines):
            at = (tube_left + shift, middle + 3.4 * (n - (len(lines) - 1) / 2))
            pen.text(at, line, style, middle=True)
        _write_habitat(pen, site, habitats, swatch, (columns.span("habitat")[0], middle))
        write("right", _signed(site.right_mm))
        write("above", f"{site.above_mm:.1f}".replace("-", "\N{MINUS SIGN}"))
        left = columns.span("depth")[0]
        pen.text((left, middle - 1.6), str(site.entry.face), BODY, middle=True)
        pen.text((left, middle + 1.9), f"{site.depth_mm:.1f} deep", NOTE.colored((0, 0, 0)), middle=True)
        write("probability", f"{100 * site.entry.hit_probability:.0f} %")
        _draw_destination(pen, site, destinations, columns.span("destination"), middle)
        _draw_box(pen, columns.span("taken")[0] + 1.5, middle)
        for name in ("deviation", "initials"):
            left, width = columns.span(name)
            pen.line((left, middle + 2.6), (left + width - 1.5, middle + 2.6), FIELD_LINE)
        pen.line((columns.page.left_mm, top_mm + height), (columns.page.right_mm, top_mm + height), HAIRLINE)

    return Strip(height, draw, head)


def _write_habitat(
    pen: Pen,
    site: BenchSite,
    habitats: Mapping[int, HabitatEntry],
    swatch: Swatch,
    at_mm: tuple[float, float],
) -> None:
    label = site.entry.habitat
    if label is None or label not in habitats:
        pen.text(at_mm, "tissue", BODY, middle=True)
        return
    swatch.draw(pen, label, *at_mm)
    pen.text((at_mm[0] + 9.2, at_mm[1]), habitats[label].code, BOLD, middle=True)


def _draw_destination(
    pen: Pen, site: BenchSite, destinations: Sequence[str], span: tuple[float, float], middle_mm: float
) -> None:
    """Write the destination, or tick boxes of all, in one column or two."""
    left, width = span
    if site.entry.destination:
        name = printable(site.entry.destination, "as planned")
        pen.text((left, middle_mm), shortened(name, BOLD, width - 1.0), BOLD, middle=True)
        return
    rows = (len(destinations) + 1) // 2 if len(destinations) > 2 else len(destinations)
    for n, destination in enumerate(destinations):
        x = left + (n // rows) * (width / 2)
        y = middle_mm + 3.4 * (n % rows - (rows - 1) / 2)
        pen.rectangle(x, y - 1.1, 2.2, 2.2, stroke=_BOX)
        room = (width / 2 if len(destinations) > rows else width) - 4.0
        name = shortened(printable(destination, str(n + 1)), NOTE, room)
        pen.text((x + 2.9, y), name, NOTE.colored((0, 0, 0)), middle=True)


def _draw_box(pen: Pen, left_mm: float, middle_mm: float) -> None:
    pen.rectangle(left_mm, middle_mm - _BOX_MM / 2, _BOX_MM, _BOX_MM, stroke=_BOX)


def _signed(value_mm: float) -> str:
    return f"{round(value_mm, 1) + 0.0:+.1f}".replace("-", "\N{MINUS SIGN}")


def block_strips(slab: BenchSlab, page: PageSize) -> list[Strip]:
    """Return a row for every block of a slab."""
    head = _block_head(page)
    return [_block_row(block, slab, page, head) for block in slab.blocks]


_BLOCK_COLUMNS = (0.0, 12.0, 26.0, 84.0, 112.0, 140.0, 152.0)


def _block_head(page: PageSize) -> Strip:
    names = ("on the drawing", "", "block", "mm from upper face", "face down", "taken", "remarks, initials")

    def draw(pen: Pen, top_mm: float) -> None:
        pen.text((page.left_mm, top_mm + 3.8), "Blocks", HEADING)
        for left, name in zip(_BLOCK_COLUMNS, names, strict=True):
            pen.text((page.left_mm + left, top_mm + 9.4), name, SMALL)
        pen.line((page.left_mm, top_mm + 11.0), (page.right_mm, top_mm + 11.0), FIELD_LINE)

    return Strip(11.4, draw)


def _block_row(block: BlockEntry, slab: BenchSlab, page: PageSize, head: Strip) -> Strip:
    scale_x = slab.lab.document.frame.scale[0]
    top_face = slab.entry.x_upper_mm
    start, end = (scale_x * (top_face - x) + 0.0 for x in block.x_mm[::-1])
    code_mm = code_size_mm(block.id, _CODE_MM)
    height = code_mm + 2 * _PADDING_MM
    texts = {
        0: f"{block.part}{block.number}",
        3: f"{start:.1f} to {end:.1f}",
        4: f"{block.face_down} face down",
    }

    def draw(pen: Pen, top_mm: float) -> None:
        middle = top_mm + height / 2
        for column, text in texts.items():
            style = BODY if column else BOLD
            pen.text((page.left_mm + _BLOCK_COLUMNS[column], middle), text, style, middle=True)
        draw_code(pen, block.id, page.left_mm + _BLOCK_COLUMNS[1], middle - code_mm / 2, code_mm)
        name = printable(block.id, f"{slab.entry.id} {block.part}{block.number}")
        left = page.left_mm + _BLOCK_COLUMNS[2] + max(0.0, code_mm - _CODE_MM)
        pen.text((left, middle), shortened(name, BOLD, 56.0), BOLD, middle=True)
        _draw_box(pen, page.left_mm + _BLOCK_COLUMNS[5] + 1.0, middle)
        line_left = page.left_mm + _BLOCK_COLUMNS[6]
        pen.line((line_left, middle + 2.6), (page.right_mm, middle + 2.6), FIELD_LINE)
        pen.line((page.left_mm, top_mm + height), (page.right_mm, top_mm + height), HAIRLINE)

    return Strip(height, draw, head)
