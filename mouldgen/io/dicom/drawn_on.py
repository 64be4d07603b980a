"""The image series that a segmentation was drawn on: open already, in its folder, or beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mouldgen.errors import Finding
from mouldgen.io.dicom.catalogue import Catalogue, Series, read_catalogue
from mouldgen.io.dicom.headers import Kind
from mouldgen.io.dicom.identity import Identity
from mouldgen.io.dicom.image_series import read_image_series
from mouldgen.io.stored_volume import StoredVolume

__all__ = ["DrawnOn", "find_images"]

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class DrawnOn:
    """What was found of the images of a segmentation.

    Parameters
    ----------
    volume
        The series; None where there is none, or several could be meant.
    is_named
        Whether the segmentation names it; else it is the only one in the same frame of reference.
    identity
        What identifies the patient in the files that were looked at.
    findings
        Why none of several was taken.
    """

    volume: StoredVolume | None
    is_named: bool
    identity: Identity
    findings: tuple[Finding, ...] = ()


def find_images(
    segmentation: Series,
    image_uids: frozenset[str],
    catalogue: Catalogue,
    images: Mapping[str, StoredVolume],
    path: Path,
) -> DrawnOn:
    """Return the series that a segmentation was drawn on.

    Parameters
    ----------
    segmentation
        From the catalogue.
    image_uids
        SOP instance UIDs of the images that its contours name, empty where it names none. Of several series
        they tell which one is meant.
    catalogue
        Of the folder, or of the file alone.
    images
        Images that are already open, by name; these come first.
    path
        What the user named: beside a file, its folder is looked through.
    """
    named = segmentation.headers[0].referenced_series_uids
    opened = [image for image in images.values() if image.series_uid and image.series_uid in named]
    chosen = _most_named([(image, image.slices.sop_instance_uids) for image in opened], image_uids)
    if len(chosen) == 1:
        return DrawnOn(chosen[0], is_named=True, identity=catalogue.identity)
    beside = catalogue
    candidates = _candidates(segmentation, catalogue)
    if not candidates and path.is_file():
        beside = read_catalogue(path.parent, recursive=False)
        candidates = _candidates(segmentation, beside)
    identity = Identity.union([catalogue.identity, beside.identity])
    found = _most_named([(series, series.sop_instance_uids) for series in candidates], image_uids)
    if len(found) == 1:
        volume = read_image_series(found[0], path.name)
        return DrawnOn(volume, is_named=bool(named), identity=identity)
    return DrawnOn(None, is_named=False, identity=identity, findings=_ambiguous(found))


def _candidates(segmentation: Series, catalogue: Catalogue) -> list[Series]:
    """Return the image series that are referred to; where none is named, those in the same frame."""
    header = segmentation.headers[0]
    images = catalogue.of_kind(Kind.IMAGE)
    if header.referenced_series_uids:
        return [image for image in images if image.uid in header.referenced_series_uids]
    frame_uid = header.frame_of_reference_uid
    return [image for image in images if frame_uid and image.frame_of_reference_uid == frame_uid]


def _most_named(
    candidates: Sequence[tuple[Found, Collection[str]]], image_uids: frozenset[str]
) -> list[Found]:
    """Return the candidates that hold most of the images that contours name; all where none are named."""
    counts = [len(image_uids.intersection(uids)) for _found, uids in candidates]
    most = max(counts, default=0)
    return [found for (found, _uids), count in zip(candidates, counts, strict=True) if count == most]


def _ambiguous(found: Sequence[Series]) -> tuple[Finding, ...]:
    if not found:
        return ()
    listed = ", ".join(f"{series.number} ({series.modality})" for series in found)
    return (
        Finding.warning(
            "series_ambiguous",
            f"it could have been drawn on {len(found)} of the series at hand: {listed}; none is taken. Give "
            "the right one with --image NAME=FOLDER#NUMBER",
        ),
    )
