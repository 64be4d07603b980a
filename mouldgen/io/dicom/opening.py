"""DICOM files and folders as inputs: which series is meant, and what comes with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from mouldgen.errors import Finding, InputError
from mouldgen.io.dicom.catalogue import Catalogue, Series, read_catalogue
from mouldgen.io.dicom.drawn_on import DrawnOn, find_images
from mouldgen.io.dicom.headers import Kind
from mouldgen.io.dicom.image_series import read_image_series
from mouldgen.io.dicom.segmentation import open_segmentation
from mouldgen.io.dicom.structure_set import open_structure_set
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import StructureSource

__all__ = ["open_dicom", "open_dicom_image", "open_dicom_segmentation"]

_SEGMENTATIONS = (Kind.SEGMENTATION, Kind.STRUCTURE_SET)


def open_dicom(path: Path, choice: str) -> StoredVolume | StructureSource | Catalogue:
    """Open whatever a file or folder holds, for a look at it.

    Parameters
    ----------
    path
        A file, a folder or a DICOMDIR.
    choice
        Number, series UID or description; empty to see what there is.

    Returns
    -------
    StoredVolume, StructureSource or Catalogue
        The catalogue where a choice is left.
    """
    catalogue = read_catalogue(path)
    if not choice and len(catalogue.series) != 1:
        return catalogue
    chosen = catalogue.choose(choice) if choice else catalogue.series[0]
    if chosen.kind is Kind.IMAGE:
        return read_image_series(chosen, path.name)
    return _open_structures(chosen, catalogue, {}, path)[0]


def open_dicom_image(path: Path, choice: str) -> StoredVolume:
    """Read the one image series of a file or folder, or the one that is chosen.

    Raises
    ------
    InputError
        If there is none, or it must be asked which one is meant.
    """
    catalogue = read_catalogue(path)
    series = _the_one(catalogue, choice, (Kind.IMAGE,), "an image series", path)
    volume = read_image_series(series, path.name)
    return replace(volume, findings=(*catalogue.findings, *volume.findings))


def open_dicom_segmentation(
    path: Path, choice: str, images: Mapping[str, StoredVolume]
) -> tuple[StructureSource, Mapping[str, StoredVolume], tuple[Finding, ...], str]:
    """Open the one SEG or RTSTRUCT of a file or folder, or the one that is chosen.

    Parameters
    ----------
    path
        A file, a folder or a DICOMDIR.
    choice
        Number, series UID or description; empty if there is only one.
    images
        Images that are already open, by name. The series that the segmentation refers to is looked for among
        them first, then in the folder, or beside the file.

    Returns
    -------
    tuple
        Its structures; that series by its modality, if it was not among `images`; what was taken; and the
        key of its patient.

    Raises
    ------
    InputError
        If there is none, or it must be asked which one is meant.
    """
    catalogue = read_catalogue(path)
    series = _the_one(catalogue, choice, _SEGMENTATIONS, "a DICOM SEG or RTSTRUCT", path)
    source, drawn_on = _open_structures(series, catalogue, images, path)
    riding = {}
    if drawn_on.volume is not None and all(drawn_on.volume is not image for image in images.values()):
        riding = {_free_name(drawn_on.volume.format_name, images): drawn_on.volume}
    findings = (
        *catalogue.findings,
        *drawn_on.findings,
        *_taken(path, series, riding, is_named=drawn_on.is_named),
        *_left(path, catalogue, series, riding),
        *_strangers(series, {**images, **riding}),
    )
    return source, riding, findings, series.headers[0].patient_key


def _the_one(catalogue: Catalogue, choice: str, kinds: tuple[Kind, ...], wanted: str, path: Path) -> Series:
    """Return the series that is meant."""
    if choice:
        chosen = catalogue.choose(choice)
        fitting = [chosen] if chosen.kind in kinds else []
    else:
        fitting = [series for series in catalogue.series if series.kind in kinds]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        message = (
            f"{path.name} holds {len(fitting)} series that could be meant; choose one as "
            f"{path.name}#NUMBER (or by series UID or description):\n{_listed(fitting)}"
        )
    elif choice:
        message = f"{path.name}#{choice} is not {wanted}; choose another:\n{catalogue.listing()}"
    elif catalogue.series:
        message = f"{path.name} holds nothing that is {wanted}; it holds\n{catalogue.listing()}"
    elif catalogue.findings:
        why = "; ".join(finding.message for finding in catalogue.findings)
        message = f"{path.name} holds nothing that is {wanted}: {why}"
    else:
        message = f"{path.name} holds no DICOM files; give {wanted}, or a file of another format by its name"
    raise InputError(message)


def _open_structures(
    series: Series, catalogue: Catalogue, images: Mapping[str, StoredVolume], path: Path
) -> tuple[StructureSource, DrawnOn]:
    """Return the structures of a file with the images that they were drawn on, if at hand."""
    file, name = series.headers[0].path, path.name
    if series.kind is Kind.SEGMENTATION:
        drawn_on = find_images(series, frozenset(), catalogue, images, path)
        return open_segmentation(file, name, drawn_on.volume, identity=drawn_on.identity), drawn_on
    contours = open_structure_set(file, name)
    drawn_on = find_images(series, contours.image_uids, catalogue, images, path)
    if drawn_on.identity != catalogue.identity or catalogue.identity != series.headers[0].identity:
        contours = open_structure_set(file, name, identity=drawn_on.identity)
    return contours.drawn_on(drawn_on.volume), drawn_on


def _listed(entries: Iterable[Series]) -> str:
    return "\n".join(f"  {entry}" for entry in entries)


def _strangers(series: Series, images: Mapping[str, StoredVolume]) -> Iterable[Finding]:
    own = series.headers[0].patient_key
    for name, image in images.items():
        if own and image.patient_key and image.patient_key != own:
            yield Finding.warning(
                "patient_differs",
                f"image {name} carries another patient ID than the segmentation; check that both are of the "
                "same patient",
            )


def _free_name(format_name: str, images: Mapping[str, StoredVolume]) -> str:
    """Return the modality in small letters, with a number if an image has that name."""
    name = re.sub("[^a-z0-9]", "", format_name.rpartition(" ")[2].lower())[:16] or "image"
    taken = {image.casefold() for image in images}
    return next(free for free in (name, *(f"{name}{n}" for n in range(2, 99))) if free not in taken)


def _taken(
    path: Path, series: Series, riding: Mapping[str, StoredVolume], *, is_named: bool
) -> Iterable[Finding]:
    if not path.is_dir() and not riding:
        return
    number = f" (number {series.number} of the folder)" if path.is_dir() else ""
    parts = [f"{series.modality}{number}"]
    for name, volume in riding.items():
        why = "it was drawn on" if is_named else "is the only one in its frame of reference"
        parts.append(
            f"the {volume.format_name} series that {why} ({volume.slices.count} slices), which rides along "
            f"as image {name}"
        )
    yield Finding.info("series_taken", f"taken: {'; '.join(parts)}")


def _left(
    path: Path, catalogue: Catalogue, series: Series, riding: Mapping[str, StoredVolume]
) -> Iterable[Finding]:
    used = {series.uid, *(volume.series_uid for volume in riding.values())}
    left = [other for other in catalogue.series if other.uid not in used and other.kind is not Kind.OTHER]
    if path.is_dir() and left:
        listed = ", ".join(f"{other.number} ({other.modality})" for other in left)
        yield Finding.info(
            "series_left",
            f"series of the folder that are not used: {listed}; carry an image along with --image "
            "NAME=FOLDER#NUMBER",
        )
