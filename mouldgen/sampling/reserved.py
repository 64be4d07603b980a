"""Tissue that stays for diagnosis: drawn regions, and a band below the specimen's surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.orientation import MouldFrame
from mouldgen.params import SiteParameters
from mouldgen.resampling import resample
from mouldgen.sampling.hit_probability import VoxelLookup, core_points
from mouldgen.sampling.probability_map import Window
from mouldgen.sampling.punch_cores import PunchCore
from mouldgen.specimen import Specimen

__all__ = ["ReservedTissue", "reserved_tissue"]

BoolArray = npt.NDArray[np.bool_]

_HALF_DIAGONAL = 0.71
"""Of a square cell: a lattice point stands for what is this far away."""


@dataclass(frozen=True, eq=False)
class ReservedTissue:
    """What no punch may touch.

    Parameters
    ----------
    voxels
        Shape ``grid.shape``: whether a place is reserved, on the safe side by half a cell.
    grid
        In the mould frame.
    drawn
        Looks up the drawn regions; None without any.
    tissue
        Looks up the specimen where a band below its surface is reserved; else None.
    sites
        Punch and band.
    known
        Distances to reserved tissue for cores that were looked at before.
    """

    voxels: BoolArray
    grid: VoxelGrid
    drawn: VoxelLookup | None
    tissue: VoxelLookup | None
    sites: SiteParameters
    known: dict[tuple[float, float], FloatArray] = field(default_factory=dict)

    def allowed(self, core: PunchCore, window: Window) -> BoolArray:
        """Return where in a window a core keeps clear of reserved tissue; shape (Y, Z)."""
        step_mm = float(self.grid.spacing_mm[1])
        rows, columns = (self._indices(axis, window[axis - 1]) for axis in (1, 2))
        distance_mm = self._distance_mm(core)[np.ix_(rows, columns)]
        return np.asarray(distance_mm > self.sites.punch_mm / 2 + _HALF_DIAGONAL * step_mm)

    def touches(self, core: PunchCore, y_mm: float, z_mm: float) -> bool:
        """Return whether a core meets reserved tissue, by the original voxels."""
        middle = (core.x_mid_mm, y_mm, z_mm)
        length_mm, punch_mm = round(core.length_mm, 6), self.sites.punch_mm
        if self.drawn is not None:
            points = core_points(length_mm, punch_mm, 0.0, 0.0)
            if self.drawn.around(middle, self.drawn.offsets(points)).any():
                return True
        if self.tissue is None:
            return False
        points = _points_around(length_mm, punch_mm, self.sites.reserve_mm)
        return not self.tissue.around(middle, self.tissue.offsets(points)).all()

    def _distance_mm(self, core: PunchCore) -> FloatArray:
        """Return the distance of every place to what is reserved anywhere along a core; shape (Y, Z)."""
        from scipy import ndimage

        key = (core.x_from_mm, core.x_to_mm)
        if key not in self.known:
            section, step_mm = self._through(core), float(self.grid.spacing_mm[1])
            self.known[key] = (
                ndimage.distance_transform_edt(~section, sampling=step_mm)
                if section.any()
                else np.full(section.shape, np.inf)
            )
        return self.known[key]

    def _through(self, core: PunchCore) -> BoolArray:
        """Return what is reserved anywhere along a core; shape (Y, Z)."""
        origin, step = float(self.grid.origin_mm[0]), float(self.grid.spacing_mm[0])
        first = int(np.floor((core.x_from_mm - origin) / step))
        last = int(np.ceil((core.x_to_mm - origin) / step))
        return np.asarray(self.voxels[max(first, 0) : max(last + 1, 0)].any(axis=0))

    def _indices(self, axis: int, positions_mm: FloatArray) -> npt.NDArray[np.intp]:
        index = np.round((positions_mm - self.grid.origin_mm[axis]) / self.grid.spacing_mm[axis])
        return np.asarray(np.clip(index, 0, self.grid.shape[axis] - 1), np.intp)


def reserved_tissue(
    specimen: Specimen, frame: MouldFrame, sites: SiteParameters, lattice: VoxelGrid
) -> ReservedTissue | None:
    """Return what is reserved, or None where nothing is.

    Parameters
    ----------
    specimen
        Its drawn regions, and the tissue whose surface counts.
    frame
        The mould frame.
    sites
        Punch and band.
    lattice
        Covers the places to choose from, mould frame.
    """
    if specimen.reserved is None and sites.reserve_mm == 0:
        return None
    pads = np.ceil((sites.reserve_mm + sites.punch_mm) / lattice.spacing_mm).astype(int) + 2
    grid = lattice.cropped((-pads).tolist(), (np.array(lattice.shape) + pads).tolist())
    voxels = np.zeros(grid.shape, bool)
    if specimen.reserved is not None:
        voxels |= _sampled(specimen.reserved, frame, grid)
    if sites.reserve_mm > 0:
        voxels |= _depth_mm(specimen.tissue, frame, grid) < sites.reserve_mm
    return ReservedTissue(
        voxels=voxels,
        grid=grid,
        drawn=VoxelLookup(specimen.reserved, frame) if specimen.reserved is not None else None,
        tissue=VoxelLookup(specimen.tissue, frame) if sites.reserve_mm > 0 else None,
        sites=sites,
    )


def _sampled(volume: LabelVolume, frame: MouldFrame, grid: VoxelGrid) -> BoolArray:
    source = volume.grid.moved(frame.mould_from_patient)
    return np.asarray(resample(volume.voxels, source, grid, nearest=True) > 0)


def _depth_mm(tissue: LabelVolume, frame: MouldFrame, grid: VoxelGrid) -> npt.NDArray[np.float32]:
    """Return about how deep every place lies below the specimen's surface, half a cell less."""
    import SimpleITK as sitk

    inside = np.ascontiguousarray(_sampled(tissue, frame, grid).T)
    image = sitk.GetImageFromArray(inside.view(np.uint8))
    image.SetSpacing(grid.spacing_mm.tolist())
    # distance to the centres of the border cells inside, positive inside
    signed = sitk.SignedMaurerDistanceMap(
        image, insideIsPositive=True, squaredDistance=False, useImageSpacing=True
    )
    return np.asarray(sitk.GetArrayFromImage(signed).T, np.float32)


@lru_cache(maxsize=32)
def _points_around(length_mm: float, punch_mm: float, band_mm: float) -> FloatArray:
    """Return points that stand for a core and all that is at most `band_mm` away from it."""
    points = core_points(length_mm + 2 * band_mm, punch_mm + 2 * band_mm, 0.0, 0.0)
    beyond_x = np.maximum(np.abs(points[:, 0]) - length_mm / 2, 0)
    beyond_radius = np.maximum(np.hypot(points[:, 1], points[:, 2]) - punch_mm / 2, 0)
    return np.asarray(points[np.hypot(beyond_x, beyond_radius) <= band_mm])
