"""The lattice of a SEG's frames: several segments share a plane, and planes without any may be absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import VoxelGrid
from mouldgen.images import SliceStack
from mouldgen.io.dicom.plane_distances import NOTICED_MM, SAME_POSITION_MM
from mouldgen.io.dicom.planes import DIRECTION_TOLERANCE, Plane, depths_mm, stack_planes
from mouldgen.io.dicom.segment_content import SegmentFrame
from mouldgen.io.dicom.segment_images import slice_spacing_mm

__all__ = ["SegmentStack", "stack_frames"]


_PIXEL_TOLERANCE = 1e-3
_PARALLEL = 0.9999
_ELSEWHERE_SLICES = 0.51
"""Half a slice, and what rounding adds."""


@dataclass(frozen=True, eq=False)
class SegmentStack:
    """Frames on one lattice.

    Parameters
    ----------
    grid
        Columns, rows, slices.
    slices
        Its planes, with the images they were drawn on where each has exactly one.
    slice_of_frame
        Which slice each frame is, in the file's order.
    findings
        What is unusual.
    """

    grid: VoxelGrid
    slices: SliceStack
    slice_of_frame: tuple[int, ...]
    findings: tuple[Finding, ...]


def stack_frames(
    frames: Sequence[SegmentFrame], spacing_mm: float | None, name: str, images: SliceStack | None = None
) -> SegmentStack:
    """Return the lattice of frames in any order.

    Parameters
    ----------
    frames
        In the file's order.
    spacing_mm
        What the file states as the distance of slices.
    name
        What messages call the file.
    images
        Slices of the series that it was drawn on, where that is at hand. Their distance counts if all frames
        lie on them; where frames name other images than those at their position, none is believed.

    Raises
    ------
    InputError
        If frames make up no lattice, or two of one segment lie at the same position.
    """
    try:
        planes = [frame.plane for frame in frames]
        group_of_frame = _grouped(planes)
        first = [int(np.argmax(group_of_frame == group)) for group in range(group_of_frame.max() + 1)]
        measured_mm = slice_spacing_mm(frames, None, images)
        stack = stack_planes(
            [planes[index] for index in first],
            spacing_mm if measured_mm is None else measured_mm,
            may_have_gaps=True,
            is_measured=measured_mm is not None,
        )
    except InputError as error:
        message = f"{name}: {error}"
        raise InputError(message) from None
    slice_of_group = {group: index for index, group in enumerate(stack.order) if group >= 0}
    slice_of_frame = tuple(slice_of_group[int(group)] for group in group_of_frame)
    _check_once(frames, slice_of_frame, name)
    contradictions = _judge_sources(frames, images)
    uids = () if contradictions else _source_uids(frames, slice_of_frame, stack.grid.shape[2])
    along = SliceStack.along_axis(stack.grid, 2)
    slices = SliceStack(along.first_center_mm, along.step_mm, along.count, uids)
    return SegmentStack(stack.grid, slices, slice_of_frame, (*stack.findings, *contradictions))


def _grouped(planes: Sequence[Plane]) -> npt.NDArray[np.int_]:
    """Return the number of each frame's plane; frames of several segments lie in the same one."""
    if not planes:
        message = "it has no frames; export the segmentation again"
        raise InputError(message)
    places = np.array([(*plane.row_direction, *plane.column_direction) for plane in planes])
    positions = np.array([plane.position_lps for plane in planes])
    if not np.isfinite(places).all() or not np.isfinite(positions).all():
        message = "a frame has a position or direction that is no number; export it again"
        raise InputError(message)
    depths = depths_mm(planes)
    order = np.argsort(depths, kind="stable")
    starts = np.diff(depths[order], prepend=-np.inf) >= SAME_POSITION_MM
    groups = np.empty(len(planes), np.int_)
    groups[order] = np.cumsum(starts) - 1
    leader = np.empty_like(order)
    leader[order] = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    _check_in_place(positions, places, leader)
    _check_pixels(planes, leader)
    return groups


def _check_in_place(
    positions: npt.NDArray[np.float64], places: npt.NDArray[np.float64], leader: npt.NDArray[np.int_]
) -> None:
    """Refuse frames that lie beside each other in one plane, or turned against it."""
    beside = np.linalg.norm(positions - positions[leader], axis=1)
    turned = np.abs(places - places[leader]).max(axis=1)
    wrong = np.flatnonzero((beside > NOTICED_MM) | (turned > DIRECTION_TOLERANCE))
    if len(wrong):
        index = int(wrong[0])
        message = (
            f"the frames {int(leader[index]) + 1} and {index + 1} lie in one plane but {beside[index]:.3g} "
            "mm beside each other, or turned against each other; expected frames right above each other. "
            "Tiled segmentations are not read"
        )
        raise InputError(message)


def _check_pixels(planes: Sequence[Plane], leader: npt.NDArray[np.int_]) -> None:
    """Refuse frames of one plane whose pixels have other sizes: each would need a lattice of its own."""
    pixels = np.array([(*plane.spacing_mm, plane.rows, plane.columns) for plane in planes])
    alike = np.abs(pixels - pixels[leader]) <= _PIXEL_TOLERANCE * pixels[leader]
    wrong = np.flatnonzero(~alike.all(axis=1))
    if len(wrong):
        one, other = pixels[leader[wrong[0]]], pixels[wrong[0]]
        message = (
            f"the frames {int(leader[wrong[0]]) + 1} and {int(wrong[0]) + 1} lie in one plane, but their "
            f"pixels are {one[0]:g} x {one[1]:g} and {other[0]:g} x {other[1]:g} mm; expected one size. "
            "Export each segment by itself"
        )
        raise InputError(message)


def _check_once(frames: Sequence[SegmentFrame], slice_of_frame: Sequence[int], name: str) -> None:
    """Refuse a second frame of one segment at a position: which of them holds would be a guess."""
    seen: dict[tuple[int, int], int] = {}
    for frame, index in zip(frames, slice_of_frame, strict=True):
        other = seen.setdefault((frame.number, index), frame.index)
        if other != frame.index:
            what = f"of segment {frame.number} " if frame.number else ""
            message = (
                f"{name} holds two frames {what}at the same position (frames {other + 1} and "
                f"{frame.index + 1}); expected one. Export a segmentation of one point in time"
            )
            raise InputError(message)


def _source_uids(
    frames: Sequence[SegmentFrame], slice_of_frame: Sequence[int], count: int
) -> tuple[str, ...]:
    """Return the image that each slice was drawn on; nothing unless each has exactly one."""
    found: list[set[str]] = [set() for _ in range(count)]
    for frame, index in zip(frames, slice_of_frame, strict=True):
        found[index].update(frame.source_uids)
    return tuple(uids.pop() for uids in found) if all(len(uids) == 1 for uids in found) else ()


def _judge_sources(frames: Sequence[SegmentFrame], images: SliceStack | None) -> tuple[Finding, ...]:
    """Return a warning if frames name images that lie elsewhere: positions and names cannot both hold."""
    if images is None:
        return ()
    places: dict[str, list[int]] = {}
    for place, uid in enumerate(images.sop_instance_uids):
        places.setdefault(uid, []).append(place)
    off_slices = np.array([_off_slices(frame, places, images) for frame in frames])
    count = int(np.count_nonzero(off_slices > _ELSEWHERE_SLICES))
    if not count:
        return ()
    return (
        Finding.warning(
            "source_images_contradict_positions",
            f"{count} of {len(frames)} frames of the segmentation name images up to "
            f"{off_slices.max() * images.spacing_mm:.3g} mm away from their position; the positions are "
            "used. Check in a viewer that segmentation and images fit",
        ),
    )


def _off_slices(frame: SegmentFrame, places: Mapping[str, Sequence[int]], images: SliceStack) -> float:
    """Return how many slices a frame lies away from the nearest of the images that it names."""
    named = [place for uid in frame.source_uids for place in places.get(uid, ())]
    plane = frame.plane
    normal = np.cross(plane.row_direction, plane.column_direction)
    if not named or abs(float(normal @ images.normal_lps)) < _PARALLEL:
        return 0.0
    across_mm = (plane.columns - 1) / 2 * plane.spacing_mm[1] * plane.row_direction
    down_mm = (plane.rows - 1) / 2 * plane.spacing_mm[0] * plane.column_direction
    center = plane.position_lps + across_mm + down_mm
    depth = float((center - images.first_center_mm) @ images.normal_lps) / images.spacing_mm
    return min(abs(depth - place) for place in named)
