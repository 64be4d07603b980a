"""All fittings that the parameters ask for: windows, inlays, drains, finger holes, feet and a lid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from mouldgen.errors import Finding
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.feet import fit_feet, foot_outlines
from mouldgen.mould.fittings import FITTING_COLOR, Fittings, Surroundings, text_frame
from mouldgen.mould.inlays import InlaySize, fit_inlays, inlay_outlines
from mouldgen.mould.layout import Layout, Texts
from mouldgen.mould.lid import dowels, lid_cavity, lid_from_mould, lid_marks, solid_lid, thumb_recess
from mouldgen.mould.openings import fit_drains, fit_finger_holes
from mouldgen.mould.parts import Part
from mouldgen.mould.targets import Target, Targets
from mouldgen.mould.window_fittings import base_windows, lid_windows, window_discs
from mouldgen.mould.windows import plan_windows
from mouldgen.params import DesignParameters, InlaysOf
from mouldgen.solids import Solid, union

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["fit_lid", "fit_out"]

SLENDER_LID = 12.0
"""Length of the lid's fingers over their thickness that still keeps them in line (engineering judgement)."""


def fit_out(around: Surroundings, targets: Targets, parameters: DesignParameters) -> Fittings:
    """Return all fittings of the base, and what it needs for a lid.

    Parameters
    ----------
    around
        The mould so far.
    targets
        Landmarks and habitats in the plastic.
    parameters
        Which fittings, and how large.

    Raises
    ------
    ParameterError
        If a window names no landmark.
    GeometryError
        If a part falls to pieces.
    """
    from shapely.ops import unary_union

    windows = plan_windows(parameters.windows.radius_mm, targets.landmarks, around.plastic)
    fittings = base_windows(windows, around)
    names = [text_frame(text.outline) for text in fittings.engraved if text.is_underneath]
    free = around.rim_outline.difference(window_discs(windows)).difference(unary_union(names))
    fittings += _inlays_and_drains(around, targets, free, parameters)
    if parameters.openings.finger_holes:
        fittings += fit_finger_holes(around, parameters.openings.finger_mm)
    if parameters.edges.feet:
        fittings += fit_feet(around.layout, parameters.edges.foot_mm, parameters.joints.play_mm)
    if around.layout.has_lid:
        seat = Fittings(added=tuple(dowels(around.layout)), cut=(thumb_recess(around.layout),))
        fittings += seat
    return fittings


def fit_lid(around: Surroundings, targets: Targets, texts: Texts, parameters: DesignParameters) -> Fittings:
    """Return the lid, if one is wanted.

    Parameters
    ----------
    around
        The mould so far.
    targets
        Landmarks in the plastic.
    texts
        What is engraved.
    parameters
        Windows and play.

    Raises
    ------
    GeometryError
        If the lid falls to pieces.
    """
    from shapely.ops import unary_union

    layout = around.layout
    if not layout.has_lid:
        return Fittings()
    windows = plan_windows(parameters.windows.radius_mm, targets.landmarks, around.plastic)
    top = layout.guide_z_mm + layout.roof_mm
    marks = [
        Engraving(text, outline, top, layout.letter_depth_mm) for text, outline in lid_marks(layout, texts)
    ]
    in_lid = lid_windows(windows, layout, unary_union([text_frame(mark.outline) for mark in marks]))
    engraved = (*marks, *in_lid.engraved)
    part = _lid_part(around, [*in_lid.cut, *(mark.cutter() for mark in marks)], parameters)
    return Fittings(
        parts=(replace(part, engraved=engraved),),
        engraved=engraved,
        windows=in_lid.windows,
        findings=(*in_lid.findings, *_slender_lid(layout)),
    )


def _slender_lid(layout: Layout) -> Iterator[Finding]:
    """Say if the lid's fingers, which the spine holds at the back only, are long and thin."""
    thinnest = min(high - low for low, high in layout.fingers)
    length = layout.guide_y_mm[1] - layout.guide_y_mm[0]
    if length > SLENDER_LID * thinnest:
        yield Finding.info(
            "slender_lid",
            f"the lid's fingers of {thinnest:.1f} mm are {length:.0f} mm long and held at the back only; "
            "press their front ends onto the guides while cutting, or use thicker slabs",
        )


def _inlays_and_drains(
    around: Surroundings, targets: Targets, free: BaseGeometry, parameters: DesignParameters
) -> Fittings:
    size = InlaySize(parameters.inlays.inlay_mm / 2, parameters.joints.play_mm)
    wanted = _inlay_targets(targets, parameters.inlays.inlays_of)
    places, fittings = fit_inlays(around, wanted, free, size)
    if parameters.inlays.inlays_of is not InlaysOf.NONE and not wanted:
        message = (
            f"inlays of {parameters.inlays.inlays_of.value} were asked for, but there are none; give "
            "--landmark-roi or --habitats"
        )
        fittings += Fittings(findings=(Finding.warning("no_inlays", message),))
    if parameters.openings.drains:
        taken = inlay_outlines(places, size.play_mm)
        if parameters.edges.feet:
            taken = taken.union(foot_outlines(around.layout)[0]).union(foot_outlines(around.layout)[1])
        fittings += fit_drains(around, free.difference(taken), parameters.openings)
    return fittings


def _inlay_targets(targets: Targets, inlays_of: InlaysOf) -> tuple[Target, ...]:
    match inlays_of:
        case InlaysOf.LANDMARKS:
            return targets.landmarks
        case InlaysOf.HABITATS:
            return targets.habitats
    return ()


def _lid_part(around: Surroundings, openings: list[Solid], parameters: DesignParameters) -> Part:
    layout = around.layout
    rises = around.plastic.top_mm > layout.rim_z_mm
    hollow = lid_cavity(around.plastic, layout, around.level_mm, parameters) if rises else None
    lid = solid_lid(layout, around.outline, hollow, parameters)
    if openings:
        lid = lid.minus(union(openings, "openings of the lid"))
    pose = lid_from_mould(layout)
    mesh = lid.in_one_piece().moved(pose).to_mesh()
    return Part("lid", "Mould lid", mesh, FITTING_COLOR, mould_from_part=pose.inverse())
