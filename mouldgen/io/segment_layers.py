"""The arrays of a ``.seg.nrrd`` file, which ITK reads after its header was checked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import VoxelGrid
from mouldgen.images import SliceStack
from mouldgen.io.stored_data import check_stored_data
from mouldgen.io.stored_header import StoredHeader
from mouldgen.io.stored_volume import StoredVolume, turned_to_patient
from mouldgen.io.voxel_values import to_labels

if TYPE_CHECKING:
    import SimpleITK as sitk

__all__ = ["LayerArray", "SegmentLayers", "read_layers"]

LayerArray = npt.NDArray[np.unsignedinteger]
"""Labels of at most 16 bits."""

_PLACEMENT_TOLERANCE_MM = 0.2


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
    stored, file_grid = _read_with_itk(header)
    voxels, findings = [], {}
    for layer in stored:
        labels, grid, found = _patient_labels(header, layer, file_grid)
        voxels.append(labels)
        findings.update(dict.fromkeys(found))
    return SegmentLayers(stored, file_grid, tuple(voxels), grid, tuple(findings))


def _read_with_itk(header: StoredHeader) -> tuple[npt.NDArray[Any], VoxelGrid]:
    import SimpleITK as sitk

    warn = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.GlobalWarningDisplayOff()
    try:
        image = sitk.ReadImage(str(header.path), imageIO="NrrdImageIO")
    except RuntimeError:
        raise _unreadable(header) from None
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(warn)
    grid = _placed(image, header)
    voxels = sitk.GetArrayFromImage(image).reshape(*header.shape[::-1], header.volumes)
    return voxels.T, grid


def _placed(image: sitk.Image, header: StoredHeader) -> VoxelGrid:
    """Return the lattice as ITK places it, which must be where the header's own fields say."""
    if image.GetSize() != header.shape or image.GetNumberOfComponentsPerPixel() != header.volumes:
        raise _unreadable(header)
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    grid = VoxelGrid(header.shape, affine)
    corners = np.array(list(product(*((0, size - 1) for size in header.shape))))
    for stated in header.affines_lps.values():
        apart = VoxelGrid(header.shape, stated).to_points(corners) - grid.to_points(corners)
        if not np.linalg.norm(apart, axis=1).max() <= _PLACEMENT_TOLERANCE_MM:
            raise _unreadable(header)
    return grid


def _unreadable(header: StoredHeader) -> InputError:
    message = (
        f"{header.path.name} cannot be read, although its header looks right; open it in 3D Slicer and save "
        "it again"
    )
    return InputError(message)


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
