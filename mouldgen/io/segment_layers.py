"""The arrays of a ``.seg.nrrd`` file, which ITK reads after its header was checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.frames import VoxelGrid
from mouldgen.images import SliceStack
from mouldgen.io.itk_image import (
    PLACEMENT_TOLERANCE_MM,
    grid_of_image,
    placed_apart_mm,
    read_itk_image,
    unreadable,
)
from mouldgen.io.stored_data import check_stored_data
from mouldgen.io.stored_header import StoredHeader
from mouldgen.io.stored_volume import StoredVolume, turned_to_patient
from mouldgen.io.voxel_values import to_labels

__all__ = ["LayerArray", "SegmentLayers", "read_layers"]

LayerArray = npt.NDArray[np.unsignedinteger]
"""Labels of at most 16 bits."""


@dataclass(frozen=True, eq=False)
class SegmentLayers:
    """Arrays of labels on one lattice.

    Parameters
    ----------
    stored
        Shape (layers, i, j, k): in the file's order and number type.
    file_grid
        Where its voxels lie in LPS.
    voxels
        The same labels in patient order, one array a layer.
    grid
        Where these lie.
    findings
        What turning them into labels found.
    """

    stored: npt.NDArray[Any]
    file_grid: VoxelGrid
    voxels: tuple[LayerArray, ...]
    grid: VoxelGrid
    findings: tuple[Finding, ...]


def read_layers(header: StoredHeader) -> SegmentLayers:
    """Read the arrays that a header announces.

    Raises
    ------
    InputError
        If the file is cut short or damaged, or values are no labels.
    """
    check_stored_data(header.path.name, header.data)
    stored, file_grid = _read_arrays(header)
    voxels, findings = [], {}
    for layer in stored:
        labels, grid, found = _patient_labels(header, layer, file_grid)
        voxels.append(labels)
        findings.update(dict.fromkeys(found))
    return SegmentLayers(stored, file_grid, tuple(voxels), grid, tuple(findings))


def _read_arrays(header: StoredHeader) -> tuple[npt.NDArray[Any], VoxelGrid]:
    """Return one array a layer, and the lattice of all, which must be where the header's own fields say."""
    import SimpleITK as sitk

    image = read_itk_image(header.path, "NrrdImageIO")
    grid = grid_of_image(image, header)
    is_elsewhere = any(not mm <= PLACEMENT_TOLERANCE_MM for mm in placed_apart_mm(header, grid).values())
    if is_elsewhere or image.GetNumberOfComponentsPerPixel() != header.volumes:
        raise unreadable(header.path)
    voxels = sitk.GetArrayFromImage(image).reshape(*header.shape[::-1], header.volumes)
    return voxels.T, grid


def _patient_labels(
    header: StoredHeader, layer: npt.NDArray[Any], file_grid: VoxelGrid
) -> tuple[LayerArray, VoxelGrid, tuple[Finding, ...]]:
    voxels, grid = turned_to_patient(layer, file_grid)
    if voxels.dtype in {np.dtype(np.uint8), np.dtype(np.uint16)}:
        return voxels, grid, ()
    volume = StoredVolume(
        name=header.path.name,
        format_name=header.format_name,
        pixel_type=header.pixel_type,
        files=header.files,
        voxels=voxels,
        grid=grid,
        file_grid=file_grid,
        slices=SliceStack.along_axis(file_grid, 2),
    )
    labels, findings = to_labels(volume)
    return labels.voxels, grid, findings
