"""Chooses the sites."""

from __future__ import annotations

from mouldgen.frames import VoxelGrid
from mouldgen.images import Specimen
from mouldgen.orientation import MouldFrame
from mouldgen.params import DesignParameters
from mouldgen.sampling.contents import SamplingMap
from mouldgen.sampling.site_plan import SitePlan

__all__ = ["plan_sites"]


def plan_sites(
    specimen: Specimen,
    frame: MouldFrame,
    sampling: SamplingMap,
    parameters: DesignParameters,
    *,
    lattice: VoxelGrid,
    case_id: str,
) -> SitePlan:
    """Return the plan of sites and blocks."""
    return SitePlan()
