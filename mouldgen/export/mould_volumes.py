"""``maps/``: habitats, their certainty and images in the mould frame, as NRRD files.

Their headers say ``space: left-posterior-superior`` because NRRD has no word for the mould frame and readers
then take the numbers as they are: x, y and z are +X, +Y and +Z of the mould, in millimetres.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mouldgen.export.habitat_volumes import write_certainty_volume
from mouldgen.export.nrrd_volume import read_volume, smallest_label_type, write_volume
from mouldgen.frames import VoxelGrid
from mouldgen.images import Image, LabelVolume, SliceStack

if TYPE_CHECKING:
    from mouldgen.pipeline import MouldDesign

__all__ = [
    "images_as_stored",
    "map_file_names",
    "read_stored_image",
    "read_volume_grid",
    "write_image",
    "write_labels",
    "write_mould_volumes",
]


def write_mould_volumes(design: MouldDesign, folder: Path) -> None:
    """Write ``habitats.nrrd``, ``certainty.nrrd`` where it is known, and one file for every image."""
    write_labels(design.habitats_mould, folder / "habitats.nrrd")
    if design.certainty_mould is not None:
        write_certainty_volume(design.certainty_mould, folder / "certainty.nrrd")
    sources = {image.name: image for image in design.specimen.images}
    names = map_file_names(image.name for image in design.images_mould)
    for image, name in zip(design.images_mould, names, strict=True):
        write_image(image, folder / name, dtype=sources[image.name].storage_type)


def map_file_names(image_names: Iterable[str]) -> tuple[str, ...]:
    """Return a file name for every image: its own name, made safe, and numbered where two are alike."""
    taken = {"habitats", "certainty"}
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
    voxels = labels.voxels.astype(smallest_label_type(labels.voxels))
    write_volume(voxels, labels.grid, path, compressed=True)


def write_image(image: Image, path: Path, *, dtype: npt.DTypeLike) -> None:
    """Write an image: whole numbers rounded and compressed, fractions as they are.

    gzip gains nothing on the noise of 32-bit fractions, but takes 0.7 s for 16 million voxels.
    """
    voxels = _as_type(image.voxels, dtype)
    write_volume(voxels, image.grid, path, compressed=bool(np.issubdtype(dtype, np.integer)))


def read_volume_grid(path: Path) -> VoxelGrid:
    """Return the grid of a volume after reading all of its voxels.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return read_volume(path)[1]


def images_as_stored(design: MouldDesign) -> tuple[Image, ...]:
    """Return the images of a design in the mould frame as ``maps/`` gives them back.

    ITK's resampling keeps the type of what was read, and so does storing.
    """
    sources = {image.name: image for image in design.specimen.images}
    return tuple(
        _image(image.name, _as_type(image.voxels, sources[image.name].storage_type), image.grid)
        for image in design.images_mould
    )


def read_stored_image(name: str, path: Path) -> Image:
    """Return an image of ``maps/``.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return _image(name, *read_volume(path))


def _image(name: str, voxels: npt.NDArray[np.generic], grid: VoxelGrid) -> Image:
    return Image(name, voxels.astype(np.float32, copy=False), grid, SliceStack.along_axis(grid, 0))


def _as_type(voxels: npt.NDArray[np.float32], dtype: npt.DTypeLike) -> npt.NDArray[np.generic]:
    is_whole = np.issubdtype(dtype, np.integer)
    return (np.rint(voxels) if is_whole else voxels).astype(dtype, copy=False)
