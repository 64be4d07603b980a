"""Tissue around the tumour that is removed with it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.images import LabelVolume

__all__ = ["add_margin"]

_ROUNDING_MM = 1e-4
"""Distances are computed in 32 bits."""

Mask = npt.NDArray[np.bool_]


def add_margin(tissue: LabelVolume, margin_mm: float) -> tuple[LabelVolume, tuple[Finding, ...]]:
    """Return the tissue with every voxel added whose centre lies within a margin of a voxel of it.

    The distance is exact, to the boxes of the voxels rather than to their centres: the point of a box that
    is nearest to a centre lies at the level of that centre or on a face of the box, so both are points of a
    lattice of half the spacing, on which the distance is measured. What remains is half a voxel, by which the
    margin's own voxels misplace its surface.

    Parameters
    ----------
    tissue
        1 where the tissue is, cropped to it.
    margin_mm
        0 adds nothing.
    """
    if margin_mm == 0:
        return tissue, ()
    padding = [int(count) for count in np.floor(margin_mm / tissue.grid.spacing_mm + 0.5)]
    mask = np.pad(tissue.voxels > 0, [(count, count) for count in padding])
    grid = tissue.grid.cropped(
        [-count for count in padding],
        [size + count for size, count in zip(tissue.grid.shape, padding, strict=True)],
    )
    near = _within(mask, grid.spacing_mm.tolist(), margin_mm)
    grown = LabelVolume(near.astype(np.uint16), grid).cropped()
    added_ml = (grown.volume_mm3() - tissue.volume_mm3()) / 1000
    finding = Finding.info(
        "margin_added",
        f"a margin of {margin_mm:g} mm adds {added_ml:.2f} mL of tissue to the "
        f"{tissue.volume_mm3() / 1000:.2f} mL that were segmented",
    )
    return grown, (finding,)


def _within(mask: Mask, spacing_mm: list[float], distance_mm: float) -> Mask:
    """Return which voxel centres lie within a distance of the boxes of the voxels in a mask."""
    import SimpleITK as sitk

    boxes = sitk.GetImageFromArray(_half_lattice(mask).astype(np.uint8))
    boxes.SetSpacing([step / 2 for step in reversed(spacing_mm)])
    distances = sitk.SignedMaurerDistanceMap(boxes, squaredDistance=False, useImageSpacing=True)
    nearest_mm = sitk.GetArrayViewFromImage(distances)[1::2, 1::2, 1::2]
    return np.asarray(nearest_mm <= distance_mm + _ROUNDING_MM)


def _half_lattice(mask: Mask) -> Mask:
    """Return the closed boxes of the voxels in a mask on a lattice of half the spacing."""
    points = np.zeros([2 * size + 1 for size in mask.shape], bool)
    points[1::2, 1::2, 1::2] = mask
    for axis in range(3):
        centres = np.moveaxis(points, axis, 0)[1::2].copy()
        faces = np.moveaxis(points, axis, 0)[::2]
        faces[:-1] |= centres
        faces[1:] |= centres
    return points
