"""Presets and printers: named values with their sources, from ``templates/``."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mouldgen.errors import ParameterError
from mouldgen.params.nesting import set_nested

__all__ = ["Preset", "list_presets", "load_preset"]


class Preset:
    """A named set of values with their sources, from ``templates/``."""

    def __init__(self, kind: str, name: str, document: Mapping[str, Any]) -> None:
        self.kind = kind
        self.name = name
        self.summary = str(document.get("summary", ""))
        self.entries = tuple(_preset_entries(document))

    def values(self) -> dict[str, Any]:
        """Return the nested values, as `DesignParameters` takes them."""
        nested: dict[str, Any] = {}
        for key, value, _ in self.entries:
            set_nested(nested, key, value)
        return nested


def list_presets(kind: str) -> tuple[str, ...]:
    """Return the names of the ``presets`` or ``printers`` that ship with mouldgen."""
    return tuple(sorted(path.stem for path in _templates_folder(kind).glob("*.toml")))


def load_preset(kind: str, name: str) -> Preset:
    """Return one of the ``presets`` or ``printers``.

    Raises
    ------
    ParameterError
        If there is none of that name; the message suggests some.
    """
    known = list_presets(kind)
    if name not in known:
        close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        message = f"there is no {kind.removesuffix('s')} {name!r}{hint} Known: {', '.join(known)}"
        raise ParameterError(message)
    path = _templates_folder(kind) / f"{name}.toml"
    return Preset(kind, name, tomllib.loads(path.read_text(encoding="utf-8")))


def _templates_folder(kind: str) -> Path:
    """Return the packaged ``templates/`` folder, or the repository's for an editable install."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "templates" / kind, package.parent / "templates" / kind):
        if folder.is_dir():
            return folder
    message = f"the folder templates/{kind} is missing; install mouldgen again"
    raise ParameterError(message)


def _preset_entries(document: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any, str]]:
    for key, entry in document.items():
        if not isinstance(entry, Mapping):
            continue
        if "value" in entry:
            yield prefix + key, entry["value"], str(entry.get("source", ""))
        else:
            yield from _preset_entries(entry, f"{prefix}{key}.")
