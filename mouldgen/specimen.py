"""What goes into a mould: the tissue, its habitats, images and landmarks, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray, frozen_array
from mouldgen.images import CertaintyVolume, Image, LabelVolume, SliceStack

__all__ = [
    "GivenSite",
    "Habitat",
    "HabitatMap",
    "Landmark",
    "Source",
    "Specimen",
    "habitat_code",
]

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
