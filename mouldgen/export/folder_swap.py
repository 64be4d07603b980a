"""Putting a finished folder under its name, so that the name always leads to a complete one."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

__all__ = ["exchange_folders", "flush_folder", "place_folder", "remove_folder", "replace_folder"]

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NOT_SUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


def flush_folder(folder: Path) -> None:
    """Make the system write every file and folder below `folder` to the disk."""
    for path in (*_files_and_folders(folder), folder):
        _flush(path)


def place_folder(new: Path, target: Path) -> None:
    """Give `new` the free name `target`."""
    new.rename(target)
    _flush(target.parent)


def replace_folder(new: Path, target: Path, aside: Path) -> None:
    """Put `new` in the place of `target`, which exists; the older folder ends up at `new` or at `aside`.

    Linux exchanges both names in one step. Elsewhere `target` is moved to `aside` first and moved back if
    the second step fails; a run that dies between the steps leaves it there.
    """
    if not exchange_folders(new, target):
        target.rename(aside)
        try:
            new.rename(target)
        except BaseException:
            aside.rename(target)
            raise
    _flush(target.parent)


def exchange_folders(one: Path, other: Path) -> bool:
    """Exchange two names in one step (renameat2, RENAME_EXCHANGE); False if the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_SUPPORTED:
        return False
    raise OSError(number, os.strerror(number), other.name)


def remove_folder(folder: Path) -> None:
    """Remove a folder if it is there; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)


def _files_and_folders(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        yield from (Path(root, name) for name in (*files, *folders))


def _flush(path: Path) -> None:
    on_windows = os.name == "nt"
    if on_windows and path.is_dir():
        return  # Windows cannot open folders
    descriptor = os.open(path, os.O_RDWR if on_windows else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
