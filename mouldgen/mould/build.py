"""Surface and cut plan -> the printable parts."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding, GeometryError, ParameterError
from mouldgen.meshes import TriangleMesh
from mouldgen.mould.bed_fit import fit_to_bed, parts_larger_than_bed, seams_for_bed
from mouldgen.mould.body import baseplate, upper_body
from mouldgen.mould.cavity import (
    Rim,
    RimRules,
    build_cavity,
    choose_rim,
    opened,
    shadow,
    sweep_upward,
)
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.extras import build_extras
from mouldgen.mould.fit_lid import fit_lid
from mouldgen.mould.fit_out import fit_out
from mouldgen.mould.fittings import Fittings, Surroundings
from mouldgen.mould.floor import CavityFloor
from mouldgen.mould.layout import STIFF_SLENDERNESS, Layout, Texts, plan_layout
from mouldgen.mould.lettered import lettered
from mouldgen.mould.lid import Span
from mouldgen.mould.lid_pieces import spans_for_bed
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.marks import plate_texts
from mouldgen.mould.parts import Mould, Part
from mouldgen.mould.pieces import piece_marks
from mouldgen.mould.seams import Seam
from mouldgen.mould.slots import blade_slots, score_slot
from mouldgen.mould.targets import Targets
from mouldgen.mould.window_fittings import windows_beside_dowels
from mouldgen.mould.windows import plan_windows
from mouldgen.mould.workpiece import FittedBase, Workpiece
from mouldgen.params import DesignParameters
from mouldgen.simplification import simplify_surface
from mouldgen.slicing import CutPlan
from mouldgen.solids import Solid, union
from mouldgen.surface import DistanceField

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["build_mould"]

BASE_COLOR = "#d9d4c7"
SPECIMEN_COLOR = "#a8443a"
THINNEST_FINGER_MM = 0.8
SPECK_MM3 = 1.0
"""Smaller pieces of the surface are what smoothing leaves of single voxels: nothing to hold or to cut."""


def build_mould(
    specimen: LyingSpecimen,
    plan: CutPlan,
    texts: Texts,
    parameters: DesignParameters,
    targets: Targets | None = None,
) -> Mould:
    """Return the base, the replica, and the further parts that the parameters ask for.

    Parameters
    ----------
    specimen
        At imaging size, its lowest point at the height that the plate, skin and clearance leave.
    plan
        Cuts at imaging size.
    texts
        What is engraved.
    parameters
        All others.
    targets
        Landmarks and middles of habitats, at imaging size.

    Raises
    ------
    ParameterError
        If the slots leave no plastic between them, or a window names no landmark.
    GeometryError
        If a boolean fails, or the base falls apart.
    """
    scale = parameters.fit.scale
    slot_x_mm = tuple(cut.x_mm * scale[0] for cut in plan.cuts)
    _check_fingers(slot_x_mm, parameters.blade.slot_width_mm)
    plastic = specimen.scaled(scale)
    # each waits for another one, or for the program that collapses edges, more than it works
    with ThreadPoolExecutor(5) as at_once:
        making_replica = at_once.submit(_replica, plastic, parameters.surface.tolerance_mm)
        opening = _opening(plastic, parameters)
        layout = plan_layout(
            parameters,
            shadow=opening.outline,
            top_mm=plastic.top_mm,
            score_top_mm=plastic.top_along_middle_mm(-np.inf, np.inf),
            rim=opening.rim,
            slot_x_mm=slot_x_mm,
            slab_x_mm=tuple(slab.x_mid_mm * scale[0] for slab in plan.slabs),
            texts=texts,
        )
        making_cavity = at_once.submit(_cavity, opening, layout, parameters)
        lettering = _lettering(layout, texts, parameters)
        places = (targets or Targets()).scaled(specimen, scale)
        planned = plan_windows(parameters.windows.radius_mm, places.landmarks, plastic)
        windows, blocked = windows_beside_dowels(planned, layout, lettering.lid_spans)
        around = replace(_surroundings(plastic, layout, opening, lettering, making_cavity), windows=windows)
        making_lid = at_once.submit(fit_lid, around, texts, parameters)
        making_base = at_once.submit(_base, around, places, parameters)
        workpiece = Workpiece(
            plastic=plastic,
            layout=layout,
            texts=texts,
            making_cavity=making_cavity,
            making_base=making_base,
            making_replica=making_replica,
            slab_faces_mm=tuple(
                (slab.x_lower_mm * scale[0], slab.x_upper_mm * scale[0]) for slab in plan.slabs
            ),
            seams=lettering.seams,
            piece_marks=lettering.piece_marks,
        )
        making_extras = at_once.submit(build_extras, workpiece, parameters)
        fittings = making_base.result().fittings + making_lid.result()
        fit = fit_to_bed(workpiece, parameters, BASE_COLOR)
        extras = making_extras.result()
    parts = (
        Part("base", "Mould base", workpiece.base_mesh, BASE_COLOR, engraved=workpiece.engraved),
        Part("specimen", "Specimen replica", workpiece.replica_mesh, SPECIMEN_COLOR, printable=False),
        *fittings.parts,
        *fit.parts,
        *extras.parts,
    )
    left_out = {text.text for text in lettering.plate_texts} - {text.text for text in workpiece.engraved}
    marks = (*texts.slabs, texts.left, texts.right, texts.front, texts.back, *texts.lines)
    return Mould(
        parts=parts,
        slot_width_mm=layout.slot_width_mm,
        clearance_mm=parameters.fit.clearance_mm,
        floor_z_mm=layout.floor_z_mm,
        rim_z_mm=layout.rim_z_mm,
        guide_z_mm=layout.guide_z_mm,
        score_z_mm=layout.score_z_mm,
        void_percent=opening.rim.void_percent,
        slot_x_mm=slot_x_mm,
        slot_y_mm=layout.guide_y_mm,
        is_tied=layout.tie_mm > 0,
        marks=(
            *(mark for mark in marks if mark not in left_out),
            *(text.text for text in fittings.engraved),
        ),
        windows=fittings.windows,
        findings=(
            *_findings(layout, opening.rim, parameters),
            *blocked,
            *fittings.findings,
            *fit.findings,
            *extras.findings,
            *parts_larger_than_bed(parts, parameters),
        ),
    )


@dataclass(frozen=True, eq=False)
class _Opening:
    """The field whose level is the cavity's wall, its rim, and its outlines at the rim and overall."""

    cavity: DistanceField
    level_mm: float
    rim: Rim
    rim_outline: MultiPolygon
    outline: MultiPolygon


def _opening(plastic: LyingSpecimen, parameters: DesignParameters) -> _Opening:
    swept = sweep_upward(plastic.field)
    level_mm = parameters.fit.clearance_mm + plastic.level_mm
    rim = choose_rim(plastic.field, swept, level_mm, RimRules.from_parameters(parameters.mould))
    cavity = opened(swept, rim.z_mm, parameters.mould.chamfer_mm)
    rim_outline = shadow(swept, rim.z_mm, level_mm)
    outline = shadow(swept, None, level_mm + parameters.mould.chamfer_mm)
    if rim_outline.is_empty or outline.is_empty:
        sides = " x ".join(f"{side:.1f}" for side in np.ptp(plastic.mesh.bounds_mm, axis=0))
        message = (
            f"the specimen of {sides} mm falls between the points of a grid of "
            f"{parameters.surface.grid_mm:g} mm; use a finer one (surface.grid_mm)"
        )
        raise GeometryError(message)
    return _Opening(cavity, level_mm, rim, rim_outline, outline)


@dataclass(frozen=True, eq=False)
class _Lettering:
    """Where base and lid are parted for the bed, the plate's texts, and the marks of its pieces."""

    seams: tuple[Seam, ...]
    lid_spans: tuple[Span, ...]
    plate_texts: tuple[Engraving, ...]
    piece_marks: tuple[tuple[Engraving, ...], ...]


def _lettering(layout: Layout, texts: Texts, parameters: DesignParameters) -> _Lettering:
    seams = seams_for_bed(layout, texts, parameters)
    placed = plate_texts(layout, texts, seams)
    marks = piece_marks(layout, texts, seams, placed)
    return _Lettering(seams, spans_for_bed(layout, seams, parameters), placed, marks)


def _replica(plastic: LyingSpecimen, tolerance_mm: float) -> TriangleMesh:
    mesh = simplify_surface(plastic.mesh, plastic.field, plastic.level_mm, tolerance_mm)
    return Solid.from_mesh(mesh.without_specks(SPECK_MM3), "specimen").to_mesh()


def _cavity(opening: _Opening, layout: Layout, parameters: DesignParameters) -> Solid:
    return build_cavity(
        opening.cavity,
        level_mm=opening.level_mm,
        top_z_mm=layout.guide_z_mm + 5.0,
        tolerance_mm=parameters.surface.tolerance_mm,
    )


def _surroundings(
    plastic: LyingSpecimen,
    layout: Layout,
    opening: _Opening,
    lettering: _Lettering,
    making_cavity: Future[Solid],
) -> Surroundings:
    return Surroundings(
        layout=layout,
        plastic=plastic,
        level_mm=opening.level_mm,
        making_cavity=making_cavity,
        floor=CavityFloor.of(opening.cavity, opening.level_mm),
        rim_outline=opening.rim_outline,
        outline=opening.outline,
        plate_texts=lettering.plate_texts,
        seams=lettering.seams,
        piece_marks=[text for mark in lettering.piece_marks for text in mark],
        lid_spans=lettering.lid_spans,
    )


def _base(around: Surroundings, targets: Targets, parameters: DesignParameters) -> FittedBase:
    """Return the base; the cavity, which has most of the triangles, is cut out of all the rest at once."""
    # manifold3d orders the triangles of a solid by the age of what it is made of: the cavity comes first
    cavity = around.cavity
    fittings = fit_out(around, targets, parameters)
    block = union([_block(around.layout, around.rim_outline), *fittings.added], "base")
    if fittings.cut:
        block = block.minus(union(fittings.cut, "openings"))
    base = lettered(block, (*around.plate_texts, *fittings.engraved), "base")
    mesh = base.solid.minus(cavity).in_one_piece().to_mesh()
    fittings = fittings.without_texts(base.left_out) + Fittings(findings=base.findings)
    return FittedBase(mesh, fittings, base.engraved)


def _block(layout: Layout, rim_outline: MultiPolygon) -> Solid:
    """Return the base without cavity and marks: the slots end where the baseplate begins."""
    upper = upper_body(layout, rim_outline)
    slots = blade_slots(layout)
    if slots is not None:
        upper = upper.minus(slots)
    return upper.minus(score_slot(layout)).plus(baseplate(layout), "base")


def _check_fingers(slot_x_mm: tuple[float, ...], slot_width_mm: float) -> None:
    gaps = np.diff(slot_x_mm) - slot_width_mm
    if gaps.size and gaps.min() < THINNEST_FINGER_MM:
        first = int(gaps.argmin()) + 1
        left = f"{gaps.min():.2f} mm of" if gaps.min() > 0 else "no"
        message = (
            f"cuts {first} and {first + 1} lie {gaps.min() + slot_width_mm:.2f} mm apart, and slots of "
            f"{slot_width_mm:.2f} mm leave {left} plastic between them; expected at least "
            f"{THINNEST_FINGER_MM} mm. Use thicker slabs (--slab, or cuts.positions_mm farther apart), a "
            "thinner blade (--blade) or a finer process (--process sla)"
        )
        raise ParameterError(message)


def _findings(layout: Layout, rim: Rim, parameters: DesignParameters) -> Iterator[Finding]:
    mould = parameters.mould
    if rim.share < mould.rim_share - 0.02:
        yield Finding.info(
            "rim_lowered",
            f"the rim was lowered from {mould.rim_share:.0%} to {rim.share:.0%} of the specimen's "
            f"height, which leaves {rim.void_percent:.1f} % void below it",
        )
    if rim.void_percent > mould.void_limit_percent:
        yield Finding.warning(
            "loose_fit",
            f"the sweep leaves {rim.void_percent:.1f} % void below the rim, more than the "
            f"{mould.void_limit_percent:g} % asked for; try --base auto or another angle",
        )
    yield from _slender_fingers(layout)


def _slender_fingers(layout: Layout) -> Iterator[Finding]:
    gaps = np.diff(layout.slot_x_mm) - layout.slot_width_mm
    height = layout.guide_z_mm - layout.floor_z_mm
    if not gaps.size or height / gaps.min() <= STIFF_SLENDERNESS:
        return
    stand = (
        f"plastic fingers of {gaps.min():.1f} mm stand {height:.0f} mm high, more than {STIFF_SLENDERNESS:g} "
        "times their thickness"
    )
    if layout.tie_mm:
        yield Finding.info(
            "slender_fingers",
            f"{stand}; they are tied at the back. In front, where the blade enters, they stand free",
        )
    else:
        yield Finding.warning(
            "slender_fingers",
            f"{stand}, and may bend; tie them at the back (--tie), or use thicker slabs or a stiff material",
        )
