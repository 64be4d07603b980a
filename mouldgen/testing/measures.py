"""Measures meshes and volumes the way a user would, with trimesh, apart from the code that built them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh

__all__ = [
    "dice",
    "gaps_below_mm",
    "lifting_hits",
    "ring_area_mm2",
    "slot_widths_mm",
    "surface_distance_mm",
    "surface_points_mould",
]

MeshOrFile = TriangleMesh | Path
BoolArray = npt.NDArray[np.bool_]

_SEED = 7


def surface_points_mould(mesh: MeshOrFile, count: int) -> tuple[FloatArray, FloatArray]:
    """Return points spread evenly over a surface and the outward normals there, shapes (N, 3)."""
    import trimesh

    solid = _trimesh(mesh)
    points, faces = trimesh.sample.sample_surface(solid, count, seed=_SEED)
    return np.asarray(points, np.float64), np.asarray(solid.face_normals[faces], np.float64)


def surface_distance_mm(one: MeshOrFile, other: MeshOrFile, *, count: int = 4000) -> float:
    """Return the largest distance between two surfaces, from points of each to the other."""
    return max(
        float(_distances_to(_trimesh(target), surface_points_mould(source, count)[0]).max())
        for source, target in ((one, other), (other, one))
    )


def gaps_below_mm(
    specimen: MeshOrFile,
    base: MeshOrFile,
    *,
    below_z_mm: float,
    slot_x_mm: Sequence[float],
    keep_off_mm: float,
    count: int = 6000,
) -> FloatArray:
    """Return distances from the specimen's underside to the plastic, where only clearance is between.

    Parameters
    ----------
    specimen, base
        Meshes or STL files in one frame.
    below_z_mm
        Points higher up are left out: the wall ends at the rim, and opens into a chamfer before.
    slot_x_mm
        Points closer than `keep_off_mm` to the middle of a slot are left out.
    keep_off_mm
        More than half a slot and the clearance.
    count
        How many points are drawn on the whole surface before most are left out.
    """
    points, normals = surface_points_mould(specimen, count)
    below = (normals[:, 2] < -0.1) & (points[:, 2] < below_z_mm)
    slots = np.asarray(slot_x_mm, np.float64)[None, :]
    if slots.size:
        below &= np.abs(points[:, :1] - slots).min(axis=1) > keep_off_mm
    chosen = points[below]
    down = np.tile([0.0, 0.0, -1.0], (len(chosen), 1))
    overhangs = _trimesh(specimen).ray.intersects_any(chosen + 1e-3 * down, down)
    return _distances_to(_trimesh(base), chosen[~overhangs])


def slot_widths_mm(base: MeshOrFile, x_mm: float, z_mm: Sequence[float], *, most_mm: float) -> FloatArray:
    """Return the widths of a slot, seen by rays along -X and +X from its middle.

    Parameters
    ----------
    base
        The mould.
    x_mm
        Middle of the slot.
    z_mm
        Heights to look at.
    most_mm
        Rays that meet plastic further away than this on either side have left the slot (into the cavity);
        so have those that meet a surface across the slot, such as the cavity's or a letter's.
    """
    solid = _trimesh(base)
    low, high = solid.bounds
    y, z = np.meshgrid(np.linspace(low[1] + 0.1, high[1] - 0.1, 120), np.asarray(z_mm, np.float64))
    starts = np.column_stack([np.full(y.size, x_mm), y.ravel(), z.ravel()])
    reach = np.stack([_ray_lengths(solid, starts, np.array([side, 0.0, 0.0])) for side in (-1.0, 1.0)])
    return np.asarray(reach[:, (reach < most_mm).all(axis=0)].sum(axis=0))


def lifting_hits(specimen: MeshOrFile, base: MeshOrFile, *, count: int = 6000) -> int:
    """Return how many points on the specimen would meet plastic while it is lifted out."""
    points, _ = surface_points_mould(specimen, count)
    up = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    return int(np.count_nonzero(_trimesh(base).ray.intersects_any(points, up)))


def dice(one: BoolArray, other: BoolArray) -> float:
    """Return the Dice coefficient of two masks."""
    return float(2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other)))


def ring_area_mm2(rings: Sequence[FloatArray]) -> float:
    """Return the area inside closed rings of shape (N, 2): outer ones counterclockwise, holes clockwise."""
    return float(sum(np.sum(r[:-1, 0] * r[1:, 1] - r[1:, 0] * r[:-1, 1]) / 2 for r in rings))


def _trimesh(mesh: MeshOrFile) -> Any:
    import trimesh

    if isinstance(mesh, Path):
        return trimesh.load_mesh(mesh)
    return trimesh.Trimesh(mesh.vertices_mould, mesh.faces, process=False)


def _distances_to(target: Any, points: FloatArray) -> FloatArray:
    import trimesh

    return np.asarray(trimesh.proximity.closest_point(target, points)[1], np.float64)


def _ray_lengths(solid: Any, starts: FloatArray, direction: FloatArray) -> FloatArray:
    """Return how far each ray runs until it meets a surface head-on; infinite where it does not."""
    directions = np.tile(direction, (len(starts), 1))
    hits, rays, faces = solid.ray.intersects_location(starts, directions, multiple_hits=False)
    lengths = np.full(len(starts), np.inf)
    lengths[rays] = np.linalg.norm(hits - starts[rays], axis=1)
    slanted = solid.face_normals[faces] @ direction > -0.999
    lengths[rays[slanted]] = np.inf
    return lengths
