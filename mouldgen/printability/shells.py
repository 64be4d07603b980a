"""The shells of a mesh: bodies, hollows, and which of them are inside out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from mouldgen.errors import GeometryError
from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.printability.edges import MeshEdges
from mouldgen.printability.mesh_closure import IndexArray
from mouldgen.solids import Solid

__all__ = ["Shell", "parted_shells", "shared_volumes"]

MOST_COMPARED = 60
"""Shells that are compared with each other; a mesh of more is rubble."""


@dataclass(frozen=True, eq=False)
class Shell:
    """Faces that hang together.

    Parameters
    ----------
    faces
        Shape (K,): indices of its faces in the mesh.
    turned
        Indices of those that are wound against the larger part of it.
    is_one_sided
        Whether it has no inside.
    is_closed
        Whether every edge has two faces of it.
    depth
        In how many other closed shells it lies.
    mesh
        Its faces, the turned ones turned back.
    """

    faces: IndexArray
    turned: IndexArray
    is_one_sided: bool
    is_closed: bool
    depth: int
    mesh: TriangleMesh

    @cached_property
    def volume_mm3(self) -> float:
        """Signed volume within it, taken from its own middle, so that holes count little."""
        moved = TriangleMesh(self.mesh.vertices_mould - self.middle_mm, self.mesh.faces)
        return moved.volume_mm3

    @cached_property
    def bounds_mm(self) -> FloatArray:
        """Shape (2, 3): lowest and highest corner."""
        corners = self.mesh.corners.reshape(-1, 3)
        return np.array([corners.min(axis=0), corners.max(axis=0)])

    @property
    def middle_mm(self) -> FloatArray:
        """Middle of its box."""
        return np.asarray(self.bounds_mm.mean(axis=0))

    @property
    def is_void(self) -> bool:
        """Whether it is the wall of a hollow: it lies in a body, and its normals point into it."""
        return self.depth % 2 == 1 and self.volume_mm3 < 0

    @property
    def is_inside_out(self) -> bool:
        """Whether a body's normals point inwards."""
        return self.volume_mm3 < 0 and not self.is_void and not self.is_one_sided


def parted_shells(edges: MeshEdges) -> tuple[Shell, ...]:
    """Return the shells of a mesh, the largest number of faces first."""
    against, one_sided = edges.sides
    open_vertices = np.zeros(len(edges.vertices_mm), bool)
    open_vertices[edges.open_edges.ravel()] = True
    order = np.argsort(edges.shells, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(edges.shells[order])) + 1)
    shells = [
        _shell(edges, group, against, is_one_sided=bool(one_sided[n]), open_vertices=open_vertices)
        for n, group in enumerate(groups)
    ]
    return tuple(sorted(_with_depths(shells), key=lambda shell: -len(shell.faces)))


def shared_volumes(shells: tuple[Shell, ...], least_mm3: float) -> Iterator[tuple[float, FloatArray]]:
    """Yield the volume that two closed bodies have in common, and its middle."""
    bodies = [shell for shell in shells[:MOST_COMPARED] if shell.is_closed and not shell.is_void]
    for one, other in combinations(bodies, 2):
        if not _boxes_meet(one, other):
            continue
        try:
            common = _outward_solid(one).common(_outward_solid(other))
        except GeometryError:
            continue  # it runs through itself, which is reported as such
        if common.volume_mm3 > least_mm3:
            yield common.volume_mm3, common.bounds_mm.mean(axis=0)


def _shell(
    edges: MeshEdges,
    group: IndexArray,
    against: npt.NDArray[np.bool_],
    *,
    is_one_sided: bool,
    open_vertices: npt.NDArray[np.bool_],
) -> Shell:
    faces = edges.faces[group]
    turned = against[group]
    if 2 * turned.sum() > len(group):  # the larger part is right
        turned = ~turned
    wound = np.where(turned[:, None], faces[:, ::-1], faces)
    mesh = TriangleMesh(edges.vertices_mm, wound.astype(np.int32))
    is_closed = not is_one_sided and not open_vertices[faces].any()
    return Shell(group, group[turned], is_one_sided, is_closed, 0, mesh)


def _with_depths(shells: list[Shell]) -> Iterator[Shell]:
    from dataclasses import replace

    compared = shells[:MOST_COMPARED]
    for shell in shells:
        point = shell.mesh.corners[0].mean(axis=0)
        around = [
            other for other in compared if other is not shell and other.is_closed and _holds(other, shell)
        ]
        yield replace(shell, depth=sum(_is_within(point, other.mesh.corners) for other in around))


def _holds(outer: Shell, inner: Shell) -> bool:
    return bool(
        (outer.bounds_mm[0] <= inner.bounds_mm[0]).all() and (outer.bounds_mm[1] >= inner.bounds_mm[1]).all()
    )


def _is_within(point: FloatArray, triangles: FloatArray) -> bool:
    """Return whether a closed surface winds around a point (van Oosterom and Strackee 1983)."""
    a, b, c = (triangles[:, n] - point for n in range(3))
    lengths = [np.linalg.norm(corner, axis=1) for corner in (a, b, c)]
    dot = np.einsum("ij,ij->i", a, np.cross(b, c))
    around = (
        lengths[0] * lengths[1] * lengths[2]
        + np.einsum("ij,ij->i", a, b) * lengths[2]
        + np.einsum("ij,ij->i", b, c) * lengths[0]
        + np.einsum("ij,ij->i", c, a) * lengths[1]
    )
    return bool(abs(np.arctan2(dot, around).sum() / (2 * np.pi)) > 0.5)


def _boxes_meet(one: Shell, other: Shell) -> bool:
    return bool(
        (one.bounds_mm[0] < other.bounds_mm[1]).all() and (other.bounds_mm[0] < one.bounds_mm[1]).all()
    )


def _outward_solid(shell: Shell) -> Solid:
    used, index = np.unique(shell.mesh.faces, return_inverse=True)
    faces = index.reshape(-1, 3).astype(np.int32)
    if shell.volume_mm3 < 0:
        faces = faces[:, ::-1]
    return Solid.from_mesh(TriangleMesh(shell.mesh.vertices_mould[used], faces), "body")
