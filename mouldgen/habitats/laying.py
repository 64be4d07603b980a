"""Images and tumour onto one grid and one scale: what habitats are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import VoxelGrid, frozen_array
from mouldgen.habitats.channel_choices import ChannelChoice, choose_channels
from mouldgen.habitats.channels import BoolArray, Channel, Channels, FloatVolume, TumourVoxels
from mouldgen.habitats.common_grid import choose_spacing_mm, grid_around, tumour_on
from mouldgen.habitats.image_sampling import ImagePart, nearest_on, part_of_image, sample
from mouldgen.habitats.intensities import fit_scale
from mouldgen.habitats.modalities import UNITS
from mouldgen.habitats.noise import noise_within
from mouldgen.habitats.registration import Registration, register_images
from mouldgen.images import Image, LabelVolume
from mouldgen.params.habitats import ChannelParameters

__all__ = ["LEAST_TUMOUR_MM3", "LEAST_VOXELS", "MARGIN_MM", "LaidChannels", "LaidImage", "lay_channels"]

LEAST_TUMOUR_MM3 = 1000.0
"""Two habitats, each of 500 mm3: what a punch of 4 mm that may be 2 mm off needs of a slab of 10 mm."""

LEAST_VOXELS = 500
"""Fewer say little about the spread of two groups or more in several channels (engineering judgement)."""

MARGIN_MM = 6.0
"""How far the grid reaches beyond the tumour: half a window of 10 mm and a voxel more."""

_FEW_OWN_VOXELS = 100
_LITTLE_LOST_SHARE = 0.01


@dataclass(frozen=True, eq=False)
class LaidImage:
    """An image on the common grid, and what laying it again with other noise needs.

    Parameters
    ----------
    choice
        What its numbers mean, and how they are scaled.
    part
        The part of it that the grid needs, on its own grid.
    values
        Shape of the common grid, in the image's own unit; NaN where it does not show.
    noise
        Standard deviation of its noise, in its own unit, on its own grid.
    """

    choice: ChannelChoice
    part: ImagePart
    values: FloatVolume
    noise: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen_array(self.values, np.float32))


@dataclass(frozen=True, eq=False)
class LaidChannels:
    """The channels, how they came about, and the same with other noise or another outline.

    Parameters
    ----------
    channels
        What habitats are computed from.
    registrations
        One per image that was to be moved, in the user's order; empty if none was.
    findings
        What the user should know.
    images
        What the channels were made of.
    """

    channels: Channels
    registrations: tuple[Registration, ...]
    findings: tuple[Finding, ...]
    images: tuple[LaidImage, ...]

    def with_noise(self, multiple: float, seed: int) -> Channels:
        """Return the channels as if every image had been taken with fresh noise on top.

        The noise is white on the image's own grid, of `multiple` times the standard deviation found there. It
        goes the way that the image went: what sampling smooths in the image is smoothed in the noise, so that
        neighbouring voxels share it as they would. Sampling is linear, so the image need not go again.

        Parameters
        ----------
        multiple
            Of the noise found in each image.
        seed
            The same gives the same noise.
        """
        grid = self.channels.tumour.grid
        values = []
        for number, image in enumerate(self.images):
            numbers = np.random.default_rng((seed, number))
            fresh = numbers.standard_normal(image.part.values.shape, np.float32)
            fresh *= np.float32(multiple * image.noise)
            values.append(image.values + sample(image.part, grid, fresh))
        return _scaled_channels(self.channels.tumour, self.images, values)[0]

    def with_outline_moved(self, by_vox: int) -> Channels:
        """Return the channels within a tumour that is dilated (above 0) or eroded by voxels of the grid.

        Voxels that share a face are neighbours. What not every image shows stays out.

        Raises
        ------
        InputError
            If nothing is left.
        """
        from scipy import ndimage

        inside = self.channels.tumour.inside
        if by_vox > 0:
            inside = ndimage.binary_dilation(inside, iterations=by_vox) & self._shown
        elif by_vox < 0:
            inside = ndimage.binary_erosion(inside, iterations=-by_vox)
        if not inside.any():
            message = f"nothing is left of the tumour after eroding it by {-by_vox} voxels of the common grid"
            raise InputError(message)
        tumour = TumourVoxels(inside, self.channels.tumour.grid)
        return _scaled_channels(tumour, self.images, [image.values for image in self.images])[0]

    @property
    def _shown(self) -> BoolArray:
        shown = [np.isfinite(image.values) for image in self.images]
        return np.asarray(np.logical_and.reduce(shown), np.bool_)


def lay_channels(
    tissue: LabelVolume,
    images: Sequence[Image],
    parameters: ChannelParameters | None = None,
    *,
    margin_mm: float = MARGIN_MM,
) -> LaidChannels:
    """Lay the tumour and all images onto one grid, each once, and bring their values onto one scale.

    Parameters
    ----------
    tissue
        What is not background is tumour, in LPS.
    images
        Each on its own grid, in LPS.
    parameters
        Section ``channels``; all defaults if left out.
    margin_mm
        How far the grid reaches beyond the tumour, at least.

    Raises
    ------
    InputError
        If there is no image, one shows nothing of the tumour or has one value there, or too little of the
        tumour is left to tell habitats apart.
    ParameterError
        If a name in the parameters is no image's, or the grid would be too large.
    """
    parameters = parameters or ChannelParameters()
    _check_images(images)
    _check_volume(tissue.volume_mm3(), "the tumour")
    choices, named = choose_channels(images, parameters)
    spacing_mm = choose_spacing_mm([image.grid for image in images], parameters.voxel_mm)
    grid = grid_around(tissue, spacing_mm, margin_mm)
    whole = tumour_on(grid, tissue)
    registrations, moved = register_images(tissue, images, parameters.register_to)
    laid = tuple(
        _lay_image(
            image, registration.placed(image.grid) if registration else image.grid, choice, grid, whole
        )
        for image, registration, choice in zip(images, registrations, choices, strict=True)
    )
    tumour, lost = _shown_tumour(whole, grid, laid)
    channels, scaled = _scaled_channels(tumour, laid, [image.values for image in laid])
    findings = (
        *named,
        *moved,
        _describe_grid(tissue, whole, grid),
        *lost,
        *(finding for image in laid for finding in _describe_laying(image, grid, tumour.volume_mm3)),
        *scaled,
    )
    return LaidChannels(channels, tuple(found for found in registrations if found), findings, laid)


def _check_images(images: Sequence[Image]) -> None:
    if not images:
        message = "habitats are computed from images, and none is given; give one (--image NAME=FILE) or more"
        raise InputError(message)
    names = [image.name for image in images]
    if len(set(names)) < len(names):
        message = f"every image needs a name of its own; got {', '.join(names)}"
        raise InputError(message)


def _check_volume(volume_mm3: float, what: str) -> None:
    if volume_mm3 < LEAST_TUMOUR_MM3:
        message = (
            f"too small for habitats: {what} has {volume_mm3 / 1000:.2f} mL; at least "
            f"{LEAST_TUMOUR_MM3 / 1000:.1f} mL is needed for two habitats that a punch of 4 mm can hit, "
            "with 2 mm of error, in a slab of 10 mm. Take it as one piece, without habitats"
        )
        raise InputError(message)


def _lay_image(
    image: Image, placed: VoxelGrid, choice: ChannelChoice, grid: VoxelGrid, whole: BoolArray
) -> LaidImage:
    part = part_of_image(image.voxels, placed, grid)
    if part is None or not np.isfinite(part.values).any():
        message = (
            f"image {image.name} shows nothing of the tumour or around it; give an image in the same patient "
            "coordinates as the segmentation"
        )
        raise InputError(message)
    noise = noise_within(part.values, part.grid, nearest_on(whole, grid, part.grid))
    return LaidImage(choice, part, sample(part, grid), noise)


def _shown_tumour(
    whole: BoolArray, grid: VoxelGrid, laid: Sequence[LaidImage]
) -> tuple[TumourVoxels, tuple[Finding, ...]]:
    """Return the tumour without what an image does not show, and say how much that is of which image."""
    inside = whole.copy()
    findings = []
    for image in laid:
        missing = whole & ~np.isfinite(image.values)
        inside &= ~missing
        if missing.any():
            findings.append(_not_shown(image, missing, whole, grid))
    tumour = TumourVoxels(inside, grid)
    what = "what all images show of the tumour" if findings else "the tumour"
    _check_volume(tumour.volume_mm3, what)
    if tumour.count < LEAST_VOXELS:
        message = (
            f"{what} has {tumour.count} voxels of {grid.spacing_mm[0]:.3g} mm; at least {LEAST_VOXELS} are "
            "needed to tell habitats apart. Set channels.voxel_mm to a smaller spacing"
        )
        raise InputError(message)
    return tumour, tuple(findings)


def _not_shown(image: LaidImage, missing: BoolArray, whole: BoolArray, grid: VoxelGrid) -> Finding:
    count = int(np.count_nonzero(missing))
    share = count / int(np.count_nonzero(whole))
    message = (
        f"image {image.choice.name} does not show {count * grid.voxel_mm3 / 1000:.2f} mL ({100 * share:.1f} "
        "%) of the tumour, which is left out of all habitats"
    )
    kind = Finding.warning if share >= _LITTLE_LOST_SHARE else Finding.info
    return kind("tumour_not_shown", message)


def _scaled_channels(
    tumour: TumourVoxels, images: Sequence[LaidImage], values: Sequence[FloatVolume]
) -> tuple[Channels, tuple[Finding, ...]]:
    channels: list[Channel] = []
    findings: list[Finding] = []
    for image, laid in zip(images, values, strict=True):
        choice = image.choice
        scale, found = fit_scale(choice.name, choice.modality, laid[tumour.inside], choice.scale)
        findings.extend(found)
        channels.append(
            Channel(
                choice.name, choice.modality, laid, scale.apply(laid), UNITS[choice.modality], image.noise
            )
        )
    return Channels(tumour, tuple(channels)), tuple(findings)


def _describe_grid(tissue: LabelVolume, whole: BoolArray, grid: VoxelGrid) -> Finding:
    count = int(np.count_nonzero(whole))
    return Finding.info(
        "common_grid",
        f"habitats are computed on voxels of {grid.spacing_mm[0]:.3g} mm along the axes of the "
        f"segmentation; {count} of them are tumour, {count * grid.voxel_mm3 / 1000:.2f} mL of the "
        f"{tissue.volume_mm3() / 1000:.2f} mL segmented",
    )


def _describe_laying(image: LaidImage, grid: VoxelGrid, tumour_mm3: float) -> tuple[Finding, ...]:
    own_mm = image.part.grid.spacing_mm
    spacing = " x ".join(f"{mm:.3g}" for mm in own_mm)
    smoothed = (
        " after a low-pass" if (image.part.sigma_vox * own_mm > 0.25 * grid.spacing_mm[0]).any() else ""
    )
    name = image.choice.name
    noise = f"{image.noise:.3g} {UNITS[image.choice.modality]}".strip()
    laid = Finding.info(
        "image_laid",
        f"image {name}, of {spacing} mm, is interpolated once, linearly{smoothed}; its noise is about "
        f"{noise}",
    )
    own_count = tumour_mm3 / image.part.grid.voxel_mm3
    if own_count >= _FEW_OWN_VOXELS:
        return (laid,)
    message = (
        f"image {name} has only {own_count:.0f} voxels of its own in the tumour, so that it shows no detail "
        "of habitats; what is seen between them is interpolated"
    )
    return (laid, Finding.warning("image_coarse", message))
