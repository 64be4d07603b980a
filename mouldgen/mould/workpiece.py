"""What further parts are made from: the finished base, and all that it was built from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mouldgen.meshes import TriangleMesh
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.layout import Layout, Texts
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.seams import Seam
from mouldgen.solids import Solid

__all__ = ["Workpiece"]


@dataclass(frozen=True, eq=False)
class Workpiece:
    """Solids of one mould, in its frame, at the size of the plastic.

    Parameters
    ----------
    plastic
        The specimen at the size of the plastic.
    layout
        Where everything stands.
    texts
        What is engraved.
    cavity
        What was cut out of the walls: clearance, sweep and chamfer.
    base_mesh, replica_mesh
        The printed base, and the specimen.
    slab_faces_mm
        Lower and upper face of every slab along X.
    engraved
        Texts of the base.
    seams
        Where the base is parted for the bed.
    piece_marks
        What tells its pieces apart: row by row from the front, each from left to right.
    """

    plastic: LyingSpecimen
    layout: Layout
    texts: Texts
    cavity: Solid
    base_mesh: TriangleMesh
    replica_mesh: TriangleMesh
    slab_faces_mm: tuple[tuple[float, float], ...]
    engraved: tuple[Engraving, ...] = ()
    seams: tuple[Seam, ...] = ()
    piece_marks: tuple[tuple[Engraving, ...], ...] = ()

    @cached_property
    def base(self) -> Solid:
        """The base as a solid."""
        return Solid.from_mesh(self.base_mesh, "base")

    @cached_property
    def replica(self) -> Solid:
        """The specimen as a solid."""
        return Solid.from_mesh(self.replica_mesh, "specimen")
