"""Images moved rigidly onto one of them, by mutual information, before they are laid onto the common grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, Rigid, VoxelGrid
from mouldgen.habitats.channels import FloatVolume
from mouldgen.habitats.common_grid import grid_around
from mouldgen.habitats.image_sampling import ImagePart, low_pass, part_of_image, sample
from mouldgen.images import Image, LabelVolume

if TYPE_CHECKING:
    import SimpleITK as sitk

__all__ = ["Registration", "register_images"]

IN_PLACE_MM = 0.5
"""A move that is nowhere larger is not applied: searches are no more exact than about 0.3 mm, and the image
may do without interpolation."""

LARGE_SHIFT_MM, LARGE_ROTATION_DEG = 10.0, 10.0
"""Beyond these a move is applied, but pointed out."""

MOST_SHIFT_MM, MOST_ROTATION_DEG = 25.0, 20.0
"""Beyond these it is not applied: images in one patient's coordinates do not lie so far apart, while a search
that has lost its way does end there."""

MOST_DOUBT_MM = 3.0
"""Where two searches end further apart than this, the images do not say where they belong. On CT and FDG-PET
of a sarcoma they ended 9 mm apart, both with more mutual information than without a move."""

WORKING_MM = 1.5
"""Spacing that images are compared on; coarser for tumours whose surroundings have more voxels than 1.5
million."""

_AROUND_MM = 30.0
_CLOSELY_AROUND_MM = 20.0
_MORE_AROUND_MM = 30.0
_MOST_WORKING_VOXELS = 1.5e6
_BINS = 48
_SEED = 20
_POINTS = 40_000
_LEVELS = ((4, 4.0), (2, 2.0), (1, 0.0))
_TAILS_PERCENT = (0.5, 99.5)


@dataclass(frozen=True, eq=False)
class Registration:
    """How an image was moved onto the reference.

    Parameters
    ----------
    image, reference
        Their names.
    reference_from_image
        From LPS as the image has it to LPS as the reference has it; what was found, applied or not.
    shift_mm
        How far that moves the tumour's centroid.
    largest_shift_mm
        How far it moves the corner of the tumour's box that moves furthest.
    rotation_deg
        By what angle it turns.
    doubt_mm
        How far a second search, in a closer neighbourhood, puts one of those corners from where this one
        does.
    information_before, information_after
        Mutual information of the two in the neighbourhood of the tumour, in nats.
    """

    image: str
    reference: str
    reference_from_image: Rigid
    shift_mm: float
    largest_shift_mm: float
    rotation_deg: float
    doubt_mm: float
    information_before: float
    information_after: float

    @property
    def is_applied(self) -> bool:
        """Whether the image is moved; else it stays where it was."""
        return not self.reason_against

    @property
    def reason_against(self) -> str:
        """Why the image stays where it was; empty if it is moved."""
        if self.largest_shift_mm <= IN_PLACE_MM:
            return f"it lies there already, to {self.largest_shift_mm:.2f} mm"
        if self.information_after <= self.information_before:
            return "the two do not agree better for it"
        if self.largest_shift_mm > MOST_SHIFT_MM or self.rotation_deg > MOST_ROTATION_DEG:
            return f"more than {MOST_SHIFT_MM:g} mm or {MOST_ROTATION_DEG:g} degrees is no longer believable"
        if self.doubt_mm > MOST_DOUBT_MM:
            return f"a search closer around the tumour ends {self.doubt_mm:.1f} mm from there"
        return ""

    def placed(self, grid: VoxelGrid) -> VoxelGrid:
        """Return the image's grid where it belongs in the frame of the reference."""
        return grid.moved(self.reference_from_image) if self.is_applied else grid


def register_images(
    tissue: LabelVolume, images: Sequence[Image], reference: str | None
) -> tuple[tuple[Registration | None, ...], tuple[Finding, ...]]:
    """Find the rigid move of every image onto one of them; the tumour stays where it is.

    Mutual information of Mattes (2003) within 30 mm of the tumour, over three resolutions, from points that a
    fixed seed draws, on one thread, whose sums do not depend on who comes first: the same numbers in every
    run. A second search within 20 mm tells how far the first is to be trusted.

    Parameters
    ----------
    tissue
        The tumour, in the frame of the reference.
    images
        All of them.
    reference
        Name of the one to move onto; None moves nothing.

    Returns
    -------
    tuple
        For every image its registration, None for the reference and where nothing is to be moved; and a
        finding each.
    """
    if reference is None:
        return (None,) * len(images), ()
    fixed = next(image for image in images if image.name == reference)
    found = tuple(None if image is fixed else _register(tissue, fixed, image) for image in images)
    return found, tuple(_describe(registration) for registration in found if registration)


def _register(tissue: LabelVolume, fixed: Image, moving: Image) -> Registration:
    center = _centroid_lps(tissue)
    move, before, after = _searched(tissue, fixed, moving, _AROUND_MM)
    closely, _, _ = _searched(tissue, fixed, moving, _CLOSELY_AROUND_MM)
    corners = _corners_lps(tissue)
    return Registration(
        image=moving.name,
        reference=fixed.name,
        reference_from_image=move,
        shift_mm=float(np.linalg.norm(move.apply(center) - center)),
        largest_shift_mm=_farthest_mm(move.apply(corners), corners),
        rotation_deg=_angle_deg(move),
        doubt_mm=_farthest_mm(move.apply(corners), closely.apply(corners)),
        information_before=before,
        information_after=after,
    )


def _farthest_mm(points: FloatArray, others: FloatArray) -> float:
    return float(np.linalg.norm(points - others, axis=1).max())


def _searched(
    tissue: LabelVolume, fixed: Image, moving: Image, around_mm: float
) -> tuple[Rigid, float, float]:
    """Return the move onto the reference, and the mutual information without and with it."""
    import SimpleITK as sitk

    near = _working_grid(tissue, around_mm)
    wide = _working_grid(tissue, around_mm + _MORE_AROUND_MM)
    fixed_image, fixed_mask = _with_mask(*_on_grid(fixed, near))
    moving_image, moving_mask = _with_mask(*_own_part(moving, wide))
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricFixedMask(fixed_mask)
    method.SetMetricMovingMask(moving_mask)
    method.SetInterpolator(sitk.sitkLinear)
    # gradients at the points that are drawn cost less than those of a whole image
    method.MetricUseMovingImageGradientFilterOff()
    method.MetricUseFixedImageGradientFilterOff()
    transform = sitk.Euler3DTransform()
    transform.SetCenter(_centroid_lps(tissue).tolist())
    with _one_thread():
        before = _information(method, fixed_image, moving_image, transform)
        _set_search(method, near)
        method.SetInitialTransform(transform, inPlace=True)
        method.Execute(fixed_image, moving_image)
        _round(transform)
        after = _information(method, fixed_image, moving_image, transform)
    return _rigid(transform).inverse(), before, after


def _working_grid(tissue: LabelVolume, margin_mm: float) -> VoxelGrid:
    start, stop = tissue.bounds_vox()
    extent_mm = (np.array(stop) - start) * tissue.grid.spacing_mm + 2 * margin_mm
    coarse_mm = float((np.prod(extent_mm) / _MOST_WORKING_VOXELS) ** (1 / 3))
    return grid_around(tissue, max(WORKING_MM, coarse_mm), margin_mm)


def _on_grid(image: Image, grid: VoxelGrid) -> tuple[FloatVolume, VoxelGrid]:
    part = _needed_part(image, grid)
    return sample(part, grid), grid


def _own_part(image: Image, grid: VoxelGrid) -> tuple[FloatVolume, VoxelGrid]:
    """Return an image on its own grid: on the reference's, its place at the start would seem the best."""
    part = _needed_part(image, grid)
    shown = np.isfinite(part.values)
    if shown.all():
        return low_pass(part.values, part.sigma_vox), part.grid
    filled = np.where(shown, part.values, np.median(part.values[shown]))
    return np.where(shown, low_pass(filled, part.sigma_vox), np.float32(np.nan)), part.grid


def _needed_part(image: Image, grid: VoxelGrid) -> ImagePart:
    part = part_of_image(image.voxels, image.grid, grid)
    if part is None or not np.isfinite(part.values).any():
        message = (
            f"image {image.name} shows nothing within {_AROUND_MM:g} mm of the tumour, so that it cannot be "
            "registered; give an image in about the same patient coordinates as the segmentation"
        )
        raise InputError(message)
    return part


def _with_mask(values: FloatVolume, grid: VoxelGrid) -> tuple[sitk.Image, sitk.Image]:
    """Return values for ITK without outliers, which would crowd the others into few bins, and a mask."""
    shown = np.isfinite(values)
    low, high = np.percentile(values[shown], _TAILS_PERCENT)
    return _placed(np.where(shown, np.clip(values, low, high), low), grid), _placed(shown, grid)


def _placed(values: npt.NDArray[Any], grid: VoxelGrid) -> sitk.Image:
    import SimpleITK as sitk

    kind = np.uint8 if values.dtype == np.bool_ else np.float32
    image = sitk.GetImageFromArray(np.ascontiguousarray(values.T, kind))
    image.SetSpacing(grid.spacing_mm.tolist())
    image.SetOrigin(grid.origin_mm.tolist())
    image.SetDirection(grid.directions.ravel().tolist())
    return image


def _set_search(method: sitk.ImageRegistrationMethod, grid: VoxelGrid) -> None:
    count = float(np.prod(grid.shape))
    shares = [min(1.0, _POINTS * shrink**3 / count) for shrink, _ in _LEVELS]
    method.SetShrinkFactorsPerLevel([shrink for shrink, _ in _LEVELS])
    method.SetSmoothingSigmasPerLevel([sigma_mm for _, sigma_mm in _LEVELS])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentagePerLevel(shares, _SEED)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 200, 0.5)
    method.SetOptimizerScalesFromPhysicalShift()


def _information(
    method: sitk.ImageRegistrationMethod, fixed: sitk.Image, moving: sitk.Image, transform: sitk.Transform
) -> float:
    """Return the mutual information over all voxels of the reference, in nats."""
    method.SetMetricSamplingStrategy(method.NONE)
    method.SetInitialTransform(transform, inPlace=False)
    return -float(method.MetricEvaluate(fixed, moving))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let ITK sum in one order; its own setting for a single search does not reach the metric."""
    import SimpleITK as sitk

    usual = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(usual)


def _round(transform: sitk.Euler3DTransform) -> None:
    """Leave out digits that only differ between machines: a millionth of a radian or millimetre."""
    transform.SetParameters([round(value, 6) for value in transform.GetParameters()])


def _rigid(transform: sitk.Euler3DTransform) -> Rigid:
    rotation = np.array(transform.GetMatrix()).reshape(3, 3)
    return Rigid.from_parts(rotation, transform.TransformPoint((0.0, 0.0, 0.0)))


def _angle_deg(move: Rigid) -> float:
    # the sine keeps the digits of small angles, which the trace alone loses
    turn = move.rotation
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    return float(np.degrees(np.arctan2(np.linalg.norm(axis), np.trace(turn) - 1)))


def _centroid_lps(tissue: LabelVolume) -> FloatArray:
    return tissue.grid.to_points(np.argwhere(tissue.voxels).mean(axis=0))


def _corners_lps(tissue: LabelVolume) -> FloatArray:
    start, stop = tissue.bounds_vox()
    ends = zip(np.array(start) - 0.5, np.array(stop) - 0.5, strict=True)
    return tissue.grid.to_points(np.array(list(product(*ends))))


def _describe(registration: Registration) -> Finding:
    image, reference = registration.image, registration.reference
    if registration.largest_shift_mm <= IN_PLACE_MM:
        message = (
            f"image {image} lies on {reference} already, to {registration.largest_shift_mm:.2f} mm and "
            f"{registration.rotation_deg:.2f} degrees, and was not moved"
        )
        return Finding.info("registered", message)
    move = (
        f"{registration.shift_mm:.2f} mm at the tumour's centroid, at most "
        f"{registration.largest_shift_mm:.2f} mm at its corners, turned by {registration.rotation_deg:.2f} "
        f"degrees (mutual information {registration.information_before:.3f} to "
        f"{registration.information_after:.3f}; a second search ends {registration.doubt_mm:.2f} mm from "
        "there)"
    )
    if not registration.is_applied:
        message = (
            f"image {image} stays where it was, because {registration.reason_against}; the move found onto "
            f"{reference} was {move}. Check that they fit, or register them by hand"
        )
        return Finding.warning("not_registered", message)
    message = f"image {image} was moved onto {reference}: {move}"
    if registration.largest_shift_mm > LARGE_SHIFT_MM or registration.rotation_deg > LARGE_ROTATION_DEG:
        return Finding.warning("registered_far", f"{message}. That is a long way; check that they fit")
    return Finding.info("registered", message)
