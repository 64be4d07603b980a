"""A place for a case folder: reserved early, filled beside it, put under its name at once or not at all."""

from __future__ import annotations

import os
import re
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Never

from mouldgen.errors import OutputError
from mouldgen.export.folder_swap import flush_folder, place_folder, remove_folder, replace_folder
from mouldgen.export.manifest import MANIFEST_NAME, is_case_folder
from mouldgen.export.output_errors import explain_os_errors

__all__ = ["reserve_case"]


@contextmanager
def reserve_case(folder: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Reserve the place of a case folder and yield a temporary folder beside it, to be filled.

    When the block ends well, the temporary folder is flushed to the disk and takes the place in one step.
    When it does not (an exception, Ctrl-C, SIGTERM, SIGHUP), the temporary folder is removed and an older
    case stays as it was. What a killed run left behind is removed by the next one into the same place.

    Parameters
    ----------
    folder
        The case folder. Its parent exists; it does not, unless `overwrite`.
    overwrite
        Replace the folder if it is a case of mouldgen, or empty. Anything else is never removed.

    Raises
    ------
    OutputError
        If the place cannot be had, with the reason and what to do.
    """
    target = _absolute(folder)
    _check_parent(target)
    with _locked(target), _termination_as_exception():
        with explain_os_errors(f"the case folder {target.name}"):
            _clear_leftovers(target)
            _check_free(target, overwrite=overwrite)
        temporary = _beside(target, "new")
        try:
            with explain_os_errors(f"the case folder {target.name}"):
                temporary.mkdir()
            yield temporary
            with explain_os_errors(f"the case folder {target.name}"):
                _commit(temporary, target, overwrite=overwrite)
        finally:
            _remove_surely(temporary)


def _absolute(folder: str | Path) -> Path:
    target = Path(folder).resolve()  # of a link, the folder that it leads to is replaced
    if not target.name:
        message = f"{folder} cannot be a case folder; give a name, for instance -o case-01"
        raise OutputError(message)
    return target


def _check_parent(target: Path) -> None:
    parent = target.parent
    if not parent.is_dir():
        message = f"cannot write the case folder {target.name}: the folder {parent} does not exist; create it"
        raise OutputError(message)
    if not os.access(parent, os.W_OK | os.X_OK):
        message = (
            f"cannot write the case folder {target.name}: you may not write to {parent}; "
            "choose a folder that you may write to"
        )
        raise OutputError(message)


def _check_free(target: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        message = f"{target.name} exists and is not a folder; choose another name"
        raise OutputError(message)
    if not overwrite:
        message = f"the folder {target.name} exists; choose another name, or --overwrite to replace it"
        raise OutputError(message)
    if any(target.iterdir()) and not is_case_folder(target):
        message = (
            f"the folder {target.name} is not replaced, because mouldgen did not write it "
            f"(it has no {MANIFEST_NAME} of ours); choose another name, or remove it yourself"
        )
        raise OutputError(message)


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Hold the lock of a place; the system releases it when the process dies."""
    from filelock import FileLock, Timeout

    path = target.with_name(f".{target.name}.mouldgen-lock")
    lock = FileLock(path)
    with explain_os_errors(f"the case folder {target.name}"):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            message = (
                f"another run is writing the case folder {target.name}; "
                "wait until it has ended, or choose another name"
            )
            raise OutputError(message) from None
    try:
        yield
    finally:
        # removed while it is held: filelock refuses a lock whose file is gone
        with suppress(OSError):
            path.unlink()
        lock.release()


@contextmanager
def _termination_as_exception() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind like Ctrl-C, if nothing else handles them."""
    signals = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    in_main_thread = threading.current_thread() is threading.main_thread()
    taken = [number for number in signals if in_main_thread and signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _exit_by_signal)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _exit_by_signal(number: int, _frame: FrameType | None) -> Never:
    raise SystemExit(128 + number)


def _remove_surely(folder: Path) -> None:
    """Remove a folder even if an interrupt comes meanwhile."""
    try:
        remove_folder(folder)
    except BaseException:
        remove_folder(folder)
        raise


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.mouldgen-{what}-{secrets.token_hex(4)}")


def _clear_leftovers(target: Path) -> None:
    """Remove what dead runs left; put an older case back that was moved aside when its run died."""
    pattern = re.compile(re.escape(f".{target.name}.mouldgen-") + r"(new|old)-[0-9a-f]{8}")
    matches = [(pattern.fullmatch(path.name), path) for path in target.parent.iterdir()]
    for match, path in matches:
        if match and match[1] == "old" and not os.path.lexists(target):
            path.rename(target)
        elif match:
            remove_folder(path)


def _commit(temporary: Path, target: Path, *, overwrite: bool) -> None:
    if not (temporary / MANIFEST_NAME).is_file():
        message = f"the case folder {target.name} is not written, because its {MANIFEST_NAME} is missing"
        raise OutputError(message)
    flush_folder(temporary)
    _check_free(target, overwrite=overwrite)
    if not target.exists():
        place_folder(temporary, target)
        return
    aside = _beside(target, "old")
    replace_folder(temporary, target, aside)
    remove_folder(aside)
