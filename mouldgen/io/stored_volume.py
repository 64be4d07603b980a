"""The voxels of an input in patient order, whichever files they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.frames import VoxelGrid
from mouldgen.images import SliceStack

__all__ = ["StoredVolume", "turned_to_patient"]


@dataclass(frozen=True, eq=False, kw_only=True)
class StoredVolume:
    """The voxels of an input in patient order, and how it stores them.

    Parameters
    ----------
    name
        What messages on the terminal call the input.
    format_name, pixel_type
        For people: ``NIfTI-1``, ``DICOM MR``; ``uint8``, ``float32``.
    files
        Every file that was read, for their hashes.
    voxels
        Shape ``grid.shape``, indexed [i, j, k] with i fastest in memory, of the input's number type.
    grid
        Where they lie in LPS; i, j, k run nearest to left, posterior and superior.
    file_grid
        The same lattice in the input's own order.
    slices
        The image planes, in the input's own numbering.
    label_names
        Names of labels, where the input has them.
    lost_not_finite
        How many voxels are NaN or infinite in the file but 0 in `voxels`: so ITK reads NIfTI.
    modality, series_uid, frame_of_reference_uid
        Of DICOM; empty elsewhere.
    patient_key
        The same for all DICOM files of one patient, whom it does not name; empty elsewhere.
    findings
        What reading found; messages name no file.
    """

    name: str
    format_name: str
    pixel_type: str
    files: tuple[Path, ...]
    voxels: npt.NDArray[Any]
    grid: VoxelGrid
    file_grid: VoxelGrid
    slices: SliceStack
    label_names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    lost_not_finite: int = 0
    modality: str = ""
    series_uid: str = ""
    frame_of_reference_uid: str = ""
    patient_key: str = ""
    findings: tuple[Finding, ...] = ()


def turned_to_patient(voxels: npt.NDArray[Any], file_grid: VoxelGrid) -> tuple[npt.NDArray[Any], VoxelGrid]:
    """Return an array and its grid in patient order, i fastest in memory: the same voxels in space.

    Parameters
    ----------
    voxels
        Shape ``file_grid.shape``, in the file's order.
    file_grid
        May be left-handed.
    """
    order, flips = file_grid.patient_order()
    turned = np.flip(voxels.transpose(order), tuple(axis for axis in range(3) if flips[axis]))
    return np.asfortranarray(turned), file_grid.reordered(order, flips)
