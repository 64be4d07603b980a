"""The names beside windows: on top of the plate, on its underside, or on the lid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.mould.layout import MARGIN_MM, Layout
from mouldgen.mould.lettering import centered_text
from mouldgen.mould.windows import Window

if TYPE_CHECKING:
    from shapely import MultiPolygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["name_on_lid", "name_on_plate", "name_on_underside"]

STEP_MM = 1.0
KEPT_OFF_MM = 0.8
KEPT_OFF_LID_MM = 0.2
APART_MM = 3.0
"""From the end of a word to the next one, so that they are not read together."""

FARTHEST_MM = 60.0


def name_on_plate(text: str, window: Window, layout: Layout, free: BaseGeometry) -> MultiPolygon | None:
    """Return a name on the free top of the plate, where the window leads out; None without room.

    It is read from the side that the window leads to; at the back, as everything there, from the front.
    """
    half = layout.letter_mm / 2 + MARGIN_MM
    if not window.leads_along_x:
        y = layout.plate_y_mm[0] + half if window.outward[1] < 0 else layout.plate_y_mm[1] - half
        return _nearest(_upright(text, layout), (float(window.position_mould[0]), y), free)
    from shapely.affinity import rotate

    is_right = window.outward[0] > 0
    x = layout.plate_x_mm[1] - half if is_right else layout.plate_x_mm[0] + half
    turned = rotate(_upright(text, layout), 90.0 if is_right else -90.0, origin=(0.0, 0.0))
    return _nearest(turned, (x, float(window.position_mould[1])), free)


def name_on_underside(text: str, window: Window, layout: Layout, free: BaseGeometry) -> MultiPolygon | None:
    """Return a name beside the window, to be read from below; None without room."""
    from shapely.affinity import scale

    x, y = (float(v) for v in window.position_mould[:2])
    placed = _nearest(_upright(text, layout), (x, y - window.radius_mm - layout.letter_mm), free)
    if placed is None:
        return None
    low, _, high, _ = placed.bounds
    return scale(placed, -1.0, 1.0, origin=((low + high) / 2, 0.0))


def name_on_lid(
    text: str, window: Window, layout: Layout, finger_x_mm: float, free: BaseGeometry
) -> MultiPolygon | None:
    """Return a name that runs along the window's finger of the lid; None if the finger is too narrow."""
    from shapely.affinity import rotate, translate

    along = rotate(_upright(text, layout), 90.0, origin=(0.0, 0.0))
    return _slid_along_y(translate(along, finger_x_mm, 0.0), window, free)


def _slid_along_y(text: MultiPolygon, window: Window, free: BaseGeometry) -> MultiPolygon | None:
    from shapely import box
    from shapely.affinity import translate

    for step in np.arange(0.0, 200.0, STEP_MM):
        for side in (-1.0, 1.0):
            moved = translate(text, 0.0, float(window.position_mould[1] + side * step))
            if free.contains(box(*moved.bounds).buffer(KEPT_OFF_LID_MM)):
                return moved
    return None


def _upright(text: str, layout: Layout) -> MultiPolygon:
    """Return a text whose middle is at (0, 0)."""
    return centered_text(text, 0.0, -layout.letter_mm / 2, layout.letter_mm)


def _nearest(text: MultiPolygon, point: tuple[float, float], free: BaseGeometry) -> MultiPolygon | None:
    """Return a text at the place nearest to a point where it has room."""
    from shapely import box, prepare
    from shapely.affinity import translate

    low_x, low_y, high_x, high_y = text.bounds
    along_x = high_x - low_x > high_y - low_y
    wide, high = (APART_MM, KEPT_OFF_MM) if along_x else (KEPT_OFF_MM, APART_MM)
    frame = box(low_x - wide, low_y - high, high_x + wide, high_y + high)
    prepare(free)
    for x, y in _spiral(point):
        if free.contains(translate(frame, x, y)):
            return translate(text, x, y)
    return None


def _spiral(point: tuple[float, float]) -> Iterable[tuple[float, float]]:
    """Return places around a point, the nearest first."""
    steps = np.arange(-FARTHEST_MM, FARTHEST_MM + STEP_MM / 2, STEP_MM)
    x, y = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    order = np.lexsort((y, x, np.round(x**2 + y**2, 6)))
    return ((float(point[0] + x[n]), float(point[1] + y[n])) for n in order)
