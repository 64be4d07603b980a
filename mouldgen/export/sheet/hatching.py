"""Hatchings of habitats as vectors: those of the slab pictures, at 0.15 mm for one of their pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mouldgen.export.panel_inks import HATCH_COUNT, TILE_PX, Ink
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.frames import FloatArray

__all__ = ["HatchArtist"]

Size = tuple[float, float]
Drawing = Callable[[Pen, Ink, Size], None]

_PX_MM = 0.15
_LINE_MM = 0.22
_DASH_MM = 13 * _PX_MM


class HatchArtist:
    """Fills regions of pages with habitats' inks.

    Parameters
    ----------
    inks
        One a habitat, in their order.
    size_mm
        Width and height of the pages.
    """

    def __init__(self, inks: Sequence[Ink], size_mm: Size) -> None:
        self._inks = tuple(inks)
        self._size_mm = size_mm

    def ink(self, position: int) -> Ink:
        """Return the ink of the habitat at a position."""
        return self._inks[position]

    def fill(self, pen: Pen, position: int, rings: Sequence[FloatArray]) -> None:
        """Fill rings on the page with the ink of the habitat at a position."""
        ink, name = self._inks[position], f"hatch-{position}"
        if not pen.has_stencil(name):
            with pen.stencil(name, *self._size_mm):
                _HATCHES[position % HATCH_COUNT](pen, ink, self._size_mm)
        with pen.clipped(rings, fill=ink.tint):
            pen.stamp(name, 0.0, 0.0, self._size_mm[1])

    def fill_box(self, pen: Pen, position: int, box: tuple[float, float, float, float]) -> None:
        """Fill a rectangle, given as left, top, width and height."""
        left, top, width, height = box
        right, bottom = left + width, top + height
        self.fill(pen, position, [np.array([[left, top], [right, top], [right, bottom], [left, bottom]])])


def _lines(row_step: int, column_step: int, pitch_px: float, width_mm: float = _LINE_MM) -> Drawing:
    """Return lines across the direction (row_step, column_step), a pitch apart along rows or columns."""

    def draw(pen: Pen, ink: Ink, size_mm: Size) -> None:
        width, height = size_mm
        corners = [0.0, column_step * width, row_step * height, column_step * width + row_step * height]
        pitch = pitch_px * _PX_MM
        values = np.arange(np.floor(min(corners) / pitch) + 0.5, max(corners) / pitch) * pitch
        reach = width + height
        normal = np.array([column_step, row_step], float)
        along = np.array([row_step, -column_step], float) / np.hypot(*normal)
        middle = np.array([width, height]) / 2
        lines = []
        for value in values:
            foot = middle + normal * (value - normal @ middle) / (normal @ normal)
            lines.append(np.array([foot - reach * along, foot + reach * along]))
        pen.polylines(lines, Stroke(width_mm, ink.line))

    return draw


def _dots(radius_px: float, *, hollow: bool = False) -> Drawing:
    """Return dots or rings in staggered rows: dashes of no length with round ends."""

    def draw(pen: Pen, ink: Ink, size_mm: Size) -> None:
        pitch = TILE_PX / 2 * _PX_MM
        dash = (0.0, pitch)
        rows = list(_staggered_rows(size_mm, pitch, pitch / 2))
        edge_mm = 0.9 * _PX_MM if hollow else 0.0
        diameter = 2 * (radius_px * _PX_MM + edge_mm)
        pen.polylines(rows, Stroke(diameter, ink.line, dash, round_caps=True))
        if hollow:
            pen.polylines(rows, Stroke(diameter - 4 * edge_mm, ink.tint, dash, round_caps=True))

    return draw


def _dashes(pen: Pen, ink: Ink, size_mm: Size) -> None:
    """Short level dashes in staggered rows."""
    pitch = TILE_PX * _PX_MM
    rows = list(_staggered_rows(size_mm, pitch / 2, pitch / 2))
    pen.polylines(rows, Stroke(_LINE_MM, ink.line, (_DASH_MM, pitch - _DASH_MM)))


def _waves(pen: Pen, ink: Ink, size_mm: Size) -> None:
    """Level waves."""
    pitch = TILE_PX / 2 * _PX_MM
    x = np.arange(0.0, size_mm[0], TILE_PX * _PX_MM / 12)
    wave = 2.6 * _PX_MM * np.sin(2 * np.pi * x / (TILE_PX * _PX_MM))
    rows = np.arange(0.5, size_mm[1] / pitch) * pitch
    pen.polylines([np.column_stack([x, row - wave]) for row in rows], Stroke(_LINE_MM, ink.line))


def _both(first: Drawing, second: Drawing) -> Drawing:
    def draw(pen: Pen, ink: Ink, size_mm: Size) -> None:
        first(pen, ink, size_mm)
        second(pen, ink, size_mm)

    return draw


def _staggered_rows(size_mm: Size, pitch_mm: float, shift_mm: float) -> Iterator[FloatArray]:
    """Yield level lines across the page; every other one begins further left."""
    for n, y in enumerate(np.arange(0.5, size_mm[1] / pitch_mm) * pitch_mm):
        yield np.array([[-pitch_mm - (n % 2) * shift_mm, y], [size_mm[0], y]])


_HATCHES: Sequence[Drawing] = (
    _lines(1, 1, 12),
    _dots(2.3),
    _lines(1, -1, 12),
    _lines(0, 1, 8),
    _both(_lines(1, 1, 24), _lines(1, -1, 24)),
    _lines(1, 0, 8),
    _dots(3.2, hollow=True),
    _both(_lines(0, 1, 12), _lines(1, 0, 12)),
    _dashes,
    _waves,
    _lines(1, 2, 24, 2 * _LINE_MM),
    _both(_lines(1, 1, 8, 0.8 * _LINE_MM), _dots(1.0)),
)
