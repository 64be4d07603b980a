"""Sizes that no patient has: the absurd are refused, the unlikely become findings.

Clinical images have voxels of 0.2 to 10 mm; what other scanners make is left some room on either side.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, VoxelGrid

__all__ = ["check_spacing", "judge_specimen", "judge_volume"]

SMALLEST_SPACING_MM = 0.005
LARGEST_SPACING_MM = 100.0
LIKELY_SPACING_MM = (0.05, 20.0)
MANY_VOXELS = 64
SMALL_FIELD_MM = 50.0
LARGE_FIELD_MM = 2500.0
UNEVEN_SHAPE = 4.0
WIDE_FIELD_VOXELS = 450
SMALL_SPECIMEN_MM3 = 200.0
SHORT_SPECIMEN_MM = 8.0
LONG_SPECIMEN_MM = 400.0
LARGE_SPECIMEN_MM3 = 5e6


def check_spacing(name: str, spacing_mm: FloatArray, unit: str) -> None:
    """Refuse spacings that no image of a patient has.

    Parameters
    ----------
    name
        The file's, for the message.
    spacing_mm
        Shape (3,).
    unit
        Unit of length that the header declares, empty if it declares none.

    Raises
    ------
    InputError
        With the spacing, and the unit that was probably meant.
    """
    if spacing_mm.min() >= SMALLEST_SPACING_MM and spacing_mm.max() <= LARGEST_SPACING_MM:
        return
    factor, guess = (1000.0, "metres") if spacing_mm.min() < SMALLEST_SPACING_MM else (0.001, "micrometres")
    declared = f" (its header declares lengths in {unit})" if unit not in {"", "mm"} else ""
    hint = ""
    if _is_likely(spacing_mm * factor):
        hint = f" If these are {guess}, the spacing is {_by(spacing_mm * factor)} mm."
    message = (
        f"{name} has a voxel spacing of {_by(spacing_mm)} mm{declared}; expected {SMALLEST_SPACING_MM:g} to "
        f"{LARGEST_SPACING_MM:g} mm.{hint} Correct the spacing or its unit in the header, or export the "
        "volume again"
    )
    raise InputError(message)


def judge_volume(grid: VoxelGrid) -> Iterator[Finding]:
    """Yield what is unlikely about a volume's spacing and size."""
    spacing = grid.spacing_mm
    field_mm = spacing * grid.shape
    sizes = _by(np.array(grid.shape))
    if not _is_likely(spacing):
        low, high = LIKELY_SPACING_MM
        yield Finding.warning(
            "spacing_unlikely",
            f"the voxel spacing is {_by(spacing)} mm; clinical images have {low:g} to {high:g} mm. Check "
            "the header",
        )
    if np.count_nonzero(np.array(grid.shape) >= MANY_VOXELS) >= 2 and field_mm.max() < SMALL_FIELD_MM:
        yield Finding.warning(
            "field_unlikely",
            f"{sizes} voxels measure only {_by(field_mm)} mm, less than any scan of a patient; check the "
            f"spacing of {_by(spacing)} mm in the header",
        )
    if field_mm.max() > LARGE_FIELD_MM:
        yield Finding.warning(
            "field_unlikely",
            f"{sizes} voxels measure {_by(field_mm)} mm, more than any patient; check the spacing of "
            f"{_by(spacing)} mm in the header",
        )
    if np.array_equal(spacing, np.ones(3)) and _suggests_lost_spacing(grid.shape):
        yield Finding.warning(
            "spacing_default",
            f"the header says 1 x 1 x 1 mm for {sizes} voxels, which is what programs write when they lose "
            "the spacing; every length and volume depends on it. Compare with the original images",
        )


def judge_specimen(volume_mm3: float, extent_mm: FloatArray) -> Iterator[Finding]:
    """Yield what is unlikely about a specimen's volume and extent.

    Parameters
    ----------
    volume_mm3
        Of its voxels.
    extent_mm
        Shape (3,): its bounding box.
    """
    size = f"{volume_mm3 / 1000:.3g} mL and {_by(extent_mm)} mm"
    if volume_mm3 < SMALL_SPECIMEN_MM3 or extent_mm.max() < SHORT_SPECIMEN_MM:
        yield Finding.warning(
            "specimen_small",
            f"the specimen has {size}; below {SMALL_SPECIMEN_MM3 / 1000:g} mL or {SHORT_SPECIMEN_MM:g} mm "
            "there is little to cut. Check the label and the spacing in the header",
        )
    if extent_mm.max() > LONG_SPECIMEN_MM or volume_mm3 > LARGE_SPECIMEN_MM3:
        yield Finding.warning(
            "specimen_large",
            f"the specimen has {size}; above {LONG_SPECIMEN_MM:g} mm or {LARGE_SPECIMEN_MM3 / 1e6:g} L it "
            "is hardly one specimen. Check the label and the spacing in the header",
        )


def _suggests_lost_spacing(shape: tuple[int, int, int]) -> bool:
    """Return whether voxels of 1 mm would make a slab, or a field as wide as a scanner's bore."""
    smallest, middle, _largest = sorted(shape)
    return middle >= MANY_VOXELS and (middle > UNEVEN_SHAPE * smallest or middle >= WIDE_FIELD_VOXELS)


def _is_likely(spacing_mm: FloatArray) -> bool:
    low, high = LIKELY_SPACING_MM
    return bool(spacing_mm.min() >= low and spacing_mm.max() <= high)


def _by(values: FloatArray) -> str:
    return " x ".join(f"{value:.4g}" for value in values)
