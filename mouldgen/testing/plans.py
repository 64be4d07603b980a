"""Slabs of a specimen without a mould: all that planning sites needs, in a fraction of the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mouldgen.frames import FloatArray, Rigid, VoxelGrid
from mouldgen.orientation import MouldFrame, base_from_parameters, cut_normal, lying_rotation
from mouldgen.params import DesignParameters
from mouldgen.sampling.contents import SamplingMap
from mouldgen.sampling.map import build_map
from mouldgen.sampling.planning import plan_sites
from mouldgen.sampling.site_plan import SitePlan
from mouldgen.slicing import plan_specimen
from mouldgen.specimen import Specimen
from mouldgen.surface import DistanceField

__all__ = ["LyingSlabs", "lying_slabs", "planned_sites"]

_PAD_MM = 4.0
_PLATE_MM = 10.0


@dataclass(frozen=True, eq=False)
class LyingSlabs:
    """A specimen that lies in the mould frame, cut into slabs whose outlines are left out.

    Parameters
    ----------
    frame
        The mould frame.
    sampling
        Volumes of the slabs.
    lattice
        Covers the specimen in the mould frame.
    """

    frame: MouldFrame
    sampling: SamplingMap
    lattice: VoxelGrid


def lying_slabs(
    specimen: Specimen, parameters: DesignParameters, rotation: FloatArray | None = None
) -> LyingSlabs:
    """Return the slabs of a specimen as `design_mould` would cut it, without surface and mould.

    Parameters
    ----------
    specimen
        To be cut.
    parameters
        Angle, cuts, grid; where the base side is to be searched, the reference side is taken.
    rotation
        Shape (3, 3), from LPS to the axes of the mould, instead of the angle.
    """
    if rotation is None:
        normal = cut_normal(parameters.orientation, specimen)
        rotation = lying_rotation(normal, base_from_parameters(parameters.orientation, normal, specimen) or 0)
    low, high = specimen.tissue.extent_along(rotation)
    shift = np.array([-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, _PLATE_MM - low[2]])
    frame = MouldFrame(Rigid.from_parts(rotation, shift), 0.0)
    step = parameters.surface.grid_mm
    first = np.floor((low + shift - _PAD_MM) / step)
    last = np.ceil((high + shift + _PAD_MM) / step)
    shape = (last - first + 1).astype(int).tolist()
    lattice = VoxelGrid.axis_aligned(shape, [step] * 3, (first * step).tolist())
    x_low, x_high = float((low + shift)[0]), float((high + shift)[0])
    plan = plan_specimen(specimen, frame, (x_low, x_high), parameters.cuts)
    nowhere = DistanceField(np.zeros((1, 1, 1), np.float32), lattice.cropped((0, 0, 0), (1, 1, 1)), 0.0, 0.0)
    return LyingSlabs(frame, build_map(specimen, frame, plan, nowhere, 0.0), lattice)


def planned_sites(
    specimen: Specimen, parameters: DesignParameters, rotation: FloatArray | None = None
) -> tuple[SitePlan, LyingSlabs]:
    """Return the plan of sites, and the slabs that it is for; parameters as in `lying_slabs`."""
    lying = lying_slabs(specimen, parameters, rotation)
    plan = plan_sites(
        specimen, lying.frame, lying.sampling, parameters, lattice=lying.lattice, case_id="case"
    )
    return plan, lying
