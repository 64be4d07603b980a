"""How the stored box of a ``.seg.nrrd`` file lies in the image that its segments were drawn on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray, VoxelGrid, anatomical_name
from mouldgen.images import LabelArray, SliceStack
from mouldgen.io.segment_layers import LayerArray
from mouldgen.io.volumes import slice_axis

__all__ = ["ImageBounds", "find_image_bounds", "image_planes", "is_cropped_box"]

_PARALLEL_TOLERANCE = 1e-3
_SAME_PLANE = 0.01


@dataclass(frozen=True, eq=False)
class ImageBounds:
    """Where the image begins and ends, as indices of the stored lattice.

    Parameters
    ----------
    grid
        The stored lattice, in patient order.
    low, high
        Shape (3,): outer borders of the image's first and last voxels.
    """

    grid: VoxelGrid
    low: FloatArray
    high: FloatArray

    @property
    def exceed_stored(self) -> bool:
        """Whether the image is larger than the stored box, by half a voxel or more at some side."""
        return bool((self.low <= -1.0).any() or (self.high >= np.array(self.grid.shape)).any())

    def cut(self, labels: LabelArray) -> Iterator[Finding]:
        """Yield a finding for each side at which labels end together with the image.

        Parameters
        ----------
        labels
            Shape ``grid.shape``.
        """
        for axis, position in self._sides_met():
            count = int(np.count_nonzero(np.moveaxis(labels, axis, 0)[position]))
            if count:
                side, _ = anatomical_name((1.0 if position else -1.0) * self.grid.directions[:, axis])
                yield Finding.warning(
                    "cut_by_border",
                    f"the segmentation reaches the {side} border of the image that it was "
                    f"drawn on ({count} voxels); tissue beyond it is not in the mould. Use a larger image",
                )

    def _sides_met(self) -> Iterator[tuple[int, int]]:
        for axis in range(3):
            if self.low[axis] > -1.0:
                yield axis, 0
            if self.high[axis] < self.grid.shape[axis]:
                yield axis, -1


def find_image_bounds(reference: VoxelGrid | None, grid: VoxelGrid) -> ImageBounds | None:
    """Return an image's bounds on a lattice; None if they are unknown, oblique to it or elsewhere."""
    if reference is None:
        return None
    cosines = np.abs(reference.directions.T @ grid.directions)
    if np.minimum(cosines, np.abs(1 - cosines)).max() > _PARALLEL_TOLERANCE:
        return None
    ends = np.array([(-0.5, size - 0.5) for size in reference.shape])
    corners = grid.to_indices(reference.to_points(np.array(list(product(*ends)))))
    low, high = corners.min(axis=0), corners.max(axis=0)
    is_apart = (high <= -0.5).any() or (low >= np.array(grid.shape) - 0.5).any()
    return None if is_apart else ImageBounds(grid, low, high)


def is_cropped_box(bounds: ImageBounds | None, offset: tuple[int, ...], layers: Sequence[LayerArray]) -> bool:
    """Return whether arrays are smaller than the image; where that is unknown, whether they fit tightly.

    Parameters
    ----------
    bounds
        Of the image, where known.
    offset
        Index in the image at which the arrays begin.
    layers
        All arrays.
    """
    if bounds is not None:
        return bounds.exceed_stored
    if any(start > 0 for start in offset):
        return True
    sides = product(range(3), (0, -1))
    return all(any(np.moveaxis(layer, axis, 0)[end].any() for layer in layers) for axis, end in sides)


def image_planes(reference: VoxelGrid | None, file_grid: VoxelGrid) -> SliceStack:
    """Return the image's planes where the file's own are among them, else these."""
    own = SliceStack.along_axis(file_grid, slice_axis(file_grid))
    if reference is None:
        return own
    planes = SliceStack.along_axis(reference, slice_axis(reference))
    steps = float((own.first_center_mm - planes.first_center_mm) @ planes.normal_lps) / planes.spacing_mm
    is_same = np.allclose(own.step_mm, planes.step_mm, rtol=0, atol=_PARALLEL_TOLERANCE * own.spacing_mm)
    is_inside = -_SAME_PLANE < steps < planes.count - own.count + _SAME_PLANE
    return planes if is_same and is_inside and abs(steps - round(steps)) < _SAME_PLANE else own
