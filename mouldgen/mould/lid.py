"""The lid: what holds the specimen above the rim.

Turned over, a lid is a base: the specimen above the rim with its clearance is swept the other way, so that
the lid goes on from above and nothing locks in it. A plug fills the space between the guides; its roof lies
on the guides and ends in a spine on the tie at the back, which dowels hold. The blade enters from the front
and from above, as without the lid: the slots run through everything in front of the spine.

A lid that is larger than the printer's bed is made for its pieces: each has a span along X, and dowels,
a thumb recess and letters of its own. A lid in one piece has one span.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.mould.body import guide_outlines, post_outlines
from mouldgen.mould.cavity import build_cavity, opened, shadow, sweep_upward
from mouldgen.mould.layout import DOWEL_TIP_MM, MARGIN_MM, Layout, Texts
from mouldgen.mould.lettering import centered_text, text_width_mm
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.slots import BEYOND_MM, blade_slots
from mouldgen.mould.thin_tails import thin_tails
from mouldgen.params import DesignParameters
from mouldgen.solids import Solid, union
from mouldgen.surface import DistanceField

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Span",
    "dowel_places",
    "dowels",
    "lid_cavity",
    "lid_from_mould",
    "lid_marks",
    "lid_plan",
    "lid_spans",
    "piece_marks",
    "solid_lid",
    "thumb_recess",
]

Span: TypeAlias = tuple[float, float]
"""Ends along X of a piece of the lid, in millimetres."""

TURNED_OVER = Rigid.from_parts(np.diag([1.0, -1.0, -1.0]), np.zeros(3))
"""Half a turn about X; its own inverse."""

DOWEL_MM = 6.0
DOWEL_EDGE_MM = 1.6
THUMB_MM = 22.0
LEAST_PLUG_MM = 0.4
THINNEST_MM = 1.6
_BELOW_RIM_MM = 3.0
_BESIDE_LETTERS_MM = 0.5
_SLIVER_MM, _INTO_HOLLOW_MM = 0.05, 0.3
_CIRCLE = 32


def lid_cavity(
    plastic: LyingSpecimen, layout: Layout, level_mm: float, parameters: DesignParameters
) -> tuple[Solid, MultiPolygon]:
    """Return what the specimen above the rim takes out of the lid, swept downward, and its outline.

    The outline is without the chamfer: above the chamfer a wall is as thick as the outline leaves it.
    """
    from shapely.affinity import scale

    upper = _turned_over(plastic.field, layout.rim_z_mm - _BELOW_RIM_MM)
    swept, chamfer_mm = sweep_upward(upper), parameters.mould.chamfer_mm
    cavity = build_cavity(
        opened(swept, -_plug_z_mm(layout, parameters), chamfer_mm),
        level_mm=level_mm,
        top_z_mm=-layout.floor_z_mm,
        tolerance_mm=parameters.surface.tolerance_mm,
    )
    outline = scale(shadow(swept, None, level_mm), 1.0, -1.0, origin=(0.0, 0.0))
    return cavity.moved(TURNED_OVER), outline


def solid_lid(
    layout: Layout,
    outline: MultiPolygon,
    hollow: tuple[Solid, MultiPolygon] | None,
    spans: Sequence[Span],
    parameters: DesignParameters,
) -> Solid:
    """Return the whole lid without windows and letters, in the mould frame.

    Parameters
    ----------
    layout
        Guides, posts, tie and slots.
    outline
        Of the cavity over its whole height.
    hollow
        From `lid_cavity`; None if the specimen ends below the rim.
    spans
        Of its pieces, each with sockets of its own.
    parameters
        Play and roof.
    """
    play = parameters.joints.play_mm
    top = layout.guide_z_mm + layout.roof_mm
    solids = [Solid.extruded(lid_plan(layout), layout.guide_z_mm, top, "lid")]
    plug_z = _plug_z_mm(layout, parameters)
    plug = _plug_outline(layout, outline, hollow[1] if hollow else None, play)
    if layout.guide_z_mm - plug_z > LEAST_PLUG_MM and not plug.is_empty:
        solids.append(Solid.extruded(plug, plug_z, layout.guide_z_mm + 1.0, "plug"))
    lid = union(solids, "lid")
    slots = blade_slots(layout, top_z_mm=top)
    cutters = [*_sockets(layout, spans, play), *(hollow[:1] if hollow else ()), *([slots] if slots else [])]
    return lid.minus(union(cutters, "openings of the lid"))


def lid_plan(layout: Layout) -> Polygon:
    """Return the lid in plan: it covers guides and tie, and no letters on the plate."""
    from shapely import box

    x_low, x_high = layout.body_x_mm
    whole = box(x_low, layout.guide_y_mm[0], x_high, layout.back_y_mm)
    radius = layout.corner_mm
    return whole.buffer(-radius).buffer(radius, quad_segs=12) if radius > 0 else whole


def lid_from_mould(layout: Layout) -> Rigid:
    """Return the transform to the pose in which the lid is printed: its roof on the plate."""
    return Rigid.from_parts(TURNED_OVER.rotation, [0.0, 0.0, layout.guide_z_mm + layout.roof_mm])


def lid_spans(layout: Layout, seams_x_mm: Sequence[float]) -> tuple[Span, ...]:
    """Return the spans of the pieces that seams across X part the lid into, from left to right."""
    return tuple(pairwise([layout.body_x_mm[0], *sorted(seams_x_mm), layout.body_x_mm[1]]))


def dowels(layout: Layout, spans: Sequence[Span]) -> list[Solid]:
    """Return the dowels on the tie that the lid is put on, two for every span."""
    radius, height = _dowel_radius_mm(layout), layout.roof_mm - DOWEL_TIP_MM
    turns = np.linspace(0, 2 * np.pi, _CIRCLE, endpoint=False)
    circle = np.column_stack([np.cos(turns), np.sin(turns), np.zeros(_CIRCLE)])
    base, top = layout.guide_z_mm - 1.0, layout.guide_z_mm + height
    rings = [(radius, base), (radius, top - DOWEL_TIP_MM), (radius - DOWEL_TIP_MM, top)]
    tip = np.concatenate([circle * [r, r, 1.0] + [0.0, 0.0, z] for r, z in rings])
    y = _dowel_y_mm(layout)
    return [Solid.convex(tip + [x, y, 0.0], "dowel") for span in spans for x in _dowels_x_mm(layout, span)]


def dowel_places(layout: Layout, spans: Sequence[Span]) -> BaseGeometry:
    """Return what the dowels stand on, in plan, with the plastic around them."""
    from shapely import MultiPoint

    y = _dowel_y_mm(layout)
    middles = MultiPoint([(x, y) for span in spans for x in _dowels_x_mm(layout, span)])
    return middles.buffer(_dowel_radius_mm(layout) + DOWEL_EDGE_MM)


def thumb_recess(layout: Layout, span: Span) -> Solid:
    """Return the recess in the tie, below the lid's edge, by which the lid, or its piece, is lifted off."""
    from shapely import Polygon

    middle = sum(span) / 2
    half = min(THUMB_MM / 2, (span[1] - span[0]) / 4)
    y, z = layout.back_y_mm, layout.guide_z_mm
    profile = Polygon([(y - 3.0, z + 0.5), (y - 3.0, z - 2.0), (y + 1.0, z - 7.0), (y + 1.0, z + 0.5)])
    return Solid.extruded_along("x", profile, middle - half, middle + half, "thumb recess")


def lid_marks(
    layout: Layout, texts: Texts, spans: Sequence[Span], taken: BaseGeometry
) -> Iterator[tuple[str, MultiPolygon]]:
    """Yield what is engraved on the spine and a finger of the whole lid, in plan, as far as there is room.

    Parameters
    ----------
    layout, texts, spans
        Where the lid stands, what it says, and where its pieces reach.
    taken
        Where windows lead through its roof, in plan.
    """
    on_spine, on_finger = texts.lid
    yield from _on_spine(on_spine, layout, spans[0], taken)
    yield from _on_finger(on_finger, layout, layout.fingers, taken)


def piece_marks(
    layout: Layout, texts: Texts, spans: Sequence[Span], taken: BaseGeometry
) -> Iterator[list[tuple[str, MultiPolygon]]]:
    """Yield what is engraved on each piece of a lid in pieces: its number, and the mould's hash."""
    if len(spans) == 1:
        return
    on_spine, on_finger = texts.lid
    for number, (low, high) in enumerate(spans, start=1):
        text = f"{on_spine} {number}/{len(spans)}"
        inside = [(max(start, low), min(stop, high)) for start, stop in layout.fingers]
        fingers = [finger for finger in inside if finger[0] < finger[1]]
        marks = _on_spine(text, layout, (low, high), taken), _on_finger(on_finger, layout, fingers, taken)
        yield [*marks[0], *marks[1]]


def _on_spine(
    text: str, layout: Layout, span: Span, taken: BaseGeometry
) -> Iterator[tuple[str, MultiPolygon]]:
    from shapely.affinity import translate

    height = layout.letter_mm
    left, right = _dowels_x_mm(layout, span)
    room = right - left - 2 * (_dowel_radius_mm(layout) + MARGIN_MM) - text_width_mm(text, height)
    upright = centered_text(text, (left + right) / 2, _dowel_y_mm(layout) - height / 2, height)
    # a slash reaches below the line
    lift_mm = _dowel_y_mm(layout) - (upright.bounds[1] + upright.bounds[3]) / 2
    placed = _slid(translate(upright, 0.0, lift_mm), (1.0, 0.0), room / 2, taken)
    if placed is not None:
        yield text, placed


def _on_finger(
    text: str, layout: Layout, fingers: Sequence[tuple[float, float]], taken: BaseGeometry
) -> Iterator[tuple[str, MultiPolygon]]:
    """Yield a text along the first of some fingers that has room for it."""
    from shapely.affinity import rotate, translate

    if not text:
        return
    height = layout.letter_mm
    roofs = [_between_mouths(layout, finger) for finger in fingers]
    along = rotate(centered_text(text, 0.0, -height / 2, height), 90.0, origin=(0.0, 0.0))
    left, _, right, _ = along.bounds
    # small letters may be higher than capitals
    along = translate(along, -(left + right) / 2, sum(layout.guide_y_mm) / 2)
    wide = [(low, high) for low, high in roofs if high - low >= right - left + _BESIDE_LETTERS_MM]
    room = layout.guide_y_mm[1] - layout.guide_y_mm[0] - 2 * MARGIN_MM - text_width_mm(text, height)
    tried = (_slid(translate(along, sum(roof) / 2), (0.0, 1.0), room / 2, taken) for roof in wide)
    placed = next((outline for outline in tried if outline is not None), None)
    if placed is not None:
        yield text, placed


def _slid(
    text: MultiPolygon, along: tuple[float, float], farthest_mm: float, taken: BaseGeometry
) -> MultiPolygon | None:
    """Return a text, moved along as little as needed to meet nothing; None if it has no room."""
    from shapely import box
    from shapely.affinity import translate

    for step_mm in np.arange(0.0, farthest_mm + 1e-9, 1.0):
        for by_mm in (-step_mm, step_mm):
            moved = translate(text, by_mm * along[0], by_mm * along[1])
            if not box(*moved.bounds).buffer(_BESIDE_LETTERS_MM).intersects(taken):
                return moved
    return None


def _between_mouths(layout: Layout, finger: tuple[float, float]) -> tuple[float, float]:
    """Return the level part of a finger's roof along X: slots have mouths, the lid's ends have none."""
    low, high = (
        x + side * layout.mouth_mm if x not in layout.body_x_mm else x
        for x, side in zip(finger, (1.0, -1.0), strict=True)
    )
    return low, high


def _plug_z_mm(layout: Layout, parameters: DesignParameters) -> float:
    """Return the underside of the plug: it never touches the rim, so that the roof seats on the guides."""
    return layout.rim_z_mm + parameters.joints.play_mm


def _plug_outline(
    layout: Layout, outline: MultiPolygon, hollow: MultiPolygon | None, play_mm: float
) -> BaseGeometry:
    """Return the plug in plan: around the cavity, clear of guides and posts; thin walls are left out.

    What is left out is left out with a little of the hollow beside it, so that no face of the plug lies in
    the hollow's wall.
    """
    from shapely import box
    from shapely.ops import unary_union

    front, back = guide_outlines(layout)
    between = box(
        layout.body_x_mm[0], front.bounds[3] + play_mm, layout.body_x_mm[1], back.bounds[1] - play_mm
    )
    posts = unary_union([post.buffer(play_mm) for post in post_outlines(layout)])
    plug = outline.buffer(layout.wall_mm, quad_segs=8).intersection(between).difference(posts)
    plug = plug.difference(thin_tails(plug, layout))
    if hollow is None:
        return plug
    half = THINNEST_MM / 2
    ring = plug.difference(hollow)
    thin = ring.difference(ring.buffer(-half).buffer(half + _SLIVER_MM)).buffer(_INTO_HOLLOW_MM + _SLIVER_MM)
    return plug.difference(thin).buffer(-0.01).buffer(0.01).simplify(0.005)


def _turned_over(field: DistanceField, above_z_mm: float) -> DistanceField:
    """Return the part of a field above a height, turned over about X."""
    grid = field.grid
    row = max(0, int((above_z_mm - grid.origin_mm[2]) / grid.spacing_mm[2]))
    values = field.values_mm[:, ::-1, row:][:, :, ::-1]
    far = grid.to_points(np.array(grid.shape) - 1)
    origin = [grid.origin_mm[0], -far[1], -far[2]]
    turned = VoxelGrid.axis_aligned(values.shape, grid.spacing_mm.tolist(), origin)
    return replace(field, values_mm=values, grid=turned)


def _dowel_radius_mm(layout: Layout) -> float:
    return min(DOWEL_MM / 2, layout.tie_mm / 2 - DOWEL_EDGE_MM)


def _dowels_x_mm(layout: Layout, span: Span) -> tuple[float, float]:
    inset = _dowel_radius_mm(layout) + DOWEL_EDGE_MM + layout.corner_mm / 2
    return span[0] + inset, span[1] - inset


def _dowel_y_mm(layout: Layout) -> float:
    return layout.guide_y_mm[1] + layout.tie_mm / 2


def _sockets(layout: Layout, spans: Sequence[Span], play_mm: float) -> list[Solid]:
    from shapely import Point

    radius, low, high = (
        _dowel_radius_mm(layout) + play_mm,
        layout.guide_z_mm - 1.0,
        layout.guide_z_mm + layout.roof_mm + BEYOND_MM,
    )
    y = _dowel_y_mm(layout)
    return [
        Solid.extruded(Point(x, y).buffer(radius, quad_segs=16), low, high, "socket")
        for span in spans
        for x in _dowels_x_mm(layout, span)
    ]
