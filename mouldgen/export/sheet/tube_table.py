"""The table with one row a tube: its site, its code, where it goes, and boxes to fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mouldgen.export.map_document import HabitatEntry
from mouldgen.export.sheet.bench import BenchSite, BenchSlab
from mouldgen.export.sheet.data_matrix import code_size_mm, draw_code
from mouldgen.export.sheet.paper import BODY, BOLD, FIELD_LINE, HAIRLINE, HEADING, NOTE, SMALL, PageSize
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.punch_words import punch_note
from mouldgen.export.sheet.slab_facts import Swatch
from mouldgen.export.sheet.strips import Strip
from mouldgen.export.sheet.typography import PrintStyle, fitting, printable, shortened, text_width_mm, wrapped
from mouldgen.export.sheet.unstable_mark import UNSTABLE_MM, draw_unstable, unstable_words
from mouldgen.export.slab_words import chance

__all__ = ["draw_tick_box", "tube_strips"]

_CODE_MM = 9.0
_PADDING_MM = 0.6
_BOX_MM = 2.8
_BOX = Stroke(0.2)
_TICK = PrintStyle(7)
_PUNCH = PrintStyle(6)
_TICK_MM = 3.3
_TITLE_MM = 7.4
_NOTE_LINE_MM = 3.1
_MARK_LINE_MM = 4.2
_HABITAT_UP_MM, _MARK_DOWN_MM = 1.7, 2.6
_HEAD_MM = 8.0

_CAUTION = "Do not rest a result on these samples alone."

_TUBE_STYLES = (BOLD, PrintStyle(7.5, bold=True), PrintStyle(7, bold=True))

_FIXED_MM = {
    "mark": 9.0,
    "code": 10.5,
    "habitat": 14.0,
    "right": 14.0,
    "above": 12.5,
    "depth": 17.5,
    "probability": 13.5,
    "destination": 24.0,
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
    "mark": "mark",
    "code": "",
    "tube": "tube",
    "habitat": "habitat",
    "right": "from score line, mm",
    "above": "above base, mm",
    "depth": "face, punch in mm",
    "probability": "hit prob.",
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
    destinations = tuple(slab.lab.document.sampling.destinations)
    table = _TubeTable(habitats, swatch, _Columns(page), destinations)
    marked = table.unstable & {site.entry.habitat for site in slab.sites}
    unstable = [item for item in habitats.values() if item.label in marked]
    head = _head(table.columns, punch_note(slab.lab.document, slab.entry.id), unstable)
    return [_row(site, table, head) for site in slab.sites]


@dataclass(frozen=True, eq=False)
class _TubeTable:
    """What all rows share."""

    habitats: Mapping[int, HabitatEntry]
    swatch: Swatch
    columns: _Columns
    destinations: tuple[str, ...]

    @property
    def unstable(self) -> set[int]:
        """Labels of habitats that are marked."""
        return {habitat.label for habitat in self.habitats.values() if not habitat.is_stable}


def _head(columns: _Columns, punch: str, unstable: Sequence[HabitatEntry]) -> Strip:
    """Return the head of the table, with what its marks of unstable habitats mean."""
    page = columns.page
    signs = "From the score line: + to the right, \N{MINUS SIGN} to the left, with the upper face up."
    notes = wrapped(f"{punch} {signs}", NOTE, page.room_mm[0])
    first_mark_mm = _TITLE_MM + _NOTE_LINE_MM * len(notes)
    below_mm = first_mark_mm + _MARK_LINE_MM * len(unstable)

    def draw(pen: Pen, top_mm: float) -> None:
        pen.text((page.left_mm, top_mm + 3.8), "Tubes", HEADING)
        for n, note in enumerate(notes):
            pen.text((page.left_mm, top_mm + _TITLE_MM + _NOTE_LINE_MM * n), note, NOTE)
        for n, habitat in enumerate(unstable):
            middle = first_mark_mm + top_mm + _MARK_LINE_MM * n
            draw_unstable(pen, page.left_mm, middle)
            text = f"{habitat.code}: {unstable_words(habitat)}. {_CAUTION}"
            pen.text((page.left_mm + UNSTABLE_MM + 1.2, middle), text, BOLD, middle=True)
        for name in _ORDER:
            left, width = columns.span(name)
            for n, line in enumerate(wrapped(_HEADS[name], SMALL, width - 0.5)[-2:]):
                pen.text((left, top_mm + below_mm + 1.2 + 2.5 * n), line, SMALL)
        bottom = top_mm + below_mm + _HEAD_MM - 2.6
        pen.line((page.left_mm, bottom), (page.right_mm, bottom), FIELD_LINE)

    return Strip(below_mm + _HEAD_MM - 2.4, draw)


def _row(site: BenchSite, table: _TubeTable, head: Strip) -> Strip:
    columns, destinations = table.columns, table.destinations
    code_mm = code_size_mm(site.entry.tube, _CODE_MM)
    tube_left, tube_width = columns.span("tube")
    shift = max(0.0, code_mm - _CODE_MM)
    room = tube_width - 1.5 - shift
    name = printable(site.entry.tube, f"tube {site.mark}")
    style = fitting(name, _TUBE_STYLES, room)
    lines = wrapped(name, style, room)
    ticks = 0 if site.entry.destination else _tick_rows(destinations)
    height = max(code_mm, 3.4 * len(lines), _TICK_MM * ticks) + 2 * _PADDING_MM

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
        _write_habitat(pen, site, table, (columns.span("habitat")[0], middle))
        write("right", _signed(site.right_mm))
        write("above", f"{site.above_mm:.1f}".replace("-", "\N{MINUS SIGN}"))
        left = columns.span("depth")[0]
        pen.text((left, middle - 1.6), str(site.entry.face), BODY, middle=True)
        pen.text((left, middle + 1.9), _punch_size(site), _PUNCH, middle=True)
        write("probability", chance(site.entry.hit_probability))
        _draw_destination(pen, site, destinations, columns.span("destination"), middle)
        draw_tick_box(pen, columns.span("taken")[0] + 1.5, middle)
        for name in ("deviation", "initials"):
            left, width = columns.span(name)
            pen.line((left, middle + 2.6), (left + width - 1.5, middle + 2.6), FIELD_LINE)
        pen.line((columns.page.left_mm, top_mm + height), (columns.page.right_mm, top_mm + height), HAIRLINE)

    return Strip(height, draw, head)


def _write_habitat(pen: Pen, site: BenchSite, table: _TubeTable, at_mm: tuple[float, float]) -> None:
    label = site.entry.habitat
    if label is None or label not in table.habitats:
        pen.text(at_mm, "tissue", BODY, middle=True)
        return
    (left, middle), is_marked = at_mm, label in table.unstable
    row = middle - _HABITAT_UP_MM if is_marked else middle
    table.swatch.draw(pen, label, left, row)
    pen.text((left + 9.2, row), table.habitats[label].code, BOLD, middle=True)
    if is_marked:
        draw_unstable(pen, left, middle + _MARK_DOWN_MM)
        pen.text((left + UNSTABLE_MM + 0.8, middle + _MARK_DOWN_MM), "unstable", _PUNCH, middle=True)


def _draw_destination(
    pen: Pen, site: BenchSite, destinations: Sequence[str], span: tuple[float, float], middle_mm: float
) -> None:
    """Write the destination, or tick boxes of all, in one column or two."""
    left, width = span
    if site.entry.destination:
        name = printable(site.entry.destination, "as planned")
        pen.text((left, middle_mm), shortened(name, BOLD, width - 1.0), BOLD, middle=True)
        return
    rows = _tick_rows(destinations)
    room = width / (2 if len(destinations) > rows else 1)
    for n, destination in enumerate(destinations):
        x = left + (n // rows) * room
        y = middle_mm + _TICK_MM * (n % rows - (rows - 1) / 2)
        pen.rectangle(x, y - 1.1, 2.2, 2.2, stroke=_BOX)
        name = shortened(printable(destination, str(n + 1)), _TICK, room - 3.6)
        pen.text((x + 2.9, y), name, _TICK, middle=True)


def _tick_rows(destinations: Sequence[str]) -> int:
    """Return how many rows boxes take: in two columns where all names fit, else in one."""
    room = _FIXED_MM["destination"] / 2 - 3.6
    names = (printable(destination, str(n + 1)) for n, destination in enumerate(destinations))
    in_two = len(destinations) > 2 and all(text_width_mm(name, _TICK) <= room for name in names)
    return (len(destinations) + 1) // 2 if in_two else len(destinations)


def draw_tick_box(pen: Pen, left_mm: float, middle_mm: float) -> None:
    """Draw a box to tick, centred on a height."""
    pen.rectangle(left_mm, middle_mm - _BOX_MM / 2, _BOX_MM, _BOX_MM, stroke=_BOX)


def _punch_size(site: BenchSite) -> str:
    diameter = f"{site.entry.punch_diameter_mm:g}"
    return f"\N{LATIN CAPITAL LETTER O WITH STROKE} {diameter}, {site.depth_mm:.1f} deep"


def _signed(value_mm: float) -> str:
    return f"{round(value_mm, 1) + 0.0:+.1f}".replace("-", "\N{MINUS SIGN}")
