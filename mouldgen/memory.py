"""Freed memory back to the system, so that what runs beside the program finds room."""

from __future__ import annotations

import ctypes
from contextlib import suppress

__all__ = ["return_freed_memory"]


def return_freed_memory() -> None:
    """Ask the C library to give its free pages back; a design leaves some 150 MB of them.

    glibc does so by itself only for the end of its heap. Elsewhere nothing happens.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
