"""Islands: layers that begin in the air, with nothing under them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Severity
from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.params import PrinterParameters
from mouldgen.printability.flaws import Flaw, at, part_flaw
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

__all__ = ["Island", "find_islands", "island_flaws"]

_MOST_LAYERS = 400


@dataclass(frozen=True)
class Island:
    """A piece of a layer that nothing holds.

    Parameters
    ----------
    area_mm2
        Of the piece.
    middle_mm
        Where it begins.
    """

    area_mm2: float
    middle_mm: tuple[float, float, float]


def find_islands(mesh: TriangleMesh, solid: Solid, layer_mm: float) -> tuple[Island, ...]:
    """Return where layers begin in the air, the largest first.

    An island begins at a point of the surface that is lower than all around it, with plastic above it. Only
    the layers with such points are cut, and the layer below each: what meets it there has grown out of it.

    Parameters
    ----------
    mesh, solid
        The same part, +Z up.
    layer_mm
        Height of a layer; layers are cut in their middle.
    """
    bed = float(mesh.bounds_mm[0, 2])
    starts = _lowest_points(mesh)
    starts = starts[starts[:, 2] > bed + layer_mm / 2]
    layers = np.ceil((starts[:, 2] - bed) / layer_mm - 0.5).astype(int)
    found: list[Island] = []
    for layer in np.unique(layers)[:_MOST_LAYERS]:
        middle = bed + (layer + 0.5) * layer_mm
        pieces, below = solid.section(middle + 1e-6), solid.section(middle - layer_mm + 1e-6)
        found += _unheld(starts[layers == layer], pieces, below, middle)
    return tuple(sorted(found, key=lambda island: -island.area_mm2))


def island_flaws(name: str, islands: tuple[Island, ...], printer: PrinterParameters) -> Iterator[Flaw]:
    """Say where the printer would print into the air."""
    if islands:
        more = f" and {len(islands) - 1} more" if len(islands) > 1 else ""
        yield part_flaw(
            name,
            Severity.WARNING,
            "island",
            f"a layer begins in the air {at(islands[0].middle_mm)}, {islands[0].area_mm2:.1f} mm2{more}: "
            f"nothing holds it, and the {printer.name} would print threads. Turn the part, let it grow out "
            "of a wall, or let the slicer add supports",
            np.array([island.middle_mm for island in islands]),
        )


def _lowest_points(mesh: TriangleMesh) -> FloatArray:
    """Return one point of every place where the surface is lowest and plastic lies above, shape (K, 3)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    heights, faces = mesh.vertices_mould[:, 2], mesh.faces
    start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    level = heights[start] == heights[end]
    links = coo_array((np.ones(level.sum(), np.int8), (start[level], end[level])), shape=(len(heights),) * 2)
    count, plateau = connected_components(links, directed=False)
    is_lowest = np.ones(count, bool)
    is_lowest[plateau[np.where(heights[start] > heights[end], start, end)[~level]]] = False
    a, b, c = mesh.corner_points
    upward = np.cross(b - a, c - a)[:, 2]
    looks_up = np.zeros(count)
    for corner in range(3):
        np.add.at(looks_up, plateau[faces[:, corner]], upward)
    first = np.full(count, -1)
    first[plateau[::-1]] = np.arange(len(heights))[::-1]
    return np.asarray(mesh.vertices_mould[first[is_lowest & (looks_up < 0)]])


def _unheld(
    starts: FloatArray, pieces: MultiPolygon, below: MultiPolygon, height_mm: float
) -> Iterator[Island]:
    from shapely import Point

    seen: set[int] = set()
    for start in starts:
        if not len(pieces.geoms):
            return
        here = Point(start[0], start[1])
        nearest = min(range(len(pieces.geoms)), key=lambda n: pieces.geoms[n].distance(here))
        piece: Polygon = pieces.geoms[nearest]
        if nearest not in seen and not piece.intersects(below):
            seen.add(nearest)
            middle = piece.representative_point()
            yield Island(float(piece.area), (float(middle.x), float(middle.y), height_mm))
