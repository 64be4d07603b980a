"""What habitats are computed from: the tumour on one grid, the images on it, and maps of features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray, VoxelGrid, frozen_array
from mouldgen.images import LabelVolume
from mouldgen.params.habitats import FeatureKind, Modality

__all__ = ["Channel", "Channels", "FeatureMap", "FeatureTable", "TumourVoxels"]

BoolArray = npt.NDArray[np.bool_]
FloatVolume = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TumourVoxels:
    """The voxels of the tumour that all images show, on the common grid.

    Parameters
    ----------
    inside
        Shape ``grid.shape``.
    grid
        The common grid, in LPS. It reaches beyond the tumour, so that windows at its edge see around.
    """

    inside: BoolArray
    grid: VoxelGrid

    def __post_init__(self) -> None:
        if self.inside.shape != self.grid.shape:
            message = f"the mask has shape {self.inside.shape} but its grid {self.grid.shape}"
            raise ValueError(message)
        object.__setattr__(self, "inside", frozen_array(self.inside, np.bool_))

    @cached_property
    def count(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.inside))

    @property
    def volume_mm3(self) -> float:
        """Volume of the voxels."""
        return self.count * self.grid.voxel_mm3

    @cached_property
    def index_vox(self) -> npt.NDArray[np.int64]:
        """Shape (N, 3): where the voxels lie, in the order of all arrays over them."""
        return np.argwhere(self.inside)

    def spread_out(self, values: npt.NDArray[np.generic], outside: float = 0.0) -> npt.NDArray[np.generic]:
        """Return values over the voxels, shape (N,), as a volume of shape ``grid.shape``."""
        volume = np.full(self.grid.shape, outside, values.dtype)
        volume[self.inside] = values
        return volume

    def labelled(self, labels: npt.NDArray[np.integer]) -> LabelVolume:
        """Return labels over the voxels as a label volume."""
        return LabelVolume(self.spread_out(labels.astype(np.uint16)).astype(np.uint16), self.grid)


@dataclass(frozen=True, eq=False)
class Channel:
    """An image on the common grid.

    Parameters
    ----------
    name
        What the user calls it.
    modality
        What its numbers mean.
    values
        Shape of the common grid, in the image's own unit. Finite where the tumour is.
    scaled
        The same on the scale that features are computed on.
    unit
        ``HU``, ``SUV`` or nothing.
    noise
        Standard deviation of its noise, in its own unit, on the image's own grid.
    """

    name: str
    modality: Modality
    values: FloatVolume
    scaled: FloatVolume
    unit: str = ""
    noise: float = 0.0

    def __post_init__(self) -> None:
        for name in ("values", "scaled"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float32))


@dataclass(frozen=True, eq=False)
class Channels:
    """All images on the common grid, in the user's order."""

    tumour: TumourVoxels
    channels: tuple[Channel, ...]

    def __post_init__(self) -> None:
        for channel in self.channels:
            if channel.values.shape != self.tumour.grid.shape:
                message = (
                    f"{channel.name} has shape {channel.values.shape}, its grid {self.tumour.grid.shape}"
                )
                raise ValueError(message)


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """One feature over the tumour's voxels.

    Parameters
    ----------
    channel
        The image it is of; empty for position.
    kind
        What it is.
    values
        Shape (N,), in `unit`.
    scaled
        Shape (N,): what voxels are grouped by.
    unit
        Of `values`, or nothing.
    direction
        Of a position, where it grows to: ``left``, ``posterior`` or ``superior``; else empty.
    """

    channel: str
    kind: FeatureKind
    values: FloatArray
    scaled: FloatArray
    unit: str = ""
    direction: str = ""

    def __post_init__(self) -> None:
        for name in ("values", "scaled"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))

    @property
    def name(self) -> str:
        """What people call it: ``adc`` for the intensity, else ``adc contrast`` or ``position left``."""
        if self.kind is FeatureKind.INTENSITY:
            return self.channel
        return f"{self.channel} {self.kind.replace('_', ' ')} {self.direction}".strip()


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """All features of the tumour's voxels, in one order, and what was found while they were computed."""

    tumour: TumourVoxels
    features: tuple[FeatureMap, ...]
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        for feature in self.features:
            if feature.values.shape != (self.tumour.count,) or feature.scaled.shape != (self.tumour.count,):
                message = f"{feature.name} has {feature.values.size} values for {self.tumour.count} voxels"
                raise ValueError(message)

    @cached_property
    def matrix(self) -> FloatArray:
        """Shape (N, features): what voxels are grouped by."""
        return np.column_stack([feature.scaled for feature in self.features])
