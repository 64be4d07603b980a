"""The legend below the panels: habitats with their volumes, image slices, and how to read it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image as Picture
from PIL import ImageDraw

from mouldgen.export.panel_fonts import fitted, readable, wrapped, write
from mouldgen.export.panel_inks import TILE_PX, Ink
from mouldgen.export.panel_page import BODY, FAINT, GREY, HAIRLINE, HEADING, NOTE, ROW_PX, PageLayout
from mouldgen.export.slab_words import milliliters, percent, slice_distance, slice_number
from mouldgen.sampling.contents import NearestSlice, SlabContent
from mouldgen.specimen import Habitat

__all__ = ["Legend", "LegendRow", "plan_legend"]

MOST_SLICES = 6
_ONE_COLUMN_ROWS = 7
_HEAD_PX = 48
"""From a heading to the middle of the first row."""
_SUM_GAP_PX = 8
_NOTE_PX = 26
_BLOCK_GAP_PX = 30
_SWATCH_PX = (46, 24)
_CODE_PX = 62
_NAME_PX = 102
_PERCENT_PX = 96
_NUMBERS_PX = 190
_SLICE_PX = (310, 180)
"""From the right edge to the end of an image's name, and to the end of the slice number."""


@dataclass(frozen=True)
class LegendRow:
    """One line of the table of habitats.

    Parameters
    ----------
    label
        Of the habitat, or None for tissue without habitat and for the sum.
    code, name
        What it is called.
    ink
        What it is filled with; None without a swatch.
    is_sum
        Whether it is all tissue of the slab.
    """

    label: int | None
    code: str
    name: str
    ink: Ink | None
    is_sum: bool = False

    def volume_mm3(self, content: SlabContent) -> float:
        """Return how much of it a slab holds."""
        if self.is_sum:
            return content.tissue_mm3
        if self.label is None:
            return max(0.0, content.tissue_mm3 - sum(content.habitat_mm3.values()))
        return content.habitat_mm3.get(self.label, 0.0)


@dataclass(frozen=True)
class Legend:
    """The rows of the table, in one or two columns, and what stands beside them.

    Parameters
    ----------
    columns
        One or two parts of the table.
    slice_rows
        How many lines name image slices.
    notes
        How to read the page.
    """

    columns: tuple[tuple[LegendRow, ...], ...]
    slice_rows: int
    notes: str

    def height_px(self, width_px: int) -> int:
        """Return the height of the legend whose columns are `width_px` wide."""
        table = _HEAD_PX + max(len(column) for column in self.columns) * ROW_PX
        slices = _HEAD_PX + self.slice_rows * ROW_PX
        notes = _HEAD_PX + len(wrapped(self.notes, NOTE, width_px)) * _NOTE_PX
        beside = max(slices, notes) if len(self.columns) == 1 else slices + _BLOCK_GAP_PX + notes
        return max(table, beside)

    def draw_lasting(self, page: Picture.Image, layout: PageLayout) -> None:
        """Draw what is the same on all pages: swatches, names, headings and notes."""
        draw = ImageDraw.Draw(page)
        width = layout.window.width_px
        for left, rows in zip(layout.panel_lefts_px, self.columns, strict=False):
            _write_table_head(draw, (left, layout.legend_top_px), width)
            for n, row in enumerate(rows):
                middle = _row_px(layout, n, row)
                _draw_name(page, draw, row, (left, middle), width)
                if row.is_sum and n:
                    line_y = middle - (ROW_PX + _SUM_GAP_PX) // 2
                    draw.line([(left, line_y), (left + width - 1, line_y)], fill=HAIRLINE, width=1)
        _write_heading(draw, self._slices_at(layout), "Nearest image slices", width)
        left, top = self._notes_at(layout)
        _write_heading(draw, (left, top), "How to read this page", width)
        for n, line in enumerate(wrapped(self.notes, NOTE, width)):
            write(draw, (left, top + _HEAD_PX + n * _NOTE_PX), line, NOTE, anchor="lm")

    def write_volumes(self, draw: ImageDraw.ImageDraw, layout: PageLayout, content: SlabContent) -> None:
        """Write the volumes of one slab into the table."""
        for left, rows in zip(layout.panel_lefts_px, self.columns, strict=False):
            for n, row in enumerate(rows):
                at = left + layout.window.width_px, _row_px(layout, n, row)
                _write_volume(draw, at, row, content)

    def write_slices(
        self, draw: ImageDraw.ImageDraw, layout: PageLayout, nearest: Sequence[NearestSlice]
    ) -> None:
        """Write which image slices lie nearest to one slab."""
        left, top = self._slices_at(layout)
        right = left + layout.window.width_px
        for n, found in enumerate(nearest[:MOST_SLICES]):
            middle = top + _HEAD_PX + n * ROW_PX
            name_end, number_end = (right - distance for distance in _SLICE_PX)
            name = fitted(readable(found.image, f"image {n}"), BODY, name_end - left)
            write(draw, (left, middle), name, BODY, anchor="lm")
            write(draw, (number_end, middle), slice_number(found), BODY.emboldened(), anchor="rm")
            write(draw, (right, middle), slice_distance(found), NOTE, anchor="rm")
        if len(nearest) > MOST_SLICES:
            more = f"and {len(nearest) - MOST_SLICES} more in sampling_map.json"
            write(draw, (left, top + _HEAD_PX + MOST_SLICES * ROW_PX), more, NOTE, anchor="lm")

    def _slices_at(self, layout: PageLayout) -> tuple[int, int]:
        return layout.panel_lefts_px[len(self.columns)], layout.legend_top_px

    def _notes_at(self, layout: PageLayout) -> tuple[int, int]:
        left, top = layout.panel_lefts_px[2], layout.legend_top_px
        if len(self.columns) > 1:
            top += _HEAD_PX + self.slice_rows * ROW_PX + _BLOCK_GAP_PX
        return left, top


def plan_legend(
    habitats: Sequence[Habitat], inks: Sequence[Ink], *, bare_tissue: bool, slice_count: int, notes: str
) -> Legend:
    """Return the legend of a case.

    Parameters
    ----------
    habitats
        In the order of their letters.
    inks
        Of tissue without habitat, and of every habitat.
    bare_tissue
        Whether any slab holds tissue that belongs to no habitat.
    slice_count
        How many image slices are named for every slab.
    notes
        How to read the page.
    """
    rows = [
        LegendRow(habitat.label, habitat.code, readable(habitat.name, f"label {habitat.label}"), ink)
        for habitat, ink in zip(habitats, inks[1:], strict=True)
    ]
    if bare_tissue and habitats:
        rows.append(LegendRow(None, "", "no habitat", inks[0]))
    rows.append(LegendRow(None, "", "Tissue", None if habitats else inks[0], is_sum=True))
    length = len(rows) if len(rows) <= _ONE_COLUMN_ROWS else (len(rows) + 1) // 2
    columns = tuple(tuple(part) for part in (rows[:length], rows[length:]) if part)
    return Legend(columns, min(slice_count, MOST_SLICES + 1), notes)


def _row_px(layout: PageLayout, position: int, row: LegendRow) -> int:
    """Return the middle of a row of the table; the sum stands a little apart."""
    gap = _SUM_GAP_PX if row.is_sum and position else 0
    return layout.legend_top_px + _HEAD_PX + position * ROW_PX + gap


def _write_heading(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, width_px: int) -> None:
    left, top = at
    write(draw, (left, top), text, HEADING, anchor="lm")
    draw.line([(left, top + 20), (left + width_px - 1, top + 20)], fill=HAIRLINE, width=1)


def _write_table_head(draw: ImageDraw.ImageDraw, at: tuple[int, int], width_px: int) -> None:
    _write_heading(draw, at, "In this slab", width_px)
    right, top = at[0] + width_px, at[1]
    write(draw, (right - _PERCENT_PX, top), "mL", HEADING, anchor="rm")
    write(draw, (right, top), "of tissue", HEADING, anchor="rm")


def _draw_name(
    page: Picture.Image, draw: ImageDraw.ImageDraw, row: LegendRow, at: tuple[int, int], width_px: int
) -> None:
    left, middle = at
    if row.ink is not None:
        _draw_swatch(page, draw, row.ink, (left, middle - _SWATCH_PX[1] // 2))
    write(draw, (left + _CODE_PX, middle), row.code, BODY.emboldened(), anchor="lm")
    style = BODY.emboldened() if row.is_sum else BODY
    name = fitted(row.name, style, width_px - _NAME_PX - _NUMBERS_PX)
    indent = 0 if row.ink is None else _CODE_PX if row.is_sum else _NAME_PX
    write(draw, (left + indent, middle), name, style, anchor="lm")


def _draw_swatch(page: Picture.Image, draw: ImageDraw.ImageDraw, ink: Ink, at: tuple[int, int]) -> None:
    width, height = _SWATCH_PX
    tile = Picture.fromarray(ink.tile)
    for column in range(0, width, TILE_PX):
        part = tile.crop((0, 0, min(TILE_PX, width - column), height))
        page.paste(part, (at[0] + column, at[1]))
    draw.rectangle((at[0], at[1], at[0] + width - 1, at[1] + height - 1), outline=GREY)


def _write_volume(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], row: LegendRow, content: SlabContent
) -> None:
    right, middle = at
    volume_mm3 = row.volume_mm3(content)
    style = BODY if volume_mm3 > 0 else BODY.colored(FAINT)
    style = style.emboldened() if row.is_sum else style
    write(draw, (right - _PERCENT_PX, middle), milliliters(volume_mm3), style, anchor="rm")
    write(draw, (right, middle), percent(volume_mm3, content.tissue_mm3), style, anchor="rm")
