"""Sections of the labels and images along a plane of the mould frame, interpolated once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import LabelArray, LabelVolume, Specimen
from mouldgen.orientation import MouldFrame

__all__ = ["label_section", "section_points_lps"]


def section_points_lps(
    frame: MouldFrame, x_mm: float, y_mm: npt.ArrayLike, z_mm: npt.ArrayLike
) -> FloatArray:
    """Return the points of the plane ``x = x_mm``, in LPS.

    Parameters
    ----------
    frame
        The mould frame.
    x_mm
        Position of the plane along +X.
    y_mm, z_mm
        Shapes (Y,) and (Z,).

    Returns
    -------
    FloatArray
        Shape (Y, Z, 3).
    """
    y, z = np.meshgrid(np.asarray(y_mm, np.float64), np.asarray(z_mm, np.float64), indexing="ij")
    return frame.patient_from_mould.apply(np.stack([np.full_like(y, x_mm), y, z], axis=-1))


def label_section(
    specimen: Specimen, frame: MouldFrame, x_mm: float, y_mm: npt.ArrayLike, z_mm: npt.ArrayLike
) -> LabelArray:
    """Return the label at every point of a plane, straight from the voxels that were read.

    Parameters
    ----------
    specimen
        Its habitats are sampled; its tissue (as label 1) where it has none.
    frame, x_mm, y_mm, z_mm
        The plane, as in `section_points_lps`.

    Returns
    -------
    LabelArray
        Shape (Y, Z).
    """
    points = section_points_lps(frame, x_mm, y_mm, z_mm)
    volume = specimen.habitats.volume if specimen.habitats else specimen.tissue
    return _nearest(volume, points)


def _nearest(volume: LabelVolume, points: FloatArray) -> LabelArray:
    index = _rounded_indices(volume.grid, points)
    inside = ((index >= 0) & (index < np.array(volume.grid.shape))).all(axis=-1)
    labels = np.zeros(points.shape[:-1], np.uint16)
    i, j, k = index[inside].T
    labels[inside] = volume.voxels[i, j, k]
    return labels


def _rounded_indices(grid: VoxelGrid, points: FloatArray) -> npt.NDArray[np.int64]:
    return np.floor(grid.to_indices(points) + 0.5).astype(np.int64)
