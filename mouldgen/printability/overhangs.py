"""Surfaces that hang over: how much, where, and whether a bridge carries them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Severity
from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.params import PrinterParameters
from mouldgen.printability.edges import MeshEdges
from mouldgen.printability.flaws import Flaw, at, part_flaw
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon, Point

__all__ = ["Overhang", "find_overhangs", "overhang_flaws"]

_SLACK_DEG = 0.5
_SPECK_MM2 = 1.0
_FLAT = 0.99
"""Of the cosine to straight down, and of a patch's area: slivers at its edge may lean."""

_PROBES = 15
_OPPOSITE = np.cos(np.radians(120.0))


@dataclass(frozen=True)
class Overhang:
    """A patch of surface that hangs over.

    Parameters
    ----------
    area_mm2
        Of the surface.
    angle_deg
        The steepest part of it, from the vertical: 90 for a ceiling.
    middle_mm
        A point on it.
    bridge_mm
        Its span, if it is a ceiling between supports on two sides; None if it hangs free.
    """

    area_mm2: float
    angle_deg: float
    middle_mm: tuple[float, float, float]
    bridge_mm: float | None


def find_overhangs(mesh: TriangleMesh, solid: Solid, printer: PrinterParameters) -> tuple[Overhang, ...]:
    """Return the patches that hang over by more than the process allows, the largest first.

    Parameters
    ----------
    mesh, solid
        The same part, +Z up, standing on its lowest point.
    printer
        Its greatest overhang and the height of its layers.
    """
    corners = mesh.corners
    a, b, c = corners.swapaxes(0, 1)
    crossed = np.cross(b - a, c - a)
    areas = np.linalg.norm(crossed, axis=1) / 2
    down = -crossed[:, 2] / np.maximum(2 * areas, 1e-12)
    lowest = corners[:, :, 2].min(axis=1)
    on_bed = corners[:, :, 2].max(axis=1) < float(mesh.bounds_mm[0, 2]) + printer.layer_mm / 2
    hanging = np.flatnonzero((down > np.sin(np.radians(printer.overhang_deg + _SLACK_DEG))) & ~on_bed)
    found = []
    for patch in _patches(mesh, hanging):
        area = float(areas[patch].sum())
        if area >= _SPECK_MM2:
            largest = patch[areas[patch].argmax()]
            x, y, z = (float(value) for value in corners[largest].mean(axis=0))
            angle = float(np.degrees(np.arcsin(min(1.0, down[patch].max()))))
            is_flat = float(areas[patch][down[patch] > _FLAT].sum()) > _FLAT * area
            below_mm = float(lowest[patch].min()) - printer.layer_mm / 2
            span = _span_mm(corners[patch], solid.section(below_mm)) if is_flat else None
            found.append(Overhang(area, angle, (x, y, z), span))
    return tuple(sorted(found, key=lambda overhang: -overhang.area_mm2))


def overhang_flaws(name: str, overhangs: tuple[Overhang, ...], printer: PrinterParameters) -> Iterator[Flaw]:
    """Say what needs supports, and which bridges are printed without."""
    bridges = [o for o in overhangs if o.bridge_mm is not None and o.bridge_mm <= printer.bridge_mm]
    free = [o for o in overhangs if o not in bridges]
    if free:
        worst = free[0]
        what = (
            f"a ceiling {worst.bridge_mm:.1f} mm wide"
            if worst.bridge_mm
            else f"{worst.angle_deg:.0f} degrees"
        )
        more = f", and {len(free) - 1} more" if len(free) > 1 else ""
        yield part_flaw(
            name,
            Severity.WARNING,
            "overhang",
            f"{sum(o.area_mm2 for o in free):.0f} mm2 hang over, the largest {at(worst.middle_mm)} ({what}"
            f"{more}); the {printer.name} prints {printer.overhang_deg:g} degrees from the vertical "
            f"and bridges of {printer.bridge_mm:g} mm. Turn the part, slope the surface, or let the slicer "
            "add supports",
            np.array([o.middle_mm for o in free]),
        )
    if bridges:
        longest = max(bridges, key=lambda o: o.bridge_mm or 0.0)
        yield part_flaw(
            name,
            Severity.INFO,
            "bridge",
            f"{len(bridges)} ceiling{'s' if len(bridges) > 1 else ''} between supports, at most "
            f"{longest.bridge_mm:.1f} mm wide, {at(longest.middle_mm)}: the {printer.name} bridges "
            f"{printer.bridge_mm:g} mm without supports",
            np.array([o.middle_mm for o in bridges]),
        )


def _patches(mesh: TriangleMesh, faces: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.intp]]:
    """Yield faces that hang together."""
    if not len(faces):
        return
    shells = MeshEdges(mesh.vertices_mould, mesh.faces[faces]).shells
    order = np.argsort(shells, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(shells[order])) + 1):
        yield faces[group]


def _span_mm(triangles: FloatArray, below: MultiPolygon) -> float | None:
    """Return how wide a ceiling is between supports on two sides; None if it is held on one side only.

    Its farthest point from what stands below decides: on a bridge, supports are as near on the other side.
    """
    from shapely import MultiPoint, Polygon, union_all

    ceiling = union_all([Polygon(corners[:, :2]) for corners in triangles]).difference(below.buffer(1e-3))
    if ceiling.is_empty or below.is_empty:
        return None if below.is_empty else 0.0
    low_x, low_y, high_x, high_y = ceiling.bounds
    grid = np.meshgrid(np.linspace(low_x, high_x, _PROBES), np.linspace(low_y, high_y, _PROBES))
    inside = MultiPoint(np.stack([axis.ravel() for axis in grid], axis=1)).intersection(ceiling)
    points = [
        *getattr(inside, "geoms", [inside] if not inside.is_empty else []),
        ceiling.representative_point(),
    ]
    farthest = max(points, key=below.distance)
    reach = float(farthest.distance(below))
    return 2 * reach if _is_held_on_two_sides(farthest, reach, below) else None


def _is_held_on_two_sides(point: Point, reach: float, below: MultiPolygon) -> bool:
    held = point.buffer(1.3 * reach + 0.5).intersection(below)
    middle = np.array([point.x, point.y])
    directions = []
    for part in getattr(held, "geoms", [held]):
        for x, y in getattr(part, "exterior", part).coords:
            away = np.array([x, y]) - middle
            directions.append(away / max(float(np.linalg.norm(away)), 1e-9))
    cosines = np.array(directions) @ np.array(directions).T
    return bool(cosines.min() < _OPPOSITE)
