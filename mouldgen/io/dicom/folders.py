"""Which files belong to a DICOM input: those of a folder, those that a DICOMDIR lists, or one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.errors import Finding, InputError
from mouldgen.io.dicom.attributes import items_of, text_of
from mouldgen.io.dicom.files import damage_explained, looks_like_dicom, read_dataset

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["DicomFiles", "find_files"]

_DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
_DIRECTORY_TAGS = (0x00041220, 0x00080016)
_MOST_FILES = 200_000


@dataclass(frozen=True)
class DicomFiles:
    """The files of an input.

    Parameters
    ----------
    paths
        DICOM files, in the order of their names.
    ignored_count
        How many files are no DICOM.
    findings
        What is missing; messages name no file.
    """

    paths: tuple[Path, ...]
    ignored_count: int = 0
    findings: tuple[Finding, ...] = field(default=())


def find_files(path: Path, *, recursive: bool = True) -> DicomFiles:
    """Return the DICOM files that a path stands for.

    Parameters
    ----------
    path
        A folder, a DICOMDIR, or one DICOM file.
    recursive
        Whether a folder is searched with all folders in it.

    Raises
    ------
    InputError
        If it does not exist, cannot be read, or is a file but no DICOM.
    """
    name = path.name or path.resolve().name
    with damage_explained(name):
        if path.is_dir():
            return _in_folder(path, name, recursive=recursive)
        if not path.is_file():
            message = f"{name} does not exist, or is no file; check the name and the folder"
            raise InputError(message)
        if not looks_like_dicom(path):
            message = f"{name} is no DICOM file; give a folder of DICOM files or one of them"
            raise InputError(message)
    return _listed(path, name)


def _in_folder(folder: Path, name: str, *, recursive: bool) -> DicomFiles:
    paths, ignored = [], 0
    for count, path in enumerate(_walk(folder, recursive=recursive), start=1):
        if count > _MOST_FILES:
            message = f"{name} holds more than {_MOST_FILES} files; give the folder of one patient or study"
            raise InputError(message)
        if looks_like_dicom(path):
            paths.append(path)
        else:
            ignored += 1
    return DicomFiles(tuple(paths), ignored)


def _walk(folder: Path, *, recursive: bool) -> Iterator[Path]:
    """Yield the plain files of a folder, and of those below it, in the order of their names."""

    def refuse(error: OSError) -> None:
        raise error

    for here, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(folders) if recursive else []
        for name in sorted(names):
            path = Path(here, name)
            if path.is_file():
                yield path


def _listed(path: Path, name: str) -> DicomFiles:
    dataset = read_dataset(path, name, stop_before_pixels=True, tags=_DIRECTORY_TAGS)
    with damage_explained(name):
        if text_of(dataset.file_meta, "MediaStorageSOPClassUID") != _DIRECTORY_CLASS:
            return DicomFiles((path,))
        found = [_resolved(path.parent, parts) for parts in _file_ids(dataset)]
    paths = sorted({file for file in found if file is not None})
    missing = found.count(None)
    if not missing:
        return DicomFiles(tuple(paths))
    finding = Finding.warning(
        "listed_files_missing",
        f"{missing} of the {len(found)} files that the DICOMDIR lists are missing. Copy the whole medium",
    )
    return DicomFiles(tuple(paths), findings=(finding,))


def _file_ids(dataset: Dataset) -> Iterator[tuple[str, ...]]:
    for record in items_of(dataset, "DirectoryRecordSequence"):
        text = text_of(record, "ReferencedFileID")
        if text:
            yield tuple(text.split("\\"))


def _resolved(folder: Path, parts: tuple[str, ...]) -> Path | None:
    """Return a listed file, whatever case its name was copied in; never one outside of the folder."""
    here = folder
    for part in parts:
        if part in {"", ".", ".."} or "/" in part or os.sep in part or "\0" in part:
            return None
        if not (here / part).exists():
            names = os.listdir(here) if here.is_dir() else []  # noqa: PTH208  names are compared
            same = [name for name in sorted(names) if name.casefold() == part.casefold()]
            if not same:
                return None
            here = here / same[0]
        else:
            here = here / part
    return here if here.is_file() and looks_like_dicom(here) else None
