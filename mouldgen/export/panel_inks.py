"""What fills a habitat on paper: a light tint of its colour, and a hatching of its own in a dark shade.

Colours repeat after ten habitats and hatchings after twelve, so that a pair repeats after sixty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.specimen import Habitat

__all__ = ["HATCH_COUNT", "PAPER", "TILE_PX", "TISSUE", "Ink", "habitat_ink", "hatch_cover", "plain_ink"]

Color = tuple[int, int, int]
RgbArray = npt.NDArray[np.uint8]

TILE_PX = 24
PAPER: Color = (255, 255, 255)
TISSUE: Color = (228, 228, 224)
"""Tissue that belongs to no habitat."""

_TINT = 0.45
_SHADE = 0.55
_LINE_PX = 2.0


@dataclass(frozen=True, eq=False)
class Ink:
    """A filling that repeats every 24 pixels.

    Parameters
    ----------
    tint
        Colour between the lines.
    line
        Colour of the lines.
    tile
        Shape (24, 24, 3): rows, columns, red green blue.
    """

    tint: Color
    line: Color
    tile: RgbArray


def plain_ink(color: Color) -> Ink:
    """Return a filling without hatching."""
    return Ink(color, color, np.full((TILE_PX, TILE_PX, 3), color, np.uint8))


def habitat_ink(habitat: Habitat, position: int) -> Ink:
    """Return the filling of the habitat at `position` (from 0) in the map."""
    color = _rgb(habitat.color)
    tint = _mixed(color, PAPER, _TINT)
    line = _mixed(color, (0, 0, 0), _SHADE)
    cover = hatch_cover(position)[..., None]
    blend = cover * np.array(line) + (1 - cover) * np.array(tint)
    return Ink(tint, line, np.round(blend).astype(np.uint8))


def hatch_cover(position: int) -> FloatArray:
    """Return how much of each pixel of a tile is covered by lines, 0 to 1; shape (24, 24)."""
    row, column = np.indices((TILE_PX, TILE_PX)) + 0.5
    return _HATCHES[position % HATCH_COUNT](row, column)


Hatch = Callable[[FloatArray, FloatArray], FloatArray]


def _lines(row_step: int, column_step: int, pitch_px: float, width_px: float = _LINE_PX) -> Hatch:
    """Return lines across the direction (row_step, column_step), a pitch apart along rows or columns."""
    length = float(np.hypot(row_step, column_step))

    def hatch(row: FloatArray, column: FloatArray) -> FloatArray:
        along = (row * row_step + column * column_step) % pitch_px
        return _covered(np.abs(along - pitch_px / 2) / length, width_px / 2)

    return hatch


def _dots(radius_px: float, *, hollow: bool = False) -> Hatch:
    """Return dots or rings in staggered rows."""

    def hatch(row: FloatArray, column: FloatArray) -> FloatArray:
        pitch = TILE_PX / 2
        shifted = column + np.where(row < pitch, 0.0, pitch / 2)
        distance = np.hypot(row % pitch - pitch / 2, shifted % pitch - pitch / 2)
        return _covered(np.abs(distance - radius_px), 0.9) if hollow else _covered(distance, radius_px)

    return hatch


def _dashes(row: FloatArray, column: FloatArray) -> FloatArray:
    """Short level dashes in staggered rows."""
    pitch = TILE_PX / 2
    shifted = (column + np.where(row < pitch, 0.0, pitch)) % TILE_PX
    level = _covered(np.abs(row % pitch - pitch / 2), _LINE_PX / 2)
    return level * _covered(np.abs(shifted - pitch), 6.5)


def _waves(row: FloatArray, column: FloatArray) -> FloatArray:
    """Level waves."""
    pitch = TILE_PX / 2
    height = 2.6 * np.sin(2 * np.pi * column / TILE_PX)
    return _covered(np.abs((row + height) % pitch - pitch / 2), _LINE_PX / 2)


def _both(first: Hatch, second: Hatch) -> Hatch:
    return lambda row, column: np.maximum(first(row, column), second(row, column))


_HATCHES: Sequence[Hatch] = (
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
    _lines(1, 2, 24, 4.0),
    _both(_lines(1, 1, 8, 1.5), _dots(1.0)),
)
HATCH_COUNT = len(_HATCHES)


def _covered(distance_px: FloatArray, half_width_px: float) -> FloatArray:
    """Return how much of a pixel at a distance from a line's middle is covered."""
    return np.clip(half_width_px + 0.5 - distance_px, 0.0, 1.0)


def _rgb(color: str) -> Color:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def _mixed(color: Color, other: Color, share: float) -> Color:
    """Return a blend in steps of four levels, which palettes keep exactly."""
    red, green, blue = (
        min(252, 4 * round((share * a + (1 - share) * b) / 4)) for a, b in zip(color, other, strict=True)
    )
    return red, green, blue
