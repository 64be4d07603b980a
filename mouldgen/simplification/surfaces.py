"""Fewer triangles, no further from the distance field than a stated tolerance."""

from __future__ import annotations

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.simplification.edge_collapse import collapsed_to
from mouldgen.surface import DistanceField

__all__ = ["simplify_surface", "surface_deviation"]

KEPT_SHARES = (1 / 6, 1 / 3)
DEVIATION_PERCENTILE = 99.0


def simplify_surface(
    mesh: TriangleMesh,
    field: DistanceField,
    level_mm: float,
    tolerance_mm: float,
    *,
    below_z_mm: float = np.inf,
) -> TriangleMesh:
    """Return the mesh with a sixth or a third of its triangles, or itself, as the tolerance allows.

    Quadric edge collapse (Garland and Heckbert 1997, doi:10.1145/258734.258849). Unlike a collapse
    that only bounds its steps it kept all test surfaces free of self-intersections: the booleans
    that follow account for every cubic millimetre.

    Parameters
    ----------
    mesh
        Surface of `field` at `level_mm`.
    field
        What the result is measured against.
    level_mm
        Its level.
    tolerance_mm
        For 99 % of vertices, edges and faces; 0 keeps all triangles.
    below_z_mm
        Only what lies below counts.
    """
    if tolerance_mm <= 0:
        return mesh
    for share in KEPT_SHARES:
        candidate = collapsed_to(mesh, int(len(mesh.faces) * share))
        if surface_deviation(candidate, field, level_mm, below_z_mm) <= tolerance_mm:
            return candidate
    return mesh


def surface_deviation(
    mesh: TriangleMesh, field: DistanceField, level_mm: float, below_z_mm: float = np.inf
) -> float:
    """Return how far 99 % of a mesh's vertices, edges and faces lie at most from a level of the field."""
    from scipy import ndimage

    points = _measured_points(mesh)
    points = points[points[:, 2] < below_z_mm]
    index = (points - field.grid.origin_mm) / field.grid.spacing_mm
    distance = ndimage.map_coordinates(field.values_mm, index.T, order=1, mode="nearest")
    return float(np.percentile(np.abs(distance - level_mm), DEVIATION_PERCENTILE))


def _measured_points(mesh: TriangleMesh) -> FloatArray:
    a, b, c = mesh.corner_points
    return np.concatenate([mesh.vertices_mould, (a + b + c) / 3, (a + b) / 2, (b + c) / 2])
