"""NRRD volumes, written and read back by ITK without a date or a path in them."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid

__all__ = ["StoredArray", "read_volume", "smallest_label_type", "write_volume"]

_GZIP_LEVEL = 2
"""Smaller and faster than level 1 on labels; level 6 takes twice as long."""

_GRID_KEY = "mouldgen_grid"
"""Index to millimetres as 12 exact numbers: ITK takes lengths and directions apart and loses a last digit."""

_GRID_TOLERANCE_MM = 1e-6
_NO_PAIRS: Mapping[str, str] = MappingProxyType({})

StoredArray = npt.NDArray[Any]


def write_volume(
    voxels: StoredArray,
    grid: VoxelGrid,
    path: Path,
    *,
    compressed: bool,
    pairs: Mapping[str, str] = _NO_PAIRS,
) -> None:
    """Write a volume.

    Parameters
    ----------
    voxels
        Shape ``grid.shape``, indexed [i, j, k]; of the type to be stored.
    grid
        Where they lie; the header calls its space left-posterior-superior.
    path
        Where to.
    compressed
        By gzip.
    pairs
        Key/value pairs of the header.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    volume = sitk.GetImageFromArray(np.ascontiguousarray(voxels.transpose(2, 1, 0)))
    volume.SetSpacing(grid.spacing_mm.tolist())
    volume.SetDirection(grid.directions.ravel().tolist())
    volume.SetOrigin(grid.origin_mm.tolist())
    for key, value in {_GRID_KEY: _grid_text(grid), **pairs}.items():
        volume.SetMetaData(key, value)
    try:
        sitk.WriteImage(volume, str(path), compressed, _GZIP_LEVEL)
    except RuntimeError as error:
        raise _as_os_error(path) from error


def read_volume(path: Path) -> tuple[StoredArray, VoxelGrid]:
    """Return the voxels of a volume, indexed [i, j, k], and its grid.

    Raises
    ------
    InputError
        If it cannot be read, or its header contradicts itself.
    """
    try:
        volume = sitk.ReadImage(str(path))
    except RuntimeError:
        message = f"{path.name} is not a readable NRRD volume; write the case again"
        raise InputError(message) from None
    if volume.GetDimension() != 3 or volume.GetNumberOfComponentsPerPixel() != 1:
        message = f"{path.name} is not a volume of one number a voxel; write the case again"
        raise InputError(message)
    return sitk.GetArrayFromImage(volume).T, _grid_of(volume, path.name)


def smallest_label_type(labels: StoredArray) -> type[np.unsignedinteger]:
    """Return the smallest type that holds labels."""
    return np.uint8 if labels.max(initial=0) <= np.iinfo(np.uint8).max else np.uint16


def _grid_text(grid: VoxelGrid) -> str:
    return " ".join(repr(number + 0.0) for number in grid.point_from_index[:3].ravel().tolist())


def _grid_of(volume: sitk.Image, name: str) -> VoxelGrid:
    affine = np.eye(4)
    affine[:3, :3] = np.array(volume.GetDirection()).reshape(3, 3) * np.array(volume.GetSpacing())
    affine[:3, 3] = volume.GetOrigin()
    grid = VoxelGrid(volume.GetSize(), affine)
    if not volume.HasMetaDataKey(_GRID_KEY):
        return grid
    exact = _exact_grid(volume.GetMetaData(_GRID_KEY), grid)
    if exact is None:
        message = f"the header of {name} gives two different places for its voxels; write the case again"
        raise InputError(message)
    return exact


def _exact_grid(text: str, grid: VoxelGrid) -> VoxelGrid | None:
    """Return the grid that the exact numbers give, or None where it is not the one of the header."""
    try:
        affine = np.vstack([np.array(text.split(), np.float64).reshape(3, 4), [0.0, 0.0, 0.0, 1.0]])
        exact = VoxelGrid(grid.shape, affine)
    except (ValueError, InputError):
        return None
    ends = np.array([(0, 0, 0), grid.shape])
    apart_mm = float(np.abs(exact.to_points(ends) - grid.to_points(ends)).max())
    return exact if apart_mm <= _GRID_TOLERANCE_MM else None


def _as_os_error(path: Path) -> OSError:
    """Return what went wrong while ITK wrote, which its message does not say."""
    is_full = shutil.disk_usage(path.parent).free < 1 << 20
    number = errno.ENOSPC if is_full else errno.EIO
    return OSError(number, os.strerror(number), path.name)
