"""What is read: label and scalar volumes on a grid, and the specimen they make up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, VoxelGrid, frozen_array

__all__ = [
    "CertaintyVolume",
    "GivenSite",
    "Habitat",
    "HabitatMap",
    "Image",
    "LabelArray",
    "LabelVolume",
    "Landmark",
    "SliceStack",
    "Source",
    "Specimen",
    "habitat_code",
]

LabelArray = npt.NDArray[np.uint16]

HABITAT_COLORS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
    "#7f4fc9",
    "#8c564b",
    "#4d4d4d",
)
"""Colours that colour-blind people tell apart: those of Okabe and Ito (2008), and three more."""


@dataclass(frozen=True, eq=False)
class SliceStack:
    """The image planes of a file, in the file's own numbering from 0.

    Parameters
    ----------
    first_center_mm
        Shape (3,), LPS: a point on slice 0.
    step_mm
        Shape (3,), LPS: from one slice to the next, along the slice normal.
    count
        Number of slices.
    sop_instance_uids
        One per slice, empty where the file has none.
    instance_numbers
        One per slice, of DICOM: InstanceNumber, or the frame's number in a multi-frame file; empty elsewhere.
    """

    first_center_mm: FloatArray
    step_mm: FloatArray
    count: int
    sop_instance_uids: tuple[str, ...] = ()
    instance_numbers: tuple[int | None, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "first_center_mm", frozen_array(self.first_center_mm, np.float64))
        object.__setattr__(self, "step_mm", frozen_array(self.step_mm, np.float64))

    @classmethod
    def along_axis(cls, grid: VoxelGrid, axis: int) -> SliceStack:
        """Return the slices of `grid` along one of its axes."""
        first = (np.array(grid.shape) - 1) / 2.0
        first[axis] = 0.0
        step = grid.point_from_index[:3, axis]
        return cls(grid.to_points(first), step, grid.shape[axis])

    @property
    def spacing_mm(self) -> float:
        """Distance between neighbouring slices."""
        return float(np.linalg.norm(self.step_mm))

    @property
    def normal_lps(self) -> FloatArray:
        """Shape (3,): unit vector from slice 0 towards slice 1."""
        return np.asarray(self.step_mm / self.spacing_mm)


@dataclass(frozen=True, eq=False)
class LabelVolume:
    """Whole-numbered labels on a grid; 0 is background.

    Parameters
    ----------
    voxels
        Shape ``grid.shape``, indexed [i, j, k].
    grid
        Where the voxels lie, in LPS (or in the frame that the owner names).
    """

    voxels: LabelArray
    grid: VoxelGrid

    def __post_init__(self) -> None:
        _check_shape(self.voxels, self.grid)
        object.__setattr__(self, "voxels", frozen_array(self.voxels, np.uint16))

    def __repr__(self) -> str:
        spacing = " x ".join(f"{s:.3g}" for s in self.grid.spacing_mm)
        return f"LabelVolume(shape={self.grid.shape}, spacing={spacing} mm, labels={self.labels()})"

    def labels(self) -> tuple[int, ...]:
        """Return the labels that occur, without background, in rising order."""
        return tuple(int(label) for label in np.flatnonzero(np.bincount(self.voxels.ravel("K"))) if label)

    def volume_mm3(self, label: int | None = None) -> float:
        """Return the volume of one label, or of all that is not background."""
        chosen = self.voxels > 0 if label is None else self.voxels == label
        return int(np.count_nonzero(chosen)) * self.grid.voxel_mm3

    def bounds_vox(self) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """Return the first index and the one after the last, along each axis, of what is not background.

        Raises
        ------
        InputError
            If all is background.
        """
        present = self.voxels > 0
        start, stop = [], []
        for axis in range(3):
            others = tuple(a for a in range(3) if a != axis)
            hit = np.flatnonzero(present.any(axis=others))
            if not hit.size:
                message = "the label volume is all background; choose a label that is present"
                raise InputError(message)
            start.append(int(hit[0]))
            stop.append(int(hit[-1]) + 1)
        return (start[0], start[1], start[2]), (stop[0], stop[1], stop[2])

    def row_ends(self) -> FloatArray:
        """Return the centres of the first and the last voxel of every row along the first axis.

        Shape (N, 3). Nothing that is not background lies further out in any direction.
        """
        present = self.voxels > 0
        rows = np.nonzero(present.any(axis=0))
        first = np.argmax(present, axis=0)[rows]
        last = present.shape[0] - 1 - np.argmax(present[::-1], axis=0)[rows]
        ends = [np.column_stack([i, *rows]) for i in (first, last)]
        return self.grid.to_points(np.concatenate(ends))

    def extent_along(self, axes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the lowest and highest position of any voxel corner that is not background.

        Parameters
        ----------
        axes
            Shape (3, 3): one unit vector a row.

        Returns
        -------
        tuple of FloatArray
            Shape (3,) each, millimetres along the axes.
        """
        centers = self.row_ends() @ axes.T
        reach = np.array([self.grid.half_widths_mm(axis).sum() for axis in axes])
        return centers.min(axis=0) - reach, centers.max(axis=0) + reach

    def centroid_mm(self, label: int) -> FloatArray:
        """Return the mean of the centres of a label's voxels; shape (3,), in the frame of the grid.

        Raises
        ------
        InputError
            If the label is absent.
        """
        indices = np.argwhere(self.voxels == label)
        if not len(indices):
            message = f"label {label} is absent from the label volume; choose one that is present"
            raise InputError(message)
        return self.grid.to_points(indices.mean(axis=0))

    def cropped(self) -> LabelVolume:
        """Return the part that holds all labels, without padding."""
        start, stop = self.bounds_vox()
        box = tuple(slice(low, high) for low, high in zip(start, stop, strict=True))
        return LabelVolume(self.voxels[box], self.grid.cropped(start, stop))


@dataclass(frozen=True, eq=False)
class Image:
    """A scalar image (MR, CT, PET, a map) on a grid.

    Parameters
    ----------
    name
        What the user calls it, for instance ``t2``.
    voxels
        Shape ``grid.shape``, indexed [i, j, k].
    grid
        Where the voxels lie, in LPS.
    slices
        The planes that the file stores.
    modality
        As DICOM says it (``CT``, ``PT``, ``MR``); empty where the file does not say.
    """

    name: str
    voxels: npt.NDArray[np.float32]
    grid: VoxelGrid
    slices: SliceStack
    modality: str = ""

    def __post_init__(self) -> None:
        _check_shape(self.voxels, self.grid)
        object.__setattr__(self, "voxels", frozen_array(self.voxels, np.float32))

    def __repr__(self) -> str:
        return f"Image({self.name!r}, shape={self.grid.shape})"

    @cached_property
    def storage_type(self) -> type[np.generic]:
        """The smallest type that holds its values as they are."""
        # planes that lie together in memory, whichever way the file stored them: fifty times as fast
        planes = np.moveaxis(self.voxels, int(np.argmax(self.voxels.strides)), 0)
        if not all(bool((plane == np.rint(plane)).all()) for plane in planes):
            return np.float32
        largest = max(float(self.voxels.max(initial=0)), -float(self.voxels.min(initial=0)))
        return next((kind for kind in (np.int16, np.int32) if largest <= np.iinfo(kind).max), np.float32)


@dataclass(frozen=True, eq=False)
class CertaintyVolume:
    """How sure it is that voxels belong to the habitat that they are labelled as.

    Parameters
    ----------
    voxels
        Shape ``grid.shape``, indexed [i, j, k]: from 0, by chance, to 1, certain; a posterior probability or
        a share of votes. What it holds where there is no label does not count.
    grid
        Where the voxels lie, in LPS (or in the frame that the owner names).
    """

    voxels: npt.NDArray[np.float32]
    grid: VoxelGrid

    def __post_init__(self) -> None:
        _check_shape(self.voxels, self.grid)
        object.__setattr__(self, "voxels", frozen_array(self.voxels, np.float32))
        low, high = float(self.voxels.min()), float(self.voxels.max())
        if not (low >= 0.0 and high <= 1.0):
            message = f"certainty lies from 0 to 1; got {low:g} to {high:g}"
            raise ValueError(message)

    def __repr__(self) -> str:
        return f"CertaintyVolume(shape={self.grid.shape})"


@dataclass(frozen=True)
class Habitat:
    """One habitat: a label in the habitat map and what people call it.

    Parameters
    ----------
    label
        Value in the habitat map, 1 to 65535.
    name
        The user's name, or ``habitat N``.
    code
        A letter (``A``, ``B``, ... ``AA``) that stands for it where colour is missing.
    color
        ``#rrggbb``.
    terminology
        Its coded meaning, where the file has one.
    stability
        How well its labels repeat (Dice, 0 to 1) when images and outline change a little; None if unknown.
    is_stable
        Whether that is enough to rely on; True if unknown.
    """

    label: int
    name: str
    code: str
    color: str
    terminology: str = ""
    stability: float | None = None
    is_stable: bool = True

    def __post_init__(self) -> None:
        if self.stability is not None and not 0 <= self.stability <= 1:
            message = f"the stability of a habitat lies from 0 to 1; got {self.stability:g}"
            raise ValueError(message)

    @classmethod
    def numbered(cls, label: int, position: int, name: str | None = None, terminology: str = "") -> Habitat:
        """Return the habitat at `position` (from 0) in the map, with its code and colour."""
        color = HABITAT_COLORS[position % len(HABITAT_COLORS)]
        return cls(label, name or f"habitat {label}", habitat_code(position), color, terminology)

    def with_stability(self, stability: float | None, least: float) -> Habitat:
        """Return the habitat with what its repeats gave; it is stable from `least` (Dice) on."""
        is_stable = stability is None or stability >= least
        return replace(self, stability=stability, is_stable=is_stable)


def habitat_code(position: int) -> str:
    """Return ``A`` for 0, ``Z`` for 25, ``AA`` for 26."""
    code = ""
    number = position + 1
    while number:
        number, letter = divmod(number - 1, 26)
        code = chr(ord("A") + letter) + code
    return code


@dataclass(frozen=True, eq=False)
class HabitatMap:
    """Habitat labels on their own grid, and what each label is.

    Parameters
    ----------
    volume
        The labels.
    habitats
        One a label.
    certainty
        How sure each voxel's label is, on the grid of `volume`; None if unknown.
    computed_from
        Names of the images that the habitats were computed from; empty where they were given.
    """

    volume: LabelVolume
    habitats: tuple[Habitat, ...]
    certainty: CertaintyVolume | None = None
    computed_from: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.certainty is None:
            return
        own, other = self.volume.grid, self.certainty.grid
        if own.shape != other.shape or not np.allclose(own.point_from_index, other.point_from_index):
            message = f"certainty and labels need one grid; got {other} and {own}"
            raise ValueError(message)

    def cropped(self) -> HabitatMap:
        """Return the part that holds all labels, without padding."""
        volume = self.volume.cropped()
        if self.certainty is None:
            return replace(self, volume=volume)
        box = tuple(slice(low, high) for low, high in zip(*self.volume.bounds_vox(), strict=True))
        return replace(
            self, volume=volume, certainty=CertaintyVolume(self.certainty.voxels[box], volume.grid)
        )

    def mean_certainty(self, label: int) -> float | None:
        """Return the mean certainty of a habitat's voxels; None if unknown."""
        if self.certainty is None:
            return None
        return float(self.certainty.voxels[self.volume.voxels == label].mean(dtype=np.float64))


@dataclass(frozen=True, eq=False)
class Landmark:
    """A structure that rides along: a vessel, the hilum, a contact point, a suture.

    Parameters
    ----------
    name
        What outputs call it.
    position_lps
        Shape (3,): its centroid, mm.
    """

    name: str
    position_lps: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "position_lps", frozen_array(self.position_lps, np.float64))


@dataclass(frozen=True, eq=False)
class GivenSite:
    """A place to sample that a user chose.

    Parameters
    ----------
    name
        What outputs call it.
    position
        Shape (3,): its middle, mm.
    in_mould
        Whether `position` is in the mould frame at imaging size; else in LPS.
    habitat
        Label that it aims at; None takes the habitat that it lies in.
    """

    name: str
    position: FloatArray
    in_mould: bool = False
    habitat: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", frozen_array(self.position, np.float64))


@dataclass(frozen=True)
class Source:
    """Which bytes an input came from; never its path or name.

    Parameters
    ----------
    role
        ``segmentation``, ``habitats``, ``certainty``, ``image:NAME``, ``reserved`` or ``sites``.
    sha256
        Of the file as stored, in hexadecimal.
    size_bytes
        Its length.
    """

    role: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, eq=False)
class Specimen:
    """The tissue that goes into the mould, its habitats, and the images of it.

    Parameters
    ----------
    tissue
        1 where the specimen is; cropped to it. With a margin it is larger than what was segmented.
    slices
        The planes of the segmentation.
    segmented_mm3
        Volume of the chosen labels before a margin was added.
    habitats
        None where no habitat map was given.
    images
        Any number, each on its own grid.
    structures
        What the tissue was made of, where the segmentation names its structures: name and coded meaning.
    landmarks
        Structures that are not part of the tissue but ride along.
    reserved
        Tissue that stays for diagnosis, on its own grid: no site touches it.
    given_sites
        Places that a user chose.
    withheld
        Names that a user typed and that may not leave, and what outputs write instead.
    sources
        Where the voxels came from.
    findings
        What reading found.
    """

    tissue: LabelVolume
    slices: SliceStack
    segmented_mm3: float
    habitats: HabitatMap | None = None
    images: tuple[Image, ...] = ()
    structures: tuple[tuple[str, str], ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    reserved: LabelVolume | None = None
    given_sites: tuple[GivenSite, ...] = ()
    withheld: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def __repr__(self) -> str:
        count = len(self.habitats.habitats) if self.habitats else 0
        return (
            f"Specimen({self.volume_mm3 / 1000:.2f} mL, habitats={count}, "
            f"images={[image.name for image in self.images]})"
        )

    @property
    def volume_mm3(self) -> float:
        """Volume of the tissue's voxels."""
        return self.tissue.volume_mm3()

    def landmark(self, name: str) -> Landmark | None:
        """Return the landmark of a name, compared without case."""
        return next((mark for mark in self.landmarks if mark.name.casefold() == name.casefold()), None)


def _check_shape(voxels: npt.NDArray[Any], grid: VoxelGrid) -> None:
    if voxels.shape != grid.shape:
        message = f"the array has shape {voxels.shape} but its grid {grid.shape}"
        raise ValueError(message)
