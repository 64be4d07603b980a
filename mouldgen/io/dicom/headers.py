"""What a DICOM file is, without its pixels, as a value of our own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.errors import InputError
from mouldgen.io.dicom.attributes import items_of, text_of, whole_number_of
from mouldgen.io.dicom.files import damage_explained, read_dataset
from mouldgen.io.dicom.identity import Identity, identifying_tags
from mouldgen.io.dicom.image_frames import FRAME_KEYWORDS, ImageFrame, image_frames, planes_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileDataset

__all__ = ["FileHeader", "Kind", "planes_of", "read_header"]

_SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""Segmentation Storage, and Label Map Segmentation Storage."""

_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
_NO_IMAGES = ("1.2.840.10008.5.1.4.1.1.481.", "1.2.840.10008.5.1.4.1.1.66.", "1.2.840.10008.5.1.4.1.1.11.")
"""Beginnings of SOP classes that may have pixels but are no images of a patient: dose, surfaces, displays."""

_KEYWORDS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "SeriesNumber",
    "Modality",
    "SeriesDescription",
    "FrameOfReferenceUID",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "ReferencedSeriesSequence",
    "ReferencedFrameOfReferenceSequence",
)


class Kind(Enum):
    """What a file holds."""

    IMAGE = "image"
    SEGMENTATION = "segmentation"
    STRUCTURE_SET = "structure set"
    OTHER = "other"


@dataclass(frozen=True, eq=False, kw_only=True)
class FileHeader:
    """What a DICOM file says of itself.

    Parameters
    ----------
    path
        The file.
    size_bytes
        Its length.
    kind
        What it holds.
    sop_class_uid, sop_instance_uid, series_uid, study_uid, transfer_syntax_uid, frame_of_reference_uid
        Empty where absent. The frame of reference of a structure set is the first that it refers to.
    series_number, instance_number
        None where absent.
    modality
        ``CT``, ``MR``, ``PT``, ``SEG``, ``RTSTRUCT``, ...
    description
        Of the series; empty where absent or where it carries something of `identity`.
    stored_description
        As stored, to compare with what a user types. It may name a patient and never leaves.
    identity
        What identifies the patient in this file.
    patient_key
        The same for all files of one patient ID, which it does not tell; empty where there is none.
    rows, columns, samples, bits_allocated, bits_stored, high_bit
        Of the pixels; 0 where the file has none.
    is_signed
        Whether stored values are.
    photometric
        ``MONOCHROME2``, ``RGB``, ...
    frame_count
        1 for a classic image.
    frames
        Of images only: where each lies; empty where the file does not tell frames apart.
    has_modality_table
        Whether values must be looked up in a table instead of being scaled.
    referenced_series_uids
        Series that a segmentation or structure set was drawn on.
    """

    path: Path
    size_bytes: int
    kind: Kind
    sop_class_uid: str
    sop_instance_uid: str
    series_uid: str
    study_uid: str
    transfer_syntax_uid: str
    frame_of_reference_uid: str
    series_number: int | None
    instance_number: int | None
    modality: str
    description: str
    stored_description: str = field(repr=False)
    identity: Identity
    patient_key: str
    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    photometric: str
    frame_count: int
    frames: tuple[ImageFrame, ...] = ()
    has_modality_table: bool = False
    referenced_series_uids: tuple[str, ...] = field(default=())


def read_header(path: Path, name: str | None = None) -> FileHeader:
    """Read what a DICOM file says of itself; its pixels are not read.

    Parameters
    ----------
    path
        An existing file, with or without preamble and extension.
    name
        What messages call it; the file's name where it is None.

    Raises
    ------
    InputError
        If it is no DICOM file, or damaged.
    MissingExtraError
        If pydicom is not installed.
    """
    name = path.name if name is None else name
    dataset = read_dataset(path, name, stop_before_pixels=True, tags=_tags())
    with damage_explained(name):
        return _header(path, dataset)


def _header(path: Path, dataset: FileDataset) -> FileHeader:
    identity = Identity.of(dataset)
    stored = text_of(dataset, "SeriesDescription")
    kind = _kind(dataset)
    return FileHeader(
        path=path,
        size_bytes=path.stat().st_size,
        kind=kind,
        sop_class_uid=_sop_class_uid(dataset),
        sop_instance_uid=text_of(dataset, "SOPInstanceUID"),
        series_uid=text_of(dataset, "SeriesInstanceUID"),
        study_uid=text_of(dataset, "StudyInstanceUID"),
        transfer_syntax_uid=_transfer_syntax_uid(dataset),
        frame_of_reference_uid=_frame_of_reference_uid(dataset),
        series_number=whole_number_of(dataset, "SeriesNumber"),
        instance_number=whole_number_of(dataset, "InstanceNumber"),
        modality=identity.safe(text_of(dataset, "Modality"), ""),
        description=identity.safe(stored, ""),
        stored_description=stored,
        identity=identity,
        patient_key=_patient_key(dataset),
        rows=_count(dataset, "Rows"),
        columns=_count(dataset, "Columns"),
        samples=_count(dataset, "SamplesPerPixel"),
        bits_allocated=_count(dataset, "BitsAllocated"),
        bits_stored=_count(dataset, "BitsStored"),
        high_bit=_count(dataset, "HighBit"),
        is_signed=_count(dataset, "PixelRepresentation") == 1,
        photometric=text_of(dataset, "PhotometricInterpretation"),
        frame_count=_count(dataset, "NumberOfFrames") or 1,
        frames=_frames(dataset) if kind is Kind.IMAGE else (),
        has_modality_table=bool(items_of(dataset, "ModalityLUTSequence")),
        referenced_series_uids=tuple(dict.fromkeys(_referenced_series(dataset))),
    )


@cache
def _tags() -> tuple[int, ...]:
    from pydicom.datadict import tag_for_keyword

    tags = (tag_for_keyword(keyword) for keyword in (*_KEYWORDS, *FRAME_KEYWORDS))
    return tuple(sorted({*identifying_tags(), *(tag for tag in tags if tag is not None)}))


def _kind(dataset: FileDataset) -> Kind:
    sop_class = _sop_class_uid(dataset)
    if sop_class in _SEGMENTATIONS:
        return Kind.SEGMENTATION
    if sop_class == _STRUCTURE_SET:
        return Kind.STRUCTURE_SET
    has_pixels = all(_count(dataset, keyword) for keyword in ("Rows", "Columns", "BitsAllocated"))
    return Kind.IMAGE if has_pixels and not sop_class.startswith(_NO_IMAGES) else Kind.OTHER


def _sop_class_uid(dataset: FileDataset) -> str:
    return text_of(dataset, "SOPClassUID") or text_of(dataset.file_meta, "MediaStorageSOPClassUID")


def _transfer_syntax_uid(dataset: FileDataset) -> str:
    """Return the declared syntax, or without one, that in which the data set could be read."""
    declared = text_of(dataset.file_meta, "TransferSyntaxUID")
    if declared:
        return declared
    is_implicit, is_little_endian = dataset.original_encoding
    if not is_little_endian:
        return "1.2.840.10008.1.2.2"
    return "1.2.840.10008.1.2" if is_implicit else "1.2.840.10008.1.2.1"


def _patient_key(dataset: Dataset) -> str:
    patient_id = text_of(dataset, "PatientID").strip().casefold()
    return hashlib.sha256(patient_id.encode()).hexdigest()[:16] if patient_id else ""


def _count(dataset: Dataset, keyword: str) -> int:
    return max(0, whole_number_of(dataset, keyword) or 0)


def _frames(dataset: Dataset) -> tuple[ImageFrame, ...]:
    try:
        return image_frames(dataset)
    except InputError:
        return ()


def _frame_of_reference_uid(dataset: Dataset) -> str:
    own = text_of(dataset, "FrameOfReferenceUID")
    referenced = items_of(dataset, "ReferencedFrameOfReferenceSequence")
    uids = [own, *(text_of(item, "FrameOfReferenceUID") for item in referenced)]
    return next((uid for uid in uids if uid), "")


def _referenced_series(dataset: Dataset) -> Iterator[str]:
    for series in items_of(dataset, "ReferencedSeriesSequence"):
        yield text_of(series, "SeriesInstanceUID")
    for frame in items_of(dataset, "ReferencedFrameOfReferenceSequence"):
        for study in items_of(frame, "RTReferencedStudySequence"):
            for series in items_of(study, "RTReferencedSeriesSequence"):
                yield text_of(series, "SeriesInstanceUID")
