"""Windows as they are made in the base and in the lid, with their names beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mouldgen.errors import Finding
from mouldgen.mould.body import POST_HALF_WIDTH_MM, guide_outlines, plate_outline, post_outlines
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.feet import foot_outlines
from mouldgen.mould.fittings import Fittings, Surroundings, text_frame
from mouldgen.mould.layout import Layout
from mouldgen.mould.lid import Span, dowel_places, lid_plan
from mouldgen.mould.marks import on_plate
from mouldgen.mould.parts import MadeWindow, Way
from mouldgen.mould.seams import SEAM_CLEAR_MM, TAB_MM
from mouldgen.mould.window_names import name_on_lid, name_on_plate, name_on_underside
from mouldgen.mould.windows import Window, base_window, lid_notch, lid_window, notch_plan, notch_span

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["base_windows", "lid_windows", "roof_openings", "window_discs", "windows_beside_dowels"]

CLEAR_MM = 1.0
LEAST_BETWEEN_MM = 0.6
"""Plastic between letters on top of the plate and letters on its underside."""


@dataclass
class _FreePlaces:
    """Where the plate has room for names: on top, and below."""

    top: BaseGeometry
    underside: BaseGeometry


def windows_beside_dowels(
    windows: Sequence[Window], layout: Layout, spans: Sequence[Span]
) -> tuple[tuple[Window, ...], tuple[Finding, ...]]:
    """Return the windows that take no dowel of the lid away, and findings about the others."""
    if not layout.has_lid:
        return tuple(windows), ()
    dowels = dowel_places(layout, spans)
    blocked = [w for w in windows if w.way is Way.WALL and notch_plan(w, layout).intersects(dowels)]
    findings = tuple(
        Finding.warning(
            "window_without_room",
            f"the window {window.mark!r} would take away a dowel of the lid, so there is no window; "
            f"make it smaller than {window.radius_mm:g} mm (windows.radius_mm), choose another base side, or "
            "do without a lid",
        )
        for window in blocked
    )
    return tuple(window for window in windows if window not in blocked), findings


def base_windows(windows: Sequence[Window], around: Surroundings) -> Fittings:
    """Return the windows of the base with their names."""
    free = _FreePlaces(_free_plate(around), _free_underside(windows, around))
    fittings = Fittings()
    for window in windows:
        cutter = base_window(window, around.layout, around.floor, around.rim_outline)
        if cutter is not None:
            fittings += Fittings(cut=(cutter,)) + _named(window, around.layout, free)
        elif window.way is not Way.LID or not around.layout.has_lid:
            fittings += Fittings(findings=(_not_needed(window),))
    return fittings


def lid_windows(windows: Sequence[Window], layout: Layout, taken: BaseGeometry) -> Fittings:
    """Return the windows of the lid with their names; what they cut is to be cut out of the lid.

    Parameters
    ----------
    windows, layout
        All windows, and the lid's slots.
    taken
        Where the lid's roof has windows, and letters already, in plan.
    """
    notches = (lid_notch(window, layout) for window in windows)
    fittings = Fittings(cut=tuple(notch for notch in notches if notch is not None))
    free = _free_roof(layout).difference(taken)
    for window in windows:
        if window.way is Way.LID:
            made, free = _through_roof(window, layout, free)
            fittings += made
    return fittings


def roof_openings(windows: Sequence[Window], layout: Layout) -> BaseGeometry:
    """Return what windows take of the lid's roof, in plan, across the whole of their fingers."""
    from shapely import box
    from shapely.ops import unary_union

    taken = []
    for window in windows:
        opening = lid_window(window, layout) if window.way is Way.LID else None
        if opening is not None:
            (_, low, _), (_, high, _) = opening[0].bounds_mm
            x_low, x_high = layout.finger_at(opening[1])
            taken.append(box(x_low, low - CLEAR_MM, x_high, high + CLEAR_MM))
    return unary_union(taken)


def window_discs(windows: Sequence[Window]) -> BaseGeometry:
    """Return the surroundings of windows in plan, where nothing else may be let into the floor."""
    from shapely import Point
    from shapely.ops import unary_union

    discs = (Point(*w.position_mould[:2]).buffer(w.radius_mm + CLEAR_MM) for w in windows)
    return unary_union(list(discs))


def _named(window: Window, layout: Layout, free: _FreePlaces) -> Fittings:
    """Return a window's name, engraved where the window is looked into, and what the window costs."""
    if window.way is Way.BASE:
        for text in window.marks:
            name = name_on_underside(text, window, layout, free.underside)
            if name is not None:
                free.underside = free.underside.difference(text_frame(name))
                return _made(window, Engraving(text, name, 0.0, layout.letter_depth_mm, is_underneath=True))
        return _unnamed(window)
    costs = Fittings(findings=tuple(_costs(window, layout)))
    for text in window.marks:
        name = name_on_plate(text, window, layout, free.top)
        if name is not None:
            free.top = free.top.difference(text_frame(name))
            return costs + _made(window, on_plate(text, name, layout))
    return costs + _unnamed(window)


def _made(window: Window, name: Engraving) -> Fittings:
    made = MadeWindow(window.name, name.text, window.way, window.position_mould, window.radius_mm)
    return Fittings(engraved=(name,), windows=(made,))


def _unnamed(window: Window) -> Fittings:
    made = MadeWindow(window.name, "", window.way, window.position_mould, window.radius_mm)
    message = (
        f"beside the window {window.mark!r} no letters have room; write its name by hand, or make the window "
        "smaller"
    )
    return Fittings(windows=(made,), findings=(Finding.warning("window_unnamed", message),))


def _not_needed(window: Window) -> Finding:
    return Finding.info(
        "window_not_needed", f"{window.name} lies where no plastic covers it, so there is no window at it"
    )


def _costs(window: Window, layout: Layout) -> Iterator[Finding]:
    """Say which guides a window in the wall lowers."""
    low, high = notch_span(window, layout)
    if window.leads_along_x:
        if low < POST_HALF_WIDTH_MM and high > -POST_HALF_WIDTH_MM:
            yield Finding.info(
                "window_in_post",
                f"the window {window.mark!r} takes from the post that guides the score cut at its end; a "
                "smaller window leaves more of it",
            )
        return
    where = "front" if window.outward[1] < 0 else "back"
    cuts = [n for n, slot in enumerate(layout.slot_x_mm, 1) if low - 1.0 < slot < high + 1.0]
    if cuts:
        yield Finding.info(
            "window_in_guide",
            f"the window {window.mark!r} lowers the {where} guide of cuts {', '.join(map(str, cuts))}; "
            "there the blade is guided on the other side only. A smaller window leaves more of it",
        )


def _through_roof(window: Window, layout: Layout, free: BaseGeometry) -> tuple[Fittings, BaseGeometry]:
    """Return a window through the lid's roof, and where the roof is still free."""
    opening = lid_window(window, layout)
    if opening is None:
        message = f"the lid's fingers are too narrow for the window {window.mark!r}; use thicker slabs"
        return Fittings(findings=(Finding.warning("window_without_room", message),)), free
    solid, finger_x_mm = opening
    top = layout.guide_z_mm + layout.roof_mm
    for text in window.marks:
        name = name_on_lid(text, window, layout, finger_x_mm, free)
        if name is not None:
            engraving = Engraving(text, name, top, layout.letter_depth_mm)
            return Fittings(cut=(solid,)) + _made(window, engraving), free.difference(text_frame(name))
    return Fittings(cut=(solid,)) + _unnamed(window), free


def _free_plate(around: Surroundings) -> BaseGeometry:
    """Return where the top of the plate has neither plastic nor letters."""
    from shapely.ops import unary_union

    layout = around.layout
    walls = around.rim_outline.buffer(layout.wall_mm)
    frames = [text_frame(text.outline) for text in (*around.plate_texts, *around.piece_marks)]
    standing = [walls, *guide_outlines(layout), *post_outlines(layout), *frames]
    taken = [*standing, *_strips(around)]
    return plate_outline(layout).difference(unary_union(taken))


def _free_underside(windows: Sequence[Window], around: Surroundings) -> BaseGeometry:
    from shapely.ops import unary_union

    layout = around.layout
    holes = window_discs([window for window in windows if window.way is Way.BASE])
    taken = [holes, *foot_outlines(layout), *_strips(around)]
    if layout.floor_z_mm < 2 * layout.letter_depth_mm + LEAST_BETWEEN_MM:
        taken += [text_frame(text.outline) for text in (*around.plate_texts, *around.piece_marks)]
    return plate_outline(layout).difference(unary_union(taken))


def _strips(around: Surroundings) -> Iterator[BaseGeometry]:
    """Yield what the seams with their dovetails take up in plan."""
    from shapely import box

    (x_low, x_high), (y_low, y_high) = around.layout.plate_x_mm, around.layout.plate_y_mm
    for seam in around.seams:
        low, high = seam.at_mm - SEAM_CLEAR_MM, seam.at_mm + TAB_MM + SEAM_CLEAR_MM
        yield box(low, y_low, high, y_high) if seam.axis == 0 else box(x_low, low, x_high, high)


def _free_roof(layout: Layout) -> BaseGeometry:
    """Return the lid's fingers between the mouths of the slots, in plan."""
    from shapely import box
    from shapely.ops import unary_union

    half = layout.slot_width_mm / 2 + layout.mouth_mm
    y_low, y_high = layout.guide_y_mm
    slots = [box(x - half, y_low - 1.0, x + half, y_high) for x in layout.slot_x_mm]
    spine = box(layout.body_x_mm[0], y_high, layout.body_x_mm[1], layout.back_y_mm)
    return lid_plan(layout).difference(unary_union([*slots, spine]))
