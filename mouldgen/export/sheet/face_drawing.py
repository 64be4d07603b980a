"""Draws one face of a slab: habitats, datum lines with their grid, sites, blocks, and the letters around."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.export.panel_inks import TISSUE
from mouldgen.export.sheet.bench import BenchFace, BenchSlab
from mouldgen.export.sheet.block_cells import block_cells, draw_cell_edges, draw_cell_names
from mouldgen.export.sheet.face_view import FaceView
from mouldgen.export.sheet.habitat_letters import Circle, LetterPlace, place_letters
from mouldgen.export.sheet.hatching import HatchArtist
from mouldgen.export.sheet.hit_contours import draw_hit_region
from mouldgen.export.sheet.mark_boxes import MarkBox
from mouldgen.export.sheet.paper import GREY, SMALL
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.site_marks import draw_marks, draw_punches
from mouldgen.export.sheet.typography import PrintStyle, text_width_mm
from mouldgen.export.side_letters import SideLetters

__all__ = ["LEFT_MM", "OVERHEAD_MM", "TOP_MM", "FaceArtist"]

OVERHEAD_MM = (16.0, 13.0)
"""What numbers and letters around the window take: across and down."""

LEFT_MM, TOP_MM = 10.0, 5.0
"""Of that, on the left and above."""

_LETTER = PrintStyle(11, bold=True)
_LARGE = PrintStyle(12, bold=True)
_SMALL_LETTER = PrintStyle(8, bold=True)
_TICK = PrintStyle(5.5, color=GREY)
_DATUM = PrintStyle(5.5, bold=True)
_WHITE = (255, 255, 255)
_FRAME = Stroke(0.15, (120, 120, 120))
_MILLIMETRE = Stroke(0.05, (226, 226, 226))
_CENTIMETRE = Stroke(0.12, (170, 170, 170))
_OUTLINE = Stroke(0.4, (20, 20, 20))
_NO_FACE = Stroke(0.3, (60, 60, 60), (2.0, 1.2))
_BORDER = Stroke(0.15, (72, 72, 72))
_SCORE = Stroke(0.3, (0, 0, 0), (3.0, 1.5))
_BASE = Stroke(0.5)
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
        outline = view.rings(face.outline)
        sites = list(_circles(view, slab))
        datums = _datum_words(view, has_score_mark=slab.entry.has_score_mark)
        cells = block_cells(view, slab, face, sites, list(datums.values()))
        words = [*datums.values(), *(cell.box for cell in cells)]
        _draw_millimetres(pen, view)
        self.draw_tissue(pen, view, face)
        _draw_centimetres(pen, view)
        if face.outline:
            self._draw_hit_regions(pen, view, slab, face)
        draw_cell_edges(pen, cells)
        _draw_datums(pen, view, datums)
        if outline:
            pen.rings(outline, stroke=_OUTLINE if face.is_cut else _NO_FACE)
        draw_cell_names(pen, cells)
        habitats = {label: view.rings(rings) for label, rings in face.habitats.items()}
        box = view.left_mm, view.top_mm, view.right_mm, view.bottom_mm
        places = place_letters(outline, habitats, [*sites, *map(_around, words)], box)
        draw_punches(pen, view, slab.sites)
        for place in places:
            self._write_letter(pen, place)
        shown = [site for site in slab.sites if view.shows(site.right_mm, site.above_mm)]
        draw_marks(pen, view, shown, [place.at_mm for place in places], words)

    def _draw_hit_regions(self, pen: Pen, view: FaceView, slab: BenchSlab, face: BenchFace) -> None:
        with pen.clipped(view.rings(face.outline)):
            for label, rings in slab.hit_regions_at(face.plane).items():
                draw_hit_region(pen, view.rings(rings), self.hatches.ink(self.positions[label]))

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


def _around(box: MarkBox) -> Circle:
    """Return the circle around a word that letters keep off."""
    return *box.middle_mm, float(np.hypot(box.right - box.left, box.bottom - box.top)) / 2


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


def _datum_words(view: FaceView, *, has_score_mark: bool) -> dict[str, MarkBox]:
    """Return the names of the datum lines and where they stand."""
    words = {"base line": _base_box(view)}
    if view.window.y_low_mm <= 0 <= view.window.y_high_mm:
        score = "score line" if has_score_mark else "score line (no mark)"
        words[score] = _score_box(view, score)
    return words


def _draw_datums(pen: Pen, view: FaceView, words: Mapping[str, MarkBox]) -> None:
    window = view.window
    pen.polylines(view.rings([np.array([[window.y_low_mm, 0.0], [window.y_high_mm, 0.0]])]), _BASE)
    if window.y_low_mm <= 0 <= window.y_high_mm:
        pen.polylines(view.rings([np.array([[0.0, window.z_low_mm], [0.0, window.z_high_mm]])]), _SCORE)
    for word, box in words.items():
        pen.text((box.left, box.bottom - 0.4), word, _DATUM)


def _score_box(view: FaceView, text: str) -> MarkBox:
    """Return the place beside the upper end of the score line, on the side with more room."""
    x, y = view.to_page([0.0, view.window.z_high_mm]).tolist()
    width = text_width_mm(text, _DATUM)
    left = x + 1.0 if view.right_mm - x >= x - view.left_mm else x - 1.0 - width
    return MarkBox(left, y + 0.8, left + width, y + 3.0)


def _base_box(view: FaceView) -> MarkBox:
    left, bottom = view.left_mm + 1.0, view.bottom_mm - 0.9
    return MarkBox(left, bottom - 1.8, left + text_width_mm("base line", _DATUM), bottom + 0.4)


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
