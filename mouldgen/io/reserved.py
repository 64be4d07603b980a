"""Tissue that stays for diagnosis: margins, capsule, whatever a pathologist outlined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.images import LabelVolume
from mouldgen.io.opening import open_segmentation
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import StructureSource

__all__ = ["ReservedRegion", "read_reserved"]

_NO_IMAGES: Mapping[str, StoredVolume] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class ReservedRegion:
    """What was read.

    Parameters
    ----------
    volume
        1 where tissue stays, in patient order, cropped.
    files
        Every file that was read.
    findings
        What reading found; messages name no file.
    """

    volume: LabelVolume
    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def read_reserved(
    place: str | Path, tissue: LabelVolume, images: Mapping[str, StoredVolume] = _NO_IMAGES
) -> ReservedRegion:
    """Return the union of everything that a segmentation outlines.

    Parameters
    ----------
    place
        A segmentation of any format: a file, a folder, or ``FOLDER#CHOICE``.
    tissue
        The specimen, in LPS.
    images
        Images that are open; contours may have been drawn on one of them.

    Raises
    ------
    InputError
        If it cannot be read, outlines nothing, or lies beside the specimen's box.
    MissingExtraError
        If it is DICOM and the extra for it is not installed.
    """
    opened = open_segmentation(place, images)
    source = opened.source
    numbers = [structure.number for structure in source.structures if structure.is_volume]
    if not numbers:
        message = f"{source.name} outlines no volume; give a segmentation of the tissue that stays"
        raise InputError(message)
    voxels = source.voxels_of(numbers)
    union = LabelVolume((voxels.labels.voxels > 0).astype(np.uint16), voxels.labels.grid).cropped()
    _check_overlap(source, union, tissue)
    findings = (*source.findings, *opened.findings, *voxels.findings, *_judged(union, tissue))
    return ReservedRegion(union, source.files, findings)


def _check_overlap(source: StructureSource, union: LabelVolume, tissue: LabelVolume) -> None:
    low, high = union.extent_along(np.eye(3))
    tissue_low, tissue_high = tissue.extent_along(np.eye(3))
    if (high < tissue_low).any() or (low > tissue_high).any():
        message = (
            f"the reserved tissue of {source.name} lies beside the specimen: it reaches over "
            f"{_range_lps(low, high)}, the specimen over {_range_lps(tissue_low, tissue_high)}. Give one in "
            "the same patient coordinates"
        )
        raise InputError(message)


def _range_lps(low: np.ndarray, high: np.ndarray) -> str:
    sides = zip("LPS", low, high, strict=True)
    return ", ".join(f"{letter} {first:.1f} to {last:.1f}" for letter, first, last in sides) + " mm"


def _judged(union: LabelVolume, tissue: LabelVolume) -> Iterator[Finding]:
    """Yield how much of the specimen is reserved, where that is none of it or nearly all."""
    share = _share_within(tissue, union)
    if share == 0 and _share_within(union, tissue) == 0:
        yield Finding.warning(
            "site_reserved_outside",
            "no voxel of the specimen is reserved: the region lies within its box but beside its tissue. "
            "Check that both were drawn on the same images",
        )
    elif share > 0.9:
        yield Finding.warning(
            "site_reserved_most",
            f"{100 * share:.0f} % of the specimen is reserved; little is left to sample. Check that the file "
            "outlines what stays, not what may be taken",
        )


def _share_within(one: LabelVolume, other: LabelVolume) -> float:
    """Return the share of a volume's voxels whose centres lie in voxels of another."""
    indices = np.argwhere(one.voxels > 0)
    place = np.floor(other.grid.to_indices(one.grid.to_points(indices)) + 0.5).astype(np.int64)
    inside = ((place >= 0) & (place < other.grid.shape)).all(axis=1)
    return np.count_nonzero(other.voxels[tuple(place[inside].T)]) / len(indices)
