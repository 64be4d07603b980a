"""The slab tray: numbered wells in the order of the slabs, each shaped like its slab, upper face up.

A tray is seen as the slabs are on paper: +Y of the mould to the right, +Z away from the reader, and the
upper face of every slab, toward the next slab, looks up. That is a turn, never a mirror image:
(x, y, z) of a tray are (y, z, x) of the mould.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mouldgen.mould.engravings import Engraving
from mouldgen.mould.layout import Layout
from mouldgen.mould.lettering import centered_text, text_width_mm
from mouldgen.mould.sections import slab_silhouette
from mouldgen.mould.tray_layout import Cell, TrayGrid, lay_out_trays
from mouldgen.mould.workpiece import Workpiece
from mouldgen.params import DesignParameters
from mouldgen.solids import Solid, union

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["SlabTray", "Well", "slab_trays"]

_FLOOR_MM = 2.0
_GAP_MM = 3.0
_EDGE_MM = 2.0
_CORNER_MM = 3.0
_DEEPEST_SHARE = 0.6
_THINNEST_WALL_MM = 1.2
_BELOW_LINE = 0.35
"""How far letters such as g and _ reach below the line, as a share of the height of capitals."""


@dataclass(frozen=True, eq=False)
class Well:
    """One well of a tray, in the tray's frame.

    Parameters
    ----------
    slab
        Number of the slab.
    outline
        Its edge, in [x, y] of the tray.
    shift_mm
        What takes [y, z] of the mould to [x, y] of the tray.
    depth_mm
        Below the top of the tray.
    """

    slab: str
    outline: MultiPolygon
    shift_mm: tuple[float, float]
    depth_mm: float


@dataclass(frozen=True, eq=False)
class SlabTray:
    """A tray that stands on z = 0 with its lower left corner at the origin.

    Parameters
    ----------
    solid
        The tray.
    wells
        In the order of the slabs.
    engraved
        Its texts.
    """

    solid: Solid
    wells: tuple[Well, ...]
    engraved: tuple[Engraving, ...]


@dataclass(frozen=True, eq=False)
class _Shape:
    """What a slab needs: its well in [y, z] of the mould, and its depth."""

    slab: str
    outline: MultiPolygon
    depth_mm: float


def slab_trays(workpiece: Workpiece, parameters: DesignParameters) -> tuple[SlabTray, ...] | None:
    """Return the trays for all slabs; None if a slab is larger than the printer's bed.

    Parameters
    ----------
    workpiece
        The finished mould.
    parameters
        Clearance and depth of the wells, letters, bed.
    """
    shapes = _shapes(workpiece, parameters)
    edge = _edge_mm(workpiece)
    title = _title_mm(workpiece)
    margin = 2 * parameters.split.margin_mm
    room = tuple(side - 2 * edge - title - margin for side in parameters.printer.bed_mm[:2])
    cells = [_cell(shape, workpiece) for shape in shapes]
    grids = lay_out_trays(cells, (room[0], room[1]), _GAP_MM)
    if grids is None:
        return None
    return tuple(
        _tray(grid, shapes, cells, workpiece, f" {n}/{len(grids)}" if len(grids) > 1 else "")
        for n, grid in enumerate(grids, start=1)
    )


def _shapes(workpiece: Workpiece, parameters: DesignParameters) -> list[_Shape]:
    shapes = []
    for slab, (lower, upper) in zip(workpiece.texts.slabs, workpiece.slab_faces_mm, strict=True):
        covered = slab_silhouette(workpiece.plastic, lower, upper)
        if covered.is_empty:
            continue
        depth = min(parameters.extras.tray_depth_mm, _DEEPEST_SHARE * (upper - lower))
        shapes.append(_Shape(slab, _well_outline(covered, parameters.extras.tray_clearance_mm), depth))
    return shapes


def _well_outline(covered: MultiPolygon, clearance_mm: float) -> MultiPolygon:
    """Return what a slab covers with its clearance; no walls too thin to print."""
    from shapely import MultiPolygon, Polygon

    half = _THINNEST_WALL_MM / 2
    # the simplified edge may not come nearer than the clearance
    grown = covered.buffer(clearance_mm + half + 0.02, quad_segs=8).buffer(-half, quad_segs=8).simplify(0.02)
    return MultiPolygon([Polygon(part.exterior) for part in getattr(grown, "geoms", [grown])])


def _edge_mm(workpiece: Workpiece) -> float:
    texts, letter = workpiece.texts, workpiece.layout.letter_mm
    widest = max(text_width_mm(text, letter) for text in (texts.front, texts.back))
    return max(widest, letter) + 2 * _EDGE_MM


def _title_mm(workpiece: Workpiece) -> float:
    """Return the height of the strip with the case, its strokes below the line included."""
    return (1.0 + _BELOW_LINE) * workpiece.layout.letter_mm + _EDGE_MM / 2


def _cell(shape: _Shape, workpiece: Workpiece) -> Cell:
    low_x, low_y, high_x, high_y = shape.outline.bounds
    label = text_width_mm(_label(shape.slab), workpiece.layout.letter_mm)
    return Cell(max(high_x - low_x, label), high_y - low_y + workpiece.layout.line_pitch_mm)


def _label(slab: str) -> str:
    return f"S{int(slab):02d}"


def _tray(
    grid: TrayGrid, shapes: list[_Shape], cells: list[Cell], workpiece: Workpiece, number: str
) -> SlabTray:
    edge, line, strip = _edge_mm(workpiece), workpiece.layout.line_pitch_mm, _title_mm(workpiece)
    title = f"{workpiece.texts.lines[0]}{number}"
    layout = workpiece.layout
    title_width = text_width_mm(title, layout.letter_mm)
    inner_width = max(
        grid.width_mm, title_width - 2 * edge + 2 * _EDGE_MM, _upper_row_mm(workpiece) - 2 * edge
    )
    width, height = inner_width + 2 * edge, grid.height_mm + 2 * edge + strip
    left, top = edge + (inner_width - grid.width_mm) / 2, height - edge
    wells: list[Well] = []
    labels: list[tuple[str, MultiPolygon]] = []
    for place in grid.places:
        shape, cell = shapes[place.index], cells[place.index]
        middle = left + place.left_mm + cell.width_mm / 2
        head = top + place.top_mm
        labels.append(_standing(_label(shape.slab), middle, head - layout.letter_mm, layout))
        wells.append(_well(shape, middle, head - line))
    labels += _edge_letters(workpiece, width, height, strip)
    foot = strip - layout.letter_mm
    labels.append(_standing(title, width / 2, foot, layout))
    top = _FLOOR_MM + max(well.depth_mm for well in wells)
    engraved = tuple(Engraving(text, outline, top, layout.letter_depth_mm) for text, outline in labels)
    return SlabTray(_carved(width, height, top, wells, engraved), tuple(wells), engraved)


def _standing(text: str, x_mm: float, y_mm: float, layout: Layout) -> tuple[str, MultiPolygon]:
    """Return a text and its outline, around `x_mm` and standing on `y_mm`."""
    return text, centered_text(text, x_mm, y_mm, layout.letter_mm)


def _well(shape: _Shape, middle_mm: float, top_mm: float) -> Well:
    from shapely.affinity import translate

    low_x, _, high_x, high_y = shape.outline.bounds
    shift = (middle_mm - (low_x + high_x) / 2, top_mm - high_y)
    return Well(shape.slab, translate(shape.outline, *shift), shift, shape.depth_mm)


def _upper_row_mm(workpiece: Workpiece) -> float:
    """Return the width at which the letter in the middle of the upper edge is clear of those beside it."""
    texts, letter = workpiece.texts, workpiece.layout.letter_mm
    beside = text_width_mm(f"UP {texts.right}", letter) + _EDGE_MM + _GAP_MM
    return text_width_mm(texts.top, letter) + 2 * beside


def _edge_letters(
    workpiece: Workpiece, width: float, height: float, strip: float
) -> list[tuple[str, MultiPolygon]]:
    """Return the letters of the sides that the slabs' edges face, and of the side that looks up."""
    layout, texts = workpiece.layout, workpiece.texts
    letter = layout.letter_mm
    middle_y = strip + (height - strip) / 2
    side = _EDGE_MM + max(text_width_mm(text, letter) for text in (texts.front, texts.back)) / 2
    up = f"UP {texts.right}"
    return [
        _standing(texts.top, width / 2, height - _EDGE_MM - letter, layout),
        _standing(texts.bottom, width / 2, strip + _EDGE_MM, layout),
        _standing(texts.front, side, middle_y - letter / 2, layout),
        _standing(texts.back, width - side, middle_y - letter / 2, layout),
        _standing(up, width - _EDGE_MM - text_width_mm(up, letter) / 2, height - _EDGE_MM - letter, layout),
    ]


def _carved(
    width: float, height: float, top: float, wells: list[Well], engraved: tuple[Engraving, ...]
) -> Solid:
    from shapely import MultiPolygon, box

    inner = box(_CORNER_MM, _CORNER_MM, width - _CORNER_MM, height - _CORNER_MM)
    block = Solid.extruded(inner.buffer(_CORNER_MM, quad_segs=8), 0.0, top, "slab tray")
    cutters = [Solid.extruded(well.outline, top - well.depth_mm, top + 1.0, "well") for well in wells]
    letters = MultiPolygon([polygon for text in engraved for polygon in text.outline.geoms])
    cutters.append(Solid.extruded(letters, top - engraved[0].depth_mm, top + 1.0, "letters"))
    return block.minus(union(cutters, "wells")).in_one_piece()
