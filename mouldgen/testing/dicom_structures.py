"""Writes structures that are drawn as contours to DICOM RTSTRUCT files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["DrawnContour", "StructureSetFile", "write_structure_set"]

FRAME_OF_REFERENCE_UID = "2.25.1001"
SERIES_UID = "2.25.1002"

_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
_CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"


@dataclass(frozen=True, eq=False)
class DrawnContour:
    """One contour as it is stored.

    Parameters
    ----------
    points_lps
        Shape (N, 3), mm.
    kind
        ``CLOSED_PLANAR``, ``CLOSEDPLANAR_XOR``, ``OPEN_PLANAR``, ``OPEN_NONPLANAR`` or ``POINT``.
    image_uid
        SOP instance UID of the image that it was drawn on; empty for none.
    """

    points_lps: npt.ArrayLike
    kind: str = "CLOSED_PLANAR"
    image_uid: str = ""


@dataclass(frozen=True, kw_only=True)
class StructureSetFile:
    """What a structure set says besides its contours.

    Parameters
    ----------
    frame_of_reference_uid
        Of all structures.
    series_uids
        Series that they were drawn on.
    roi_numbers
        By position; 1, 2, 3 ... where left out.
    interpreted_types, codes
        By name of the structure: RT ROI Interpreted Type; code value, scheme and meaning.
    fields
        Further elements of the data set, such as ``PatientName``, by keyword; they replace what is usual.
    decimals
        Of coordinates.
    transfer_syntax_uid
        Explicit little endian where left out.
    """

    frame_of_reference_uid: str = FRAME_OF_REFERENCE_UID
    series_uids: tuple[str, ...] = (SERIES_UID,)
    roi_numbers: tuple[int, ...] = ()
    interpreted_types: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    decimals: int = 6
    transfer_syntax_uid: str = _EXPLICIT_LITTLE_ENDIAN


def write_structure_set(
    path: Path,
    rois: Mapping[str, Sequence[DrawnContour]] | Sequence[tuple[str, Sequence[DrawnContour]]],
    about: StructureSetFile | None = None,
) -> Path:
    """Write a structure set and return its path.

    Parameters
    ----------
    path
        Replaced if it exists.
    rois
        Contours by name, or names and contours where several have the same name.
    about
        All else.
    """
    about = about or StructureSetFile()
    named = list(rois.items()) if isinstance(rois, Mapping) else list(rois)
    numbers = about.roi_numbers or tuple(range(1, len(named) + 1))
    dataset = _common(about)
    dataset.StructureSetROISequence = [
        _roi(number, name, about) for number, (name, _) in zip(numbers, named, strict=True)
    ]
    dataset.ROIContourSequence = [
        _contours(number, drawn, about) for number, (_, drawn) in zip(numbers, named, strict=True)
    ]
    dataset.RTROIObservationsSequence = [
        _observation(number, name, about) for number, (name, _) in zip(numbers, named, strict=True)
    ]
    for keyword, value in about.fields.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def _common(about: StructureSetFile) -> Dataset:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    dataset = _item(
        SOPClassUID=_STRUCTURE_SET,
        SOPInstanceUID="2.25.1003",
        StudyInstanceUID="2.25.1004",
        SeriesInstanceUID="2.25.1005",
        Modality="RTSTRUCT",
        StructureSetLabel="contours",
        FrameOfReferenceUID=about.frame_of_reference_uid,
    )
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = UID(_STRUCTURE_SET)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = UID(about.transfer_syntax_uid)
    series = [_item(SeriesInstanceUID=uid) for uid in about.series_uids]
    study = _item(ReferencedSOPInstanceUID=dataset.StudyInstanceUID, RTReferencedSeriesSequence=series)
    dataset.ReferencedFrameOfReferenceSequence = [
        _item(FrameOfReferenceUID=about.frame_of_reference_uid, RTReferencedStudySequence=[study])
    ]
    return dataset


def _item(**elements: object) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def _roi(number: int, name: str, about: StructureSetFile) -> Dataset:
    return _item(ROINumber=number, ROIName=name, ReferencedFrameOfReferenceUID=about.frame_of_reference_uid)


def _contours(number: int, drawn: Sequence[DrawnContour], about: StructureSetFile) -> Dataset:
    item = _item(ReferencedROINumber=number)
    if drawn:
        item.ContourSequence = [_contour(contour, about.decimals) for contour in drawn]
    return item


def _contour(contour: DrawnContour, decimals: int) -> Dataset:
    points = np.asarray(contour.points_lps, np.float64).reshape(-1, 3)
    item = _item(
        ContourGeometricType=contour.kind,
        NumberOfContourPoints=len(points),
        ContourData=[f"{value:.{decimals}f}" for value in points.ravel()],
    )
    if contour.image_uid:
        item.ContourImageSequence = [
            _item(ReferencedSOPClassUID=_CT_IMAGE, ReferencedSOPInstanceUID=contour.image_uid)
        ]
    return item


def _observation(number: int, name: str, about: StructureSetFile) -> Dataset:
    item = _item(
        ObservationNumber=number,
        ReferencedROINumber=number,
        RTROIInterpretedType=about.interpreted_types.get(name, ""),
    )
    if name in about.codes:
        value, scheme, meaning = about.codes[name]
        item.RTROIIdentificationCodeSequence = [
            _item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)
        ]
    return item
