"""All fittings of the base that were asked for: windows, inlays, drains, finger holes, feet, dowels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mouldgen.errors import Finding
from mouldgen.mould.feet import fit_feet, foot_outlines
from mouldgen.mould.fittings import Fittings, Surroundings, text_frame
from mouldgen.mould.inlays import CONE_MM, InlaySize, fit_inlays, inlay_outlines
from mouldgen.mould.lid import dowels, thumb_recess
from mouldgen.mould.openings import fit_drains, fit_finger_holes
from mouldgen.mould.targets import Target, Targets
from mouldgen.mould.window_fittings import base_windows, window_discs
from mouldgen.params import DesignParameters, InlaysOf

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["fit_out"]


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
    GeometryError
        If a part falls to pieces.
    """
    from shapely.ops import unary_union

    fittings = base_windows(around.windows, around)
    names = [text_frame(text.outline) for text in fittings.engraved if text.is_underneath]
    taken = unary_union([window_discs(around.windows), *names])
    fittings += _inlays_and_drains(around, targets, taken, parameters)
    if parameters.openings.finger_holes:
        fittings += fit_finger_holes(around, parameters.openings.finger_mm)
    if parameters.edges.feet:
        fittings += fit_feet(around.layout, parameters.edges.foot_mm, parameters.joints.play_mm)
    if around.layout.has_lid:
        spans = around.lid_spans
        recesses = tuple(thumb_recess(around.layout, span) for span in spans)
        fittings += Fittings(added=tuple(dowels(around.layout, spans)), cut=recesses)
    return fittings


def _inlays_and_drains(
    around: Surroundings, targets: Targets, taken: BaseGeometry, parameters: DesignParameters
) -> Fittings:
    from shapely.ops import unary_union

    free = around.rim_outline.difference(taken)
    # the cones of pins are wider below the floor, where they may meet names and windows only
    for_pins = around.rim_outline.difference(taken.buffer(CONE_MM))
    size = InlaySize(parameters.inlays.inlay_mm / 2, parameters.joints.play_mm)
    wanted = _inlay_targets(targets, parameters.inlays.inlays_of)
    places, fittings = fit_inlays(around, wanted, for_pins, size)
    if parameters.inlays.inlays_of is not InlaysOf.NONE and not wanted:
        message = (
            f"inlays of {parameters.inlays.inlays_of.value} were asked for, but there are none; give "
            "--landmark-roi or --habitats"
        )
        fittings += Fittings(findings=(Finding.warning("no_inlays", message),))
    if parameters.openings.drains:
        free = free.difference(inlay_outlines(places, size.play_mm))
        if parameters.edges.feet:
            free = free.difference(unary_union(foot_outlines(around.layout)))
        fittings += fit_drains(around, free, parameters.openings)
    return fittings


def _inlay_targets(targets: Targets, inlays_of: InlaysOf) -> tuple[Target, ...]:
    match inlays_of:
        case InlaysOf.LANDMARKS:
            return targets.landmarks
        case InlaysOf.HABITATS:
            return targets.habitats
    return ()
