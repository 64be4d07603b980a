"""Which frames of a DICOM SEG hold which segment, and their masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.io.dicom.segment_content import SegmentationContent, SegmentKind
from mouldgen.io.dicom.segment_pixels import FrameArray, FramePixels

__all__ = ["SegmentFrames", "survey_frames"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SegmentFrames:
    """The frames of a SEG, unpacked as they are needed.

    Parameters
    ----------
    content
        What the file says of them.
    pixels
        Their values.
    slice_of_frame
        Which slice of the lattice each is.
    frames_of
        The frames in which a segment has a voxel, by its number.
    has_empty_end
        Whether the first or the last slice holds no voxel of any segment: the file keeps empty frames then.
    stray_vox
        Voxels of numbers that no segment has.
    partly_vox
        Voxels between 0 and 1 of each segment, and how many of these belong to it.
    """

    content: SegmentationContent
    pixels: FramePixels
    slice_of_frame: tuple[int, ...]
    frames_of: Mapping[int, tuple[int, ...]]
    has_empty_end: bool
    stray_vox: int
    partly_vox: Mapping[int, tuple[int, int]]

    def masks(self, number: int) -> Iterator[tuple[int, Mask]]:
        """Yield slice and mask (rows, columns) of each frame in which a segment has a voxel."""
        for index in self.frames_of[number]:
            yield self.slice_of_frame[index], self._mask(self.pixels.frame(index), number)

    def masks_by_slice(self, numbers: Sequence[int]) -> Iterator[tuple[int, list[tuple[int, Mask]]]]:
        """Yield slice after slice with the masks (rows, columns) that segments have there."""
        found: dict[int, list[tuple[int, int]]] = {}
        for number in numbers:
            for index in self.frames_of[number]:
                found.setdefault(self.slice_of_frame[index], []).append((number, index))
        for position, members in sorted(found.items()):
            values = {index: self.pixels.frame(index) for index in {index for _, index in members}}
            yield position, [(number, self._mask(values[index], number)) for number, index in members]

    def edges_met(self) -> Mask:
        """Return whether any segment meets the first and last row, the first and last column; shape (4,)."""
        met = np.zeros(4, bool)
        for number in self.frames_of:
            for _position, mask in self.masks(number):
                met |= [side.any() for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1])]
                if met.all():
                    return met
        return met

    def judge_fractions(self, numbers: Sequence[int], voxel_mm3: float) -> tuple[Finding, ...]:
        """Return a finding for the voxels that are neither wholly inside segments nor wholly outside."""
        partly, inside = np.sum([self.partly_vox[number] for number in numbers], axis=0)
        if not partly:
            return ()
        return (
            Finding.info(
                "fractional_voxels",
                f"the segmentation stores {self.content.fraction} from 0 to 1; a voxel belongs to it from "
                f"0.5. {partly * voxel_mm3 / 1000:.3g} mL lie between 0 and 1, of which "
                f"{inside * voxel_mm3 / 1000:.3g} mL are taken",
            ),
        )

    def _mask(self, values: FrameArray, number: int) -> Mask:
        return _belongs(self.content, values, number)


def survey_frames(
    content: SegmentationContent, pixels: FramePixels, slice_of_frame: tuple[int, ...], name: str
) -> SegmentFrames:
    """Look through all frames once.

    Raises
    ------
    InputError
        If a frame is damaged, or no segment has a voxel.
    """
    described = {segment.number for segment in content.segments}
    frames_of: dict[int, list[int]] = {}
    partly = {number: np.zeros(2, np.int_) for number in described}
    stray_vox = 0
    for frame in content.frames:
        values = pixels.frame(frame.index)
        _check_values(content, values, name)
        for number, count in _counts(content, values, frame.number):
            if number in described:
                frames_of.setdefault(number, []).append(frame.index)
            elif number != content.padding:
                stray_vox += count
        if content.kind is SegmentKind.FRACTIONAL and frame.number in described:
            partly[frame.number] += _partly(content, values)
    if not frames_of:
        message = (
            f"{name} describes {len(content.segments)} segments, and none of them has a voxel; give a "
            "segmentation with at least one segment that is not empty"
        )
        raise InputError(message)
    taken = {slice_of_frame[index] for frames in frames_of.values() for index in frames}
    return SegmentFrames(
        content=content,
        pixels=pixels,
        slice_of_frame=slice_of_frame,
        frames_of=MappingProxyType({number: tuple(frames) for number, frames in frames_of.items()}),
        has_empty_end=not {0, max(slice_of_frame)} <= taken,
        stray_vox=stray_vox,
        partly_vox=MappingProxyType({number: (int(n[0]), int(n[1])) for number, n in partly.items()}),
    )


def _check_values(content: SegmentationContent, values: FrameArray, name: str) -> None:
    if content.kind is SegmentKind.FRACTIONAL and values.max() > content.largest:
        message = (
            f"{name} is damaged: it holds the fraction {values.max()}, above its MaximumFractionalValue of "
            f"{content.largest}. Export the segmentation again"
        )
        raise InputError(message)


def _counts(content: SegmentationContent, values: FrameArray, number: int) -> Iterator[tuple[int, int]]:
    """Yield the segments that a frame holds, with their voxels in it."""
    if content.kind is SegmentKind.LABELMAP:
        found = np.bincount(values.ravel())
        yield from ((int(label), int(found[label])) for label in np.flatnonzero(found) if label)
    elif count := int(np.count_nonzero(_belongs(content, values, number))):
        yield number, count


def _partly(content: SegmentationContent, values: FrameArray) -> tuple[int, int]:
    """Return how many voxels lie between 0 and 1, and how many of these from 0.5."""
    between = (values > 0) & (values < content.largest)
    taken = between & _belongs(content, values, 0)
    return int(np.count_nonzero(between)), int(np.count_nonzero(taken))


def _belongs(content: SegmentationContent, values: FrameArray, number: int) -> Mask:
    if content.kind is SegmentKind.LABELMAP:
        return np.asarray(values == number)
    return np.asarray(values >= (content.largest + 1) // 2)
