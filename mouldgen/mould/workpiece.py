"""What further parts are made from: the finished base, and all that it was built from."""

from __future__ import annotations

from dataclasses import dataclass

from mouldgen.mould.layout import Layout, Texts
from mouldgen.mould.lying import LyingSpecimen
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
    base, replica
        The printed base, and the specimen.
    slab_faces_mm
        Lower and upper face of every slab along X.
    """

    plastic: LyingSpecimen
    layout: Layout
    texts: Texts
    cavity: Solid
    base: Solid
    replica: Solid
    slab_faces_mm: tuple[tuple[float, float], ...]
