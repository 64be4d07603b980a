"""What an input is, and the reader for it: a file of one volume, a file of segments, or DICOM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mouldgen.errors import Finding
from mouldgen.io.label_map import open_label_map
from mouldgen.io.segment_file import is_segment_file, open_segment_file
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import StructureSource
from mouldgen.io.volumes import FILE_SUFFIXES, read_volume

__all__ = ["InputPlace", "OpenedSegmentation", "open_image", "open_segmentation"]

_DICOM_SUFFIXES = {"", ".dcm", ".ima", ".dicom"}
_PREAMBLE = slice(128, 132)


@dataclass(frozen=True)
class InputPlace:
    """Where an input is, and which of several series is meant.

    Parameters
    ----------
    path
        A file or folder.
    choice
        Number, series UID or description, given as ``PATH#CHOICE``; empty if none was given.
    """

    path: Path
    choice: str = ""

    @classmethod
    def of(cls, text: str | Path) -> InputPlace:
        """Return the place that a user names; a path that exists as it is spelt is taken so."""
        parts = str(text).split("#")
        for count in range(len(parts), 0, -1):
            path = Path("#".join(parts[:count]))
            if _exists(path):
                return cls(path, "#".join(parts[count:]).strip())
        return cls(Path(text))

    @property
    def name(self) -> str:
        """What messages call it: as the user spelt it, without the folders above."""
        return self.path.name or str(self.path)

    @property
    def is_dicom(self) -> bool:
        """Whether the place holds DICOM, by its kind, its name, and its first bytes."""
        path = self.path
        if not _exists(path):
            return False
        if self.choice or path.is_dir() or path.name.upper() == "DICOMDIR":
            return True
        if path.name.lower().endswith(FILE_SUFFIXES) or not path.is_file():
            return False
        return path.suffix.lower() in _DICOM_SUFFIXES or _has_preamble(path)


@dataclass(frozen=True, eq=False)
class OpenedSegmentation:
    """A segmentation, and what came with it.

    Parameters
    ----------
    source
        Its structures.
    images
        The series that it refers to, where it was found: it rides along under its modality.
    findings
        What was taken and what was left.
    patient_key
        Of DICOM: the same for all files of one patient, whom it does not name.
    """

    source: StructureSource
    images: Mapping[str, StoredVolume]
    findings: tuple[Finding, ...] = ()
    patient_key: str = ""


def open_image(place: str | Path) -> StoredVolume:
    """Read an image: a file of one volume, or a DICOM series.

    Parameters
    ----------
    place
        A file, a folder, or ``FOLDER#CHOICE``.

    Raises
    ------
    InputError
        If it cannot be read, or is not one image.
    MissingExtraError
        If it is DICOM and the extra for it is not installed.
    """
    where = InputPlace.of(place)
    if where.is_dicom:
        from mouldgen.io.dicom.opening import open_dicom_image

        return open_dicom_image(where.path, where.choice)
    return read_volume(where.path)


def open_segmentation(place: str | Path, images: Mapping[str, StoredVolume]) -> OpenedSegmentation:
    """Open a segmentation of any format.

    Parameters
    ----------
    place
        A file, a folder, or ``FOLDER#CHOICE``.
    images
        Images that are already open, by name; one of them may be the series that contours were drawn on.

    Raises
    ------
    InputError
        If it cannot be read, or is no segmentation, or it must be asked which one is meant.
    MissingExtraError
        If it is DICOM and the extra for it is not installed.
    """
    where = InputPlace.of(place)
    if where.is_dicom:
        from mouldgen.io.dicom.opening import open_dicom_segmentation

        return OpenedSegmentation(*open_dicom_segmentation(where.path, where.choice, images))
    if is_segment_file(where.path):
        return OpenedSegmentation(open_segment_file(where.path), {})
    return OpenedSegmentation(open_label_map(read_volume(where.path)), {})


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long
        return False


def _has_preamble(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(_PREAMBLE.stop)[_PREAMBLE] == b"DICM"
