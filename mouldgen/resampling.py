"""One interpolation from one grid to another."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from mouldgen.frames import VoxelGrid

__all__ = ["resample"]

Scalar = TypeVar("Scalar", np.uint16, np.float32)


def resample(
    voxels: npt.NDArray[Scalar], source: VoxelGrid, target: VoxelGrid, *, nearest: bool, outside: float = 0.0
) -> npt.NDArray[Scalar]:
    """Return the values of `voxels` at the centres of another grid.

    Parameters
    ----------
    voxels
        Shape ``source.shape``.
    source, target
        Grids in the same frame; the target's axes run along x, y and z.
    nearest
        The value of the voxel that a centre lies in, instead of a linear interpolation.
    outside
        Value where the source does not reach.

    Returns
    -------
    ndarray
        Shape ``target.shape``, read-only.
    """
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.T))
    index_from_point = np.linalg.inv(source.point_from_index)
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(index_from_point[:3, :3].ravel().tolist())
    transform.SetTranslation(index_from_point[:3, 3].tolist())
    sampler = sitk.ResampleImageFilter()
    sampler.SetSize([int(n) for n in target.shape])
    sampler.SetOutputSpacing(target.spacing_mm.tolist())
    sampler.SetOutputOrigin(target.origin_mm.tolist())
    sampler.SetTransform(transform)
    sampler.SetInterpolator(sitk.sitkNearestNeighbor if nearest else sitk.sitkLinear)
    sampler.SetDefaultPixelValue(outside)
    resampled = sampler.Execute(image)
    values: npt.NDArray[Scalar] = sitk.GetArrayFromImage(resampled)
    values.flags.writeable = False
    # planes of equal z stay together in memory, which sweeps along z are fast on
    return values.T
