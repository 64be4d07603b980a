"""What the operating system refuses while a case is written, said so that the user can act on it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from mouldgen.errors import OutputError

__all__ = ["explain_os_errors"]

_REMEDIES = {
    errno.ENOSPC: "free some disk space or choose a folder on another disk",
    errno.EDQUOT: "your quota is used up; delete files or choose a folder on another disk",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "the disk is read-only; choose a folder on another disk",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@contextmanager
def explain_os_errors(what: str) -> Iterator[None]:
    """Turn every `OSError` inside into an `OutputError` that names `what`, the reason and a remedy."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "check the disk, or choose another folder")
        message = f"cannot write {what}: {error.strerror or error}; {remedy}"
        raise OutputError(message) from error
