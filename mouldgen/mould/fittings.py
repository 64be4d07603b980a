"""What a mould has besides cavity and slots: windows, inlays, drains, finger holes, feet and a lid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mouldgen.errors import Finding
from mouldgen.mould.body import POST_HALF_WIDTH_MM, guide_outlines, plate_outline, post_outlines
from mouldgen.mould.feet import feet_parts, foot_holes, foot_outlines
from mouldgen.mould.floor import CavityFloor
from mouldgen.mould.inlays import inlay_part, inlay_recess, place_inlays
from mouldgen.mould.layout import Layout, Texts
from mouldgen.mould.lid import (
    dowels,
    lid_cavity,
    lid_from_mould,
    lid_marks,
    lid_plan,
    solid_lid,
    thumb_recess,
)
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.marks import engraving
from mouldgen.mould.openings import drain_places, finger_notches
from mouldgen.mould.parts import Part
from mouldgen.mould.targets import Target, Targets
from mouldgen.mould.window_names import name_on_lid, name_on_plate, name_on_underside
from mouldgen.mould.windows import (
    MadeWindow,
    Way,
    Window,
    base_window,
    lid_notch,
    lid_window,
    notch_span,
    plan_windows,
)
from mouldgen.params import DesignParameters, InlaysOf
from mouldgen.solids import Solid, union
from mouldgen.surface import DistanceField

if TYPE_CHECKING:
    from shapely import MultiPolygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["Fittings", "Surroundings", "fit_out"]

LID_COLOR = "#c4cdd4"
CLEAR_MM = 1.0


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What fittings are fitted to.

    Parameters
    ----------
    layout
        Heights and edges.
    plastic
        The specimen, at the size of the plastic.
    field, level_mm, cavity
        The swept distance, its level at the cavity's wall, and the cavity itself.
    rim_outline, outline
        Of the cavity at the rim and over its whole height.
    plate_texts
        What is engraved on the plate already.
    """

    layout: Layout
    plastic: LyingSpecimen
    field: DistanceField
    level_mm: float
    cavity: Solid
    rim_outline: MultiPolygon
    outline: MultiPolygon
    plate_texts: Sequence[MultiPolygon]


@dataclass
class Fittings:
    """What is added to the base, what is cut out of it, and the further parts.

    Parameters
    ----------
    added, cut
        Solids of the base, in the mould frame.
    parts
        Lid, inlays and feet.
    marks
        Engraved texts.
    windows
        Those that were made.
    findings
        What had no room, and what a choice costs.
    """

    added: list[Solid] = field(default_factory=list)
    cut: list[Solid] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    windows: list[MadeWindow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def fit_out(around: Surroundings, targets: Targets, texts: Texts, parameters: DesignParameters) -> Fittings:
    """Return all fittings that the parameters ask for.

    Parameters
    ----------
    around
        The mould so far.
    targets
        Landmarks and habitats in the plastic.
    texts
        What is engraved.
    parameters
        Which fittings, and how large.

    Raises
    ------
    ParameterError
        If a window names no landmark.
    GeometryError
        If a part falls to pieces.
    """
    fittings = Fittings()
    windows = plan_windows(parameters.windows.radius_mm, targets.landmarks, around.plastic)
    floor = CavityFloor.of(around.field, around.level_mm)
    free = _cut_windows(windows, around, floor, fittings)
    free = _let_in_inlays(targets, around, floor, free, parameters, fittings)
    _drill_drains(around, floor, free, parameters, fittings)
    _cut_finger_holes(around, parameters, fittings)
    if parameters.edges.feet:
        _put_on_feet(around, parameters, fittings)
    if around.layout.has_lid:
        fittings.added += dowels(around.layout)
        fittings.cut.append(thumb_recess(around.layout))
        fittings.parts.append(_lid(around, windows, texts, parameters, fittings))
    return fittings


def _cut_windows(
    windows: Sequence[Window], around: Surroundings, floor: CavityFloor, fittings: Fittings
) -> BaseGeometry:
    """Cut windows out of the base and engrave their names; return where the floor is still free."""
    from shapely import Point

    layout = around.layout
    free: BaseGeometry = around.rim_outline
    plate_free, below_free = _free_plate(around), _free_underside(around)
    names: list[MultiPolygon] = []
    names_below: list[MultiPolygon] = []
    for window in windows:
        cutter = base_window(window, layout, floor, around.rim_outline)
        if cutter is None:
            _say_free(window, layout, fittings)
            continue
        fittings.cut.append(cutter)
        free = free.difference(Point(*window.position_mould[:2]).buffer(window.radius_mm + CLEAR_MM))
        if window.way is Way.BASE:
            below_free = below_free.difference(
                Point(*window.position_mould[:2]).buffer(window.radius_mm + CLEAR_MM)
            )
            name = name_on_underside(window, layout, below_free)
            names_below += [name] if name else []
            below_free = below_free.difference(_frame(name)) if name else below_free
        else:
            _say_cut_guides(window, layout, fittings)
            name = name_on_plate(window, layout, plate_free)
            names += [name] if name else []
            plate_free = plate_free.difference(_frame(name)) if name else plate_free
        _note(window, name, fittings)
    if names:
        fittings.cut.append(engraving(layout, names))
    if names_below:
        outline = _joined(names_below)
        fittings.cut.append(Solid.extruded(outline, -1.0, layout.letter_depth_mm, "engraving"))
    return free


def _note(window: Window, name: MultiPolygon | None, fittings: Fittings) -> None:
    """Keep a window that was made, and say if it has no name."""
    mark = window.mark if name is not None else ""
    fittings.windows.append(
        MadeWindow(window.name, mark, window.way, window.position_mould, window.radius_mm)
    )
    if mark:
        fittings.marks.append(mark)
        return
    fittings.findings.append(
        Finding.warning(
            "window_unnamed",
            f"beside the window {window.mark!r} no letters have room; write its name by hand, or make the "
            "window smaller",
        )
    )


def _say_free(window: Window, layout: Layout, fittings: Fittings) -> None:
    if window.way is Way.LID and layout.has_lid:
        return
    fittings.findings.append(
        Finding.info(
            "window_not_needed",
            f"{window.name} lies where no plastic covers it, so there is no window at it",
        )
    )


def _say_cut_guides(window: Window, layout: Layout, fittings: Fittings) -> None:
    """Say which slots lose their guide at a window on one side."""
    low, high = notch_span(window, layout)
    if window.leads_along_x:
        if low < POST_HALF_WIDTH_MM and high > -POST_HALF_WIDTH_MM:
            fittings.findings.append(
                Finding.info(
                    "window_in_post",
                    f"the window {window.mark!r} takes from the post that guides the score cut at its end; a "
                    "smaller window leaves more of it",
                )
            )
        return
    side = 0 if window.outward[1] < 0 else 1
    cuts = [n for n, slot in enumerate(layout.slot_x_mm, 1) if low - 1.0 < slot < high + 1.0]
    if cuts:
        where = ("front", "back")[side]
        fittings.findings.append(
            Finding.info(
                "window_in_guide",
                f"the window {window.mark!r} lowers the {where} guide of cuts "
                f"{', '.join(map(str, cuts))}; there the blade is guided on the other side only. A smaller "
                "window leaves more of it",
            )
        )


def _let_in_inlays(
    targets: Targets,
    around: Surroundings,
    floor: CavityFloor,
    free: BaseGeometry,
    parameters: DesignParameters,
    fittings: Fittings,
) -> BaseGeometry:
    """Let in inlays; return where the floor is still free."""
    wanted = _inlay_targets(targets, parameters)
    play = parameters.joints.play_mm
    placed, missed = place_inlays(wanted, around.layout, floor, free, parameters.inlays, play)
    for place in placed:
        fittings.cut.append(inlay_recess(place, play))
        fittings.parts.append(inlay_part(place, around.cavity))
        free = free.difference(place.grown(play + CLEAR_MM))
    if missed:
        names = ", ".join(target.name for target in missed)
        fittings.findings.append(
            Finding.warning(
                "inlay_without_room",
                f"there is no room for the inlay of {names} between the slots below it; use thicker slabs "
                "(--slab), or smaller windows and inlays",
            )
        )
    if parameters.inlays.inlays_of is not InlaysOf.NONE and not wanted:
        fittings.findings.append(
            Finding.warning(
                "no_inlays",
                f"inlays of {parameters.inlays.inlays_of.value} were asked for, but there are none; give "
                "--landmark-roi or --habitats",
            )
        )
    return free


def _inlay_targets(targets: Targets, parameters: DesignParameters) -> tuple[Target, ...]:
    match parameters.inlays.inlays_of:
        case InlaysOf.LANDMARKS:
            return targets.landmarks
        case InlaysOf.HABITATS:
            return targets.habitats
    return ()


def _drill_drains(
    around: Surroundings,
    floor: CavityFloor,
    free: BaseGeometry,
    parameters: DesignParameters,
    fittings: Fittings,
) -> None:
    wanted = parameters.openings.drains
    if not wanted:
        return
    if parameters.edges.feet:
        for rail in foot_outlines(around.layout):
            free = free.difference(rail.buffer(CLEAR_MM))
    holes = drain_places(around.layout, floor, free.buffer(-CLEAR_MM), parameters.openings)
    for hole in holes:
        heights = floor.range_within(hole)
        top = heights[1] if heights else around.layout.floor_z_mm
        fittings.cut.append(Solid.extruded(hole, -1.0, top + 0.5, "drain hole"))
    if len(holes) < wanted:
        fittings.findings.append(
            Finding.warning(
                "fewer_drains",
                f"{len(holes)} of {wanted} drain holes have room in the cavity's floor; use fewer or narrower "
                "ones (openings.drain_mm)",
            )
        )


def _cut_finger_holes(around: Surroundings, parameters: DesignParameters, fittings: Fittings) -> None:
    if not parameters.openings.finger_holes:
        return
    notches = finger_notches(around.layout, around.rim_outline, parameters.openings.finger_mm)
    fittings.cut += notches
    if len(notches) < 2:
        fittings.findings.append(
            Finding.warning(
                "no_finger_holes",
                f"only {len(notches)} of 2 finger holes have room beside the end posts; the specimen is too "
                "small for fingers. Lift it with forceps, or push it out (--drains)",
            )
        )


def _put_on_feet(around: Surroundings, parameters: DesignParameters, fittings: Fittings) -> None:
    holes = foot_holes(around.layout, parameters.joints.play_mm)
    if not holes:
        fittings.findings.append(
            Finding.warning(
                "no_feet",
                f"a plate of {around.layout.floor_z_mm:g} mm is too thin for the pegs of feet below its letters; "
                "use mould.plate_mm=4 or more",
            )
        )
        return
    fittings.cut += holes
    fittings.parts += feet_parts(around.layout, parameters.edges.foot_mm, LID_COLOR)


def _lid(
    around: Surroundings,
    windows: Sequence[Window],
    texts: Texts,
    parameters: DesignParameters,
    fittings: Fittings,
) -> Part:
    layout = around.layout
    rises = around.plastic.top_mm > layout.rim_z_mm
    hollow = lid_cavity(around.plastic, layout, around.level_mm, parameters) if rises else None
    lid = solid_lid(layout, around.outline, hollow, parameters)
    cutters = _lid_openings(windows, texts, layout, fittings)
    if cutters:
        lid = lid.minus(union(cutters, "openings of the lid"))
    pose = lid_from_mould(layout)
    mesh = lid.in_one_piece().moved(pose).to_mesh()
    return Part("lid", "Mould lid", mesh, LID_COLOR, mould_from_part=pose.inverse())


def _lid_openings(windows: Sequence[Window], texts: Texts, layout: Layout, fittings: Fittings) -> list[Solid]:
    """Return the windows of the lid, and everything that is engraved on it."""
    cutters = [notch for window in windows if (notch := lid_notch(window, layout)) is not None]
    roof = layout.guide_z_mm + layout.roof_mm
    free = _free_roof(layout)
    for text, outline in lid_marks(layout, texts):
        cutters.append(Solid.extruded(outline, roof - layout.letter_depth_mm, roof + 1.0, "engraving"))
        free = free.difference(_frame(outline))
        fittings.marks.append(text)
    for window in windows:
        if window.way is not Way.LID:
            continue
        opening = lid_window(window, layout)
        if opening is None:
            fittings.findings.append(
                Finding.warning(
                    "window_without_room",
                    f"the lid's fingers are too narrow for the window {window.mark!r}; use thicker slabs",
                )
            )
            continue
        solid, finger_x_mm = opening
        cutters.append(solid)
        (_, low, _), (_, high, _) = solid.bounds_mm
        free = free.difference(_band(layout, float(low) - CLEAR_MM, float(high) + CLEAR_MM, finger_x_mm))
        name = name_on_lid(window, layout, finger_x_mm, free)
        if name is not None:
            cutters.append(Solid.extruded(name, roof - layout.letter_depth_mm, roof + 1.0, "engraving"))
            free = free.difference(_frame(name))
        _note(window, name, fittings)
    return cutters


def _free_plate(around: Surroundings) -> BaseGeometry:
    """Return where the top of the plate has neither plastic nor letters."""
    from shapely.ops import unary_union

    layout = around.layout
    standing = [
        around.rim_outline.buffer(layout.wall_mm),
        *guide_outlines(layout),
        *post_outlines(layout),
        *map(_frame, around.plate_texts),
    ]
    return plate_outline(layout).difference(unary_union(standing))


def _free_underside(around: Surroundings) -> BaseGeometry:
    from shapely.ops import unary_union

    return plate_outline(around.layout).difference(unary_union(list(foot_outlines(around.layout))))


def _free_roof(layout: Layout) -> BaseGeometry:
    """Return the lid's fingers between the mouths of the slots, in plan."""
    from shapely import box
    from shapely.ops import unary_union

    half = layout.slot_width_mm / 2 + layout.mouth_mm
    y_low, y_high = layout.guide_y_mm
    slots = [box(x - half, y_low - 1.0, x + half, y_high) for x in layout.slot_x_mm]
    back = box(layout.body_x_mm[0], y_high, layout.body_x_mm[1], layout.back_y_mm)
    return lid_plan(layout).difference(unary_union([*slots, back]))


def _band(layout: Layout, y_low: float, y_high: float, x_mm: float) -> BaseGeometry:
    from shapely import box

    low, high = layout.finger_at(x_mm)
    return box(low, y_low, high, y_high)


def _frame(text: BaseGeometry) -> BaseGeometry:
    from shapely import box

    return box(*text.bounds).buffer(0.5)


def _joined(texts: Iterable[MultiPolygon]) -> MultiPolygon:
    from shapely import MultiPolygon

    return MultiPolygon([polygon for text in texts for polygon in text.geoms])
