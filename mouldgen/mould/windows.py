"""Windows at landmarks: through the baseplate, as a notch in the wall, or through the lid.

A window in the wall is a notch that is open above, so that what stands out of the specimen there, a vessel,
goes in with it, nothing overhangs in print and nothing locks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import ParameterError
from mouldgen.frames import FloatArray, frozen_array
from mouldgen.mould.body import POST_HALF_WIDTH_MM
from mouldgen.mould.floor import CavityFloor
from mouldgen.mould.layout import GUIDE_OVERLAP_MM, Layout
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.parts import Way
from mouldgen.mould.targets import Target
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

__all__ = [
    "Way",
    "Window",
    "base_window",
    "lid_notch",
    "lid_window",
    "notch_plan",
    "notch_span",
    "plan_windows",
    "window_marks",
]

STEEP = 0.75
"""A surface whose normal is steeper than this (sine of the angle to level) faces the plate or the lid."""

NEARBY_MM = 4.0
MARK_LENGTH, SHORT_LENGTH = 10, 4
SLIVER_MM = 3.0
ALONG_X_SHARE = 0.5
"""A window leads along X, and spares the guides, unless its surface faces a guide within 30 degrees."""

INWARD_MM = 1.0
BRIDGE_MM = 1.5


@dataclass(frozen=True, eq=False)
class Window:
    """An opening at a landmark.

    Parameters
    ----------
    name
        The landmark's.
    marks
        What may be engraved beside it: its name, and a shorter one for where that has no room.
    way
        Through what it leads.
    position_mould
        Shape (3,): the landmark, at the size of the plastic.
    surface_mould
        Shape (3,): the specimen's surface next to it.
    outward
        Shape (2,): the direction of the axis (x, y) along which a window in the wall leads out.
    radius_mm
        Half its width.
    """

    name: str
    marks: tuple[str, str]
    way: Way
    position_mould: FloatArray
    surface_mould: FloatArray
    outward: FloatArray
    radius_mm: float

    @property
    def mark(self) -> str:
        """What it is called in messages."""
        return self.marks[0]

    @property
    def leads_along_x(self) -> bool:
        """Whether it leads out along X, through the wall at one end, not along Y, through a guide."""
        return bool(self.outward[0] != 0)

    def __post_init__(self) -> None:
        for name in ("position_mould", "surface_mould", "outward"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))


def window_marks(radius_mm: Mapping[str, float], landmarks: Sequence[Target]) -> dict[str, tuple[str, str]]:
    """Return the marks of every window by its landmark's name: in capitals, the longer and the shorter.

    No two are alike. A number at the end of a name stays.

    Raises
    ------
    ParameterError
        If a window names no landmark.
    """
    known = {landmark.name.casefold(): landmark.name for landmark in landmarks}
    marks: dict[str, tuple[str, str]] = {}
    for asked in radius_mm:
        name = known.get(asked.casefold())
        if name is None:
            listed = ", ".join(sorted(known.values())) or "none; choose them with --landmark-roi"
            message = f"a window is asked for at {asked!r}, which is no landmark. Landmarks: {listed}"
            raise ParameterError(message)
        taken = {mark for pair in marks.values() for mark in pair}
        longer = _unlike(_shortened(name, MARK_LENGTH), taken)
        marks[name] = longer, _unlike(_shortened(name, SHORT_LENGTH), taken)
    return marks


def _shortened(name: str, length: int) -> str:
    """Return a name in capitals with at most so many letters; what is left out leaves a full stop."""
    text = name.upper().strip()
    if len(text) <= length:
        return text
    number = re.search(r"\d{1,3}$", text)
    kept = text[: length - 1 - len(number[0])] if number else text[: length - 1]
    return f"{kept.strip()}.{number[0] if number else ''}"


def _unlike(mark: str, taken: set[str]) -> str:
    """Return a mark that is not taken yet."""
    return next(text for text in (mark, *(f"{mark}{n}" for n in range(2, 10_000))) if text not in taken)


def plan_windows(
    radius_mm: Mapping[str, float], landmarks: Sequence[Target], plastic: LyingSpecimen
) -> tuple[Window, ...]:
    """Return the windows at landmarks, each leading out where the specimen's surface is nearest.

    Raises
    ------
    ParameterError
        If a window names no landmark.
    """
    marks = window_marks(radius_mm, landmarks)
    radii = {name.casefold(): radius for name, radius in radius_mm.items()}
    chosen = [landmark for landmark in landmarks if landmark.name in marks]
    return tuple(
        _window(landmark, marks[landmark.name], radii[landmark.name.casefold()], plastic)
        for landmark in chosen
    )


def base_window(
    window: Window, layout: Layout, floor: CavityFloor, rim_outline: MultiPolygon
) -> Solid | None:
    """Return what a window takes out of the base; None if it leads through nothing of it."""
    if window.way is Way.BASE:
        outline = _disc(window.position_mould, window.radius_mm).intersection(rim_outline)
        heights = floor.range_within(outline)
        if heights is None:
            return None
        return Solid.extruded(outline, -1.0, heights[1] + 0.5, f"window {window.mark}")
    low = max(window.position_mould[2] - window.radius_mm, layout.floor_z_mm + 0.5)
    if window.way is Way.LID or low > layout.guide_z_mm - 1.0:
        return None
    return _notch(window, layout, float(low), layout.guide_z_mm + 5.0)


def lid_notch(window: Window, layout: Layout) -> Solid | None:
    """Return what a window in the wall takes out of the lid above it: a notch that is open below."""
    high = min(window.position_mould[2] + window.radius_mm, layout.guide_z_mm)
    if window.way is not Way.WALL or high < layout.rim_z_mm:
        return None
    return _notch(window, layout, float(high), layout.floor_z_mm)


def notch_span(window: Window, layout: Layout) -> tuple[float, float]:
    """Return the sides of a window in the wall, across the way that it leads.

    It is widened where it would leave slivers of fingers, guides or posts standing.
    """
    middle = float(window.position_mould[1 if window.leads_along_x else 0])
    low, high = middle - window.radius_mm, middle + window.radius_mm
    for start, end in _standing(window, layout):
        if start < high < end < high + SLIVER_MM:
            high = end
        if start > low - SLIVER_MM and start < low < end:
            low = start
    return low, high


def notch_plan(window: Window, layout: Layout) -> Polygon:
    """Return what a window in the wall takes in plan: from just inside the surface to beyond the plate."""
    from shapely import box

    low, high = notch_span(window, layout)
    start, end = _reach_mm(window, layout)
    return box(start, low, end, high) if window.leads_along_x else box(low, start, high, end)


def lid_window(window: Window, layout: Layout) -> tuple[Solid, float] | None:
    """Return what a window takes out of the lid's roof, and the middle of its finger; None if it cannot.

    It is no wider than a finger of the lid can bear.
    """
    from shapely import box

    low, high = layout.finger_at(float(window.position_mould[0]))
    if high - low < 2 * (BRIDGE_MM + layout.mouth_mm) + 2.0:
        return None
    edge = BRIDGE_MM + layout.mouth_mm
    x = float(np.clip(window.position_mould[0], low + edge + 1.0, high - edge - 1.0))
    y = float(window.position_mould[1])
    strip = box(low + edge, y - 100.0, high - edge, y + 100.0)
    outline = _disc(np.array([x, y]), window.radius_mm).intersection(strip)
    top = layout.guide_z_mm + layout.roof_mm + 1.0
    return Solid.extruded(outline, layout.floor_z_mm, top, f"window {window.mark}"), (low + high) / 2


def _window(landmark: Target, marks: tuple[str, str], radius_mm: float, plastic: LyingSpecimen) -> Window:
    surface, normal = _surface_at(plastic, landmark.position_mould)
    way = Way.WALL
    if abs(normal[2]) > STEEP:
        way = Way.LID if normal[2] > 0 else Way.BASE
    outward = np.zeros(2)
    axis = 0 if abs(normal[0]) >= ALONG_X_SHARE * np.hypot(normal[0], normal[1]) else 1
    outward[axis] = 1.0 if normal[axis] >= 0 else -1.0
    return Window(landmark.name, marks, way, landmark.position_mould, surface, outward, radius_mm)


def _surface_at(plastic: LyingSpecimen, point: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the nearest point of the specimen's surface, and its outward normal there."""
    vertices = plastic.mesh.vertices_mould
    nearest = vertices[int(np.argmin(((vertices - point) ** 2).sum(axis=1)))]
    a, b, c = plastic.mesh.corner_points
    near = ((a - nearest) ** 2).sum(axis=1) < NEARBY_MM**2
    normal = np.cross(b[near] - a[near], c[near] - a[near]).sum(axis=0)
    length = float(np.linalg.norm(normal))
    return nearest, normal / length if length > 0 else np.array([0.0, 0.0, 1.0])


def _disc(middle: FloatArray, radius_mm: float) -> Polygon:
    from shapely import Point

    return Point(float(middle[0]), float(middle[1])).buffer(radius_mm, quad_segs=12)


def _notch(window: Window, layout: Layout, end_z_mm: float, open_z_mm: float) -> Solid:
    """Return a notch from just inside the surface outwards, round at one height and open beyond another."""
    from shapely import box

    low, high = notch_span(window, layout)
    radius = min(window.radius_mm, (high - low) / 2) - 0.05
    beyond = open_z_mm + (2 * radius if open_z_mm > end_z_mm else -2 * radius)
    bottom, top = sorted((end_z_mm, beyond))
    rounded = box(low, bottom, high, top).buffer(-radius).buffer(radius, quad_segs=10)
    open_low, open_high = sorted((end_z_mm, open_z_mm))
    profile = rounded.intersection(box(low, open_low, high, open_high))
    axis = "x" if window.leads_along_x else "y"
    return Solid.extruded_along(axis, profile, *_reach_mm(window, layout), f"window {window.mark}")


def _reach_mm(window: Window, layout: Layout) -> tuple[float, float]:
    """Return from where to where a window in the wall reaches, along the way that it leads."""
    axis = 0 if window.leads_along_x else 1
    start = float(window.surface_mould[axis] - INWARD_MM * window.outward[axis])
    edge = (layout.plate_x_mm, layout.plate_y_mm)[axis][1 if window.outward[axis] > 0 else 0]
    low, high = sorted((start, float(edge + window.outward[axis])))
    return low, high


def _standing(window: Window, layout: Layout) -> list[tuple[float, float]]:
    """Return what stands across a window's way: fingers, or the halves of a post and the guides."""
    half = layout.slot_width_mm / 2
    if not window.leads_along_x:
        return layout.fingers
    post, y = POST_HALF_WIDTH_MM + half, layout.y_mm
    front = layout.guide_y_mm[0], y[0] + GUIDE_OVERLAP_MM
    back = y[1] - GUIDE_OVERLAP_MM, layout.back_y_mm
    return [(-post, -half), (half, post), front, back]
