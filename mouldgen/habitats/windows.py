"""Windows around a voxel: from millimetres to an odd number of voxels, and the directions within."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from mouldgen.errors import ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.params.habitats import FeatureParameters, WindowShape

__all__ = ["Direction", "Window", "slice_axis"]

Direction = tuple[int, int, int]


@dataclass(frozen=True)
class Window:
    """The voxels around a voxel that its features are computed from.

    Parameters
    ----------
    reach_vox
        How many voxels it reaches to either side of its own along i, j and k; 2 makes a width of 5.
    """

    reach_vox: tuple[int, int, int]

    def __post_init__(self) -> None:
        if min(self.reach_vox) < 0:
            message = f"a window cannot reach {min(self.reach_vox)} voxels"
            raise ValueError(message)

    @classmethod
    def cube(cls, width_vox: int) -> Window:
        """Return a cube of an odd number of voxels."""
        return cls((width_vox // 2,) * 3)

    @classmethod
    def fitted(cls, grid: VoxelGrid, parameters: FeatureParameters) -> Window:
        """Return the window of a width in millimetres on a grid: the nearest odd numbers of voxels.

        Raises
        ------
        ParameterError
            If it would hold a single voxel.
        """
        reach = [int((parameters.window_mm / spacing) // 2) for spacing in grid.spacing_mm]
        if parameters.window is WindowShape.SQUARE:
            reach[slice_axis(grid)] = 0
        if not any(reach):
            least_mm = 2 * float(np.min(grid.spacing_mm))
            message = (
                f"a window of {parameters.window_mm:g} mm holds a single voxel of the common grid; "
                f"give a window_mm of at least {least_mm:.2g} mm, or a finer grid (channels.voxel_mm)"
            )
            raise ParameterError(message)
        return cls((reach[0], reach[1], reach[2]))

    @property
    def widths_vox(self) -> tuple[int, int, int]:
        """Voxels along i, j and k."""
        i, j, k = self.reach_vox
        return 2 * i + 1, 2 * j + 1, 2 * k + 1

    @property
    def offsets_vox(self) -> npt.NDArray[np.int64]:
        """Shape (voxels, 3): from its middle to every voxel of it."""
        return np.asarray(np.argwhere(np.ones(self.widths_vox)) - self.reach_vox)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """Steps to the neighbours at distance 1 (infinity norm), one of each opposite pair.

        13 in a cube and 4 in a square, as the Image Biomarker Standardisation Initiative counts them.
        """
        i, j, k = (range(-1, 2) if reach else (0,) for reach in self.reach_vox)
        return tuple(step for step in product(i, j, k) if step[::-1] > (0, 0, 0))

    @property
    def short_to_long(self) -> tuple[int, int, int]:
        """Its axes from the shortest to the longest."""
        first, second, third = sorted(range(3), key=lambda axis: (self.reach_vox[axis], axis))
        return first, second, third

    def turned(self, axes: tuple[int, int, int]) -> Window:
        """Return the window for an array that is transposed by `axes`."""
        return Window((self.reach_vox[axes[0]], self.reach_vox[axes[1]], self.reach_vox[axes[2]]))


def slice_axis(grid: VoxelGrid) -> int:
    """Return the axis that slices of the common grid are stacked along.

    That of the widest spacing; among equals the last, which is the one nearest to the patient's length.
    """
    spacing = grid.spacing_mm.round(6)
    return max(range(3), key=lambda axis: (spacing[axis], axis))
