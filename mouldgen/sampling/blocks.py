"""Parts slabs into blocks that fit a cassette.

A slab that is thicker than the cassette is parted into equal sub-slices, A at the face toward S01. An
outline that is larger is parted into a grid of equal cells, numbered like the lines of a page as the upper
face is seen: from the top, and from -Y to +Y. Cells without tissue are left out. Every block lies in its
cassette with its lower face down, the one toward S01.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.orientation import MouldFrame
from mouldgen.params import BlockParameters
from mouldgen.sampling.contents import SamplingMap, SlabContent
from mouldgen.sampling.site_plan import Block, Face
from mouldgen.specimen import Specimen, habitat_code

__all__ = ["plan_blocks"]

_ROUNDING_MM = 1e-6
_INSIDE_MM = 1e-9


class TissueBoxes(NamedTuple):
    """The boxes along the mould's axes that hold the specimen's voxels: their middles and half sizes.

    Parameters
    ----------
    middles_mould
        Shape (N, 3).
    half_mm
        Shape (3,).
    """

    middles_mould: FloatArray
    half_mm: FloatArray

    def within(self, x_lower_mm: float, x_upper_mm: float) -> TissueBoxes:
        """Return those that reach between two planes across X."""
        x, half = self.middles_mould[:, 0], self.half_mm[0] - _INSIDE_MM
        return TissueBoxes(
            self.middles_mould[(x + half > x_lower_mm) & (x - half < x_upper_mm)], self.half_mm
        )


def plan_blocks(
    specimen: Specimen, frame: MouldFrame, sampling: SamplingMap, blocks: BlockParameters, case_id: str
) -> tuple[Block, ...]:
    """Return the blocks of all slabs; none where no cassette was chosen.

    Parameters
    ----------
    specimen
        Its tissue's voxels decide what a block must hold.
    frame
        The mould frame.
    sampling
        Slabs and their outlines.
    blocks
        The cassette, and how blocks are called.
    case_id
        For their names.
    """
    if blocks.cassette is None:
        return ()
    tissue = _tissue_boxes(specimen, frame)
    return tuple(
        block for content in sampling.slabs for block in _blocks_of(content, tissue, blocks, case_id)
    )


def _tissue_boxes(specimen: Specimen, frame: MouldFrame) -> TissueBoxes:
    grid = specimen.tissue.grid.moved(frame.mould_from_patient)
    half_mm = np.array([grid.half_widths_mm(axis).sum() for axis in np.eye(3)])
    return TissueBoxes(grid.to_points(np.argwhere(specimen.tissue.voxels > 0)), half_mm)


def _blocks_of(
    content: SlabContent, tissue: TissueBoxes, blocks: BlockParameters, case_id: str
) -> Iterator[Block]:
    slab = content.slab
    inside = tissue.within(slab.x_lower_mm, slab.x_upper_mm)
    if not len(inside.middles_mould):
        return
    edges = _cell_edges(*_extent(content, inside), blocks)
    parts = ceil(slab.thickness_mm / blocks.depth_mm - _ROUNDING_MM)
    x_edges = np.linspace(slab.x_lower_mm, slab.x_upper_mm, parts + 1)
    filled = [_filled(edges, inside.within(low, high)) for low, high in pairwise(x_edges)]
    numbers = _numbers(np.logical_or.reduce(filled))
    for part, (x_range, present) in enumerate(zip(pairwise(x_edges), filled, strict=True)):
        letter = habitat_code(part)
        for number, row, column in numbers:
            if not present[row, column]:
                continue
            name = blocks.name_pattern.format(case=case_id, slab=slab.id, block=f"{letter}{number}")
            yield Block(
                id=name,
                slab_id=slab.id,
                part=letter,
                number=number,
                x_lower_mm=float(x_range[0]),
                x_upper_mm=float(x_range[1]),
                y_lower_mm=float(edges[0][row]),
                y_upper_mm=float(edges[0][row + 1]),
                z_lower_mm=float(edges[1][column]),
                z_upper_mm=float(edges[1][column + 1]),
                face_down=Face.LOWER,
            )


def _extent(content: SlabContent, inside: TissueBoxes) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and highest y and z of a slab's voxels and outlines."""
    outlines = content.outlines
    rings = [*outlines.lower, *outlines.mid, *outlines.upper]
    middles, half = inside.middles_mould[:, 1:], inside.half_mm[1:]
    points = np.concatenate([middles - half, middles + half, *rings])
    return points.min(axis=0), points.max(axis=0)


def _cell_edges(low: FloatArray, high: FloatArray, blocks: BlockParameters) -> tuple[FloatArray, FloatArray]:
    """Return the edges of the cells along y and z, the cassette turned where that needs fewer."""
    ways = ((blocks.length_mm, blocks.width_mm), (blocks.width_mm, blocks.length_mm))
    counts = [
        tuple(max(1, ceil(size / side - _ROUNDING_MM)) for size, side in zip(high - low, way, strict=True))
        for way in ways
    ]
    rows, columns = min(counts, key=lambda count: count[0] * count[1])
    return np.linspace(low[0], high[0], rows + 1), np.linspace(low[1], high[1], columns + 1)


def _filled(edges: tuple[FloatArray, FloatArray], tissue: TissueBoxes) -> npt.NDArray[np.bool_]:
    """Return which cells the box of some voxel reaches; shape (cells along y, cells along z)."""
    filled = np.zeros((len(edges[0]) - 1, len(edges[1]) - 1), bool)
    half = tissue.half_mm[1:] - _INSIDE_MM
    low, high = tissue.middles_mould[:, 1:] - half, tissue.middles_mould[:, 1:] + half
    for row, (y_low, y_high) in enumerate(pairwise(edges[0])):
        for column, (z_low, z_high) in enumerate(pairwise(edges[1])):
            meets = (high > (y_low, z_low)) & (low < (y_high, z_high))
            filled[row, column] = bool(meets.all(axis=1).any())
    return filled


def _numbers(filled: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Return number, row along y and column along z of the cells that hold tissue, in reading order."""
    columns, rows = np.nonzero(filled.T[::-1])
    top = filled.shape[1] - 1
    return [
        (n, int(row), top - int(column)) for n, (column, row) in enumerate(zip(columns, rows, strict=True), 1)
    ]
