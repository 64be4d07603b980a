"""Volumes that are read: labels, images and certainty, each on its grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import InputError
from mouldgen.frames import FloatArray, VoxelGrid, frozen_array

__all__ = [
    "CertaintyVolume",
    "Image",
    "LabelArray",
    "LabelVolume",
    "SliceStack",
]

LabelArray = npt.NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class SliceStack:
    """The image planes of a file, in the file's own numbering from 0.

    Parameters
    ----------
    first_center_mm
        Shape (3,), LPS: a point on slice 0.
    step_mm
        Shape (3,), LPS: from one slice to the next, along the slice normal.
    count
        Number of slices.
    sop_instance_uids
        One per slice, empty where the file has none.
    instance_numbers
        One per slice, of DICOM: InstanceNumber, or the frame's number in a multi-frame file; empty elsewhere.
    """

    first_center_mm: FloatArray
    step_mm: FloatArray
    count: int
    sop_instance_uids: tuple[str, ...] = ()
    instance_numbers: tuple[int | None, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "first_center_mm", frozen_array(self.first_center_mm, np.float64))
        object.__setattr__(self, "step_mm", frozen_array(self.step_mm, np.float64))

    @classmethod
    def along_axis(cls, grid: VoxelGrid, axis: int) -> SliceStack:
        """Return the slices of `grid` along one of its axes."""
        first = (np.array(grid.shape) - 1) / 2.0
        first[axis] = 0.0
        step = grid.point_from_index[:3, axis]
        return cls(grid.to_points(first), step, grid.shape[axis])

    @property
    def spacing_mm(self) -> float:
        """Distance between neighbouring slices."""
        return float(np.linalg.norm(self.step_mm))

    @property
    def normal_lps(self) -> FloatArray:
        """Shape (3,): unit vector from slice 0 towards slice 1."""
        return np.asarray(self.step_mm / self.spacing_mm)


@dataclass(frozen=True, eq=False)
class LabelVolume:
    """Whole-numbered labels on a grid; 0 is background.

    Parameters
    ----------
    voxels
        Shape ``grid.shape``, indexed [i, j, k].
    grid
        Where the voxels lie, in LPS (or in the frame that the owner names).
    """

    voxels: LabelArray
    grid: VoxelGrid

    def __post_init__(self) -> None:
        _check_shape(self.voxels, self.grid)
        object.__setattr__(self, "voxels", frozen_array(self.voxels, np.uint16))

    def __repr__(self) -> str:
        spacing = " x ".join(f"{s:.3g}" for s in self.grid.spacing_mm)
        return f"LabelVolume(shape={self.grid.shape}, spacing={spacing} mm, labels={self.labels()})"

    def labels(self) -> tuple[int, ...]:
        """Return the labels that occur, without background, in rising order."""
        return tuple(int(label) for label in np.flatnonzero(np.bincount(self.voxels.ravel("K"))) if label)

    def volume_mm3(self, label: int | None = None) -> float:
        """Return the volume of one label, or of all that is not background."""
        chosen = self.voxels > 0 if label is None else self.voxels == label
        return int(np.count_nonzero(chosen)) * self.grid.voxel_mm3

    def bounds_vox(self) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """Return the first index and the one after the last, along each axis, of what is not background.

        Raises
        ------
        InputError
            If all is background.
        """
        present = self.voxels > 0
        start, stop = [], []
        for axis in range(3):
            others = tuple(a for a in range(3) if a != axis)
            hit = np.flatnonzero(present.any(axis=others))
            if not hit.size:
                message = "the label volume is all background; choose a label that is present"
                raise InputError(message)
            start.append(int(hit[0]))
            stop.append(int(hit[-1]) + 1)
        return (start[0], start[1], start[2]), (stop[0], stop[1], stop[2])

    def row_ends(self) -> FloatArray:
        """Return the centres of the first and the last voxel of every row along the first axis.

        Shape (N, 3). Nothing that is not background lies further out in any direction.
        """
        present = self.voxels > 0
        rows = np.nonzero(present.any(axis=0))
        first = np.argmax(present, axis=0)[rows]
        last = present.shape[0] - 1 - np.argmax(present[::-1], axis=0)[rows]
        ends = [np.column_stack([i, *rows]) for i in (first, last)]
        return self.grid.to_points(np.concatenate(ends))

    def extent_along(self, axes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the lowest and highest position of any voxel corner that is not background.

        Parameters
        ----------
        axes
            Shape (3, 3): one unit vector a row.

        Returns
        -------
        tuple of FloatArray
            Shape (3,) each, millimetres along the axes.
        """
        centers = self.row_ends() @ axes.T
        reach = np.array([self.grid.half_widths_mm(axis).sum() for axis in axes])
        return centers.min(axis=0) - reach, centers.max(axis=0) + reach

    def centroid_mm(self, label: int) -> FloatArray:
        """Return the mean of the centres of a label's voxels; shape (3,), in the frame of the grid.

        Raises
        ------
        InputError
            If the label is absent.
        """
        indices = np.argwhere(self.voxels == label)
        if not len(indices):
            message = f"label {label} is absent from the label volume; choose one that is present"
            raise InputError(message)
        return self.grid.to_points(indices.mean(axis=0))

    def cropped(self) -> LabelVolume:
        """Return the part that holds all labels, without padding."""
        start, stop = self.bounds_vox()
        box = tuple(slice(low, high) for low, high in zip(start, stop, strict=True))
        return LabelVolume(self.voxels[box], self.grid.cropped(start, stop))


@dataclass(frozen=True, eq=False)
class Image:
    """A scalar image (MR, CT, PET, a map) on a grid.

    Parameters
    ----------
    name
        What the user calls it, for instance ``t2``.
    voxels
        Shape ``grid.shape``, indexed [i, j, k].
    grid
        Where the voxels lie, in LPS.
    slices
        The planes that the file stores.
    modality
        As DICOM says it (``CT``, ``PT``, ``MR``); empty where the file does not say.
    """

    name: str
    voxels: npt.NDArray[np.float32]
    grid: VoxelGrid
    slices: SliceStack
    modality: str = ""

    def __post_init__(self) -> None:
        _check_shape(self.voxels, self.grid)
        object.__setattr__(self, "voxels", frozen_array(self.voxels, np.float32))

    def __repr__(self) -> str:
        return f"Image({self.name!r}, shape={self.grid.shape})"

    @cached_property
    def storage_type(self) -> type[np.generic]:
        """The smallest type that holds its values as they are."""
        # planes that lie together in memory, whichever way the file stored them: fifty times as fast
        planes = np.moveaxis(self.voxels, int(np.argmax(self.voxels.strides)), 0)
        if not all(bool((plane == np.rint(plane)).all()) for plane in planes):
            return np.float32
        largest = max(float(self.voxels.max(initial=0)), -float(self.voxels.min(initial=0)))
        return next((kind for kind in (np.int16, np.int32) if largest <= np.iinfo(kind).max), np.float32)


@dataclass(frozen=True, eq=False)
class CertaintyVolume:
    """How sure it is that voxels belong to the habitat that they are labelled as.

    Parameters
    ----------
    voxels
        Shape ``grid.shape``, indexed [i, j, k]: from 0, by chance, to 1, certain; a posterior probability or
        a share of votes. What it holds where there is no label does not count.
    grid
        Where the voxels lie, in LPS (or in the frame that the owner names).
    """

    voxels: npt.NDArray[np.float32]
    grid: VoxelGrid

    def __post_init__(self) -> None:
        _check_shape(self.voxels, self.grid)
        object.__setattr__(self, "voxels", frozen_array(self.voxels, np.float32))
        low, high = float(self.voxels.min()), float(self.voxels.max())
        if not (low >= 0.0 and high <= 1.0):
            message = f"certainty lies from 0 to 1; got {low:g} to {high:g}"
            raise ValueError(message)

    def __repr__(self) -> str:
        return f"CertaintyVolume(shape={self.grid.shape})"


def _check_shape(voxels: npt.NDArray[Any], grid: VoxelGrid) -> None:
    if voxels.shape != grid.shape:
        message = f"the array has shape {voxels.shape} but its grid {grid.shape}"
        raise ValueError(message)
