"""What a DICOM SEG says of its segments and frames, as values of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from mouldgen.errors import InputError
from mouldgen.io.dicom.attributes import items_of, number_of, text_of, whole_number_of
from mouldgen.io.dicom.files import damage_explained
from mouldgen.io.dicom.headers import planes_of
from mouldgen.io.dicom.planes import Plane
from mouldgen.io.terminology import Code, coded_meaning

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["DescribedSegment", "SegmentFrame", "SegmentKind", "SegmentationContent", "read_content"]

_HIGHEST_NUMBER = 65535
_UID = re.compile(r"[0-9.]{1,64}")


class SegmentKind(Enum):
    """How voxels are stored: one frame a segment and plane, or all segments in one."""

    BINARY = "BINARY"
    FRACTIONAL = "FRACTIONAL"
    LABELMAP = "LABELMAP"


@dataclass(frozen=True)
class DescribedSegment:
    """One item of the SegmentSequence.

    Parameters
    ----------
    number
        1 to 65535, as the file numbers it.
    label
        As stored.
    terminology
        Its coded meaning, for people.
    """

    number: int
    label: str
    terminology: str


@dataclass(frozen=True, eq=False)
class SegmentFrame:
    """One frame.

    Parameters
    ----------
    index
        In the file, from 0.
    number
        Of its segment; 0 where pixels are segment numbers themselves.
    plane
        Where it lies.
    source_uids
        SOP instances that it was drawn on.
    """

    index: int
    number: int
    plane: Plane
    source_uids: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class SegmentationContent:
    """A SEG without its pixels.

    Parameters
    ----------
    kind
        How voxels are stored.
    largest
        The number that stands for a whole voxel where `kind` is FRACTIONAL, else 1.
    fraction
        ``occupancy`` or ``probability``: what a fraction means.
    padding
        Pixel value that stands for no segment in a LABELMAP, besides 0.
    spacing_mm
        What the file states as the distance of slices; None where it does not.
    segments
        In the file's order, without the background that a LABELMAP may describe.
    frames
        In the file's order.
    """

    kind: SegmentKind
    largest: int
    fraction: str
    padding: int | None
    spacing_mm: float | None
    segments: tuple[DescribedSegment, ...]
    frames: tuple[SegmentFrame, ...]


def read_content(dataset: Dataset, name: str) -> SegmentationContent:
    """Return what a SEG says of its segments and frames.

    Parameters
    ----------
    dataset
        Of Segmentation Storage or Label Map Segmentation Storage.
    name
        What messages call the file.

    Raises
    ------
    InputError
        If it is damaged, or contradicts itself.
    """
    with damage_explained(name):
        kind = _kind(dataset, name)
        segments = _segments(dataset, name)
        return SegmentationContent(
            kind=kind,
            largest=_largest(dataset, name) if kind is SegmentKind.FRACTIONAL else 1,
            fraction=_fraction(dataset),
            padding=whole_number_of(dataset, "PixelPaddingValue"),
            spacing_mm=_spacing_mm(dataset),
            segments=segments,
            frames=tuple(_frames(dataset, kind, segments, name)),
        )


def _kind(dataset: Dataset, name: str) -> SegmentKind:
    stored = text_of(dataset, "SegmentationType")
    if stored in SegmentKind.__members__:
        return SegmentKind[stored]
    known = ", ".join(SegmentKind.__members__)
    message = (
        f"{name} is a DICOM SEG of an unknown or missing SegmentationType; expected {known}. Export it again"
    )
    raise InputError(message)


def _largest(dataset: Dataset, name: str) -> int:
    largest = whole_number_of(dataset, "MaximumFractionalValue")
    if largest is None or not 1 <= largest <= 255:
        found = "none" if largest is None else str(largest)
        message = (
            f"{name} holds fractions but its MaximumFractionalValue is {found}; expected 1 to 255. Export it "
            "again"
        )
        raise InputError(message)
    return largest


def _fraction(dataset: Dataset) -> str:
    stored = text_of(dataset, "SegmentationFractionalType").lower()
    return stored if stored in {"occupancy", "probability"} else "fraction"


def _segments(dataset: Dataset, name: str) -> tuple[DescribedSegment, ...]:
    numbers, segments = set(), []
    for position, item in enumerate(items_of(dataset, "SegmentSequence"), start=1):
        number = whole_number_of(item, "SegmentNumber")
        if number is None or not 0 <= number <= _HIGHEST_NUMBER or number in numbers:
            message = (
                f"{name} gives its segment {position} no number, an impossible one or one that another has; "
                f"expected different ones from 1 to {_HIGHEST_NUMBER}. Export it again"
            )
            raise InputError(message)
        numbers.add(number)
        if number:
            segments.append(DescribedSegment(number, text_of(item, "SegmentLabel"), _terminology(item)))
    if not segments:
        message = f"{name} describes no segment; export the segmentation again"
        raise InputError(message)
    return tuple(segments)


def _terminology(item: Dataset) -> str:
    kinds = items_of(item, "SegmentedPropertyTypeCodeSequence")[:1]
    modifiers = items_of(kinds[0], "SegmentedPropertyTypeModifierCodeSequence")[:1] if kinds else ()
    category = items_of(item, "SegmentedPropertyCategoryCodeSequence")[:1]
    return coded_meaning(_code(category), _code(kinds), _code(modifiers))


def _code(items: tuple[Dataset, ...]) -> Code:
    if not items:
        return Code()
    values = (text_of(items[0], keyword) for keyword in ("CodeValue", "LongCodeValue", "URNCodeValue"))
    return Code(
        scheme=text_of(items[0], "CodingSchemeDesignator"),
        value=next((value for value in values if value), ""),
        meaning=text_of(items[0], "CodeMeaning"),
    )


def _spacing_mm(dataset: Dataset) -> float | None:
    """Return what the file states as the distance of slices; its sign tells nothing that positions do not."""
    each = items_of(dataset, "PerFrameFunctionalGroupsSequence")[:1]
    for group in (*each, *items_of(dataset, "SharedFunctionalGroupsSequence")[:1]):
        for measures in items_of(group, "PixelMeasuresSequence")[:1]:
            stated = number_of(measures, "SpacingBetweenSlices")
            if stated:
                return abs(stated)
    return None


def _frames(
    dataset: Dataset, kind: SegmentKind, segments: tuple[DescribedSegment, ...], name: str
) -> Iterator[SegmentFrame]:
    shared = items_of(dataset, "SharedFunctionalGroupsSequence")[:1]
    each = items_of(dataset, "PerFrameFunctionalGroupsSequence")
    for index, plane in enumerate(_planes(dataset, name)):
        groups = (*each[index : index + 1], *shared)
        number = 0 if kind is SegmentKind.LABELMAP else _segment_number(groups, segments, index, name)
        yield SegmentFrame(index, number, plane, tuple(dict.fromkeys(_source_uids(groups))))


def _planes(dataset: Dataset, name: str) -> tuple[Plane, ...]:
    try:
        return planes_of(dataset)
    except InputError as error:
        message = f"{name}: {error}"
        raise InputError(message) from None


def _segment_number(
    groups: tuple[Dataset, ...], segments: tuple[DescribedSegment, ...], index: int, name: str
) -> int:
    for group in groups:
        for item in items_of(group, "SegmentIdentificationSequence")[:1]:
            number = whole_number_of(item, "ReferencedSegmentNumber")
            if number is not None:
                return number
    if len(segments) == 1:
        return segments[0].number
    message = f"{name} does not say which segment its frame {index + 1} belongs to; export it again"
    raise InputError(message)


def _source_uids(groups: tuple[Dataset, ...]) -> Iterator[str]:
    for group in groups:
        for derivation in items_of(group, "DerivationImageSequence"):
            for source in items_of(derivation, "SourceImageSequence"):
                uid = text_of(source, "ReferencedSOPInstanceUID")
                if _UID.fullmatch(uid):
                    yield uid
