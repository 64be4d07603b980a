"""The names beside windows: on top of the plate, on its underside, or on the lid, wherever the window is seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.mould.layout import Layout
from mouldgen.mould.lettering import centered_text
from mouldgen.mould.windows import Window

if TYPE_CHECKING:
    from shapely import MultiPolygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["name_on_lid", "name_on_plate", "name_on_underside"]

STEP_MM = 1.0
KEPT_OFF_MM = 0.8
FARTHEST_MM = 40.0


def name_on_plate(window: Window, layout: Layout, free: BaseGeometry) -> MultiPolygon | None:
    """Return a name on the free top of the plate, where the window leads out; None without room."""
    start, along = window.surface_mould[:2], window.outward
    reach = np.arange(0.0, float(np.hypot(np.ptp(layout.plate_x_mm), np.ptp(layout.plate_y_mm))), 0.5)
    line = start + reach[:, None] * along
    half = layout.letter_mm / 2
    (x_low, x_high), (y_low, y_high) = layout.plate_x_mm, layout.plate_y_mm
    inside = (line[:, 0] > x_low + half) & (line[:, 0] < x_high - half)
    inside &= (line[:, 1] > y_low + half) & (line[:, 1] < y_high - half)
    if not inside.any():
        return None
    return _nearest(window.mark, line[np.flatnonzero(inside)[-1]], free, layout.letter_mm)


def name_on_underside(window: Window, layout: Layout, free: BaseGeometry) -> MultiPolygon | None:
    """Return a name beside the window, to be read from below; None without room."""
    from shapely.affinity import scale

    below = window.position_mould[:2] - [0.0, window.radius_mm + layout.letter_mm]
    placed = _nearest(window.mark, below, free, layout.letter_mm)
    if placed is None:
        return None
    low, _, high, _ = placed.bounds
    return scale(placed, -1.0, 1.0, origin=((low + high) / 2, 0.0))


def name_on_lid(
    window: Window, layout: Layout, finger_x_mm: float, free: BaseGeometry
) -> MultiPolygon | None:
    """Return a name that runs along the window's finger of the lid; None if the finger is too narrow."""
    from shapely.affinity import rotate, translate

    text = centered_text(window.mark, 0.0, -layout.letter_mm / 2, layout.letter_mm)
    upright = rotate(text, 90.0, origin=(0.0, 0.0))
    low, _, high, _ = upright.bounds
    upright = translate(upright, finger_x_mm - (low + high) / 2, 0.0)
    return _slid_along_y(upright, window, free)


def _slid_along_y(text: MultiPolygon, window: Window, free: BaseGeometry) -> MultiPolygon | None:
    from shapely import box
    from shapely.affinity import translate

    for step in np.arange(0.0, 200.0, STEP_MM):
        for side in (-1.0, 1.0):
            moved = translate(text, 0.0, float(window.position_mould[1] + side * step))
            if free.contains(box(*moved.bounds).buffer(KEPT_OFF_MM)):
                return moved
    return None


def _nearest(text: str, point: FloatArray, free: BaseGeometry, height_mm: float) -> MultiPolygon | None:
    """Return the text at the place nearest to a point where it has room."""
    from shapely import box, prepare
    from shapely.affinity import translate

    outline = centered_text(text, 0.0, -height_mm / 2, height_mm)
    frame = box(*outline.bounds).buffer(KEPT_OFF_MM, join_style="mitre")
    prepare(free)
    for x, y in _spiral(point):
        if free.contains(translate(frame, x, y)):
            return translate(outline, x, y)
    return None


def _spiral(point: FloatArray) -> Iterable[tuple[float, float]]:
    """Return places around a point, the nearest first."""
    steps = np.arange(-FARTHEST_MM, FARTHEST_MM + STEP_MM / 2, STEP_MM)
    x, y = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    order = np.lexsort((y, x, np.round(x**2 + y**2, 6)))
    return ((float(point[0] + x[n]), float(point[1] + y[n])) for n in order)
