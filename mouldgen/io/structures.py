"""Structures of a segmentation: what an input offers to choose from, and the voxels of what was chosen.

A label map offers its labels, DICOM SEG and ``.seg.nrrd`` their segments, RTSTRUCT its regions of interest.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray
from mouldgen.images import LabelVolume, SliceStack

__all__ = ["Structure", "StructureSource", "StructureVoxels"]


@dataclass(frozen=True)
class Structure:
    """One thing that a segmentation outlines.

    Parameters
    ----------
    number
        1 to 65535, its label in `StructureVoxels`; as the input numbers it, or else in the input's order.
    name
        What outputs may call it; None where it has no name.
    stored_name
        As the input spells it, to compare with what a user types. It may name a patient and never leaves.
    terminology
        Its coded meaning, ``category: type (scheme code)``, empty where there is none.
    is_volume
        False for points and open lines, which can be landmarks but no tissue.
    stability
        Of a computed habitat: how well its labels repeat (Dice, 0 to 1); None where the input does not say.
    """

    number: int
    name: str | None
    stored_name: str | None = None
    terminology: str = ""
    is_volume: bool = True
    stability: float | None = None

    def __str__(self) -> str:
        return str(self.number) if self.name is None else f"{self.number} ({self.name})"


@dataclass(frozen=True, eq=False, kw_only=True)
class StructureVoxels:
    """The voxels of chosen structures, in patient order.

    Parameters
    ----------
    labels
        Structure numbers; where structures overlap, the one that comes first in the input.
    slices
        The planes that the structures were drawn on.
    is_cropped
        Whether the input stores no more than where structures are, so that one at its border is not cut off.
    overlap_vox
        Voxels that belong to more than one of the structures.
    findings
        What making them found; messages name no file.
    """

    labels: LabelVolume
    slices: SliceStack
    is_cropped: bool = False
    overlap_vox: int = 0
    findings: tuple[Finding, ...] = ()


class StructureSource(Protocol):
    """An input that holds structures."""

    @property
    def name(self) -> str:
        """What messages on the terminal call the input."""

    @property
    def format_name(self) -> str:
        """For people: ``NIfTI-1``, ``DICOM SEG``."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that was read, for their hashes."""

    @property
    def structures(self) -> tuple[Structure, ...]:
        """All structures, in the input's order; none is empty."""

    @property
    def asks_for_choice(self) -> bool:
        """Whether a user must say which of several structures is meant, instead of taking all together."""

    @property
    def frame_of_reference_uid(self) -> str:
        """Of DICOM; empty elsewhere."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What opening it found; messages name no file."""

    def voxels_of(self, numbers: Collection[int]) -> StructureVoxels:
        """Return the voxels of structures.

        Raises
        ------
        InputError
            If they have none.
        """

    def center_lps(self, number: int) -> FloatArray:
        """Return the centroid of a structure's volume, or the mean of its points; shape (3,), LPS mm."""
