"""Windows at landmarks: through the baseplate, as a notch in the wall, or through the lid.

A window in the wall is a notch that is open above, so that what stands out of the specimen there, a vessel,
goes in with it, nothing overhangs in print and nothing locks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import ParameterError
from mouldgen.frames import FloatArray, Rigid, frozen_array
from mouldgen.mould.floor import CavityFloor
from mouldgen.mould.layout import Layout
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.targets import Target
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

__all__ = ["Way", "Window", "base_window", "lid_notch", "lid_window", "plan_windows", "window_marks"]

STEEP = 0.75
"""A surface whose normal is steeper than this (sine of the angle to level) faces the plate or the lid."""

NEARBY_MM = 4.0
MARK_LENGTH = 8
INWARD_MM = 1.0
BRIDGE_MM = 1.5
_PROFILE_STEPS = 24


class Way(StrEnum):
    """Through what a window leads."""

    BASE = "base"
    WALL = "wall"
    LID = "lid"


@dataclass(frozen=True, eq=False)
class Window:
    """An opening at a landmark.

    Parameters
    ----------
    name
        The landmark's.
    mark
        What is engraved beside it.
    way
        Through what it leads.
    position_mould
        Shape (3,): the landmark, at the size of the plastic.
    surface_mould
        Shape (3,): the specimen's surface next to it.
    outward
        Shape (2,): level unit vector (x, y) out of the specimen there.
    radius_mm
        Half its width.
    """

    name: str
    mark: str
    way: Way
    position_mould: FloatArray
    surface_mould: FloatArray
    outward: FloatArray
    radius_mm: float

    def __post_init__(self) -> None:
        for name in ("position_mould", "surface_mould", "outward"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))


def window_marks(radius_mm: Mapping[str, float], landmarks: Sequence[Target]) -> dict[str, str]:
    """Return the mark of every window by its landmark's name: capitals, short, and no two alike.

    Raises
    ------
    ParameterError
        If a window names no landmark.
    """
    known = {landmark.name.casefold(): landmark.name for landmark in landmarks}
    marks: dict[str, str] = {}
    for asked in radius_mm:
        name = known.get(asked.casefold())
        if name is None:
            listed = ", ".join(sorted(known.values())) or "none; choose them with --landmark-roi"
            message = f"a window is asked for at {asked!r}, which is no landmark. Landmarks: {listed}"
            raise ParameterError(message)
        mark = name.upper().strip()[:MARK_LENGTH].strip()
        marks[name] = mark if mark not in marks.values() else f"{mark[: MARK_LENGTH - 2]}{len(marks) + 1}"
    return marks


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
    profile = _notch(window.radius_mm, low, layout.guide_z_mm + 5.0)
    return _lying_prism(profile, window, layout)


def lid_notch(window: Window, layout: Layout) -> Solid | None:
    """Return what a window in the wall takes out of the lid above it: a notch that is open below."""
    high = min(window.position_mould[2] + window.radius_mm, layout.guide_z_mm)
    if window.way is not Way.WALL or high < layout.rim_z_mm:
        return None
    upside_down = [(x, -z) for x, z in _notch(window.radius_mm, -high, -layout.floor_z_mm)]
    return _lying_prism(upside_down, window, layout)


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


def _window(landmark: Target, mark: str, radius_mm: float, plastic: LyingSpecimen) -> Window:
    surface, normal = _surface_at(plastic, landmark.position_mould)
    way = Way.WALL
    if abs(normal[2]) > STEEP:
        way = Way.LID if normal[2] > 0 else Way.BASE
    level = np.linalg.norm(normal[:2])
    outward = normal[:2] / level if level > 1e-6 else np.array([1.0, 0.0])
    return Window(landmark.name, mark, way, landmark.position_mould, surface, outward, radius_mm)


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


def _notch(radius_mm: float, low_z_mm: float, high_z_mm: float) -> list[tuple[float, float]]:
    """Return the outline (across, z) of a notch with a round bottom."""
    turns = np.linspace(np.pi, 2 * np.pi, _PROFILE_STEPS + 1)
    middle = low_z_mm + radius_mm
    bottom = [(float(radius_mm * np.cos(t)), float(middle + radius_mm * np.sin(t))) for t in turns]
    return [*bottom, (radius_mm, max(high_z_mm, middle)), (-radius_mm, max(high_z_mm, middle))]


def _lying_prism(profile: list[tuple[float, float]], window: Window, layout: Layout) -> Solid:
    """Return the prism over a profile (across, z), from just inside the surface outwards."""
    from shapely import Polygon

    reach = float(np.hypot(np.ptp(layout.plate_x_mm), np.ptp(layout.plate_y_mm)))
    start = window.surface_mould[:2] - INWARD_MM * window.outward
    along_x = Solid.extruded_along("x", Polygon(profile), 0.0, reach, f"window {window.mark}")
    (c, s), (x, y) = window.outward, start
    turn = Rigid.from_parts([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]], [x, y, 0.0])
    return along_x.moved(turn)
