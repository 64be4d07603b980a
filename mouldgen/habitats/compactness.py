"""How compact a habitat is: the sphericity of its largest part."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from mouldgen.habitats.channels import TumourVoxels
from mouldgen.habitats.parts import connected_parts

__all__ = ["part_count_and_compactness", "sphericity"]

_STEPS = tuple(step for step in product((-1, 0, 1), repeat=3) if step > (0, 0, 0))
"""The 13 directions between a voxel and its neighbours."""

_WEIGHTS = {1: 0.0915, 2: 0.0740, 3: 0.0704}
"""Share of all directions that is nearest to each, by its squared length in voxels; together 1."""


def part_count_and_compactness(chosen: npt.NDArray[np.bool_], tumour: TumourVoxels) -> tuple[int, float]:
    """Return how many connected parts a habitat has, and the sphericity of the largest.

    Parameters
    ----------
    chosen
        Shape (N,): its voxels, at least one.
    """
    volume = np.asarray(tumour.spread_out(chosen), np.bool_)
    habitat = TumourVoxels(volume, tumour.grid)
    part = connected_parts(np.zeros(habitat.count, np.int64), habitat)
    sizes = np.bincount(part)
    largest = np.asarray(habitat.spread_out(part == int(sizes.argmax())), np.bool_)
    where = np.argwhere(largest)
    box = tuple(slice(low, high + 1) for low, high in zip(where.min(axis=0), where.max(axis=0), strict=True))
    return len(sizes), sphericity(largest[box], float(np.cbrt(tumour.grid.voxel_mm3)))


def sphericity(body: npt.NDArray[np.bool_], spacing_mm: float) -> float:
    """Return ``(36 pi V^2)^(1/3) / A``: 1 for a ball, less for what is long or ragged (Wadell 1935).

    The volume is that of the voxels. The area is Crofton's: how often lines in 13 directions cross the
    border, so that the steps of voxels do not count as area (Lehmann and Legland 2012, hdl:10380/3342):
    within 3 % for smooth bodies, 8 % too small for a box along the axes. At most 1.

    Parameters
    ----------
    body
        Any shape; what lies beyond the array is outside.
    spacing_mm
        Of voxels, the same along all axes.
    """
    padded = np.pad(body, 1)
    area_mm2 = 0.0
    for step in _STEPS:
        length_vox = float(np.linalg.norm(step))
        crossings = int(np.count_nonzero(padded != np.roll(padded, step, axis=(0, 1, 2))))
        area_mm2 += 2.0 * _WEIGHTS[round(length_vox**2)] * crossings / length_vox * spacing_mm**2
    volume_mm3 = int(np.count_nonzero(body)) * spacing_mm**3
    return min(1.0, float(np.cbrt(36 * np.pi * volume_mm3**2)) / area_mm2)
