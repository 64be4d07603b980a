"""The lattice that contours are turned into voxels on: that of their images, or one of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray, VoxelGrid, angle_between_deg
from mouldgen.images import SliceStack
from mouldgen.io.contours.contour import Contour
from mouldgen.io.contours.contour_planes import PlaneDistances, distinct_levels, on_lattice_mm
from mouldgen.io.stored_volume import StoredVolume

__all__ = ["ContourGrid", "ContourGroups", "grid_of_images", "judge_named_images"]

ContourGroups = Mapping[str, Sequence[Contour]]
"""Closed contours by what messages call their structure."""

_PARALLEL_DEG = 0.5
_BEYOND_VOX = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class ContourGrid:
    """A lattice that contours lie in the planes of.

    Parameters
    ----------
    grid
        In patient order.
    axis
        The axis of `grid` that is normal to the contours.
    slices
        The planes that the contours were drawn on.
    is_cropped
        Whether the grid was made around the contours.
    findings
        How it was chosen.
    """

    grid: VoxelGrid
    axis: int
    slices: SliceStack
    is_cropped: bool
    findings: tuple[Finding, ...] = ()

    @property
    def plane_axes(self) -> tuple[int, int]:
        """The two other axes, in rising order."""
        one, other = (axis for axis in range(3) if axis != self.axis)
        return one, other

    @property
    def step_mm(self) -> float:
        """Distance between planes."""
        return float(self.grid.spacing_mm[self.axis])


def grid_of_images(
    contours: ContourGroups, normal: FloatArray, images: StoredVolume
) -> tuple[ContourGrid | None, str]:
    """Return the lattice of the images if the contours lie on its planes, else None and the reason.

    Parameters
    ----------
    contours
        At least one.
    normal
        Shape (3,), LPS: of all contours.
    images
        What they were drawn on.
    """
    axis = int(np.argmax(np.abs(images.grid.directions.T @ normal)))
    reason = _misfit(contours, normal, images.grid, axis)
    if reason:
        return None, reason
    along = abs(float(images.grid.directions[:, axis] @ images.slices.normal_lps))
    slices = images.slices if along > 0.99 else SliceStack.along_axis(images.grid, axis)
    return ContourGrid(grid=images.grid, axis=axis, slices=slices, is_cropped=False), ""


def _misfit(contours: ContourGroups, normal: FloatArray, grid: VoxelGrid, axis: int) -> str:
    """Return why contours do not lie on the planes of a grid, empty if they do."""
    points = [grid.to_indices(contour.points_lps) for contour in chain(*contours.values())]
    places = np.concatenate(points)
    step_mm = float(grid.spacing_mm[axis])
    off_mm = float(np.abs(places[:, axis] - np.rint(places[:, axis])).max()) * step_mm
    tilt_deg = angle_between_deg(normal, grid.directions[:, axis])
    tilt_deg = min(tilt_deg, 180 - tilt_deg)
    if off_mm > on_lattice_mm(step_mm):
        if tilt_deg > _PARALLEL_DEG:
            return f"the contours are tilted by {tilt_deg:.1f} degrees against the images"
        return f"the contours lie up to {off_mm:.2f} mm from the planes of the images"
    beyond_mm = _beyond_mm(places, grid)
    if beyond_mm > 0:
        return f"the contours reach up to {beyond_mm:.1f} mm beyond the images"
    heights = np.array([np.rint(part[:, axis]).mean() for part in points])
    planes = PlaneDistances.of(distinct_levels(heights, step_mm)[0], 1.0)
    if planes.typical > 1.5:
        return f"the contours are {planes.typical * step_mm:.2f} mm apart, the images {step_mm:.2f} mm"
    return ""


def _beyond_mm(places: FloatArray, grid: VoxelGrid) -> float:
    """Return how far positions, shape (N, 3), lie outside all voxels; 0 if none does."""
    beyond = np.maximum(-0.5 - places.min(axis=0), places.max(axis=0) - np.array(grid.shape) + 0.5)
    return float((np.where(beyond > _BEYOND_VOX, beyond, 0.0) * grid.spacing_mm).max())


def judge_named_images(contours: ContourGroups, images: StoredVolume) -> tuple[Finding, ...]:
    """Return a finding if contours lie more than half a slice from the image that they name."""
    slices = images.slices
    number = {uid: index for index, uid in enumerate(slices.sop_instance_uids)}
    off_mm = [
        _distance_mm(contour, slices, number[contour.image_uid])
        for contour in chain(*contours.values())
        if contour.image_uid in number
    ]
    far = [mm for mm in off_mm if mm > slices.spacing_mm / 2]
    if not far:
        return ()
    return (
        Finding.warning(
            "contours_off_their_images",
            f"{len(far)} of {len(off_mm)} contours lie up to {max(far):.1f} mm from the image they name; "
            "their points are used as they are. Compare the sections with the images",
        ),
    )


def _distance_mm(contour: Contour, slices: SliceStack, index: int) -> float:
    heights = (contour.points_lps - slices.first_center_mm) @ slices.normal_lps
    return abs(float(heights.min() + heights.max()) / 2 - index * slices.spacing_mm)
