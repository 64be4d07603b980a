"""JSON that people can read and compare: indented, with rows of numbers on one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["json_line", "json_text"]


def json_text(value: Any) -> str:
    """Return JSON in which lists of numbers, or of such lists, take one line; ends with a line feed."""
    return "".join(_pieces(value, "\n")) + "\n"


def _pieces(value: Any, line: str) -> Iterator[str]:
    """Yield the text of `value`; `line` is a line break and the indent of what holds it."""
    if isinstance(value, dict) and value:
        members = ([json_line(str(key)), ": ", *_pieces(item, line + "  ")] for key, item in value.items())
        yield from _bracketed("{}", members, line)
    elif isinstance(value, list) and not _is_numeric(value):
        yield from _bracketed("[]", (_pieces(item, line + "  ") for item in value), line)
    else:
        yield json_line(value)


def _bracketed(brackets: str, members: Any, line: str) -> Iterator[str]:
    separator = brackets[0] + line + "  "
    for member in members:
        yield separator
        yield from member
        separator = "," + line + "  "
    yield line + brackets[1]


def _is_numeric(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_numeric(item) for item in value)
    return isinstance(value, int | float)


def json_line(value: Any) -> str:
    """Return JSON on one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
