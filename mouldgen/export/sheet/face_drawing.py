"""Draws one face of a slab: habitats, datum lines with their grid, sites, blocks, and the letters around."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.export.map_document import BlockEntry
from mouldgen.export.panel_inks import TISSUE
from mouldgen.export.sheet.bench import BenchFace, BenchSlab
from mouldgen.export.sheet.face_view import FaceView, SideLetters
from mouldgen.export.sheet.habitat_letters import Circle, LetterPlace, place_letters
from mouldgen.export.sheet.hatching import HatchArtist
from mouldgen.export.sheet.paper import GREY, SMALL
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.site_marks import draw_marks, draw_punches
from mouldgen.export.sheet.typography import PrintStyle, printable, text_width_mm

__all__ = ["LEFT_MM", "OVERHEAD_MM", "TOP_MM", "FaceArtist", "block_name"]

OVERHEAD_MM = (16.0, 13.0)
"""What numbers and letters around the window take: across and down."""

LEFT_MM, TOP_MM = 10.0, 5.0
"""Of that, on the left and above."""

_LETTER = PrintStyle(11, bold=True)
_LARGE = PrintStyle(12, bold=True)
_SMALL_LETTER = PrintStyle(8, bold=True)
_TICK = PrintStyle(5.5, color=GREY)
_DATUM = PrintStyle(5.5, bold=True)
BLOCK = PrintStyle(5.5, bold=True)
_WHITE = (255, 255, 255)
_FRAME = Stroke(0.15, (120, 120, 120))
_MILLIMETRE = Stroke(0.05, (226, 226, 226))
_CENTIMETRE = Stroke(0.12, (170, 170, 170))
_OUTLINE = Stroke(0.4, (20, 20, 20))
_NO_FACE = Stroke(0.3, (60, 60, 60), (2.0, 1.2))
_BORDER = Stroke(0.15, (72, 72, 72))
_SCORE = Stroke(0.3, (0, 0, 0), (3.0, 1.5))
_BASE = Stroke(0.5)
_BLOCK_LINE = Stroke(0.25, (60, 60, 60), (1.2, 0.5, 0.3, 0.5))
_LEADER = Stroke(0.2)
_LEADER_HALO = Stroke(0.7, _WHITE)


@dataclass(frozen=True, eq=False)
class FaceArtist:
    """Draws faces of one case's slabs.

    Parameters
    ----------
    hatches
        Fills habitats.
    positions
        Of habitats in the map, by label.
    codes
        Their letters, by label.
    """

    hatches: HatchArtist
    positions: Mapping[int, int]
    codes: Mapping[int, str]

    def draw(self, pen: Pen, view: FaceView, slab: BenchSlab, face: BenchFace, letters: SideLetters) -> None:
        """Draw a face into the window of a view, and numbers and letters around it."""
        with pen.clipped_box(view.left_mm, view.top_mm, view.width_mm, view.height_mm):
            self._draw_inside(pen, view, slab, face)
        pen.rectangle(view.left_mm, view.top_mm, view.width_mm, view.height_mm, stroke=_FRAME)
        _write_numbers(pen, view)
        _write_sides(pen, view, letters)

    def _draw_inside(self, pen: Pen, view: FaceView, slab: BenchSlab, face: BenchFace) -> None:
        _draw_millimetres(pen, view)
        self.draw_tissue(pen, view, face)
        _draw_centimetres(pen, view)
        _draw_datums(pen, view, has_score_mark=slab.entry.has_score_mark)
        outline = view.rings(face.outline)
        if outline:
            pen.rings(outline, stroke=_OUTLINE if face.is_cut else _NO_FACE)
        _draw_blocks(pen, view, slab)
        taken = list(_circles(view, slab))
        habitats = {label: view.rings(rings) for label, rings in face.habitats.items()}
        box = view.left_mm, view.top_mm, view.right_mm, view.bottom_mm
        places = place_letters(outline, habitats, taken, box)
        draw_punches(pen, view, slab.sites)
        for place in places:
            self._write_letter(pen, place)
        shown = [site for site in slab.sites if view.shows(site.right_mm, site.above_mm)]
        draw_marks(pen, view, shown, [place.at_mm for place in places])

    def draw_tissue(self, pen: Pen, view: FaceView, face: BenchFace) -> None:
        """Draw habitats in their inks, and grey tissue between them."""
        if not face.outline:
            return
        with pen.clipped(view.rings(face.outline), fill=TISSUE):
            for label, rings in face.habitats.items():
                self.hatches.fill(pen, self.positions[label], view.rings(rings))
            for rings in face.habitats.values():
                pen.rings(view.rings(rings), stroke=_BORDER)

    def _write_letter(self, pen: Pen, place: LetterPlace) -> None:
        if place.has_leader:
            pen.line(place.at_mm, place.pole_mm, _LEADER_HALO)
            pen.line(place.at_mm, place.pole_mm, _LEADER)
        style = _LARGE if place.is_large else _SMALL_LETTER
        pen.circle(place.at_mm, 0.62 * style.size_mm, fill=_WHITE)
        pen.text(place.at_mm, self.codes[place.label], style, "middle", middle=True)


def _circles(view: FaceView, slab: BenchSlab) -> Iterator[Circle]:
    for site in slab.sites:
        x, y = view.to_page([site.right_mm, site.above_mm]).tolist()
        yield x, y, site.radius_mm + 1.2


def _draw_millimetres(pen: Pen, view: FaceView) -> None:
    """Draw the grid of millimetres; windows begin at whole ones, so it is the same everywhere."""
    width, height = view.width_mm, view.height_mm
    name = f"millimetres-{width:g}-{height:g}"
    if not pen.has_stencil(name):
        with pen.stencil(name, width, height):
            across = [np.array([[x, 0.0], [x, height]]) for x in np.arange(1.0, width)]
            down = [np.array([[0.0, y], [width, y]]) for y in np.arange(1.0, height)]
            pen.polylines([*across, *down], _MILLIMETRE)
    pen.stamp(name, view.left_mm, view.top_mm, height)


def _tens(low_mm: float, high_mm: float) -> range:
    return range(10 * int(np.ceil(low_mm / 10)), int(high_mm) + 1, 10)


def _draw_centimetres(pen: Pen, view: FaceView) -> None:
    window = view.window
    lines: list[Sequence[tuple[float, float]]] = [
        *([(y, window.z_low_mm), (y, window.z_high_mm)] for y in _tens(window.y_low_mm, window.y_high_mm)),
        *([(window.y_low_mm, z), (window.y_high_mm, z)] for z in _tens(window.z_low_mm, window.z_high_mm)),
    ]
    pen.polylines([view.to_page(line) for line in lines], _CENTIMETRE)


def _draw_datums(pen: Pen, view: FaceView, *, has_score_mark: bool) -> None:
    window = view.window
    pen.polylines(view.rings([np.array([[window.y_low_mm, 0.0], [window.y_high_mm, 0.0]])]), _BASE)
    if window.y_low_mm <= 0 <= window.y_high_mm:
        pen.polylines(view.rings([np.array([[0.0, window.z_low_mm], [0.0, window.z_high_mm]])]), _SCORE)
        _write_score(pen, view, "score line" if has_score_mark else "score line (no mark)")
    pen.text((view.left_mm + 1.0, view.bottom_mm - 0.9), "base line", _DATUM)


def _write_score(pen: Pen, view: FaceView, text: str) -> None:
    """Write beside the upper end of the score line, on the side with more room."""
    x, y = view.to_page([0.0, view.window.z_high_mm]) + (0.0, 2.6)
    if view.right_mm - x >= x - view.left_mm:
        pen.text((x + 1.0, y), text, _DATUM)
    else:
        pen.text((x - 1.0, y), text, _DATUM, "right")


def _draw_blocks(pen: Pen, view: FaceView, slab: BenchSlab) -> None:
    """Draw the blocks that lie at this face."""
    for block in slab.blocks_at(view.plane):
        (y0, y1), (z0, z1) = block.y_mm, block.z_mm
        (ring,) = slab.from_datums([np.array([[y0, z0], [y1, z0], [y1, z1], [y0, z1]])])
        corners = view.to_page(ring)
        pen.rings([corners], stroke=_BLOCK_LINE)
        (left, top), (right, _) = corners.min(axis=0), corners.max(axis=0)
        name = block_name(block, right - left - 1.6)
        width = text_width_mm(name, BLOCK)
        pen.rectangle(left + 0.5, top + 0.5, width + 0.6, 2.5, fill=_WHITE)
        pen.text((left + 0.8, top + 1.75), name, BLOCK, middle=True)


def block_name(block: BlockEntry, room_mm: float) -> str:
    """Return a block's id, or its place in the grid where there is no room for the id."""
    name = printable(block.id, "")
    if name and text_width_mm(name, BLOCK) <= room_mm:
        return name
    return f"block {block.part}{block.number}"


def _write_numbers(pen: Pen, view: FaceView) -> None:
    """Write the distances from the datum lines below and on the left of the window."""
    window = view.window
    for y in _tens(window.y_low_mm, window.y_high_mm):
        x = view.to_page([y, 0.0])[0]
        pen.line((x, view.bottom_mm), (x, view.bottom_mm + 0.8), _FRAME)
        pen.text((x, view.bottom_mm + 2.8), _signed(y), _TICK, "middle")
    for z in _tens(window.z_low_mm, window.z_high_mm):
        row = view.to_page([0.0, z])[1]
        pen.line((view.left_mm - 0.8, row), (view.left_mm, row), _FRAME)
        pen.text((view.left_mm - 1.2, row), _signed(z), _TICK, "right", middle=True)


def _signed(number: int) -> str:
    return str(number).replace("-", "\N{MINUS SIGN}")


def _write_sides(pen: Pen, view: FaceView, letters: SideLetters) -> None:
    middle_x = (view.left_mm + view.right_mm) / 2
    middle_y = (view.top_mm + view.bottom_mm) / 2
    pen.text((view.left_mm - 7.2, middle_y), letters.left, _LETTER, "middle", middle=True)
    pen.text((view.right_mm + 3.6, middle_y), letters.right, _LETTER, "middle", middle=True)
    pen.text((middle_x, view.top_mm - 2.4), letters.top, _LETTER, "middle", middle=True)
    width = pen.text((middle_x, view.bottom_mm + 5.6), letters.bottom, _LETTER, "middle", middle=True)
    pen.text((middle_x + width / 2 + 1.2, view.bottom_mm + 5.6), "base", SMALL, middle=True)
