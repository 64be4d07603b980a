"""Writes a specimen to files in any of the 48 axis orders and directions a volume can be stored in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mouldgen.frames import VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.specimen import Specimen

__all__ = ["ALL_AXIS_ORDERS", "AxisOrder", "StoredSpecimen", "write_specimen", "write_volume"]

Voxel = TypeVar("Voxel", bound=np.generic)

_PADDING_VOX = 2


@dataclass(frozen=True)
class AxisOrder:
    """How the axes of an array are exchanged and turned before it is stored.

    Parameters
    ----------
    order
        Which axis becomes the first, second and third.
    flips
        Which of the new axes are turned round.
    """

    order: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    def __str__(self) -> str:
        signs = ("-" if flip else "+" for flip in self.flips)
        return "".join(sign + "ijk"[axis] for sign, axis in zip(signs, self.order, strict=True))

    @property
    def mirrors(self) -> bool:
        """Whether a right-handed grid becomes left-handed."""
        return bool(np.linalg.det(np.eye(3)[list(self.order)]) * (-1) ** sum(self.flips) < 0)

    def apply(self, voxels: npt.NDArray[Voxel]) -> npt.NDArray[Voxel]:
        """Return a view of an array in this order; `VoxelGrid.reordered` gives its grid."""
        turned = tuple(axis for axis in range(3) if self.flips[axis])
        return np.flip(voxels.transpose(self.order), turned)


ALL_AXIS_ORDERS: tuple[AxisOrder, ...] = tuple(
    AxisOrder((order[0], order[1], order[2]), (flips[0], flips[1], flips[2]))
    for order in permutations(range(3))
    for flips in product((False, True), repeat=3)
)
"""All 48; the first leaves the array as it is."""


@dataclass(frozen=True)
class StoredSpecimen:
    """Where a specimen's volumes were written.

    Parameters
    ----------
    segmentation
        The tissue as label 1.
    habitats
        None where the specimen has none.
    images
        By name.
    """

    segmentation: Path
    habitats: Path | None
    images: Mapping[str, Path]


def write_specimen(
    specimen: Specimen,
    folder: Path,
    axes: AxisOrder = ALL_AXIS_ORDERS[0],
    *,
    suffix: str = ".nrrd",
) -> StoredSpecimen:
    """Write tissue, habitats and images to files in an existing folder.

    Parameters
    ----------
    specimen
        What to write.
    folder
        Where to; files of the same names are replaced.
    axes
        How every array is stored; the voxels stay where they are in space.
    suffix
        ``.nrrd``, ``.mha``, ``.nii`` or ``.nii.gz``. NIfTI keeps its affine in 32 bits.
    """
    segmentation = folder / f"segmentation{suffix}"
    tissue = _padded(specimen.tissue)
    write_volume(segmentation, tissue.voxels, tissue.grid, axes)
    habitats = None
    if specimen.habitats is not None:
        habitats = folder / f"habitats{suffix}"
        volume = _padded(specimen.habitats.volume)
        write_volume(habitats, volume.voxels, volume.grid, axes)
    images = {image.name: folder / f"image_{image.name}{suffix}" for image in specimen.images}
    for image in specimen.images:
        write_volume(images[image.name], image.voxels, image.grid, axes)
    return StoredSpecimen(segmentation, habitats, MappingProxyType(images))


def write_volume(
    path: Path, voxels: npt.NDArray[Any], grid: VoxelGrid, axes: AxisOrder = ALL_AXIS_ORDERS[0]
) -> None:
    """Write one array of shape ``grid.shape``, indexed [i, j, k], with the axes as given."""
    import SimpleITK as sitk

    placed = grid.reordered(axes.order, axes.flips)
    image = sitk.GetImageFromArray(np.ascontiguousarray(axes.apply(voxels).T))
    image.SetSpacing(placed.spacing_mm.tolist())
    image.SetOrigin(placed.origin_mm.tolist())
    image.SetDirection(placed.directions.ravel().tolist())
    sitk.WriteImage(image, str(path), useCompression=True)


def _padded(volume: LabelVolume) -> LabelVolume:
    """Return the volume with background on every side: labels at a border would count as cut off."""
    grid = volume.grid.cropped([-_PADDING_VOX] * 3, [size + _PADDING_VOX for size in volume.grid.shape])
    return LabelVolume(np.pad(volume.voxels, _PADDING_VOX), grid)
