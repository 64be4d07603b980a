"""Volumes as ITK reads them, once their headers are known to add up."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.io.stored_header import StoredHeader

if TYPE_CHECKING:
    import SimpleITK as sitk

__all__ = ["PLACEMENT_TOLERANCE_MM", "grid_of_image", "placed_apart_mm", "read_itk_image", "unreadable"]

PLACEMENT_TOLERANCE_MM = 0.2
"""How far ITK and a header's own fields may place a corner apart."""


def read_itk_image(path: Path, itk_reader: str) -> sitk.Image:
    """Read a file with one of ITK's readers, without its warnings.

    Raises
    ------
    InputError
        If ITK cannot.
    """
    import SimpleITK as sitk

    warn = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.GlobalWarningDisplayOff()
    try:
        return sitk.ReadImage(str(path), imageIO=itk_reader)
    except RuntimeError:
        raise unreadable(path) from None
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(warn)


def unreadable(path: Path) -> InputError:
    """Return the error that a file is damaged in a way that its header does not show."""
    message = (
        f"{path.name} cannot be read, although its header looks right; open it in 3D Slicer and save it again"
    )
    return InputError(message)


def grid_of_image(image: sitk.Image, header: StoredHeader) -> VoxelGrid:
    """Return the lattice as ITK places it, with further axes left out.

    Raises
    ------
    InputError
        If it has another size than the header announces.
    """
    if image.GetSize()[:3] != header.shape:
        raise unreadable(header.path)
    dimension = image.GetDimension()
    directions = np.array(image.GetDirection()).reshape(dimension, dimension)[:3, :3]
    affine = np.eye(4)
    affine[:3, :3] = directions * np.array(image.GetSpacing())[:3]
    affine[:3, 3] = image.GetOrigin()[:3]
    return VoxelGrid(header.shape, affine)


def placed_apart_mm(header: StoredHeader, grid: VoxelGrid) -> Mapping[str, float]:
    """Return, by the header's fields, how far each places a corner from where `grid` has it."""
    corners = np.array(list(product(*((0, size - 1) for size in grid.shape))))
    placed = grid.to_points(corners)
    return {
        name: float(np.linalg.norm(corners @ affine[:3, :3].T + affine[:3, 3] - placed, axis=-1).max())
        for name, affine in header.affines_lps.items()
    }
