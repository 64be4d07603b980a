"""The only door to manifold3d: conversion and checked booleans.

manifold3d answers an open mesh with an empty solid and an inside-out one with no error, so every
solid and every boolean is checked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import manifold3d
import numpy as np
import numpy.typing as npt

from mouldgen.errors import GeometryError
from mouldgen.frames import FloatArray, Rigid
from mouldgen.meshes import TriangleMesh

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

__all__ = ["Solid", "compose", "union"]

VOLUME_TOLERANCE = 1e-6
_SPECK_MM3 = 1.0
_ROUNDING_STEPS = 8
_SHORT_EDGE_MM = 1e-5
_DRAWN_MM = 2e-4
"""So little that a sheet does not cross another one beside it by what a check would call a crossing."""

_STORED_DECIMALS = 6
"""Near zero, 32 bits tell apart what readers join."""

_LYING = {
    "x": np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
    "y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
}
"""Rotations that lay an upright prism along an axis."""


class Solid:
    """A closed, outward solid in millimetres; immutable."""

    def __init__(self, manifold: Any, what: str) -> None:
        _check_closed(manifold, what)
        self._manifold = manifold
        self._what = what

    @classmethod
    def from_mesh(cls, mesh: TriangleMesh, what: str) -> Solid:
        """Return the solid inside a closed mesh.

        Raises
        ------
        GeometryError
            If the mesh is open, or inside out.
        """
        source = manifold3d.Mesh64(mesh.vertices_mould.copy(), mesh.faces.astype(np.uint64))
        solid = cls(manifold3d.Manifold(source), what)
        if solid.is_empty or solid.volume_mm3 <= 0:
            message = f"the surface of the {what} encloses nothing; please report this with the input"
            raise GeometryError(message)
        return solid

    @classmethod
    def extruded(cls, outline: Polygon | MultiPolygon, z_low_mm: float, z_high_mm: float, what: str) -> Solid:
        """Return the prism over a shapely outline, between two heights."""
        section = manifold3d.CrossSection(_contours(outline), manifold3d.FillRule.NonZero)
        return cls(section.extrude(z_high_mm - z_low_mm).translate([0, 0, z_low_mm]), what)

    @classmethod
    def box(cls, low_mm: Sequence[float], high_mm: Sequence[float], what: str) -> Solid:
        """Return the box between two corners."""
        size = np.subtract(high_mm, low_mm).astype(float)
        return cls(manifold3d.Manifold.cube(size.tolist()).translate([float(v) for v in low_mm]), what)

    @classmethod
    def extruded_along(cls, axis: str, outline: Polygon, low_mm: float, high_mm: float, what: str) -> Solid:
        """Return the prism along ``x`` over an outline in (y, z), or along ``y`` over one in (x, z)."""
        low, high = (low_mm, high_mm) if axis == "x" else (-high_mm, -low_mm)
        upright = cls.extruded(outline, low, high, what)
        return upright.moved(Rigid.from_parts(_LYING[axis], np.zeros(3)))

    @classmethod
    def convex(cls, points_mm: npt.ArrayLike, what: str) -> Solid:
        """Return the convex hull of points, shape (N, 3)."""
        return cls(manifold3d.Manifold.hull_points(np.asarray(points_mm, np.float64)), what)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left of it."""
        return bool(self._manifold.is_empty())

    @property
    def volume_mm3(self) -> float:
        """Its volume."""
        return float(self._manifold.volume())

    @property
    def bounds_mm(self) -> FloatArray:
        """Shape (2, 3): lowest and highest corner."""
        return np.array(self._manifold.bounding_box(), float).reshape(2, 3)

    def minus(self, other: Solid, what: str | None = None) -> Solid:
        """Return what is left of this solid without `other`.

        Raises
        ------
        GeometryError
            If the volumes of the two parts do not add up to the whole.
        """
        common, rest = self._manifold.split(other._manifold)
        result = Solid(rest, what or self._what)
        gap = abs(self.volume_mm3 - float(common.volume()) - result.volume_mm3)
        if gap > VOLUME_TOLERANCE * max(self.volume_mm3, 1.0):
            message = f"cutting the {other._what} out of the {self._what} lost {gap:.4f} mm3"
            raise GeometryError(message)
        return result

    def plus(self, other: Solid, what: str | None = None) -> Solid:
        """Return the union of two solids."""
        return Solid(self._manifold + other._manifold, what or self._what)

    def moved(self, transform: Rigid) -> Solid:
        """Return the solid in the frame that `transform` leads to."""
        return Solid(self._manifold.transform(transform.matrix[:3]), self._what)

    def shifted(self, shift_mm: Sequence[float]) -> Solid:
        """Return the solid, moved along."""
        return Solid(self._manifold.translate([float(v) for v in shift_mm]), self._what)

    def pieces(self) -> tuple[Solid, ...]:
        """Return its separate bodies, the largest first."""
        bodies = sorted(self._manifold.decompose(), key=lambda piece: -float(piece.volume()))
        # a boolean may leave flat specks
        return tuple(Solid(body, self._what) for body in bodies if body.volume() > 0)

    def shared_mm3(self, other: Solid) -> float:
        """Return the volume that two solids have in common."""
        return float((self._manifold ^ other._manifold).volume())

    def common(self, other: Solid, what: str = "common part") -> Solid:
        """Return what two solids have in common; it may be empty."""
        return Solid(self._manifold ^ other._manifold, what)

    def in_one_piece(self) -> Solid:
        """Return the solid without loose specks.

        Raises
        ------
        GeometryError
            If two or more pieces are larger than 1 mm3.
        """
        pieces = sorted(self._manifold.decompose(), key=lambda piece: -float(piece.volume()))
        large = [piece for piece in pieces if float(piece.volume()) > _SPECK_MM3]
        if len(large) > 1:
            volumes = ", ".join(f"{float(piece.volume()) / 1000:.2f}" for piece in large[:5])
            message = (
                f"the {self._what} falls into {len(large)} pieces ({volumes} mL); use thicker walls or "
                "slabs, or a narrower slot"
            )
            raise GeometryError(message)
        return Solid(pieces[0], self._what)

    def volume_above_mm3(self, other: Solid, step_mm: float) -> float:
        """Return how much of this solid lies in or straight above `other`, by sections `step_mm` apart.

        For a mould and its specimen this is what would stop the specimen on its way in.
        """
        low, high = float(other.bounds_mm[0, 2]), float(self.bounds_mm[1, 2])
        shadow = manifold3d.CrossSection()
        total = 0.0
        for z in np.arange(low + step_mm / 2, high, step_mm):
            shadow = shadow + other._manifold.slice(float(z))
            total += float((self._manifold.slice(float(z)) ^ shadow).area()) * step_mm
        return total

    def section(self, z_mm: float) -> MultiPolygon:
        """Return the horizontal section at a height; empty where there is none."""
        return _outline(self._manifold.slice(z_mm))

    def section_rings(self, z_mm: float, inset_mm: float) -> tuple[list[FloatArray], float, float]:
        """Return the outline of a horizontal section, its area, and its area within an inset.

        Parameters
        ----------
        z_mm
            Its height.
        inset_mm
            How far the outline is drawn in for the inner area.
        """
        section = self._manifold.slice(z_mm)
        inner = section.offset(-inset_mm, manifold3d.JoinType.Miter)
        rings = [np.asarray(ring) for ring in section.to_polygons() if len(ring) > 2]
        return rings, float(section.area()), float(inner.area())

    def first_hits(self, starts_mm: FloatArray, ends_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where segments first meet the surface.

        Parameters
        ----------
        starts_mm, ends_mm
            Shape (N, 3).

        Returns
        -------
        lengths_mm
            Shape (N,): from the start to the hit; infinite if there is none.
        normals
            Shape (N, 3): of the faces that were hit, outwards.
        """
        shares, normals = np.full(len(starts_mm), np.inf), np.zeros((len(starts_mm), 3))
        cast = self._manifold.ray_cast
        for n, (start, end) in enumerate(zip(starts_mm.tolist(), ends_mm.tolist(), strict=True)):
            hits = cast(start, end)
            if hits:
                shares[n], normals[n] = hits[0].distance, hits[0].normal
        return shares * np.linalg.norm(ends_mm - starts_mm, axis=1), normals

    def to_mesh(self) -> TriangleMesh:
        """Return the mesh with coordinates that are exact in 32 bits, still closed.

        Rounding can bring vertices together, and a reader that joins equal ones would find edges with
        four faces. Short edges are collapsed; vertices of sheets that only touch are drawn less than a
        micrometre into their own sheet; and so on, twice as far each time, until all differ.

        Raises
        ------
        GeometryError
            If the rounded mesh cannot be closed.
        """
        manifold = self._manifold.simplify(_SHORT_EDGE_MM)
        _check_closed(manifold, self._what)
        for step in range(_ROUNDING_STEPS):
            mesh = _rounded_mesh(manifold)
            shared = _shared_positions(mesh.vertices_mould)
            if not shared.any():
                return mesh
            drawn = _drawn_apart(mesh, shared, _DRAWN_MM * 2**step)
            source = manifold3d.Mesh64(drawn, mesh.faces.astype(np.uint64))
            manifold = manifold3d.Manifold(source).simplify(_SHORT_EDGE_MM)
            _check_closed(manifold, self._what)
        message = f"the {self._what} cannot be stored in 32 bits; please report this with the input"
        raise GeometryError(message)


def _check_closed(manifold: Any, what: str) -> None:
    status = manifold.status()
    if status != manifold3d.Error.NoError:
        message = f"the {what} is not a closed solid ({status.name}); please report this with the input"
        raise GeometryError(message)
    if not manifold.is_empty() and manifold.volume() <= 0:
        message = f"the {what} has a volume of {manifold.volume():.3f} mm3; expected above zero"
        raise GeometryError(message)


def union(solids: Sequence[Solid], what: str) -> Solid:
    """Return the union of any number of solids."""
    joined = manifold3d.Manifold.batch_boolean([s._manifold for s in solids], manifold3d.OpType.Add)  # noqa: SLF001
    return Solid(joined, what)


def compose(solids: Sequence[Solid], what: str) -> Solid:
    """Return solids that do not touch each other as one."""
    return Solid(manifold3d.Manifold.compose([s._manifold for s in solids]), what)  # noqa: SLF001


def _rounded_mesh(manifold: Any) -> TriangleMesh:
    mesh = manifold.to_mesh64()
    nanometres = np.asarray(mesh.vert_properties)[:, :3].round(_STORED_DECIMALS)
    vertices = nanometres.astype(np.float32).astype(np.float64)
    return TriangleMesh(vertices, np.asarray(mesh.tri_verts).astype(np.int32))


def _shared_positions(vertices: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which vertices have the position of another one, in 32 bits."""
    rounded = vertices.astype(np.float32) + np.float32(0)  # -0 and 0 are one vertex
    order = np.lexsort(rounded.T)
    equal = ~np.diff(rounded[order], axis=0).any(axis=1)
    shared = np.zeros(len(vertices), bool)
    shared[order[1:][equal]] = True
    shared[order[:-1][equal]] = True
    return shared


def _drawn_apart(mesh: TriangleMesh, shared: npt.NDArray[np.bool_], least_mm: float) -> FloatArray:
    """Return the vertices, the shared ones drawn a little towards their neighbours.

    Each is drawn a little further than the one before it, up to twice as far: two that have the same
    neighbours would stay together otherwise.
    """
    vertices = mesh.vertices_mould.copy()
    corners = mesh.faces.ravel()
    middles = np.repeat(mesh.corners.mean(axis=1), 3, axis=0)
    moved = np.flatnonzero(shared)
    for vertex, drawn_mm in zip(moved, np.linspace(least_mm, 2 * least_mm, len(moved)), strict=True):
        inward = middles[corners == vertex].mean(axis=0) - vertices[vertex]
        length = float(np.linalg.norm(inward))
        if length > 0:
            vertices[vertex] += inward * min(1.0, drawn_mm / length)
    return vertices


def _outline(section: Any) -> MultiPolygon:
    """Return a cross section for shapely: its rings run left around plastic, and right around holes."""
    from shapely import LinearRing, MultiPolygon, Polygon

    rings = [LinearRing(ring) for ring in section.to_polygons() if len(ring) > 2]
    outer = [Polygon(ring) for ring in rings if ring.is_ccw]
    holes: list[list[Any]] = [[] for _ in outer]
    for hole in (Polygon(ring) for ring in rings if not ring.is_ccw):
        point = hole.representative_point()
        # an island in the hole, such as the middle of an O, may hold the point too
        around = [n for n, body in enumerate(outer) if body.area > hole.area and body.contains(point)]
        if around:
            holes[min(around, key=lambda n: outer[n].area)].append(hole.exterior)
    return MultiPolygon([Polygon(o.exterior, inside) for o, inside in zip(outer, holes, strict=True)])


def _contours(outline: Polygon | MultiPolygon) -> list[npt.NDArray[np.float64]]:
    from shapely.geometry.polygon import orient

    rings = []
    for polygon in getattr(outline, "geoms", [outline]):
        wound = orient(polygon)
        rings += [np.asarray(ring.coords)[:-1, :2] for ring in (wound.exterior, *wound.interiors)]
    return rings
