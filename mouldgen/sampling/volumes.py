"""Labels and images in the mould frame, each resampled once."""

from __future__ import annotations

from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import CertaintyVolume, Image, LabelVolume, SliceStack
from mouldgen.resampling import resample
from mouldgen.specimen import Specimen

__all__ = ["resample_certainty", "resample_image", "resample_labels"]


def resample_labels(specimen: Specimen, mould_from_patient: Rigid, grid: VoxelGrid) -> LabelVolume:
    """Return the habitats, or the tissue as label 1, on a grid of the mould frame.

    Every point takes the label of the voxel that it lies in: small islands keep their size, which
    averaging would cost them.
    """
    volume = specimen.habitats.volume if specimen.habitats else specimen.tissue
    source = volume.grid.moved(mould_from_patient)
    return LabelVolume(resample(volume.voxels, source, grid, nearest=True), grid)


def resample_certainty(
    specimen: Specimen, mould_from_patient: Rigid, grid: VoxelGrid
) -> CertaintyVolume | None:
    """Return the certainty of what `resample_labels` gives; 0 outside, None if unknown."""
    certainty = specimen.habitats.certainty if specimen.habitats else None
    if certainty is None:
        return None
    source = certainty.grid.moved(mould_from_patient)
    return CertaintyVolume(resample(certainty.voxels, source, grid, nearest=True), grid)


def resample_image(image: Image, mould_from_patient: Rigid, grid: VoxelGrid) -> Image:
    """Return an image on a grid of the mould frame, linearly interpolated; 0 outside it."""
    source = image.grid.moved(mould_from_patient)
    voxels = resample(image.voxels, source, grid, nearest=False)
    return Image(image.name, voxels, grid, SliceStack.along_axis(grid, 0))
