"""The blocks of a slab on its faces: their cells, and short names that keep off what is drawn there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.export.map_document import BlockEntry
from mouldgen.export.sheet.bench import BenchFace, BenchSlab
from mouldgen.export.sheet.face_view import FaceView
from mouldgen.export.sheet.habitat_letters import Circle
from mouldgen.export.sheet.mark_boxes import MarkBox
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.typography import PrintStyle, text_width_mm
from mouldgen.frames import FloatArray

__all__ = ["BlockCell", "block_cells", "draw_cell_edges", "draw_cell_names", "short_name"]

_NAME = PrintStyle(5.5, color=(40, 40, 40))
_EDGE = Stroke(0.25, (60, 60, 60), (1.2, 0.5, 0.3, 0.5))
_WHITE = (255, 255, 255)
_PADDING_MM = 0.25
_INSET_MM = 0.35
_STEPS = 9
_CLEAR_MM = 0.4
"""From a name to the outline, datum lines and circles."""


@dataclass(frozen=True, eq=False)
class BlockCell:
    """A block on a face.

    Parameters
    ----------
    name
        Its part and number.
    corners
        On the page, shape (4, 2).
    box
        Where the name stands.
    """

    name: str
    corners: FloatArray
    box: MarkBox


def short_name(block: BlockEntry) -> str:
    """Return a block's part and number, such as B3."""
    return f"{block.part}{block.number}"


def block_cells(
    view: FaceView, slab: BenchSlab, face: BenchFace, sites: Sequence[Circle], taken: Sequence[MarkBox]
) -> list[BlockCell]:
    """Return the blocks that lie at a face.

    Parameters
    ----------
    view, slab, face
        What is drawn where.
    sites
        Circles of punches on the page.
    taken
        Other words in the drawing.
    """
    from shapely import LinearRing, LineString, Point, union_all

    lines = [LinearRing(ring) for ring in view.rings(face.outline)]
    window = view.window
    lines.append(LineString(view.to_page([[0.0, window.z_low_mm], [0.0, window.z_high_mm]])))
    lines.append(LineString(view.to_page([[window.y_low_mm, 0.0], [window.y_high_mm, 0.0]])))
    drawn = [line.buffer(_CLEAR_MM) for line in lines]
    drawn += [Point(x, y).buffer(radius) for x, y, radius in sites]
    drawn += [box.to_area() for box in taken]
    obstacles = union_all(drawn)
    cells = []
    for block in slab.blocks_at(view.plane):
        corners = view.to_page(_ring(block, slab))
        candidates = _name_places(corners, short_name(block))
        covered = [round(box.to_area().intersection(obstacles).area, 3) for box in candidates]
        cells.append(BlockCell(short_name(block), corners, candidates[int(np.argmin(covered))]))
    return cells


def _ring(block: BlockEntry, slab: BenchSlab) -> FloatArray:
    (y0, y1), (z0, z1) = block.y_mm, block.z_mm
    (ring,) = slab.from_datums([np.array([[y0, z0], [y1, z0], [y1, z1], [y0, z1]])])
    return ring


def _name_places(corners: FloatArray, name: str) -> list[MarkBox]:
    """Return places for a name in a cell, those nearest to its upper left corner first."""
    width, height = text_width_mm(name, _NAME) + 2 * _PADDING_MM, 0.75 * _NAME.size_mm + 2 * _PADDING_MM
    low, high = corners.min(axis=0) + _INSET_MM, corners.max(axis=0) - _INSET_MM
    room = np.maximum(0.0, high - low - (width, height))
    steps = np.linspace(0.0, 1.0, _STEPS)
    shifts = sorted(
        ((float(x), float(y)) for x in steps * room[0] for y in steps * room[1]),
        key=lambda shift: (round(shift[0] + shift[1], 6), shift[1]),
    )
    return [MarkBox(low[0] + x, low[1] + y, low[0] + x + width, low[1] + y + height) for x, y in shifts]


def draw_cell_edges(pen: Pen, cells: Sequence[BlockCell]) -> None:
    """Draw the edges of cells, and a white ground for their names, which lines may cross."""
    for cell in cells:
        pen.rings([cell.corners], stroke=_EDGE)
    for cell in cells:
        cell.box.fill(pen, _WHITE)


def draw_cell_names(pen: Pen, cells: Sequence[BlockCell]) -> None:
    """Write the names of cells."""
    for cell in cells:
        pen.text(cell.box.middle_mm, cell.name, _NAME, "middle", middle=True)
