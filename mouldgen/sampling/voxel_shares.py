"""How much of every voxel lies between two planes, in closed form.

A voxel is a box; its points' positions along the cut normal are the sum of three independent uniform
variables, one for each edge. The share of the voxel below a plane is the distribution function of
that sum, a piecewise cubic (Irwin-Hall for unequal widths; Bradley and Gupta 2002,
doi:10.1023/A:1022483715767). All voxels of a grid have the same one.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.images import LabelVolume

__all__ = ["label_volumes_between", "share_below"]

_NEGLIGIBLE = 1e-5


def share_below(offset_mm: FloatArray, half_widths_mm: FloatArray) -> FloatArray:
    """Return the share of a box that lies below a plane.

    Parameters
    ----------
    offset_mm
        Any shape: from the box's centre up to the plane, along the plane's normal.
    half_widths_mm
        Shape (3,): from `VoxelGrid.half_widths_mm`.
    """
    widths = np.asarray(half_widths_mm, np.float64)
    widths = widths[widths > _NEGLIGIBLE * widths.max()]
    offsets = np.clip(np.asarray(offset_mm, np.float64), -widths.sum(), widths.sum())
    order = len(widths)
    total = np.zeros_like(offsets)
    for signs in product((1.0, -1.0), repeat=order):
        corner = np.maximum(offsets + np.dot(signs, widths), 0.0)
        total += np.prod(signs) * corner**order
    scale = float(np.prod(2 * widths)) * float(np.prod(np.arange(1, order + 1)))
    return np.clip(total / scale, 0.0, 1.0)


def label_volumes_between(
    volume: LabelVolume, normal: FloatArray, edges_mm: FloatArray
) -> dict[int, FloatArray]:
    """Return the exact volume of every label between neighbouring planes.

    Parameters
    ----------
    volume
        Labels on their own grid.
    normal
        Shape (3,): unit normal of the planes, in the frame of the grid.
    edges_mm
        Shape (E,): positions of the planes along the normal, rising.

    Returns
    -------
    dict of int to FloatArray
        By label, shape (E + 1,): below the first plane, between planes, above the last; mm3.
    """
    return {label: _volumes_of(volume, label, normal, edges_mm) for label in volume.labels()}


def _volumes_of(volume: LabelVolume, label: int, normal: FloatArray, edges_mm: FloatArray) -> FloatArray:
    half_widths = volume.grid.half_widths_mm(normal)
    positions = _positions_along(volume, label, normal)
    reach = float(half_widths.sum())
    below = np.empty(len(edges_mm))
    for n, edge in enumerate(edges_mm):
        first, last = np.searchsorted(positions, (edge - reach, edge + reach))
        below[n] = first + share_below(edge - positions[first:last], half_widths).sum()
    steps = np.diff(below, prepend=0.0, append=float(len(positions)))
    return np.asarray(steps * volume.grid.voxel_mm3)


def _positions_along(volume: LabelVolume, label: int, normal: FloatArray) -> FloatArray:
    """Return the sorted positions of a label's voxel centres along a normal."""
    index = np.nonzero(volume.voxels == label)
    step = volume.grid.point_from_index[:3, :3].T @ normal
    positions = np.full(len(index[0]), float(volume.grid.origin_mm @ normal))
    for axis_index, axis_step in zip(index, step, strict=True):
        positions += axis_index * axis_step
    positions.sort()
    return positions
