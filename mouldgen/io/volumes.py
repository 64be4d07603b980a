"""Volumes from files: NIfTI, NRRD and MetaImage, in patient order.

A further format of one file is one row more in `_FORMATS`; DICOM has readers of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import VoxelGrid
from mouldgen.images import SliceStack
from mouldgen.io.itk_image import PLACEMENT_TOLERANCE_MM, grid_of_image, placed_apart_mm, read_itk_image
from mouldgen.io.meta_header import read_meta_header
from mouldgen.io.nifti_header import read_nifti_header
from mouldgen.io.nrrd_header import read_nrrd_header
from mouldgen.io.plausibility import check_spacing, judge_volume
from mouldgen.io.stored_data import check_stored_data
from mouldgen.io.stored_header import StoredHeader
from mouldgen.io.stored_volume import StoredVolume, turned_to_patient

if TYPE_CHECKING:
    import SimpleITK as sitk

__all__ = ["FILE_SUFFIXES", "read_volume", "slice_axis"]

SAME_SPACING = 0.01
"""Spacings that agree within this share do not tell which axis the slices were stacked along."""


@dataclass(frozen=True)
class _Format:
    read_header: Callable[[Path], StoredHeader]
    itk_reader: str


_FORMATS = {
    ".nii": _Format(read_nifti_header, "NiftiImageIO"),
    ".nii.gz": _Format(read_nifti_header, "NiftiImageIO"),
    ".nrrd": _Format(read_nrrd_header, "NrrdImageIO"),
    ".nhdr": _Format(read_nrrd_header, "NrrdImageIO"),
    ".mha": _Format(read_meta_header, "MetaImageIO"),
    ".mhd": _Format(read_meta_header, "MetaImageIO"),
}
"""Formats by the end of the file's name."""

FILE_SUFFIXES = tuple(_FORMATS)
"""How the names of files end that hold one volume each."""


def read_volume(path: str | Path) -> StoredVolume:
    """Read a volume of numbers.

    Parameters
    ----------
    path
        A ``.nii``, ``.nii.gz``, ``.nrrd``, ``.nhdr``, ``.mha`` or ``.mhd`` file.

    Raises
    ------
    InputError
        If the file is missing, damaged, not a volume, or has no possible place in a patient.
    """
    path = Path(path)
    with _system_errors_explained(path):
        stored_format = _format_of(path)
        header = stored_format.read_header(path)
        _check_one_volume(header)
        not_finite = check_stored_data(path.name, header.data)
        image = read_itk_image(path, stored_format.itk_reader)
    return _in_patient_order(image, header, not_finite)


def slice_axis(grid: VoxelGrid) -> int:
    """Return the axis that a file's slices are stacked along.

    It is the one axis whose spacing differs from the two others, else the one of the largest spacing. Where
    all three agree within 1 % it is the third.
    """
    spacing = grid.spacing_mm
    for axis in range(3):
        one, other = np.delete(spacing, axis)
        if _agree(one, other):
            return 2 if _agree(spacing[axis], one) else axis
    return int(np.argmax(spacing))


def _agree(one: float, other: float) -> bool:
    return abs(one - other) <= SAME_SPACING * max(one, other)


@contextmanager
def _system_errors_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror or error}. Check the file and who may read it"
        raise InputError(message) from None


def _format_of(path: Path) -> _Format:
    if path.is_dir():
        message = f"{path.name} is a folder; give one file ({', '.join(_FORMATS)})"
        raise InputError(message)
    if not path.is_file():
        message = f"{path.name} does not exist, or is no file; check the name and the folder"
        raise InputError(message)
    if path.stat().st_size == 0:
        message = f"{path.name} is empty (0 bytes); copy or export it again"
        raise InputError(message)
    suffix = next((end for end in _FORMATS if path.name.lower().endswith(end)), None)
    if suffix is None:
        message = (
            f"{path.name} is of no known format; expected a file that ends in {', '.join(_FORMATS)}. "
            "Convert it, for instance with 3D Slicer"
        )
        raise InputError(message)
    return _FORMATS[suffix]


def _check_one_volume(header: StoredHeader) -> None:
    if header.volumes != 1:
        message = (
            f"{header.path.name} holds {header.volumes} volumes or values a voxel; expected one. Export the "
            "volume that you want by itself, a segmentation as one label map without overlapping layers"
        )
        raise InputError(message)


def _in_patient_order(image: sitk.Image, header: StoredHeader, not_finite: int) -> StoredVolume:
    import SimpleITK as sitk

    file_grid = grid_of_image(image, header)
    check_spacing(header.path.name, file_grid.spacing_mm, header.unit)
    placement = tuple(_compare_placements(header, file_grid))
    stored = sitk.GetArrayFromImage(image).reshape(file_grid.shape[::-1]).T
    voxels, grid = turned_to_patient(stored, file_grid)
    return StoredVolume(
        name=header.path.name,
        format_name=header.format_name,
        pixel_type=header.pixel_type,
        files=header.files,
        voxels=voxels,
        grid=grid,
        file_grid=file_grid,
        slices=SliceStack.along_axis(file_grid, slice_axis(file_grid)),
        label_names=header.label_names,
        lost_not_finite=not_finite,
        findings=(*_dimension_finding(header), *header.findings, *placement, *judge_volume(file_grid)),
    )


def _compare_placements(header: StoredHeader, grid: VoxelGrid) -> Iterator[Finding]:
    """Compare where ITK places the corners with what the header's own fields say."""
    apart_mm = placed_apart_mm(header, grid)
    differing = {name: mm for name, mm in apart_mm.items() if not mm <= PLACEMENT_TOLERANCE_MM}
    if apart_mm and len(differing) == len(apart_mm):
        stated = " x ".join(f"{step:g}" for step in header.spacing)
        message = (
            f"the header of {header.path.name} contradicts itself: its voxel spacing ({stated}) and its "
            f"{' and '.join(differing)} place voxels up to {max(differing.values()):.3g} mm apart. Correct "
            "the header or export the volume again"
        )
        raise InputError(message)
    for name, distance_mm in differing.items():
        used = next(other for other in apart_mm if other not in differing)
        yield Finding.warning(
            "qform_sform_disagree",
            f"qform and sform place the voxels up to {distance_mm:.3g} mm apart; the {used} is used, as in "
            f"ITK and 3D Slicer. If habitats or images do not fit, remove the {name} from the header",
        )


def _dimension_finding(header: StoredHeader) -> tuple[Finding, ...]:
    if header.dimensions == 3:
        return ()
    return (
        Finding.info(
            "one_of_series", f"the file is {header.dimensions}-D with one volume; that volume is taken"
        ),
    )
