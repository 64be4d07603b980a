"""A small mould, and every way in which its file can be bad: clients.md, section 1."""

from __future__ import annotations

import struct

import numpy as np
import trimesh


def good_mould() -> trimesh.Trimesh:
    """A block of 80 x 60 x 30 mm with the bowl of a sphere and seven slots of 1.2 mm, by booleans."""
    import manifold3d

    body = manifold3d.Manifold.cube([80, 60, 30])
    bowl = manifold3d.Manifold.sphere(22.0, 48).translate([40, 30, 30])
    slots = [manifold3d.Manifold.cube([1.2, 62, 28]).translate([9.4 + 10 * n, -1, 4]) for n in range(7)]
    mesh = (body - bowl - manifold3d.Manifold.compose(slots)).to_mesh()
    vertices = np.asarray(mesh.vert_properties)[:, :3]
    return trimesh.Trimesh(vertices, np.asarray(mesh.tri_verts), process=False)


def stl_bytes(corners: np.ndarray) -> bytes:
    """A binary STL of triangles of shape (M, 3, 3), whatever they hold."""
    records = np.zeros(len(corners), [("normal", "<3f4"), ("corners", "<9f4"), ("spare", "<u2")])
    records["corners"] = corners.reshape(-1, 9)
    return b"\0" * 80 + struct.pack("<I", len(corners)) + records.tobytes()


def two_faces_missing(corners):
    return corners[2:]


def all_flipped(corners):
    return corners[:, ::-1]


def a_fifth_flipped(corners):
    turned = corners.copy()
    turned[::5] = turned[::5, ::-1]
    return turned


def overlapping_shells(corners):
    cube = trimesh.creation.box((20, 20, 20)).triangles + (78.3, 30.2, 10.1)
    return np.concatenate([corners, cube])


def coplanar_overlap(corners):
    cube = trimesh.creation.box((20, 20, 20)).triangles + (80, 30, 10)
    return np.concatenate([corners, cube])


def spike_through_the_floor(corners):
    """One vertex of the bowl's lowest ring, drawn below the plate."""
    points = corners.reshape(-1, 3)
    inside = np.abs(np.linalg.norm(points - (40, 30, 30), axis=1) - 22) < 0.2
    apex = points[inside][np.argmin(points[inside][:, 2])]
    moved = points.copy()
    moved[(points == apex).all(axis=1), 2] = -5.0
    return moved.reshape(-1, 3, 3)


def shared_edge(_corners):
    """Two blocks that touch along one edge."""
    one = trimesh.creation.box((40, 40, 30)).triangles + (20, 20, 15)
    return np.concatenate([one, one + (40, 40, 0)])


def fifty_duplicates(corners):
    return np.concatenate([corners, corners[100:150]])


def degenerate_faces(corners):
    flat = corners[:2].copy()
    flat[:, 2] = flat[:, 1]
    return np.concatenate([corners, flat])


def nan_vertex(corners):
    broken = corners.copy()
    broken[(corners == corners[500, 0]).all(axis=2)] = np.nan
    return broken


def in_inches(corners):
    return corners / 25.4


def in_metres(corners):
    return corners / 1000


def in_micrometres(corners):
    return corners * 1000


def oversize(corners):
    return corners * (5, 5, 5)


BAD = {
    "two faces missing": (two_faces_missing, "open_mesh"),
    "all flipped": (all_flipped, "inside_out"),
    "a fifth flipped": (a_fifth_flipped, "flipped_faces"),
    "overlapping shells": (overlapping_shells, "overlapping_bodies"),
    "overlapping shells with faces in one plane": (coplanar_overlap, "overlapping_bodies"),
    "spike through the floor": (spike_through_the_floor, "self_intersection"),
    "shared edge": (shared_edge, "shared_edge"),
    "50 duplicate faces": (fifty_duplicates, "duplicate_faces"),
    "degenerate faces": (degenerate_faces, "degenerate_faces"),
    "NaN vertex": (nan_vertex, "not_a_number"),
    "inches": (in_inches, "units_inches"),
    "metres": (in_metres, "units_metres"),
    "micrometres": (in_micrometres, "units_micrometres"),
    "too large for the bed": (oversize, "too_large_for_bed"),
}
"""How each bad mesh is made, and the code that `mouldgen check` gives it."""
