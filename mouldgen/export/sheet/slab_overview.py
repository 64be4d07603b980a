"""All slabs, small and at one scale, in order: their middles with habitats and sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.export.sheet.bench import BenchSlab
from mouldgen.export.sheet.face_drawing import FaceArtist
from mouldgen.export.sheet.face_view import FaceView, Window
from mouldgen.export.sheet.paper import BOLD, HEADING, NOTE, SMALL, PageSize
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.slab_facts import milliliters
from mouldgen.export.sheet.strips import Strip

__all__ = ["overview_strips"]

_CELL_MM = (29.0, 27.0)
_LARGEST_SCALE = 0.5
_CAPTION_MM = 8.0
_OUTLINE = Stroke(0.25, (20, 20, 20))
_DOT_MM = 0.75
_DOT_EDGE = Stroke(0.3, (255, 255, 255))
_BLACK = (0, 0, 0)


def overview_strips(slabs: Sequence[BenchSlab], artist: FaceArtist, page: PageSize) -> list[Strip]:
    """Return rows of slabs under a head that comes again on every page."""
    window = _common_window(slabs)
    scale = min(_CELL_MM[0] / window.width_mm, _CELL_MM[1] / window.height_mm, _LARGEST_SCALE)
    across = max(1, int(page.room_mm[0] / (_CELL_MM[0] + 1.5)))
    head = _head(page, scale)
    rows = [slabs[n : n + across] for n in range(0, len(slabs), across)]
    cells = _Cells(artist, page, window, scale)
    return [_row(row, cells, head) for row in rows]


def _common_window(slabs: Sequence[BenchSlab]) -> Window:
    """Return the smallest window that holds the middle of every slab."""
    rings = [ring for slab in slabs for ring in slab.mid_outline]
    return Window.around(rings or [np.zeros((1, 2))], 1.0)


def _head(page: PageSize, scale: float) -> Strip:
    def draw(pen: Pen, top_mm: float) -> None:
        width = pen.text((page.left_mm, top_mm + 4.6), "All slabs", HEADING)
        note = (
            f"1:{1 / scale:.1f}, not for measuring. The middle of each slab, seen like its upper face; "
            "dots are sites."
        )
        pen.text((page.left_mm + width + 3.0, top_mm + 4.6), note, NOTE)

    return Strip(7.0, draw)


@dataclass(frozen=True, eq=False)
class _Cells:
    """How every slab is drawn: by whom, on which page, and at which scale."""

    artist: FaceArtist
    page: PageSize
    window: Window
    scale: float


def _row(row: Sequence[BenchSlab], cells: _Cells, head: Strip) -> Strip:
    pitch = _CELL_MM[0] + 1.5
    drawn_mm = cells.scale * cells.window.height_mm

    def draw(pen: Pen, top_mm: float) -> None:
        for n, slab in enumerate(row):
            left = cells.page.left_mm + n * pitch
            view = FaceView(cells.window, slab.middle.plane, left, top_mm + _CAPTION_MM, cells.scale)
            width = pen.text((left, top_mm + 3.4), slab.entry.id, BOLD)
            volume = f"{milliliters(slab.entry.tissue_volume_mm3)} mL"
            pen.text((left + width + 1.5, top_mm + 3.4), volume, SMALL)
            count = len(slab.sites)
            pen.text((left, top_mm + 6.2), f"{count} site{'' if count == 1 else 's'}", SMALL)
            _draw_slab(pen, view, slab, cells.artist)

    return Strip(_CAPTION_MM + drawn_mm + 3.0, draw, head)


def _draw_slab(pen: Pen, view: FaceView, slab: BenchSlab, artist: FaceArtist) -> None:
    artist.draw_tissue(pen, view, slab.middle)
    if slab.middle.outline:
        pen.rings(view.rings(slab.middle.outline), stroke=_OUTLINE)
    for site in slab.sites:
        at = view.to_page([site.right_mm, site.above_mm])
        pen.circle(at, _DOT_MM, fill=_BLACK, stroke=_DOT_EDGE)
