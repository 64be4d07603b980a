"""Surface and cut plan -> the printable parts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding, ParameterError
from mouldgen.meshes import TriangleMesh
from mouldgen.mould.body import baseplate, upper_body
from mouldgen.mould.cavity import (
    RimRules,
    build_cavity,
    chamfered,
    choose_rim,
    scaled_distance,
    shadow,
    sweep_upward,
)
from mouldgen.mould.layout import STIFF_SLENDERNESS, Layout, Texts, plan_layout
from mouldgen.mould.marks import engraving
from mouldgen.mould.parts import Mould, Part
from mouldgen.mould.slots import blade_slots, score_slot
from mouldgen.params import DesignParameters
from mouldgen.simplification import simplify_surface
from mouldgen.slicing import CutPlan
from mouldgen.solids import Solid
from mouldgen.surface import DistanceField

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["LyingSpecimen", "build_mould"]

BASE_COLOR = "#d9d4c7"
SPECIMEN_COLOR = "#a8443a"
THINNEST_FINGER_MM = 0.8


@dataclass(frozen=True, eq=False)
class LyingSpecimen:
    """The specimen in the mould frame, at imaging size.

    Parameters
    ----------
    field
        Its signed distance.
    mesh
        Its surface.
    level_mm
        Level of the field at which the surface was taken.
    """

    field: DistanceField
    mesh: TriangleMesh
    level_mm: float


def build_mould(specimen: LyingSpecimen, plan: CutPlan, texts: Texts, parameters: DesignParameters) -> Mould:
    """Return the base and the replica.

    Parameters
    ----------
    specimen
        In the mould frame, its lowest point at the height that the plate, skin and clearance leave.
    plan
        Cuts at imaging size.
    texts
        What is engraved.
    parameters
        All others.

    Raises
    ------
    ParameterError
        If the slots leave no plastic between them.
    GeometryError
        If a boolean fails, or the base falls apart.
    """
    scale = parameters.fit.scale
    slot_x_mm = tuple(cut.x_mm * scale[0] for cut in plan.cuts)
    _check_fingers(slot_x_mm, parameters.blade.slot_width_mm)
    fixed_z_mm = float(specimen.mesh.bounds_mm[0, 2])
    bounds = specimen.mesh.bounds_mm * [scale[0], scale[1], 1.0]
    bounds[1, 2] = fixed_z_mm + (bounds[1, 2] - fixed_z_mm) * scale[2]
    with ThreadPoolExecutor(1) as second_core:
        replica_job = second_core.submit(_replica, specimen, parameters)
        field = scaled_distance(specimen.field, scale, fixed_z_mm)
        swept = sweep_upward(field)
        level = parameters.fit.clearance_mm + specimen.level_mm
        rim = choose_rim(field, swept, level, RimRules.from_parameters(parameters.mould))
        opened = chamfered(swept, rim.z_mm, parameters.mould.chamfer_mm)
        layout = plan_layout(
            parameters,
            shadow=shadow(opened, None, level),
            specimen_bounds_mm=bounds,
            rim=rim,
            slot_x_mm=slot_x_mm,
            slab_x_mm=_number_positions(plan, scale[0]),
            texts=texts,
        )
        cavity = build_cavity(
            opened,
            level_mm=level,
            top_z_mm=layout.guide_z_mm + 5.0,
            tolerance_mm=parameters.surface.tolerance_mm,
        )
        base = _base(layout, shadow(swept, layout.rim_z_mm, level), cavity, texts)
        replica = replica_job.result()
    return Mould(
        parts=(
            Part("base", "Mould base", base.to_mesh(), BASE_COLOR),
            Part("specimen", "Specimen replica", replica.to_mesh(), SPECIMEN_COLOR, printable=False),
        ),
        slot_width_mm=layout.slot_width_mm,
        clearance_mm=parameters.fit.clearance_mm,
        floor_z_mm=layout.floor_z_mm,
        rim_z_mm=layout.rim_z_mm,
        guide_z_mm=layout.guide_z_mm,
        score_z_mm=layout.score_z_mm,
        void_percent=rim.void_percent,
        slot_x_mm=slot_x_mm,
        marks=(*texts.slabs, texts.left, texts.right, texts.front, texts.back, *texts.lines),
        findings=tuple(_findings(layout, rim.share, rim.void_percent, parameters)),
    )


def _replica(specimen: LyingSpecimen, parameters: DesignParameters) -> Solid:
    """Return the specimen's surface at the size of the plastic."""
    mesh = simplify_surface(specimen.mesh, specimen.field, specimen.level_mm, parameters.surface.tolerance_mm)
    fixed_z_mm = float(specimen.mesh.bounds_mm[0, 2])
    return Solid.from_mesh(mesh, "specimen").scaled(parameters.fit.scale, fixed_z_mm)


def _base(layout: Layout, rim_shadow: MultiPolygon, cavity: Solid, texts: Texts) -> Solid:
    upper = upper_body(layout, rim_shadow).minus(cavity)
    slots = blade_slots(layout)
    if slots is not None:
        upper = upper.minus(slots)
    upper = upper.minus(score_slot(layout))
    whole = upper.plus(baseplate(layout), "base")
    return whole.minus(engraving(layout, texts)).in_one_piece()


def _number_positions(plan: CutPlan, scale_x: float) -> tuple[float, ...]:
    return tuple(slab.x_mid_mm * scale_x for slab in plan.slabs)


def _check_fingers(slot_x_mm: tuple[float, ...], slot_width_mm: float) -> None:
    gaps = np.diff(slot_x_mm) - slot_width_mm
    if gaps.size and gaps.min() < THINNEST_FINGER_MM:
        message = (
            f"slabs of {gaps.min() + slot_width_mm:.2f} mm between slots of {slot_width_mm:.2f} mm leave "
            f"{gaps.min():.2f} mm of plastic; expected at least {THINNEST_FINGER_MM} mm. Use thicker slabs "
            "(--slab), a thinner blade (--blade) or a finer process (--process sla)"
        )
        raise ParameterError(message)


def _findings(
    layout: Layout, rim_share: float, void_percent: float, parameters: DesignParameters
) -> list[Finding]:
    findings = []
    mould = parameters.mould
    if rim_share < mould.rim_share - 0.02:
        findings.append(
            Finding.info(
                "rim_lowered",
                f"the rim was lowered from {mould.rim_share:.0%} to {rim_share:.0%} of the specimen's "
                f"height, which leaves {void_percent:.1f} % void below it",
            )
        )
    if void_percent > mould.void_limit_percent:
        findings.append(
            Finding.warning(
                "loose_fit",
                f"the sweep leaves {void_percent:.1f} % void below the rim, more than the "
                f"{mould.void_limit_percent:g} % asked for; try --base auto or another angle",
            )
        )
    gaps = np.diff(layout.slot_x_mm) - layout.slot_width_mm
    height = layout.guide_z_mm - layout.floor_z_mm
    if gaps.size and height / gaps.min() > STIFF_SLENDERNESS:
        findings.append(
            Finding.warning(
                "slender_fingers",
                f"plastic fingers of {gaps.min():.1f} mm stand {height:.0f} mm high, more than "
                f"{STIFF_SLENDERNESS:g} times their thickness, and may bend; use thicker slabs or a stiff material",
            )
        )
    return findings
