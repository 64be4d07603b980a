"""Tumours whose habitats are known, and the images that show them.

Regions are the cells of a few fixed points within an ellipsoid, with wavy borders. Every region has one
signal in each image; a bias field multiplies it, noise is added. All random numbers come from a given seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.habitats.channels import FeatureMap, FeatureTable, TumourVoxels
from mouldgen.images import Image, LabelArray, LabelVolume, SliceStack
from mouldgen.params.habitats import FeatureKind
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, voxelise

__all__ = ["HabitatPhantom", "habitat_phantom", "noise_phantom", "table_of"]

REGION_POINTS = np.array(
    [[-11.0, -7.0, -4.0], [12.0, -4.0, 3.0], [-4.0, 11.0, 5.0], [3.0, -3.0, -13.0], [2.0, -6.0, 13.0]]
)
"""Shape (5, 3): what regions lie around, in mm from the middle of a tumour of 24 x 20 x 18 mm half axes."""

REGION_LEVELS = {
    2: ((0, 0), (1, 1)),
    3: ((0, 0), (1, 0), (1, 1)),
    4: ((0, 0), (1, 0), (0, 1), (1, 1)),
    5: ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0)),
}
"""Signal of every region in two images, in steps of the contrast."""

BASE_SIGNAL = 300.0
NOISE_SIGNAL = 20.0


@dataclass(frozen=True, eq=False)
class HabitatPhantom:
    """A tumour, its images, and the truth.

    Parameters
    ----------
    truth
        Labels from 1; 0 outside the tumour.
    images
        Each on the grid of the truth.
    """

    truth: LabelVolume
    images: tuple[Image, ...]

    @property
    def tissue(self) -> LabelVolume:
        """1 in the tumour."""
        return LabelVolume((self.truth.voxels > 0).astype(np.uint16), self.truth.grid)

    @property
    def labels(self) -> npt.NDArray[np.uint16]:
        """Shape (N,): the truth over the tumour's voxels, in the order of `TumourVoxels`."""
        return self.truth.voxels[self.truth.voxels > 0]


def habitat_phantom(
    regions: int,
    *,
    contrast: float = 4.0,
    bias: float = 0.05,
    noise_mm: float = 0.0,
    size: float = 1.0,
    spacing_mm: Sequence[float] = (1.0, 1.0, 1.0),
    seed: int = 1,
) -> HabitatPhantom:
    """Return a tumour of 36 mL with 2 to 5 regions in the images ``t1`` and ``adc``.

    Parameters
    ----------
    regions
        How many.
    contrast
        Between neighbouring levels of signal, in standard deviations of the noise.
    bias
        Amplitude of the smooth field that multiplies an image, as a share of its signal.
    noise_mm
        Standard deviation of the Gaussian that the noise is correlated by; 0 is white.
    size
        Scale of the tumour.
    spacing_mm
        Of the voxels.
    seed
        Of the noise.
    """
    truth = _regions(regions, size, spacing_mm)
    levels = np.array(REGION_LEVELS[regions], np.float64)
    return _phantom(truth, levels * contrast * NOISE_SIGNAL, bias=bias, noise_mm=noise_mm, seed=seed)


def noise_phantom(
    *,
    bias: float = 0.0,
    noise_mm: float = 0.0,
    channels: int = 2,
    size: float = 1.0,
    spacing_mm: Sequence[float] = (1.0, 1.0, 1.0),
    seed: int = 1,
) -> HabitatPhantom:
    """Return a tumour that is the same throughout: all that differs in its images is noise and bias."""
    truth = _regions(1, size, spacing_mm)
    return _phantom(truth, np.zeros((1, channels)), bias=bias, noise_mm=noise_mm, seed=seed)


def table_of(phantom: HabitatPhantom) -> FeatureTable:
    """Return the intensities of the images as features: median 0, interquartile range 1.349."""
    tumour = TumourVoxels(phantom.truth.voxels > 0, phantom.truth.grid)
    features = []
    for image in phantom.images:
        values = image.voxels[tumour.inside].astype(np.float64)
        low, middle, high = np.percentile(values, [25, 50, 75])
        scaled = (values - middle) / ((high - low) / 1.349)
        features.append(FeatureMap(image.name, FeatureKind.INTENSITY, values, scaled))
    return FeatureTable(tumour, tuple(features))


def _regions(count: int, size: float, spacing_mm: Sequence[float]) -> LabelVolume:
    half_mm = size * np.array([24.0, 20.0, 18.0])
    body = Ellipsoid(np.zeros(3), half_mm)
    cores = size * REGION_POINTS[:count]

    def labels(points: FloatArray) -> LabelArray:
        x, y, z = np.moveaxis(points / size, -1, 0)
        wave = 1.2 * np.stack([np.sin(y / 4.0), np.sin(z / 3.5 + 1.0), np.sin(x / 4.5 + 2.0)], axis=-1)
        distance = np.linalg.norm(points[..., None, :] + size * wave[..., None, :] - cores, axis=-1)
        return np.where(body.contains(points), distance.argmin(axis=-1) + 1, 0).astype(np.uint16)

    return voxelise(labels, covering_grid(np.zeros(3), half_mm + 4.0, spacing_mm))


def _phantom(
    truth: LabelVolume, levels: FloatArray, *, bias: float, noise_mm: float, seed: int
) -> HabitatPhantom:
    """Return the phantom whose region n has signal ``BASE_SIGNAL + levels[n - 1]``; (regions, images)."""
    random = np.random.default_rng(seed)
    slices = SliceStack.along_axis(truth.grid, 2)
    names = ("t1", "adc", "ct", "pet")[: levels.shape[1]]
    images = []
    for name, level in zip(names, levels.T, strict=True):
        signal = BASE_SIGNAL + np.concatenate([[-0.5 * BASE_SIGNAL], level])[truth.voxels]
        field = 1.0 + bias * _smooth_field(truth.grid, random)
        voxels = signal * field + NOISE_SIGNAL * _noise(truth.grid, noise_mm, random)
        images.append(Image(name, voxels.astype(np.float32), truth.grid, slices))
    return HabitatPhantom(truth, tuple(images))


def _smooth_field(grid: VoxelGrid, random: np.random.Generator) -> FloatArray:
    """Return a smooth field between -1 and 1: a ramp in a random direction, bent once."""
    points = np.moveaxis(grid.to_points(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    direction = random.normal(size=3)
    along = np.tensordot(direction / np.linalg.norm(direction), points, axes=1)
    return np.asarray(np.sin(along / np.abs(along).max() * 2.0 + random.uniform(-0.5, 0.5)))


def _noise(grid: VoxelGrid, noise_mm: float, random: np.random.Generator) -> FloatArray:
    white = random.normal(size=grid.shape)
    if noise_mm == 0:
        return white
    smooth = gaussian_filter(white, noise_mm / grid.spacing_mm)
    return np.asarray(smooth / smooth.std())
