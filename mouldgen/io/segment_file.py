"""Segmentations of 3D Slicer (``.seg.nrrd``): named segments in one or several arrays on one lattice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import LabelVolume, SliceStack
from mouldgen.io.merged_structures import merge_structures
from mouldgen.io.nrrd_header import read_nrrd_header, read_nrrd_pairs
from mouldgen.io.plausibility import check_spacing, judge_volume
from mouldgen.io.segment_bounds import ImageBounds, find_image_bounds, image_planes, is_cropped_box
from mouldgen.io.segment_keys import (
    SegmentKeys,
    extent_offset,
    has_segments,
    parse_reference_grid,
    parse_segments,
)
from mouldgen.io.segment_layers import LayerArray, SegmentLayers, read_layers
from mouldgen.io.stored_header import StoredHeader
from mouldgen.io.structures import Structure, StructureVoxels
from mouldgen.io.voxel_values import count_labels

__all__ = ["SegmentFile", "is_segment_file", "open_segment_file"]

_FORMAT_NAME = "3D Slicer segmentation"
_SUFFIXES = (".nrrd", ".nhdr")
_HIGHEST_NUMBER = 65535


@dataclass(frozen=True, eq=False)
class SegmentFile:
    """The segments of one file, in patient order.

    Parameters
    ----------
    name
        The file's name.
    files
        It, and its data file where that is another.
    structures
        One a segment; empty ones are left out.
    findings
        What opening it found.
    grid
        Where the voxels lie.
    slices
        The planes of the image that the segments were drawn on, where the file says; else its own.
    is_cropped
        Whether the file stores a smaller box than that image.
    """

    name: str
    files: tuple[Path, ...]
    structures: tuple[Structure, ...]
    findings: tuple[Finding, ...]
    grid: VoxelGrid
    slices: SliceStack
    is_cropped: bool
    _layers: tuple[LayerArray, ...]
    _segments: Mapping[int, SegmentKeys]
    _bounds: ImageBounds | None
    format_name: str = _FORMAT_NAME
    frame_of_reference_uid: str = ""

    @property
    def asks_for_choice(self) -> bool:
        """Whether there are several segments: each has a meaning of its own."""
        return len(self.structures) > 1

    def voxels_of(self, numbers: Collection[int]) -> StructureVoxels:
        """Return the voxels of segments.

        Raises
        ------
        InputError
            If a number is none of the structures.
        """
        chosen = [item.number for item in self.structures if item.number in set(numbers)]
        if not chosen or len(chosen) < len(set(numbers)):
            raise self._absent(numbers)
        masks = ((number, self._mask(number)) for number in chosen)
        labels, overlap_vox = merge_structures(masks, self.grid.shape)
        return StructureVoxels(
            labels=LabelVolume(labels, self.grid),
            slices=self.slices,
            is_cropped=self.is_cropped,
            overlap_vox=overlap_vox,
            findings=tuple(self._bounds.cut(labels)) if self.is_cropped and self._bounds else (),
        )

    def center_lps(self, number: int) -> FloatArray:
        """Return the centroid of a segment's voxels."""
        if number not in self._segments:
            raise self._absent([number])
        return self.grid.to_points(np.argwhere(self._mask(number)).mean(axis=0))

    def _mask(self, number: int) -> npt.NDArray[np.bool_]:
        segment = self._segments[number]
        return np.asarray(self._layers[segment.layer] == segment.label)

    def _absent(self, numbers: Collection[int]) -> InputError:
        asked = ", ".join(str(number) for number in numbers) or "none"
        held = ", ".join(str(structure) for structure in self.structures)
        message = f"{self.name} holds the segments {held}; asked for: {asked}"
        return InputError(message)


def is_segment_file(path: Path) -> bool:
    """Return whether a file is NRRD and describes segments; without them it is a plain label map or image."""
    if not path.name.lower().endswith(_SUFFIXES) or not path.is_file():
        return False
    try:
        return has_segments(read_nrrd_pairs(path))
    except (InputError, OSError):
        return False


def open_segment_file(path: Path) -> SegmentFile:
    """Open a segmentation that 3D Slicer saved.

    Parameters
    ----------
    path
        An ``.nrrd`` or ``.nhdr`` file whose header describes segments (`is_segment_file`).

    Raises
    ------
    InputError
        If the file is missing or damaged, or holds no segment, only empty ones, or fractions of voxels.
    """
    try:
        header = read_nrrd_header(path)
        pairs = read_nrrd_pairs(path)
        segments = parse_segments(path.name, pairs, header.volumes)
        _check_segments(path.name, segments, pairs)
        layers = read_layers(header)
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror or error}. Check the file and who may read it"
        raise InputError(message) from None
    check_spacing(path.name, layers.file_grid.spacing_mm, header.unit)
    return _opened(header, pairs, segments, layers)


def _check_segments(name: str, segments: Sequence[SegmentKeys], pairs: Mapping[str, str]) -> None:
    if not segments:
        message = f"{name} describes no segments; give a segmentation that 3D Slicer saved"
        raise InputError(message)
    represented = [pairs.get(f"Segmentation_{word}Representation", "") for word in ("Master", "Source")]
    if any("fractional" in text.lower() for text in represented):
        message = (
            f"{name} holds fractions of voxels instead of labels (representation: Fractional labelmap); make "
            "'Binary labelmap' the source representation in 3D Slicer (module Segmentations), save it again"
        )
        raise InputError(message)


def _opened(
    header: StoredHeader, pairs: Mapping[str, str], segments: tuple[SegmentKeys, ...], layers: SegmentLayers
) -> SegmentFile:
    counts = [count_labels(layer) for layer in layers.voxels]
    kept = _not_empty(header, segments, counts)
    numbers = _numbers(segments)
    reference, offset = parse_reference_grid(pairs), extent_offset(pairs)
    bounds = find_image_bounds(reference, layers.grid)
    return SegmentFile(
        name=header.path.name,
        files=header.files,
        structures=tuple(_structure(segment, numbers[segment.position]) for segment in kept),
        findings=(
            *header.findings,
            *judge_volume(layers.file_grid),
            *layers.findings,
            *_judge_segments(segments, kept, counts),
            *_judge_extents(segments, layers.stored, offset),
        ),
        grid=layers.grid,
        slices=image_planes(reference, layers.file_grid),
        is_cropped=is_cropped_box(bounds, offset, layers.voxels),
        _layers=layers.voxels,
        _segments=MappingProxyType({numbers[segment.position]: segment for segment in kept}),
        _bounds=bounds,
    )


def _not_empty(
    header: StoredHeader, segments: Sequence[SegmentKeys], counts: Sequence[Mapping[int, int]]
) -> tuple[SegmentKeys, ...]:
    kept = tuple(item for item in segments if item.layer < len(counts) and counts[item.layer].get(item.label))
    if not kept:
        message = (
            f"{header.path.name} names {len(segments)} segments, and none of them has a voxel; give a "
            "segmentation with at least one segment that is not empty"
        )
        raise InputError(message)
    return kept


def _numbers(segments: Sequence[SegmentKeys]) -> dict[int, int]:
    """Return the number of each segment by its position: its label value where no other has the same."""
    values = [segment.label for segment in segments]
    if len(set(values)) == len(values) and max(values) <= _HIGHEST_NUMBER:
        return {segment.position: segment.label for segment in segments}
    return {segment.position: segment.position for segment in segments}


def _structure(segment: SegmentKeys, number: int) -> Structure:
    name = " ".join(segment.name.split())
    return Structure(
        number, name or None, segment.name or None, segment.terminology, stability=segment.stability
    )


def _judge_segments(
    segments: Sequence[SegmentKeys], kept: Sequence[SegmentKeys], counts: Sequence[Mapping[int, int]]
) -> Iterator[Finding]:
    if len(kept) < len(segments):
        empty = _positions(segment for segment in segments if segment not in kept)
        yield Finding.info(
            "segments_empty", f"of {len(segments)} segments these have no voxel and are left out: {empty}"
        )
    owned = {(segment.layer, segment.label) for segment in segments}
    if len(owned) < len(segments):
        yield Finding.warning(
            "segments_share_label",
            "several segments have the same label value in the same layer, so their voxels are the same; "
            "check in 3D Slicer which of them is meant",
        )
    stray = {(layer, label): n for layer, found in enumerate(counts) for label, n in found.items()}
    stray = {place: count for place, count in stray.items() if place not in owned}
    if stray:
        yield Finding.info(
            "values_without_segment",
            f"{sum(stray.values())} voxels have values that belong to no segment ({len(stray)} values); "
            "they are taken for background",
        )


def _positions(segments: Iterator[SegmentKeys]) -> str:
    return ", ".join(f"number {segment.position}" for segment in segments)


def _judge_extents(
    segments: Sequence[SegmentKeys], stored: npt.NDArray[Any], offset: tuple[int, ...]
) -> Iterator[Finding]:
    """Compare layers with the extent by which 3D Slicer cuts them: that of the layer's first segment."""
    first = {segment.layer: segment for segment in reversed(segments) if segment.layer < len(stored)}
    hidden = sum(_outside(stored[layer], segment.extent, offset) for layer, segment in first.items())
    if hidden:
        yield Finding.warning(
            "segment_extent",
            f"{hidden} voxels lie outside the extent that the header gives to their segment; 3D Slicer hides "
            "them, mouldgen takes them. Check the segmentation",
        )


def _outside(layer: npt.NDArray[Any], extent: tuple[int, ...] | None, offset: tuple[int, ...]) -> int:
    """Count voxels beyond an extent, which older files give in the image's lattice instead of the file's."""
    if extent is None:
        return 0
    inside = 0
    for shift in ((0, 0, 0), offset):
        box = tuple(
            slice(max(low - start, 0), max(high - start + 1, 0))
            for low, high, start in zip(extent[::2], extent[1::2], shift, strict=True)
        )
        inside = max(inside, int(np.count_nonzero(layer[box])))
    return int(np.count_nonzero(layer)) - inside
