"""The cylinder of tissue that a punch takes from a slab."""

from __future__ import annotations

from dataclasses import dataclass

from mouldgen.params import PunchDepth, SiteParameters
from mouldgen.sampling.site_plan import Face
from mouldgen.slicing import Slab

__all__ = ["PunchCore", "punch_cores"]


@dataclass(frozen=True)
class PunchCore:
    """How far a punch reaches into a slab; where it stands on the slab is said apart.

    Parameters
    ----------
    slab
        The slab.
    x_from_mm, x_to_mm
        Ends of the cylinder along X, mould frame at imaging size.
    face
        Where the punch enters.
    """

    slab: Slab
    x_from_mm: float
    x_to_mm: float
    face: Face

    @property
    def x_mid_mm(self) -> float:
        """Middle of the cylinder along X."""
        return (self.x_from_mm + self.x_to_mm) / 2

    @property
    def length_mm(self) -> float:
        """Length of the cylinder."""
        return self.x_to_mm - self.x_from_mm


def punch_cores(slab: Slab, sites: SiteParameters) -> tuple[PunchCore, ...]:
    """Return the cores that a punch can take from a slab, the preferred one first.

    One through the slab, or one into each face: at most the slab deep, the upper one first.
    """
    lower_mm, upper_mm = slab.x_lower_mm, slab.x_upper_mm
    if sites.depth is PunchDepth.THROUGH:
        return (PunchCore(slab, lower_mm, upper_mm, Face.THROUGH),)
    deep_mm = min(sites.face_depth_mm, slab.thickness_mm)
    return (
        PunchCore(slab, upper_mm - deep_mm, upper_mm, Face.UPPER),
        PunchCore(slab, lower_mm, lower_mm + deep_mm, Face.LOWER),
    )
