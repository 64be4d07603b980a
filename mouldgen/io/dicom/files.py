"""Opens DICOM files: which files are DICOM, and guards against what damaged ones do to the library.

pydicom raises anything on damaged files, warns with the values of fields in plain text, and takes whatever
memory a length field asks for. All reading goes through here.
"""

from __future__ import annotations

import io
import logging
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.errors import InputError, MouldgenError
from mouldgen.io.dicom.library import import_pydicom

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

__all__ = ["damage_explained", "looks_like_dicom", "read_dataset", "starts_as_dicom"]

MOST_INFLATED_BYTES = 2**29
"""What a deflated data set may grow to."""

MOST_ITEMS = 200_000
"""Sequence items a file may have; parsing as many takes several seconds."""

_MOST_READS = 4_000_000
_CHUNK = 2**20
_ITEMS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_PREAMBLE = 128
_META_GROUP = b"\x02\0"
_GROUP_LENGTH = b"\0\0"
_UNDEFINED = 2**32 - 1
_LONG_KINDS = frozenset(
    kind.encode() for kind in ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]
)
"""Value representations with a length of four bytes."""

_MAGIC = b"DICM"
_FIRST_GROUPS = (2, 8)
_STORAGE = "1.2.840.10008."


class _BoundedFile(io.BufferedReader):
    """A file that never takes more memory for a read than it has bytes left, nor more work than any image."""

    def __init__(self, raw: io.FileIO, name: str) -> None:
        super().__init__(raw)
        self._name = name
        self._reads = 0
        self._items = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes; without a size, the rest, of which pydicom only asks to inflate it."""
        if size is None or size < 0:
            rest = super().read()
            _check_inflated(rest, self._name)
            return rest
        if size > _CHUNK:
            size = min(size, max(0, self._size() - self.tell()))
        data = super().read(size)
        self._reads += 1
        self._items += _count_items(data)
        _check_work(self._items, self._reads, self._name)
        return data

    def _size(self) -> int:
        here = self.tell()
        end = self.seek(0, io.SEEK_END)
        self.seek(here)
        return end


def looks_like_dicom(path: Path) -> bool:
    """Return whether a file starts as DICOM does, with or without its preamble.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        return starts_as_dicom(file.read(_PREAMBLE + len(_MAGIC)))


def starts_as_dicom(begin: bytes) -> bool:
    """Return whether the first 132 bytes are those of DICOM; without preamble, the first tag decides."""
    if begin[_PREAMBLE:] == _MAGIC:
        return True
    if len(begin) < _PREAMBLE:
        return False
    little: tuple[int, int] = struct.unpack("<HH", begin[:4])
    big: tuple[int, int] = struct.unpack(">HH", begin[:4])
    return any(group in _FIRST_GROUPS and element < 0x20 for group, element in (little, big))


def read_dataset(
    path: Path, name: str, *, stop_before_pixels: bool = False, tags: Sequence[int] | None = None
) -> FileDataset:
    """Return the data set of a DICOM file; no value of it is converted yet.

    Parameters
    ----------
    path
        An existing file.
    name
        What messages call it.
    stop_before_pixels
        Whether to leave out the pixels and what follows them.
    tags
        Which elements to read; all where it is None.

    Raises
    ------
    InputError
        If it cannot be read or is no DICOM.
    MissingExtraError
        If pydicom is not installed.
    """
    pydicom = import_pydicom()
    with damage_explained(name):
        # no context manager: pydicom keeps the file open for nothing, and everything is read at once
        with _BoundedFile(io.FileIO(path), name) as file:
            _check_meta(file, name)
            dataset: FileDataset = pydicom.dcmread(
                file,
                stop_before_pixels=stop_before_pixels,
                force=True,
                specific_tags=None if tags is None else list(tags),
            )
        if not _sop_class(dataset).startswith(_STORAGE):
            message = f"{name} is no DICOM file, or its header is damaged; export it again"
            raise InputError(message)
        return dataset


@contextmanager
def damage_explained(name: str) -> Iterator[None]:
    """Turn whatever is raised on damaged content into an `InputError`, and keep the library quiet.

    Parameters
    ----------
    name
        What the message calls the file.
    """
    with _quiet():
        try:
            yield
        except (MouldgenError, MemoryError):
            raise
        except OSError as error:
            # pydicom turns anything raised within a sequence into this
            if isinstance(error.__context__, MouldgenError):
                raise error.__context__ from None
            reason = error.strerror or "its content ends too early"
            message = f"{name} cannot be read: {reason}. Check the file and who may read it"
            raise InputError(message) from None
        except Exception as error:  # noqa: BLE001  pydicom raises anything
            # the text of the error may hold a value of the file
            message = f"{name} is damaged ({type(error).__name__}); export or copy it again"
            raise InputError(message) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings and logs of the libraries back: they quote values of the file."""
    loggers = [logging.getLogger(name) for name in ("pydicom", "pylibjpeg", "openjpeg")]
    states = [(logger.disabled, logger.propagate) for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.disabled, logger.propagate = True, False
        try:
            yield
        finally:
            for logger, (disabled, propagate) in zip(loggers, states, strict=True):
                logger.disabled, logger.propagate = disabled, propagate


def _check_meta(file: _BoundedFile, name: str) -> None:
    """Refuse a group length that is a sequence: pydicom writes it out for its log, which may take forever."""
    begin = file.read(_PREAMBLE + len(_MAGIC))
    here = len(begin) if begin[_PREAMBLE:] == _MAGIC else 0
    while True:
        file.seek(here)
        head = file.read(12)
        if len(head) < 8 or head[:2] != _META_GROUP:
            break
        kind = head[4:6]
        if kind in _LONG_KINDS:
            length = int.from_bytes(head[8:12], "little")
            if head[2:4] == _GROUP_LENGTH or length == _UNDEFINED:
                message = f"{name} is damaged: its file meta information cannot be. Export or copy it again"
                raise InputError(message)
            here += 12 + length
        else:
            is_explicit = b"AA" <= kind <= b"ZZ"
            here += 8 + int.from_bytes(head[6:8] if is_explicit else head[4:8], "little")
    file.seek(0)


def _sop_class(dataset: FileDataset) -> str:
    uid = dataset.get("SOPClassUID") or dataset.file_meta.get("MediaStorageSOPClassUID")
    return str(uid or "")


def _count_items(data: bytes) -> int:
    return sum(data.count(item) for item in _ITEMS) if len(data) >= 8 else 0


def _check_work(items: int, reads: int, name: str) -> None:
    if items > MOST_ITEMS or reads > _MOST_READS:
        message = (
            f"{name} holds more than {MOST_ITEMS} items of sequences or {_MOST_READS} values, more than an "
            "image or segmentation needs; it is damaged. Export it again"
        )
        raise InputError(message)


def _check_inflated(deflated: bytes, name: str) -> None:
    """Refuse a deflated data set that would fill the memory."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    total, items, rest = 0, 0, deflated
    while rest and not inflate.eof:
        data = inflate.decompress(rest, _CHUNK)
        total, items = total + len(data), items + _count_items(data)
        _check_work(items, 0, name)
        rest = inflate.unconsumed_tail
        if total > MOST_INFLATED_BYTES:
            message = (
                f"the deflated content of {name} grows to more than {MOST_INFLATED_BYTES / 2**20:.0f} MB; "
                "expected less. Export it without deflate compression"
            )
            raise InputError(message)
