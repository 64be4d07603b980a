"""Parts the images of one series into stacks of slices, each of which is a volume.

A series should be one volume, but may hold several phases, echoes or orientations, a localiser among the
slices, or a slice twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.io.dicom.headers import FileHeader
from mouldgen.io.dicom.image_frames import TRAITS, ImageFrame
from mouldgen.io.dicom.planes import (
    DIRECTION_TOLERANCE,
    SAME_POSITION_MM,
    Plane,
    Stack,
    depths_mm,
    stack_planes,
)

__all__ = ["ImageSlice", "ImageStack", "part_into_stacks"]

_SPACING_TOLERANCE = 1e-3
_STEP_TOLERANCE = 0.05
_MOST_GROUPS = 200
_FILE = "file"
_SHOWN_TRAITS = frozenset(
    {
        "EchoTime",
        "EffectiveEchoTime",
        "EchoNumbers",
        "InversionTime",
        "RepetitionTime",
        "FlipAngle",
        "DiffusionBValue",
        "TemporalPositionIdentifier",
        "TemporalPositionIndex",
        "TemporalPositionTimeOffset",
        "TriggerTime",
        "NominalCardiacTriggerDelayTime",
        "NominalPercentageOfCardiacPhase",
        "FrameReferenceTime",
        "AcquisitionNumber",
        "FrameAcquisitionNumber",
        "KVP",
    }
)
"""Numbers that tell nothing but how the image was made; the others are only counted."""

_TIMES = frozenset(
    {
        "TriggerTime",
        "NominalCardiacTriggerDelayTime",
        "FrameReferenceTime",
        "AcquisitionDateTime",
        "AcquisitionTime",
        "FrameAcquisitionDateTime",
        "FrameReferenceDateTime",
        "ContentTime",
    }
)
"""Differ between the slices of one volume too: every other slice is often taken in a second run."""


@dataclass(frozen=True, eq=False)
class ImageSlice:
    """One frame of one file, with a place in the patient."""

    header: FileHeader
    frame: ImageFrame
    plane: Plane

    @property
    def is_localizer(self) -> bool:
        """Whether it was made to plan a scan."""
        types = (self.frame.traits.get(keyword, "") for keyword in ("ImageType", "FrameType"))
        return any("LOCALIZER" in text.upper().split("\\") for text in types)

    def trait(self, keyword: str) -> str:
        """Return a value that may tell it from another image at its position; empty where it has none."""
        if keyword == _FILE:
            return self.header.sop_instance_uid if self.header.frame_count > 1 else ""
        return self.frame.traits.get(keyword, "")


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageStack:
    """Images that make up one volume, or would if nothing were wrong with them.

    Parameters
    ----------
    slices
        In the order of slices if there is a lattice, else as found.
    stack
        Their lattice; None where they make up none.
    refusal
        Why they make up none.
    part
        What tells it from other stacks of its series, such as ``EchoTime 80``.
    findings
        What was left out, and what is unusual.
    """

    slices: tuple[ImageSlice, ...]
    stack: Stack | None
    refusal: str = ""
    part: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class _Part:
    slices: Sequence[ImageSlice]
    name: str = ""
    findings: tuple[Finding, ...] = ()
    refusal: str = ""


def part_into_stacks(
    headers: Iterable[FileHeader], digest: Callable[[ImageSlice], str]
) -> tuple[ImageStack, ...]:
    """Return the stacks that the images of one series make up; none if no image has a place.

    Parameters
    ----------
    headers
        Of image files, in an order that does not depend on chance.
    digest
        Returns the same text for images with the same pixels; only asked where images share a position.
    """
    slices = [
        ImageSlice(header, frame, frame.plane)
        for header in headers
        for frame in header.frames
        if frame.plane is not None
    ]
    groups, left_out = _without_localizers(_alike(slices))
    parts = [part for group in groups for part in _with_unique_positions(group, digest)]
    stacks = [_stacked(one) for part in parts for one in _without_interleaving(part)]
    return tuple(replace(stack, findings=(*left_out, *stack.findings)) for stack in stacks)


def _alike(slices: Sequence[ImageSlice]) -> list[list[ImageSlice]]:
    """Return groups of equal size, spacing, orientation and frame of reference, the largest first."""
    exact: dict[tuple[object, ...], list[ImageSlice]] = {}
    for image in slices:
        exact.setdefault(_geometry(image), []).append(image)
    groups: list[list[ImageSlice]] = []
    for images in exact.values():
        known = (group for group in groups[:_MOST_GROUPS] if _is_alike(group[0], images[0]))
        group = next(known, None)
        if group is None:
            groups.append(list(images))
        else:
            group.extend(images)
    return sorted(groups, key=len, reverse=True)


def _geometry(image: ImageSlice) -> tuple[object, ...]:
    plane = image.plane
    axes = (*plane.row_direction.tolist(), *plane.column_direction.tolist())
    return (image.header.frame_of_reference_uid, plane.rows, plane.columns, plane.spacing_mm, axes)


def _is_alike(one: ImageSlice, other: ImageSlice) -> bool:
    a, b = one.plane, other.plane
    return (
        one.header.frame_of_reference_uid == other.header.frame_of_reference_uid
        and (a.rows, a.columns) == (b.rows, b.columns)
        and np.allclose(a.spacing_mm, b.spacing_mm, rtol=_SPACING_TOLERANCE, atol=0)
        and np.abs(a.row_direction - b.row_direction).max() <= DIRECTION_TOLERANCE
        and np.abs(a.column_direction - b.column_direction).max() <= DIRECTION_TOLERANCE
    )


def _without_localizers(
    groups: list[list[ImageSlice]],
) -> tuple[list[list[ImageSlice]], tuple[Finding, ...]]:
    """Leave out localisers and single images where there is a real stack beside them."""
    has_stack = any(len(group) > 1 and not group[0].is_localizer for group in groups)
    if not has_stack:
        return groups, ()
    kept = [[image for image in group if not image.is_localizer] for group in groups]
    kept = [group for group in kept if len(group) > 1]
    count = sum(map(len, groups)) - sum(map(len, kept))
    if not count:
        return kept, ()
    finding = Finding.info(
        "images_left_out",
        f"{count} of {sum(map(len, groups))} images of the series are localisers, or single images of "
        "another orientation, size or spacing, and are left out",
    )
    return kept, (finding,)


def _with_unique_positions(
    group: Sequence[ImageSlice], digest: Callable[[ImageSlice], str]
) -> Iterator[_Part]:
    """Yield the parts of a group in each of which no two images share a position."""
    positions = _positions(group)
    if _most(positions) <= 1:
        yield _Part(group)
        return
    kept, findings = _without_copies(group, positions, digest, only_same_uid=True)
    positions = _positions(kept)
    parts = [_Part(kept)] if _most(positions) <= 1 else _parted(kept, positions)
    if parts is not None:
        yield from (_Part(part.slices, part.name, findings) for part in parts)
        return
    positions = _positions(group)
    kept, findings = _without_copies(group, positions, digest, only_same_uid=False)
    yield _Part(kept, findings=findings, refusal=_untold(kept, positions))


def _untold(kept: Sequence[ImageSlice], given: Sequence[int]) -> str:
    """Return why images that share positions are refused. `given`: where all images lie, copies too."""
    positions = _positions(kept)
    if _most(positions) <= 1:
        return ""
    shared = min(position for position, count in Counter(positions).items() if count > 1)
    sharing = [image for image, position in zip(kept, positions, strict=True) if position == shared]
    one, other = (image.frame.number for image in sharing[:2])
    counts = sorted(set(Counter(given).values()))
    each = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return (
        f"{len(given)} images lie at only {len(set(given))} positions, {each} at each, and nothing in the "
        "files (echo time, phase, acquisition number, ...) tells which of them make up one volume. The first "
        f"that share a position are the slices with the numbers {one} and {other}. Export one volume (one "
        "phase, echo or reconstruction) by itself"
    )


def _positions(group: Sequence[ImageSlice]) -> list[int]:
    """Return the number of each image's position along the stack; equal ones share it."""
    depths = depths_mm([image.plane for image in group])
    order = np.argsort(depths, kind="stable")
    steps = np.concatenate([[0], np.diff(depths[order]) >= SAME_POSITION_MM])
    numbers = np.empty(len(group), np.int_)
    numbers[order] = np.cumsum(steps)
    return [int(number) for number in numbers]


def _most(positions: Iterable[int]) -> int:
    return max(Counter(positions).values(), default=0)


def _without_copies(
    group: Sequence[ImageSlice],
    positions: Sequence[int],
    digest: Callable[[ImageSlice], str],
    *,
    only_same_uid: bool,
) -> tuple[list[ImageSlice], tuple[Finding, ...]]:
    """Leave out images that repeat another one at the same position, pixel for pixel."""
    repeated = Counter(
        _copy_key(*pair, only_same_uid=only_same_uid) for pair in zip(group, positions, strict=True)
    )
    seen: set[tuple[object, ...]] = set()
    kept = []
    for image, position in zip(group, positions, strict=True):
        key = _copy_key(image, position, only_same_uid=only_same_uid)
        if repeated[key] > 1:
            content = (*key, digest(image))
            if content in seen:
                continue
            seen.add(content)
        kept.append(image)
    count = len(group) - len(kept)
    if not count:
        return kept, ()
    message = f"{count} images repeat another one at the same position, pixel for pixel, and are left out"
    return kept, (Finding.info("copies_left_out", message),)


def _copy_key(image: ImageSlice, position: int, *, only_same_uid: bool) -> tuple[object, ...]:
    uid = (image.header.sop_instance_uid, image.frame.index) if only_same_uid else ()
    return (position, *uid)


def _parted(group: Sequence[ImageSlice], positions: Sequence[int]) -> list[_Part] | None:
    """Part a group by the first tag, or else the first two, that leave no position shared.

    As few parts as a position has images: more would tear a volume apart.
    """
    needed = _most(positions)
    telling = [trait for trait in (*TRAITS, _FILE) if _is_telling(group, trait)]
    for traits, parts in _partitions(group, telling):
        if len(parts) == needed and all(_is_stack(part, positions) for part in parts.values()):
            return _named(group, traits, parts)
    return None


_Partition = dict[tuple[str, ...], list[int]]


def _partitions(
    group: Sequence[ImageSlice], telling: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], _Partition]]:
    """Yield the parts that each tag, and then each two, make of a group: indices by values."""
    for traits in [*((trait,) for trait in telling), *combinations(telling, 2)]:
        parts: _Partition = {}
        for index, image in enumerate(group):
            parts.setdefault(tuple(image.trait(trait) for trait in traits), []).append(index)
        yield traits, parts


def _is_stack(part: Sequence[int], positions: Sequence[int]) -> bool:
    return len(part) > 1 and _most(positions[index] for index in part) == 1


def _is_telling(group: Sequence[ImageSlice], trait: str) -> bool:
    values = {image.trait(trait) for image in group}
    return len(values) > 1 and "" not in values


def _without_interleaving(part: _Part) -> Iterator[_Part]:
    """Yield the volumes whose slices lie between each other, such as two echoes half a slice apart.

    No position is shared then, so together they would pass for one volume with thinner slices.
    """
    group = part.slices
    for traits, parts in _partitions(group, [] if part.refusal else list(_few_valued(group))):
        if _is_interleaved(group, list(parts.values())):
            for one in _named(group, traits, parts):
                name = f"{part.name}, {one.name}" if part.name else one.name
                yield from _without_interleaving(_Part(one.slices, name, part.findings))
            return
    yield part


def _few_valued(group: Sequence[ImageSlice]) -> Iterator[str]:
    """Yield what may tell interleaved volumes apart; each has no fewer slices than there are volumes."""
    for trait in (*TRAITS, _FILE):
        count = len({image.trait(trait) for image in group})
        if trait not in _TIMES and count > 1 and count**2 <= len(group):
            yield trait


def _is_interleaved(group: Sequence[ImageSlice], parts: Sequence[list[int]]) -> bool:
    """Return whether parts are even stacks of one size and step that alternate, and are no blocks."""
    sizes = [len(part) for part in parts]
    if min(sizes) < max(2, len(parts)) or max(sizes) - min(sizes) > 1:
        return False
    owners = np.empty(len(group), np.int_)
    for number, part in enumerate(parts):
        owners[part] = number
    changes = np.count_nonzero(np.diff(owners[np.argsort(depths_mm([image.plane for image in group]))]))
    if changes < len(parts):
        return False
    try:
        steps_mm = [stack_planes([group[index].plane for index in part]).grid.spacing_mm[2] for part in parts]
    except InputError:
        return False
    return bool(np.ptp(steps_mm) <= _STEP_TOLERANCE * min(steps_mm))


def _named(group: Sequence[ImageSlice], traits: tuple[str, ...], parts: _Partition) -> list[_Part]:
    named = []
    for number, values in enumerate(sorted(parts, key=_natural), start=1):
        shown = [
            f"{trait} {value}"
            for trait, value in zip(traits, values, strict=True)
            if trait in _SHOWN_TRAITS and _number(value) is not None
        ]
        name = ", ".join(shown) if len(shown) == len(traits) else f"part {number} of {len(parts)}"
        named.append(_Part([group[index] for index in parts[values]], name))
    return named


def _natural(values: tuple[str, ...]) -> tuple[tuple[bool, float, str], ...]:
    numbers = [_number(value) for value in values]
    return tuple(
        (number is None, number or 0.0, value) for number, value in zip(numbers, values, strict=True)
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _stacked(part: _Part) -> ImageStack:
    about = ImageStack(slices=tuple(part.slices), stack=None, part=part.name, findings=part.findings)
    try:
        stack = stack_planes([image.plane for image in part.slices])
    except InputError as error:
        return replace(about, refusal=part.refusal or str(error))
    slices = tuple(part.slices[index] for index in stack.order)
    return replace(about, slices=slices, stack=stack, findings=(*part.findings, *stack.findings))
