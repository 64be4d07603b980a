"""What further parts are made from: the base, and all that it is built from."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property

from mouldgen.meshes import TriangleMesh
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.fittings import Fittings
from mouldgen.mould.layout import Layout, Texts
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.seams import Seam
from mouldgen.solids import Solid

__all__ = ["FittedBase", "Workpiece"]


@dataclass(frozen=True, eq=False)
class FittedBase:
    """The printed base, the fittings that it was made for, and its texts."""

    mesh: TriangleMesh
    fittings: Fittings
    engraved: tuple[Engraving, ...]


@dataclass(frozen=True, eq=False)
class Workpiece:
    """Solids of one mould, in its frame, at the size of the plastic; each is waited for until it is made.

    Parameters
    ----------
    plastic
        The specimen at the size of the plastic.
    layout
        Where everything stands.
    texts
        What is engraved.
    making_cavity, making_base, making_replica
        Give what is cut out of the walls, the printed base, and the specimen, as soon as they are made.
    slab_faces_mm
        Lower and upper face of every slab along X.
    seams
        Where the base is parted for the bed.
    piece_marks
        What tells its pieces apart: row by row from the front, each from left to right.
    """

    plastic: LyingSpecimen
    layout: Layout
    texts: Texts
    making_cavity: Future[Solid]
    making_base: Future[FittedBase]
    making_replica: Future[TriangleMesh]
    slab_faces_mm: tuple[tuple[float, float], ...]
    seams: tuple[Seam, ...] = ()
    piece_marks: tuple[tuple[Engraving, ...], ...] = ()

    @property
    def cavity(self) -> Solid:
        """What was cut out of the walls: clearance, sweep and chamfer."""
        return self.making_cavity.result()

    @property
    def base_mesh(self) -> TriangleMesh:
        """The printed base."""
        return self.making_base.result().mesh

    @property
    def engraved(self) -> tuple[Engraving, ...]:
        """Texts of the base."""
        return self.making_base.result().engraved

    @property
    def replica_mesh(self) -> TriangleMesh:
        """The specimen."""
        return self.making_replica.result()

    @cached_property
    def base(self) -> Solid:
        """The base as a solid."""
        return Solid.from_mesh(self.base_mesh, "base")

    @cached_property
    def replica(self) -> Solid:
        """The specimen as a solid."""
        return Solid.from_mesh(self.replica_mesh, "specimen")
