"""Image series to volumes: slices in the order of their positions, values on the scale of their modality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import VoxelGrid
from mouldgen.images import SliceStack
from mouldgen.io.dicom.catalogue import Series
from mouldgen.io.dicom.headers import FileHeader
from mouldgen.io.dicom.image_stacks import ImageSlice, ImageStack
from mouldgen.io.dicom.pixels import check_decodable, read_frames
from mouldgen.io.plausibility import check_spacing, judge_volume
from mouldgen.io.stored_header import check_affine, check_announced_voxels
from mouldgen.io.stored_volume import StoredVolume, turned_to_patient

__all__ = ["read_image_series"]

_LARGEST_WHOLE = np.iinfo(np.int16)
_MOST_PIXELS = 2**26
_MANY_VOXELS = 2**27
_LARGEST_GAIN = 500


def read_image_series(series: Series, name: str) -> StoredVolume:
    """Read the voxels of an image series, classic or multi-frame, in any order of files.

    Values are rescaled by each slice's own slope and intercept, and stay 16-bit whole numbers if all of them
    are; otherwise they become 32-bit floating point. MONOCHROME1 changes how values are shown, not what they
    are.

    Parameters
    ----------
    series
        An entry of a catalogue.
    name
        What messages call it.

    Returns
    -------
    StoredVolume
        Its slices run along row x column direction. Slices of a multi-frame file share that file's SOP
        instance UID; their instance numbers are then the numbers of frames, from 1.

    Raises
    ------
    InputError
        If it is no image series, its slices make up no volume, its values cannot be decoded, or a file is
        damaged.
    """
    image, grid = _checked(series, name)
    try:
        voxels, not_finite = _Values(image, grid, name).read()
    except InputError as error:
        message = str(error) if str(error).startswith(name) else f"{name}: {error}"
        raise InputError(message) from None
    turned, patient_grid = turned_to_patient(voxels, grid)
    first = image.slices[0].header
    return StoredVolume(
        name=name,
        format_name=f"DICOM {series.modality}".strip(),
        pixel_type=f"{'' if first.is_signed else 'u'}int{first.bits_allocated}",
        files=tuple(header.path for header in series.headers),
        voxels=turned,
        grid=patient_grid,
        file_grid=grid,
        slices=_slice_stack(image, grid),
        lost_not_finite=not_finite,
        modality=series.modality,
        series_uid=series.uid,
        frame_of_reference_uid=series.frame_of_reference_uid,
        patient_key=first.patient_key,
        findings=(*image.findings, *_judge_display(first), *judge_volume(grid)),
    )


def _checked(series: Series, name: str) -> tuple[ImageStack, VoxelGrid]:
    """Refuse what makes no volume, before any pixel is read."""
    image = series.image
    if image is None:
        message = f"{name} is no image series but a {series.kind.value}; choose the images"
        raise InputError(message)
    if image.stack is None:
        message = f"{name}: {image.refusal}"
        raise InputError(message)
    for header in series.headers:
        check_decodable(header, name)
        if header.has_modality_table:
            message = (
                f"{name} translates its values by a table (Modality LUT Sequence), which is not read; export "
                "the original series"
            )
            raise InputError(message)
    grid = image.stack.grid
    check_announced_voxels(name, grid.shape)
    check_affine(name, grid.shape, grid.point_from_index)
    check_spacing(name, grid.spacing_mm, "mm")
    _check_gain(series, grid, name)
    return image, grid


def _check_gain(series: Series, grid: VoxelGrid, name: str) -> None:
    """Refuse sizes that no file of this length holds, even compressed."""
    voxels = int(np.prod(grid.shape, dtype=np.int64))
    stored_bytes = sum(header.size_bytes for header in series.headers)
    if grid.shape[0] * grid.shape[1] > _MOST_PIXELS or (
        voxels > _MANY_VOXELS and voxels > _LARGEST_GAIN * stored_bytes
    ):
        sizes = " x ".join(str(size) for size in grid.shape)
        message = (
            f"{name} announces {sizes} voxels in {stored_bytes} bytes, which cannot be; it is damaged. "
            "Export it again"
        )
        raise InputError(message)


def _slice_stack(image: ImageStack, grid: VoxelGrid) -> SliceStack:
    return replace(
        SliceStack.along_axis(grid, 2),
        sop_instance_uids=tuple(one.header.sop_instance_uid for one in image.slices),
        instance_numbers=tuple(one.frame.number for one in image.slices),
    )


def _judge_display(header: FileHeader) -> Iterator[Finding]:
    if header.photometric == "MONOCHROME1":
        yield Finding.info(
            "shown_inverted",
            "the images are meant to be shown inverted (MONOCHROME1); their values are kept as stored",
        )


class _Values:
    """Collects slices into one array, of whole numbers for as long as that loses nothing."""

    def __init__(self, image: ImageStack, grid: VoxelGrid, name: str) -> None:
        self._slices = image.slices
        self._name = name
        is_whole = all(_is_whole(one) for one in image.slices)
        self._voxels: npt.NDArray[Any] = np.empty(grid.shape[::-1], np.int16 if is_whole else np.float32)
        self._not_finite = 0

    def read(self) -> tuple[npt.NDArray[Any], int]:
        """Return the values, [column, row, slice], and how many of them were not finite and are now 0."""
        by_file: dict[int, dict[int, int]] = {}
        for place, one in enumerate(self._slices):
            by_file.setdefault(id(one.header), {})[one.frame.index] = place
        for places in by_file.values():
            header = self._slices[next(iter(places.values()))].header
            for index, stored in read_frames(header, places.keys(), self._called(places)):
                self._put(places[index], stored)
        return self._voxels.T, self._not_finite

    def _called(self, places: dict[int, int]) -> str:
        """Return what messages call a file: by its slice, never by its name."""
        one = self._slices[next(iter(places.values()))]
        if one.header.frame_count > 1 or one.frame.number is None:
            return self._name
        return f"{self._name}: the slice with the instance number {one.frame.number}"

    def _put(self, place: int, stored: npt.NDArray[Any]) -> None:
        slope, intercept = _scale(self._slices[place])
        if stored.dtype.kind == "f":
            self._to_float()
        if self._voxels.dtype == np.int16:
            values = stored.astype(np.int64 if stored.dtype.itemsize > 2 else np.int32)
            if (slope, intercept) != (1.0, 0.0):
                values = values.astype(np.int64) * int(slope) + int(intercept)
            if values.min() >= _LARGEST_WHOLE.min and values.max() <= _LARGEST_WHOLE.max:
                self._voxels[place] = values
                return
            self._to_float()
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (stored.astype(np.float64) * slope + intercept).astype(np.float32)
        lost = ~np.isfinite(scaled)
        self._not_finite += int(np.count_nonzero(lost))
        self._voxels[place] = np.where(lost, np.float32(0), scaled)

    def _to_float(self) -> None:
        if self._voxels.dtype == np.int16:
            self._voxels = self._voxels.astype(np.float32)


def _scale(one: ImageSlice) -> tuple[float, float]:
    slope, intercept = one.frame.slope, one.frame.intercept
    if slope == 0:
        message = "a slice has a rescale slope of 0, so all its values are lost; export the series again"
        raise InputError(message)
    return (1.0 if slope is None else slope, 0.0 if intercept is None else intercept)


def _is_whole(one: ImageSlice) -> bool:
    """Return whether values stay whole numbers, and small ones."""
    return all(number.is_integer() and abs(number) < 2**31 for number in _scale(one))
