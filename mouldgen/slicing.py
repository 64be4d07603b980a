"""Extent, pitch and kerf -> the cut plan that both the mould and the sampling map follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.errors import GeometryError, ParameterError
from mouldgen.frames import FloatArray
from mouldgen.images import SliceStack
from mouldgen.orientation import MouldFrame
from mouldgen.params import CutParameters
from mouldgen.specimen import Specimen

__all__ = ["CutPlan", "CutPlane", "Slab", "plan_cuts", "plan_specimen", "snap_positions"]

MOST_CUTS = 300
THINNEST_SLAB_MM = 0.2
SNAP_ANGLE_DEG = 0.5


@dataclass(frozen=True)
class CutPlane:
    """The mid-plane of a cut, perpendicular to +X of the mould frame.

    Parameters
    ----------
    index
        From 1; cut n lies between slab n and slab n + 1.
    x_mm
        Position in imaging size.
    """

    index: int
    x_mm: float


@dataclass(frozen=True)
class Slab:
    """The tissue between two cuts, or between a cut and the end of the tissue.

    Parameters
    ----------
    index
        From 1.
    x_lower_mm, x_upper_mm
        Its faces along +X, in imaging size; half a kerf away from the cut planes.
    """

    index: int
    x_lower_mm: float
    x_upper_mm: float

    @property
    def id(self) -> str:
        """``S01`` for the first slab."""
        return f"S{self.index:02d}"

    @property
    def x_mid_mm(self) -> float:
        """Position of its mid-plane."""
        return (self.x_lower_mm + self.x_upper_mm) / 2

    @property
    def thickness_mm(self) -> float:
        """Distance of its faces."""
        return self.x_upper_mm - self.x_lower_mm


@dataclass(frozen=True)
class CutPlan:
    """All cuts and all slabs, in order along +X."""

    cuts: tuple[CutPlane, ...]
    slabs: tuple[Slab, ...]
    kerf_mm: float

    @property
    def edges_mm(self) -> FloatArray:
        """Shape (2 * slabs,): lower and upper face of every slab in turn."""
        return np.array([face for slab in self.slabs for face in (slab.x_lower_mm, slab.x_upper_mm)])


def plan_specimen(
    specimen: Specimen, frame: MouldFrame, surface_x_mm: tuple[float, float], cuts: CutParameters
) -> CutPlan:
    """Return the cut plan over all tissue: the smooth surface and the corners of the voxels alike.

    Parameters
    ----------
    specimen
        Its tissue, and the slices to snap to.
    frame
        The mould frame.
    surface_x_mm
        Lowest and highest x of the specimen's surface.
    cuts
        Thickness or positions, kerf, and what to snap to.

    Raises
    ------
    ParameterError
        If the cuts do not suit the specimen, or the slices to snap to are not parallel to them.
    """
    low, high = specimen.tissue.extent_along(frame.mould_from_patient.rotation)
    shift = float(frame.mould_from_patient.translation_mm[0])
    x_low = min(float(low[0]) + shift, surface_x_mm[0])
    x_high = max(float(high[0]) + shift, surface_x_mm[1])
    plan = plan_cuts(
        x_low, x_high, slab_mm=cuts.slab_mm, kerf_mm=cuts.kerf_mm, positions_mm=cuts.positions_mm
    )
    if cuts.snap is None or not plan.cuts:
        return plan
    first, step = _slices_along_x(_stack_named(specimen, cuts.snap), frame, cuts.snap)
    snapped = snap_positions([cut.x_mm for cut in plan.cuts], first, step)
    inside = [x for x in snapped if x_low < x < x_high]
    return plan_cuts(x_low, x_high, slab_mm=cuts.slab_mm, kerf_mm=cuts.kerf_mm, positions_mm=inside)


def plan_cuts(
    x_lower_mm: float,
    x_upper_mm: float,
    *,
    slab_mm: float,
    kerf_mm: float = 0.0,
    positions_mm: Sequence[float] | None = None,
) -> CutPlan:
    """Return the cut plan of a specimen that reaches from `x_lower_mm` to `x_upper_mm`.

    Without positions, the slabs between cuts are `slab_mm` thick and the two end slabs share the
    rest evenly, so that each is thicker than half a slab and none is a sliver.

    Raises
    ------
    ParameterError
        If cuts lie outside the tissue, or a slab would be thinner than 0.2 mm.
    GeometryError
        If there would be more than 300 cuts.
    """
    if positions_mm is None:
        positions_mm = _even_positions(x_lower_mm, x_upper_mm, slab_mm, kerf_mm)
    positions = sorted(float(x) for x in positions_mm)
    outside = [x for x in positions if not x_lower_mm < x < x_upper_mm]
    if outside:
        message = (
            f"cut at {outside[0]:.2f} mm does not meet the specimen, which reaches from "
            f"{x_lower_mm:.2f} to {x_upper_mm:.2f} mm; choose positions between these"
        )
        raise ParameterError(message)
    half = kerf_mm / 2
    lowers = [x_lower_mm, *(x + half for x in positions)]
    uppers = [*(x - half for x in positions), x_upper_mm]
    slabs = tuple(
        Slab(n, low, high) for n, (low, high) in enumerate(zip(lowers, uppers, strict=True), start=1)
    )
    thinnest = min(slabs, key=lambda slab: slab.thickness_mm)
    if thinnest.thickness_mm < THINNEST_SLAB_MM:
        raise ParameterError(_too_thin(thinnest, len(slabs), kerf_mm))
    cuts = tuple(CutPlane(n, x) for n, x in enumerate(positions, start=1))
    return CutPlan(cuts, slabs, kerf_mm)


def _too_thin(slab: Slab, count: int, kerf_mm: float) -> str:
    """Return what is wrong with a slab that is too thin, and what would help."""
    half = kerf_mm / 2
    before, after = slab.x_lower_mm - half, slab.x_upper_mm + half
    if count == 1:
        remedy = "Cut it in another direction"
    elif slab.index == 1:
        remedy = f"Move the cut at {after:.2f} mm away from the specimen's end at {slab.x_lower_mm:.2f} mm"
    elif slab.index == count:
        remedy = f"Move the cut at {before:.2f} mm away from the specimen's end at {slab.x_upper_mm:.2f} mm"
    else:
        remedy = f"Move the cuts at {before:.2f} and {after:.2f} mm apart"
    if kerf_mm > 0:
        remedy += f", or reduce the kerf of {kerf_mm:g} mm"
    thickness = f"{slab.thickness_mm:.2f} mm thick" if slab.thickness_mm > 0 else "lost in the kerf"
    return f"slab {slab.id} would be {thickness}; expected at least {THINNEST_SLAB_MM} mm. {remedy}"


def snap_positions(
    positions_mm: Sequence[float], first_slice_mm: float, spacing_mm: float
) -> tuple[float, ...]:
    """Move each cut to the nearest image slice, and keep each slice once.

    Parameters
    ----------
    positions_mm
        Cut planes along +X.
    first_slice_mm, spacing_mm
        Where the slices lie along +X; the spacing may be negative.
    """
    steps = np.round((np.asarray(positions_mm, np.float64) - first_slice_mm) / spacing_mm)
    return tuple(float(first_slice_mm + spacing_mm * step) for step in sorted(set(steps.tolist())))


def _even_positions(x_lower_mm: float, x_upper_mm: float, slab_mm: float, kerf_mm: float) -> list[float]:
    length = x_upper_mm - x_lower_mm
    pitch = slab_mm + kerf_mm
    cut_count = int(np.ceil((length + kerf_mm) / pitch - 1e-9)) - 1
    if cut_count > MOST_CUTS:
        message = (
            f"slabs of {slab_mm:g} mm would need {cut_count} cuts over {length:.1f} mm; at most "
            f"{MOST_CUTS} are made. Use thicker slabs"
        )
        raise GeometryError(message)
    middle = (x_lower_mm + x_upper_mm) / 2
    return [middle + (n - (cut_count - 1) / 2) * pitch for n in range(cut_count)]


def _stack_named(specimen: Specimen, name: str) -> SliceStack:
    stacks = {"labels": specimen.slices, **{image.name: image.slices for image in specimen.images}}
    if name not in stacks:
        message = f"there is no image {name!r} to snap to; known: {', '.join(stacks)}"
        raise ParameterError(message)
    return stacks[name]


def _slices_along_x(stack: SliceStack, frame: MouldFrame, name: str) -> tuple[float, float]:
    """Return where slice 0 lies along +X, and the step to the next."""
    cosine = float(stack.normal_lps @ frame.cut_normal_lps)
    angle_deg = float(np.degrees(np.arccos(min(1.0, abs(cosine)))))
    if angle_deg > SNAP_ANGLE_DEG:
        message = (
            f"cuts cannot snap to {name!r}: its slices are {angle_deg:.1f} degrees from the cut planes; "
            f"expected at most {SNAP_ANGLE_DEG} degrees. Use --plane image, or leave --snap out"
        )
        raise ParameterError(message)
    first = float(frame.mould_from_patient.apply(stack.first_center_mm)[0])
    return first, float(np.copysign(stack.spacing_mm, cosine))
