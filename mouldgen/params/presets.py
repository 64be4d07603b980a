"""Presets, printers, cassettes, tables of samples: named values with their sources, from ``templates/``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mouldgen.errors import ParameterError
from mouldgen.params.nesting import set_nested
from mouldgen.params.problems import did_you_mean

__all__ = ["Preset", "PresetEntry", "list_presets", "load_preset"]

_ONE_OF = {
    "presets": "preset",
    "printers": "printer",
    "cassettes": "cassette",
    "lims": "table of samples",
}
"""What one template of a kind is called."""


class PresetEntry(NamedTuple):
    """One value of a preset, by ``section.key``, and where it comes from."""

    key: str
    value: Any
    source: str


@dataclass(frozen=True)
class Preset:
    """A named set of values with their sources, from ``templates/``.

    Parameters
    ----------
    kind
        ``presets``, ``printers``, ``cassettes`` or ``lims``.
    name
        As on the command line.
    summary
        What it is for, in one sentence.
    entries
        Its values; all others keep their defaults.
    """

    kind: str
    name: str
    summary: str
    entries: tuple[PresetEntry, ...]

    def values(self) -> dict[str, Any]:
        """Return the nested values, as `DesignParameters` takes them."""
        nested: dict[str, Any] = {}
        for entry in self.entries:
            set_nested(nested, entry.key, entry.value)
        return nested


def list_presets(kind: str) -> tuple[str, ...]:
    """Return the names of the templates of a kind that ship with mouldgen."""
    return tuple(sorted(path.stem for path in _templates_folder(kind).glob("*.toml")))


def load_preset(kind: str, name: str) -> Preset:
    """Return one of the ``presets``, ``printers``, ``cassettes`` or ``lims``.

    Raises
    ------
    ParameterError
        If there is none of that name; the message suggests some.
    """
    known = list_presets(kind)
    if name not in known:
        hint = did_you_mean(name, known) or "."
        message = f"there is no {_ONE_OF[kind]} {name!r}{hint} Known: {', '.join(known)}"
        raise ParameterError(message)
    path = _templates_folder(kind) / f"{name}.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return Preset(kind, name, document["summary"], tuple(_preset_entries(document)))


def _templates_folder(kind: str) -> Path:
    """Return the packaged ``templates/`` folder, or the repository's for an editable install."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "templates" / kind, package.parent / "templates" / kind):
        if folder.is_dir():
            return folder
    message = f"the folder templates/{kind} is missing; install mouldgen again"
    raise ParameterError(message)


def _preset_entries(document: Mapping[str, Any], prefix: str = "") -> Iterator[PresetEntry]:
    for key, inside in document.items():
        if not isinstance(inside, Mapping):
            continue
        if "value" in inside:
            yield PresetEntry(prefix + key, inside["value"], inside["source"])
        else:
            yield from _preset_entries(inside, f"{prefix}{key}.")
