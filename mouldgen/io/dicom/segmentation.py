"""DICOM SEG (BINARY, FRACTIONAL and LABELMAP) as a source of structures."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, VoxelGrid, anatomical_name
from mouldgen.images import LabelArray, LabelVolume, SliceStack
from mouldgen.io.dicom.files import read_dataset
from mouldgen.io.dicom.headers import FileHeader, Kind, read_header
from mouldgen.io.dicom.identity import Identity
from mouldgen.io.dicom.segment_content import DescribedSegment, read_content
from mouldgen.io.dicom.segment_frames import SegmentFrames, survey_frames
from mouldgen.io.dicom.segment_images import named_by_images
from mouldgen.io.dicom.segment_pixels import open_pixels
from mouldgen.io.dicom.segment_stack import stack_frames
from mouldgen.io.merged_structures import merge_structures
from mouldgen.io.plausibility import check_spacing, judge_volume
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import Structure, StructureVoxels

__all__ = ["DicomSegmentation", "open_segmentation"]

MOST_VOXELS = 2**30
MANY_VOXELS = 2**27
MOST_PLANES_A_FRAME = 64


@dataclass(frozen=True, eq=False)
class DicomSegmentation:
    """The segments of one DICOM SEG.

    Parameters
    ----------
    name
        What messages on the terminal call the input.
    files
        The one file.
    structures
        One a segment, with the file's segment numbers; empty ones are left out.
    findings
        What opening it found.
    frame_of_reference_uid
        In which its positions are given.
    referenced_series_uids
        Series that it says it was drawn on.
    slices
        Its own planes; those that the file leaves out as empty are among them.
    """

    name: str
    files: tuple[Path, ...]
    structures: tuple[Structure, ...]
    findings: tuple[Finding, ...]
    frame_of_reference_uid: str
    referenced_series_uids: tuple[str, ...]
    slices: SliceStack
    _grid: VoxelGrid
    _frames: SegmentFrames
    format_name: str = "DICOM SEG"

    @property
    def asks_for_choice(self) -> bool:
        """Whether there are several segments: each has a meaning of its own."""
        return len(self.structures) > 1

    def voxels_of(self, numbers: Collection[int]) -> StructureVoxels:
        """Return the voxels of segments; only their frames are unpacked.

        Raises
        ------
        InputError
            If a number is none of the structures, or a frame is damaged.
        """
        wanted = set(numbers)
        chosen = [item.number for item in self.structures if item.number in wanted]
        if not chosen or len(chosen) < len(wanted):
            raise self._absent(numbers)
        order, flips = self._grid.patient_order()
        grid = self._grid.reordered(order, flips)
        voxels = np.zeros(grid.shape, np.uint16, order="F")
        # the same memory in the order of the frames, to fill in place
        stored = np.flip(voxels, tuple(axis for axis in range(3) if flips[axis])).transpose(np.argsort(order))
        overlap_vox = self._fill(stored, chosen)
        is_cropped, cut = self._judge_borders(stored)
        return StructureVoxels(
            labels=LabelVolume(_frozen(voxels), grid),
            slices=self.slices,
            is_cropped=is_cropped,
            overlap_vox=overlap_vox,
            findings=(*self._frames.judge_fractions(chosen, grid.voxel_mm3), *cut),
        )

    def center_lps(self, number: int) -> FloatArray:
        """Return the centroid of a segment's voxels."""
        if number not in self._frames.frames_of:
            raise self._absent([number])
        total = np.zeros(3)
        count = 0
        for position, mask in self._frames.masks(number):
            rows, columns = np.nonzero(mask)
            total += (columns.sum(), rows.sum(), position * len(rows))
            count += len(rows)
        return self._grid.to_points(total / count)

    def _fill(self, stored: LabelArray, chosen: Sequence[int]) -> int:
        overlap_vox = 0
        shape = (self._grid.shape[0], self._grid.shape[1])
        for position, masks in self._frames.masks_by_slice(chosen):
            merged, shared = merge_structures(((number, mask.T) for number, mask in masks), shape)
            stored[:, :, position] = merged
            overlap_vox += shared
        return overlap_vox

    def _judge_borders(self, stored: LabelArray) -> tuple[bool, tuple[Finding, ...]]:
        """Return whether labels may end at the file's border, and where they end at the image's instead.

        Frames are as large as the image unless they are cropped, which is when segments meet all four of
        their sides. Planes are all there if the file keeps empty ones at an end.
        """
        touched = {
            (axis, end): int(np.count_nonzero(np.moveaxis(stored, axis, 0)[end]))
            for axis in (0, 1)
            for end in (0, -1)
        }
        is_open = not self._frames.has_empty_end
        if any(touched.values()) and self._frames.edges_met().all():
            return True, ()
        return is_open, tuple(self._cut(touched)) if is_open else ()

    def _cut(self, touched: dict[tuple[int, int], int]) -> Iterator[Finding]:
        for (axis, end), count in touched.items():
            if count:
                side, _angle_deg = anatomical_name((1.0 if end else -1.0) * self._grid.directions[:, axis])
                yield Finding.warning(
                    "cut_by_border",
                    f"the segmentation reaches the {side} border of its frames ({count} voxels), which is "
                    "that of the image unless the frames were cropped; tissue beyond it is not in the mould. "
                    "Compare with the image",
                )

    def _absent(self, numbers: Collection[int]) -> InputError:
        asked = ", ".join(str(number) for number in numbers) or "none"
        held = ", ".join(str(structure) for structure in self.structures)
        message = f"{self.name} holds the segments {held}; asked for: {asked}"
        return InputError(message)


def open_segmentation(
    path: Path, name: str, reference: StoredVolume | None = None, *, identity: Identity | None = None
) -> DicomSegmentation:
    """Open a DICOM SEG.

    Parameters
    ----------
    path
        The file.
    name
        What messages call it: as the user named the input.
    reference
        The image series that it was drawn on, where that is at hand: it tells the distance of slices, and
        their instances.
    identity
        What identifies the patient in the files around it, besides its own.

    Raises
    ------
    InputError
        If it is no SEG, damaged, contradicts itself, has no place in the patient, or holds no voxel.
    MissingExtraError
        If pydicom is not installed.
    """
    header = read_header(path, name)
    _check_header(header, name)
    dataset = read_dataset(path, name)
    pixels = open_pixels(dataset, header, name)
    content = read_content(dataset, name)
    images = None if reference is None else reference.slices
    stack = stack_frames(content.frames, content.spacing_mm, name, images)
    slices, contradictions = named_by_images(stack.slices, images)
    known = header.identity if identity is None else Identity.union([header.identity, identity])
    check_spacing(name, stack.grid.spacing_mm, "mm")
    _check_size(stack.grid, len(content.frames), name)
    frames = survey_frames(content, pixels, stack.slice_of_frame, name)
    return DicomSegmentation(
        name=name,
        files=(path,),
        structures=tuple(
            _structure(segment, known) for segment in content.segments if segment.number in frames.frames_of
        ),
        findings=(*stack.findings, *contradictions, *judge_volume(stack.grid), *_judge_segments(frames)),
        frame_of_reference_uid=header.frame_of_reference_uid,
        referenced_series_uids=header.referenced_series_uids,
        slices=slices,
        _grid=stack.grid,
        _frames=frames,
    )


def _check_header(header: FileHeader, name: str) -> None:
    if header.kind is not Kind.SEGMENTATION:
        message = f"{name} is no DICOM SEG; give a segmentation, or an RTSTRUCT or label map in its place"
        raise InputError(message)


def _check_size(grid: VoxelGrid, frame_count: int, name: str) -> None:
    """Refuse a lattice that is too large, or large and nearly all empty planes, as a wrong spacing makes."""
    text = " x ".join(str(size) for size in grid.shape)
    if math.prod(grid.shape) > MOST_VOXELS:
        message = (
            f"the frames of {name} span {text} voxels, empty planes between them included; at most "
            f"{MOST_VOXELS:.2g} are read. Crop the segmentation, or export it again if it is damaged"
        )
        raise InputError(message)
    if math.prod(grid.shape) > MANY_VOXELS and grid.shape[2] > MOST_PLANES_A_FRAME * frame_count:
        message = (
            f"the {frame_count} frames of {name} span {text} voxels at a slice spacing of "
            f"{grid.spacing_mm[2]:.4g} mm, nearly all of them in empty planes between; expected at most "
            f"{MOST_PLANES_A_FRAME} planes a frame. Check the SpacingBetweenSlices, or export the segments "
            "one by one"
        )
        raise InputError(message)


def _structure(segment: DescribedSegment, identity: Identity) -> Structure:
    number = segment.number
    name = identity.safe(" ".join(segment.label.split()), f"segment {number}")
    terminology = identity.safe(segment.terminology, "")
    return Structure(number, name or None, segment.label or None, terminology)


def _judge_segments(frames: SegmentFrames) -> Iterator[Finding]:
    segments = frames.content.segments
    empty = [str(segment.number) for segment in segments if segment.number not in frames.frames_of]
    if empty:
        yield Finding.info(
            "segments_empty",
            f"of {len(segments)} segments these have no voxel and are left out: {', '.join(empty)}",
        )
    if frames.stray_vox:
        yield Finding.info(
            "values_without_segment",
            f"{frames.stray_vox} voxels have numbers that belong to no segment; they are taken for "
            "background",
        )


def _frozen(voxels: LabelArray) -> LabelArray:
    voxels.flags.writeable = False
    return voxels
