"""Standard output: styled on a terminal, plain lines elsewhere, or one JSON document."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from mouldgen.errors import OutputError

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["show", "show_json"]

_NEVER_WRAPPED = 10_000
_PLAIN_TEXT: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
"""Texts are shown as they are: names of labels and folders may hold brackets and colons."""


def show(*parts: RenderableType) -> None:
    """Print texts and tables; elsewhere than on a terminal nothing is wrapped, coloured or padded.

    Raises
    ------
    OutputError
        If standard output cannot be written.
    """
    from rich.console import Console

    if sys.stdout.isatty():
        console, buffer = Console(**_PLAIN_TEXT), None
    else:
        buffer = StringIO()
        console = Console(file=buffer, width=_NEVER_WRAPPED, color_system=None, **_PLAIN_TEXT)
    for part in parts:
        console.print(part)
    if buffer is not None:
        _write("\n".join(line.rstrip() for line in buffer.getvalue().split("\n")))


def show_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document, in ASCII, so that no terminal's encoding can spoil it.

    Raises
    ------
    OutputError
        If standard output cannot be written.
    """
    import json

    _write(json.dumps(document, indent=2) + "\n")


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # the reader has had enough
    except OSError as error:
        message = f"standard output cannot be written: {error.strerror}"
        raise OutputError(message) from None
