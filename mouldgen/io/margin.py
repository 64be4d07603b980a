"""Tissue around the tumour that is removed with it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.resampling import resample
from mouldgen.surface import build_distance

__all__ = ["add_margin"]

Mask = npt.NDArray[np.bool_]


def add_margin(tissue: LabelVolume, margin_mm: float) -> tuple[LabelVolume, tuple[Finding, ...]]:
    """Return the tissue with every voxel added whose centre lies within a margin of its surface.

    The surface is the one that moulds are made of. The boxes of the voxels are no measure: their corners
    stand out of it, and a margin counted from them is half a voxel too wide.

    Parameters
    ----------
    tissue
        1 where the tissue is, cropped to it.
    margin_mm
        0 adds nothing.

    Raises
    ------
    GeometryError
        If the tissue is too small for its voxels to have a surface.
    """
    if margin_mm == 0:
        return tissue, ()
    padding = [int(count) for count in np.floor(margin_mm / tissue.grid.spacing_mm + 0.5) + 1]
    mask = np.pad(tissue.voxels > 0, [(count, count) for count in padding])
    grid = tissue.grid.cropped(
        [-count for count in padding],
        [size + count for size, count in zip(tissue.grid.shape, padding, strict=True)],
    )
    near = mask | _within(tissue, grid, margin_mm)
    grown = LabelVolume(near.astype(np.uint16), grid).cropped()
    added_ml = (grown.volume_mm3() - tissue.volume_mm3()) / 1000
    finding = Finding.info(
        "margin_added",
        f"a margin of {margin_mm:g} mm adds {added_ml:.2f} mL of tissue to the "
        f"{tissue.volume_mm3() / 1000:.2f} mL that were segmented",
    )
    return grown, (finding,)


def _within(tissue: LabelVolume, grid: VoxelGrid, margin_mm: float) -> Mask:
    """Return which voxel centres of a grid lie within a margin of the tissue's surface."""
    field = build_distance(tissue, reach_mm=margin_mm)
    along_axes = Rigid.from_parts(grid.directions.T, np.zeros(3))
    upright = VoxelGrid.axis_aligned(
        grid.shape, grid.spacing_mm.tolist(), along_axes.apply(grid.origin_mm).tolist()
    )
    distances_mm = resample(
        field.values_mm,
        field.grid.moved(along_axes),
        upright,
        nearest=False,
        outside=float(field.values_mm.max()),
    )
    return np.asarray(distances_mm <= margin_mm)
