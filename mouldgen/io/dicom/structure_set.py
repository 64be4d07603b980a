"""DICOM RTSTRUCT to structures drawn as contours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray
from mouldgen.io.contours.contour import Contour
from mouldgen.io.contours.contour_source import ContourSource, RegionOfInterest
from mouldgen.io.dicom.attributes import items_of, text_of, whole_number_of
from mouldgen.io.dicom.files import damage_explained, read_dataset
from mouldgen.io.dicom.identity import Identity
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import Structure

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["open_structure_set"]

MOST_BYTES = 2**28
MOST_POINTS = 2**24
FARTHEST_MM = 1e5

_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_UNDEFINED_LENGTH = 0xFFFFFFFF
_LARGEST_LABEL = 65535
_MOST_STRUCTURES = 65535
_LONGEST_NAME = 64
_INTERPRETED_TYPES = frozenset(
    """
    AVOIDANCE BOLUS BRACHY_ACCESSORY BRACHY_CHANNEL BRACHY_CHNL_SHLD BRACHY_SRC_APP CAVITY CONTRAST_AGENT
    CONTROL CTV DEVICE DOSE_MEASUREMENT DOSE_REGION EXTERNAL FIXATION GTV IRRAD_VOLUME ISOCENTER MARKER OAR
    ORGAN PTV REGISTRATION SUPPORT TREATED_VOLUME
    """.split()  # noqa: SIM905  shorter than a list
)
"""Defined terms of RT ROI Interpreted Type; anything else there is free text."""


def open_structure_set(
    path: Path, name: str, reference: StoredVolume | None = None, *, identity: Identity | None = None
) -> ContourSource:
    """Open a DICOM RTSTRUCT.

    Parameters
    ----------
    path
        An existing file.
    name
        What messages call it.
    reference
        The image series that its contours were drawn on, None where that is absent. See
        `ContourSource.drawn_on` to give it later.
    identity
        What identifies the patient in the files around it, besides its own.

    Raises
    ------
    InputError
        If it is no RTSTRUCT, damaged, or holds no contours.
    MissingExtraError
        If pydicom is not installed.
    """
    _check_size(path, name)
    dataset = read_dataset(path, name)
    with damage_explained(name):
        _check_whole(dataset, name)
        own = Identity.of(dataset)
        known = own if identity is None else Identity.union([own, identity])
        return replace(_source(dataset, path, name, known), reference=reference)


def _check_size(path: Path, name: str) -> None:
    with damage_explained(name):
        size_bytes = path.stat().st_size
    if size_bytes > MOST_BYTES:
        message = (
            f"{name} has {size_bytes / 2**20:.0f} MB; structure sets of up to {MOST_BYTES / 2**20:.0f} MB "
            "are read. Export fewer structures"
        )
        raise InputError(message)


def _check_whole(dataset: Dataset, name: str) -> None:
    """Refuse a file that ends within an element: pydicom would leave out the contours that are lost."""
    for tag in tuple(dataset.keys()):
        element = dataset.get_item(tag)
        stored, declared = getattr(element, "value", None), getattr(element, "length", 0)
        if isinstance(stored, bytes) and len(stored) < declared < _UNDEFINED_LENGTH:
            message = (
                f"{name} is cut short: {len(stored)} of {declared} bytes of an element are there. Copy "
                "or export it again"
            )
            raise InputError(message)


def _source(dataset: Dataset, path: Path, name: str, identity: Identity) -> ContourSource:
    if text_of(dataset, "SOPClassUID") != _STRUCTURE_SET:
        message = f"{name} is no DICOM RTSTRUCT; give a structure set"
        raise InputError(message)
    regions = tuple(_regions(dataset, name, identity))
    drawn = tuple(region for region in regions if region.closed or region.open_lines)
    if not drawn:
        message = f"{name} holds {len(regions)} structures, none with contours; export it with contours"
        raise InputError(message)
    return ContourSource(
        name=name,
        format_name="DICOM RTSTRUCT",
        files=(path,),
        regions=drawn,
        referenced_series_uids=tuple(dict.fromkeys(_referenced_series(dataset))),
        findings=(*_not_drawn(regions), *_not_listed(dataset), *_renumbered(_listed(dataset, name))),
    )


def _regions(dataset: Dataset, name: str, identity: Identity) -> Iterator[RegionOfInterest]:
    """Yield all structures in the order of the file, also those without contours.

    They are numbered as the file numbers them, or by their order if it uses numbers that no label can have.
    """
    listed = _listed(dataset, name)
    contours = _contours_by_number(dataset, name)
    observed = _observations(dataset)
    usual_frame = _usual_frame(dataset)
    numbers = listed if _are_labels(listed) else range(1, len(listed) + 1)
    for number, (roi_number, item) in zip(numbers, listed.items(), strict=True):
        drawn = contours.get(roi_number, ())
        stored_name = text_of(item, "ROIName")
        structure = Structure(
            number=number,
            name=_safe_name(stored_name, number, identity),
            stored_name=stored_name or None,
            terminology=_terminology(observed.get(roi_number), identity),
        )
        yield RegionOfInterest.of(
            structure,
            closed=tuple(contour for kind, contour in drawn if kind in _CLOSED),
            open_lines=tuple(contour for kind, contour in drawn if kind not in _CLOSED),
            frame_of_reference_uid=text_of(item, "ReferencedFrameOfReferenceUID") or usual_frame,
        )


def _are_labels(numbers: Iterable[int]) -> bool:
    return all(0 < number <= _LARGEST_LABEL for number in numbers)


def _renumbered(numbers: Iterable[int]) -> Iterator[Finding]:
    if not _are_labels(numbers):
        yield Finding.info(
            "structures_renumbered",
            "the structures are numbered by their order in the file, from 1: their own numbers are not all "
            f"between 1 and {_LARGEST_LABEL}",
        )


def _listed(dataset: Dataset, name: str) -> Mapping[int, Dataset]:
    """Return the listed structures by their ROI number, in the order of the file."""
    items = _sequence(dataset, "StructureSetROISequence")
    numbers = [whole_number_of(item, "ROINumber") for item in items]
    known = [number for number in numbers if number is not None]
    if len(set(known)) < len(items):
        message = (
            f"{name} does not number its {len(items)} structures one by one, so their contours cannot be "
            "told apart; export it again"
        )
        raise InputError(message)
    if len(items) > _MOST_STRUCTURES:
        message = f"{name} lists {len(items)} structures; at most {_MOST_STRUCTURES} are read"
        raise InputError(message)
    return dict(zip(known, items, strict=True))


def _contours_by_number(dataset: Dataset, name: str) -> Mapping[int, Sequence[tuple[str, Contour]]]:
    """Return kind and points of all contours, by the ROI number they belong to."""
    contours: dict[int, list[tuple[str, Contour]]] = {}
    points = 0
    for item in _sequence(dataset, "ROIContourSequence"):
        number = whole_number_of(item, "ReferencedROINumber")
        if number is None:
            message = f"{name} holds contours that name no structure; export it again"
            raise InputError(message)
        for drawn in _sequence(item, "ContourSequence"):
            contour = _contour(drawn, name)
            points += len(contour.points_lps)
            if points > MOST_POINTS:
                message = f"{name} holds more than {MOST_POINTS:.2g} points; export fewer structures"
                raise InputError(message)
            if len(contour.points_lps):
                kind = text_of(drawn, "ContourGeometricType").upper()
                contours.setdefault(number, []).append((kind, contour))
    return contours


def _sequence(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Return the items of a sequence, none where it is absent; whatever is raised where it is damaged."""
    return tuple(dataset[keyword].value or ()) if keyword in dataset else ()


def _contour(item: Dataset, name: str) -> Contour:
    points = _points(item, name)
    images = items_of(item, "ContourImageSequence")
    return Contour(points, text_of(images[0], "ReferencedSOPInstanceUID") if len(images) == 1 else "")


def _points(item: Dataset, name: str) -> FloatArray:
    """Return the points of a contour, shape (N, 3), LPS mm."""
    values = _coordinates(item)
    announced = whole_number_of(item, "NumberOfContourPoints")
    if len(values) % 3 or (announced is not None and announced != len(values) // 3):
        message = (
            f"{name} is damaged: a contour announces {announced} points and holds {len(values)} coordinates; "
            "expected three of each. Export or copy it again"
        )
        raise InputError(message)
    if not np.isfinite(values).all() or np.abs(values).max(initial=0.0) > FARTHEST_MM:
        message = (
            f"{name} holds a contour with coordinates that are no numbers, or more than "
            f"{FARTHEST_MM / 1000:g} m from the scanner's origin; export it again"
        )
        raise InputError(message)
    return values.reshape(-1, 3)


def _coordinates(item: Dataset) -> FloatArray:
    """Return the coordinates as stored; pydicom takes a hundred times as long to convert them."""
    if "ContourData" not in item:
        return np.zeros(0)
    stored = item.get_item("ContourData").value
    if not isinstance(stored, bytes):
        return np.array([] if stored is None else stored, np.float64).ravel()
    text = stored.strip(b" \0")
    if b"_" in text:  # Python would take it for a mark between digits
        message = "a coordinate is no number"
        raise ValueError(message)
    return np.array([float(part) for part in text.split(b"\\")] if text else [], np.float64)


def _observations(dataset: Dataset) -> Mapping[int, Dataset]:
    """Return what is said about structures, by ROI number."""
    items = items_of(dataset, "RTROIObservationsSequence")
    numbered = ((whole_number_of(item, "ReferencedROINumber"), item) for item in items)
    return {number: item for number, item in numbered if number is not None}


def _safe_name(stored_name: str, number: int, identity: Identity) -> str | None:
    if not stored_name:
        return None
    safe = identity.safe(stored_name, f"structure {number}")
    return "".join(letter if letter.isprintable() else " " for letter in safe)[:_LONGEST_NAME]


def _terminology(observation: Dataset | None, identity: Identity) -> str:
    """Return the coded meaning of a structure, ``category: type (scheme code)``."""
    if observation is None:
        return ""
    interpreted = text_of(observation, "RTROIInterpretedType").upper()
    interpreted = interpreted if interpreted in _INTERPRETED_TYPES else ""
    codes = items_of(observation, "RTROIIdentificationCodeSequence")
    if not codes:
        return interpreted
    meaning, scheme, value = (
        text_of(codes[0], keyword) for keyword in ("CodeMeaning", "CodingSchemeDesignator", "CodeValue")
    )
    coded = f"{meaning} ({scheme} {value})"
    return identity.safe(f"{interpreted}: {coded}" if interpreted else coded, interpreted)


def _usual_frame(dataset: Dataset) -> str:
    """Return the frame of reference of structures that name none."""
    frames = items_of(dataset, "ReferencedFrameOfReferenceSequence")
    uids = [text_of(item, "FrameOfReferenceUID") for item in (*frames, dataset)]
    return next((uid for uid in uids if uid), "")


def _referenced_series(dataset: Dataset) -> Iterator[str]:
    for frame in items_of(dataset, "ReferencedFrameOfReferenceSequence"):
        for study in items_of(frame, "RTReferencedStudySequence"):
            for series in items_of(study, "RTReferencedSeriesSequence"):
                uid = text_of(series, "SeriesInstanceUID")
                if uid:
                    yield uid


def _not_drawn(regions: Sequence[RegionOfInterest]) -> Iterator[Finding]:
    empty = [str(region.structure) for region in regions if not (region.closed or region.open_lines)]
    if empty:
        yield Finding.info("no_contours", f"structures without contours are left out: {', '.join(empty)}")


def _not_listed(dataset: Dataset) -> Iterator[Finding]:
    listed = {whole_number_of(item, "ROINumber") for item in _sequence(dataset, "StructureSetROISequence")}
    drawn = [
        whole_number_of(item, "ReferencedROINumber") for item in _sequence(dataset, "ROIContourSequence")
    ]
    strangers = sum(number not in listed for number in drawn)
    if strangers:
        yield Finding.warning(
            "unlisted_contours",
            f"contours that belong to none of the listed structures are left out: {strangers}",
        )
