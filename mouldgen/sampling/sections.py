"""Sections of the labels along a plane of the mould frame, taken straight from the voxels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.images import LabelArray, LabelVolume
from mouldgen.orientation import MouldFrame
from mouldgen.specimen import Specimen

__all__ = ["label_section"]


def label_section(
    specimen: Specimen, frame: MouldFrame, x_mm: float, y_mm: npt.ArrayLike, z_mm: npt.ArrayLike
) -> LabelArray:
    """Return the label of the voxel that every point of a plane lies in.

    Parameters
    ----------
    specimen
        Its habitats are sampled; its tissue (as label 1) where it has none.
    frame
        The mould frame.
    x_mm
        Position of the plane along +X.
    y_mm, z_mm
        Shapes (Y,) and (Z,).

    Returns
    -------
    LabelArray
        Shape (Y, Z).
    """
    volume = specimen.habitats.volume if specimen.habitats else specimen.tissue
    index_from_mould = np.linalg.inv(volume.grid.point_from_index) @ frame.patient_from_mould.matrix
    return _nearest(volume, index_from_mould, x_mm, np.asarray(y_mm, float), np.asarray(z_mm, float))


def _nearest(
    volume: LabelVolume, index_from_mould: FloatArray, x_mm: float, y_mm: FloatArray, z_mm: FloatArray
) -> LabelArray:
    """Return the labels; an index is a sum of a part for y and a part for z, so no point is formed."""
    inside = np.ones((y_mm.size, z_mm.size), bool)
    place = []
    for (by_x, by_y, by_z, start), size in zip(index_from_mould[:3], volume.grid.shape, strict=True):
        position = np.add.outer(by_y * y_mm + (by_x * x_mm + start + 0.5), by_z * z_mm)
        index = np.floor(position, out=position).astype(np.int32)
        clipped = np.clip(index, 0, size - 1)
        inside &= clipped == index
        place.append(clipped)
    return np.where(inside, volume.voxels[tuple(place)], np.uint16(0))
