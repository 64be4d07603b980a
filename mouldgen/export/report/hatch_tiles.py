"""The hatchings of the slab pictures as lines: tiles of 24 by 24 that repeat, sharp at any size."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mouldgen.export.panel_inks import HATCH_COUNT, TILE_PX

__all__ = ["HatchTile", "hatch_tile"]


@dataclass(frozen=True)
class HatchTile:
    """One hatching.

    Parameters
    ----------
    path
        Path data, as in SVG, y downward.
    width
        Of its lines; 0 fills the path instead.
    """

    path: str
    width: float


def hatch_tile(position: int) -> HatchTile:
    """Return the hatching of the habitat at `position` (from 0) in the map, as `panel_inks` draws it."""
    return _TILES[position % HATCH_COUNT]


def _rising(*sums: float) -> str:
    """Lines on which x + y has one of these values, from beyond one side of the tile to beyond another."""
    starts = (max(-2, s - 26) for s in sums)
    return "".join(f"M{x:g} {s - x:g}L{s - x:g} {x:g}" for x, s in zip(starts, sums, strict=True))


def _falling(*differences: float) -> str:
    """Lines on which y - x has one of these values."""
    spans = ((max(-2, -2 - d), min(26, 26 - d), d) for d in differences)
    return "".join(f"M{low:g} {low + d:g}L{high:g} {high + d:g}" for low, high, d in spans)


def _upright(*columns: float) -> str:
    return "".join(f"M{x:g} 0V24" for x in columns)


def _level(*rows: float) -> str:
    return "".join(f"M0 {y:g}H24" for y in rows)


def _circles(radius: float) -> str:
    """Circles in staggered rows."""
    middles = ((6, 6), (18, 6), (0, 18), (12, 18), (24, 18))
    half = f"a{radius:g} {radius:g} 0 1 0"
    return "".join(f"M{x - radius:g} {y}{half}{2 * radius:g} 0{half}{-2 * radius:g} 0z" for x, y in middles)


def _wave(row: float) -> str:
    heights = (row - 2.6 * math.sin(2 * math.pi * x / TILE_PX) for x in range(TILE_PX + 1))
    return "M" + "L".join(f"{x} {y:.2f}" for x, y in enumerate(heights))


_TILES = (
    HatchTile(_rising(6, 18, 30, 42), 2),
    HatchTile(_circles(2.3), 0),
    HatchTile(_falling(18, 6, -6, -18), 2),
    HatchTile(_upright(4, 12, 20), 2),
    HatchTile(_rising(12, 36) + _falling(12, -12), 2),
    HatchTile(_level(4, 12, 20), 2),
    HatchTile(_circles(3.2), 1.8),
    HatchTile(_upright(6, 18) + _level(6, 18), 2),
    HatchTile("M5.5 6H18.5M-6.5 18H6.5M17.5 18H30.5", 2),
    HatchTile(_wave(6) + _wave(18), 2),
    HatchTile("M7 -2L-7 26M19 -2L5 26M31 -2L17 26", 4),
    HatchTile(_rising(4, 12, 20, 28, 36, 44) + "M6 6h.01M18 6h.01M0 18h.01M12 18h.01M24 18h.01", 1.5),
)
