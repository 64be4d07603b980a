"""All fittings of the base that were asked for: windows, inlays, drains, finger holes, feet, dowels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mouldgen.errors import Finding
from mouldgen.mould.feet import fit_feet, foot_outlines
from mouldgen.mould.fittings import Fittings, Surroundings, text_frame
from mouldgen.mould.inlays import InlaySize, fit_inlays, inlay_outlines
from mouldgen.mould.lid import dowels, thumb_recess
from mouldgen.mould.openings import fit_drains, fit_finger_holes
from mouldgen.mould.targets import Target, Targets
from mouldgen.mould.window_fittings import base_windows, window_discs
from mouldgen.mould.windows import plan_windows
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
        spans = around.lid_spans
        recesses = tuple(thumb_recess(around.layout, span) for span in spans)
        fittings += Fittings(added=tuple(dowels(around.layout, spans)), cut=recesses)
    return fittings


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
