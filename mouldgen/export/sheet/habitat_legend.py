"""The legend of habitats on page 1: their inks, letters, names and volumes, and what the drawings add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.export.map_document import HabitatEntry, MapDocument
from mouldgen.export.sheet.headings import heading_strip, paragraph_strip
from mouldgen.export.sheet.hit_contours import HIT_DOTS
from mouldgen.export.sheet.paper import BODY, BOLD, NOTE, PageSize
from mouldgen.export.sheet.pen import Pen
from mouldgen.export.sheet.slab_facts import Swatch, bare_mm3
from mouldgen.export.sheet.strips import Strip
from mouldgen.export.sheet.typography import printable, shortened, text_width_mm
from mouldgen.export.sheet.unstable_mark import draw_unstable, unstable_words
from mouldgen.export.slab_words import milliliters, percent

__all__ = ["legend_strips"]

_ROW_MM = 5.6
_NOTE_MM = 4.4
_GAP_MM = 6.0
_LONGEST_LIST = 40
_BESIDE_NAME_MM = 47.0
"""What letter, swatch and volume take beside a habitat's name."""


@dataclass(frozen=True)
class _Row:
    """A habitat, or the tissue without one."""

    label: int | None
    code: str
    name: str
    volume_mm3: float
    unstable: str = ""

    @classmethod
    def of(cls, habitat: HabitatEntry) -> _Row:
        name = printable(habitat.name, f"label {habitat.label}")
        return cls(habitat.label, habitat.code, name, habitat.volume_mm3, unstable_words(habitat))


def legend_strips(document: MapDocument, swatch: Swatch, page: PageSize) -> Iterator[Strip]:
    """Yield the legend, two rows side by side where the names allow it."""
    total = document.specimen.volume_mm3
    if not document.habitats:
        text = "No habitat map was given: sites are places in the tissue, which is drawn grey."
        yield paragraph_strip(page, "Habitats", text)
        return
    yield heading_strip(page, "Habitats", f"{total / 1000:.1f} mL in all{_origin_words(document)}")
    rows = list(_rows(document))
    half = (page.room_mm[0] - _GAP_MM) / 2
    widest = max(text_width_mm(row.name, BODY) for row in rows)
    across = 2 if widest <= half - _BESIDE_NAME_MM else 1
    width = half if across > 1 else page.room_mm[0]
    for n in range(0, len(rows), across):
        yield _row_strip(rows[n : n + across], swatch, page, width, total)
    if any(slab.hit_regions_mm for slab in document.slabs):
        yield _dots_strip(document, page)


def _origin_words(document: MapDocument) -> str:
    images = document.specimen.habitats_computed_from
    if not images:
        return ""
    listed = ", ".join(images)
    named = listed if len(listed) <= _LONGEST_LIST else f"{len(images)} images"
    return f"; computed from {named}: low and high compare a habitat with the whole tumour"


def _rows(document: MapDocument) -> Iterator[_Row]:
    yield from map(_Row.of, document.habitats)
    bare = sum(bare_mm3(slab) for slab in document.slabs)
    if bare > 0:
        yield _Row(None, "", "no habitat", bare)


def _row_strip(rows: Sequence[_Row], swatch: Swatch, page: PageSize, width: float, total: float) -> Strip:
    note_mm = _NOTE_MM if any(row.unstable for row in rows) else 0.0

    def draw(pen: Pen, top_mm: float) -> None:
        middle = top_mm + _ROW_MM / 2
        for n, row in enumerate(rows):
            left = page.left_mm + n * (width + _GAP_MM)
            right = left + width
            swatch.draw(pen, row.label, left, middle)
            pen.text((left + 10.0, middle), row.code, BOLD, middle=True)
            name = shortened(row.name, BODY, width - _BESIDE_NAME_MM)
            pen.text((left + 16.0, middle), name, BODY, middle=True)
            volume = f"{milliliters(row.volume_mm3)} mL"
            pen.text((right - 12.5, middle), volume, BODY, "right", middle=True)
            pen.text((right, middle), percent(row.volume_mm3, total), NOTE, "right", middle=True)
            if row.unstable:
                draw_unstable(pen, left + 10.0, middle + _NOTE_MM)
                pen.text((left + 16.0, middle + _NOTE_MM), row.unstable, BOLD, middle=True)

    return Strip(_ROW_MM + note_mm, draw)


def _dots_strip(document: MapDocument, page: PageSize) -> Strip:
    probability = f"{document.sampling.min_probability:g}"
    text = f"dotted: within it the middle of a punch takes the habitat with {probability} or more"

    def draw(pen: Pen, top_mm: float) -> None:
        middle, left = top_mm + _ROW_MM / 2, page.left_mm
        pen.polylines([np.array([[left + 0.4, middle], [left + 7.8, middle]])], HIT_DOTS)
        pen.text((left + 10.0, middle), text, NOTE, middle=True)

    return Strip(_ROW_MM, draw)
