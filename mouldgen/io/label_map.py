"""A label map as a source of structures: every label is one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray
from mouldgen.images import LabelVolume
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import Structure, StructureVoxels
from mouldgen.io.voxel_values import count_labels, judge_labels, to_labels

__all__ = ["LabelMap", "open_label_map"]


@dataclass(frozen=True, eq=False)
class LabelMap:
    """The labels of one volume; all that are not background belong together unless some are chosen.

    Parameters
    ----------
    volume
        Whose values are labels.
    labels
        These values.
    structures
        One a label, with its name where the file has names.
    findings
        Of reading the volume and its values.
    """

    volume: StoredVolume
    labels: LabelVolume
    structures: tuple[Structure, ...]
    findings: tuple[Finding, ...]
    asks_for_choice: bool = False

    @property
    def name(self) -> str:
        """The file's name."""
        return self.volume.name

    @property
    def format_name(self) -> str:
        """The file's format."""
        return self.volume.format_name

    @property
    def files(self) -> tuple[Path, ...]:
        """The file, and its data file where that is another."""
        return self.volume.files

    @property
    def frame_of_reference_uid(self) -> str:
        """Empty but for DICOM."""
        return self.volume.frame_of_reference_uid

    def voxels_of(self, numbers: Collection[int]) -> StructureVoxels:
        """Return the voxels of labels; the volume's own array where all are wanted."""
        wanted = set(numbers)
        labels = self.labels
        if wanted != {structure.number for structure in self.structures}:
            kept = np.zeros(int(labels.voxels.max(initial=0)) + 1, bool)
            kept[[number for number in wanted if number < kept.size]] = True
            labels = LabelVolume(_kept(labels, kept), labels.grid)
        return StructureVoxels(labels=labels, slices=self.volume.slices)

    def center_lps(self, number: int) -> FloatArray:
        """Return the centroid of a label's voxels."""
        return self.labels.centroid_mm(number)


def open_label_map(volume: StoredVolume) -> LabelMap:
    """Return a volume's values as structures.

    Raises
    ------
    InputError
        If its values are no labels, or all are background.
    """
    labels, findings = to_labels(volume)
    present = count_labels(labels.voxels)
    if not present:
        message = f"{volume.name} is all background; give a label map with at least one label above 0"
        raise InputError(message)
    structures = tuple(Structure(number, volume.label_names.get(number)) for number in present)
    return LabelMap(volume, labels, structures, (*volume.findings, *findings, *judge_labels(present)))


def _kept(
    labels: LabelVolume, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    voxels = np.zeros(labels.voxels.shape, np.uint16, order="F")
    for k in range(labels.grid.shape[2]):  # layer by layer, to save memory
        layer = labels.voxels[:, :, k]
        voxels[:, :, k] = np.where(kept[layer], layer, np.uint16(0))
    return voxels
