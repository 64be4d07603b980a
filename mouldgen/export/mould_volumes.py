"""``maps/``: habitats and images in the mould frame, as NRRD files.

Their headers say ``space: left-posterior-superior`` because NRRD has no word for the mould frame and readers
then take the numbers as they are: x, y and z are +X, +Y and +Z of the mould, in millimetres.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid

if TYPE_CHECKING:
    from mouldgen.images import Image, LabelVolume
    from mouldgen.pipeline import MouldDesign

__all__ = ["map_file_names", "read_volume_grid", "write_image", "write_labels", "write_mould_volumes"]

_GZIP_LEVEL = 2
"""Smaller and faster than level 1 on labels; level 6 takes twice as long."""


def write_mould_volumes(design: MouldDesign, folder: Path) -> None:
    """Write ``habitats.nrrd`` and one file for every image."""
    write_labels(design.habitats_mould, folder / "habitats.nrrd")
    sources = {image.name: image for image in design.specimen.images}
    names = map_file_names(image.name for image in design.images_mould)
    for image, name in zip(design.images_mould, names, strict=True):
        write_image(image, folder / name, dtype=_storage_type(sources[image.name].voxels))


def map_file_names(image_names: Iterable[str]) -> tuple[str, ...]:
    """Return a file name for every image: its own name, made safe, and numbered where two are alike."""
    taken = {"habitats"}
    names = []
    for image_name in image_names:
        safe = re.sub("[^A-Za-z0-9_-]", "_", image_name)[:64] or "_"
        stem, number = safe, 2
        while stem.lower() in taken:
            stem, number = f"{safe}_{number}", number + 1
        taken.add(stem.lower())
        names.append(f"{stem}.nrrd")
    return tuple(names)


def write_labels(labels: LabelVolume, path: Path) -> None:
    """Write labels in as few bits as they need, compressed."""
    fits_byte = labels.voxels.max(initial=0) <= np.iinfo(np.uint8).max
    _write(labels.voxels.astype(np.uint8 if fits_byte else np.uint16), labels.grid, path, compressed=True)


def write_image(image: Image, path: Path, *, dtype: npt.DTypeLike) -> None:
    """Write an image: whole numbers rounded and compressed, fractions as they are.

    gzip gains nothing on the noise of 32-bit fractions, but takes 0.7 s for 16 million voxels.
    """
    if np.issubdtype(dtype, np.integer):
        _write(np.rint(image.voxels).astype(dtype), image.grid, path, compressed=True)
    else:
        _write(image.voxels.astype(dtype, copy=False), image.grid, path, compressed=False)


def read_volume_grid(path: Path) -> VoxelGrid:
    """Return the grid of a volume after reading all of its voxels.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        volume = sitk.ReadImage(str(path))
    except RuntimeError:
        message = f"{path.name} is not a readable NRRD volume; write the case again"
        raise InputError(message) from None
    affine = np.eye(4)
    affine[:3, :3] = np.array(volume.GetDirection()).reshape(3, 3) * np.array(volume.GetSpacing())
    affine[:3, 3] = volume.GetOrigin()
    return VoxelGrid(volume.GetSize(), affine)


def _storage_type(voxels: npt.NDArray[np.float32]) -> type[np.generic]:
    """Return the smallest type for the values that were read; ITK's resampling keeps the type, too."""
    if not all(bool((layer == np.rint(layer)).all()) for layer in voxels):
        return np.float32
    largest = max(float(voxels.max(initial=0)), -float(voxels.min(initial=0)))
    return next((kind for kind in (np.int16, np.int32) if largest <= np.iinfo(kind).max), np.float32)


def _write(voxels: npt.NDArray[Any], grid: VoxelGrid, path: Path, *, compressed: bool) -> None:
    volume = sitk.GetImageFromArray(np.ascontiguousarray(voxels.transpose(2, 1, 0)))
    volume.SetSpacing(grid.spacing_mm.tolist())
    volume.SetDirection(grid.directions.ravel().tolist())
    volume.SetOrigin(grid.origin_mm.tolist())
    try:
        sitk.WriteImage(volume, str(path), compressed, _GZIP_LEVEL)
    except RuntimeError as error:
        raise _as_os_error(path) from error


def _as_os_error(path: Path) -> OSError:
    """Return what went wrong while ITK wrote, which its message does not say."""
    is_full = shutil.disk_usage(path.parent).free < 1 << 20
    number = errno.ENOSPC if is_full else errno.EIO
    return OSError(number, os.strerror(number), path.name)
