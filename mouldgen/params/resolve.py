"""Defaults < preset < config < assignments < options; TOML in and out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from mouldgen.errors import ParameterError
from mouldgen.params.design import DesignParameters
from mouldgen.params.nesting import merged, refuse_rivals, set_nested
from mouldgen.params.presets import load_preset
from mouldgen.params.problems import all_keys, did_you_mean

__all__ = ["read_parameters", "resolve_parameters", "write_parameters"]


def read_parameters(path: Path) -> dict[str, Any]:
    """Return the values in a ``parameters.toml``.

    Raises
    ------
    ParameterError
        If the file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"cannot read the parameter file {path.name}: {error.strerror}"
        raise ParameterError(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path.name} is not a TOML file: {error}"
        raise ParameterError(message) from None


def resolve_parameters(
    *,
    preset: str | None = None,
    printer: str | None = None,
    cassette: str | None = None,
    lims: str | None = None,
    config: Mapping[str, Any] | None = None,
    assignments: Iterable[str] = (),
    options: Mapping[str, Any] | None = None,
    base: Mapping[str, Any] | None = None,
) -> DesignParameters:
    """Return the parameters: defaults, base, templates, config, assignments, and options.

    Parameters
    ----------
    preset, printer, cassette, lims
        Names of files in ``templates/``.
    config
        Nested values, as `read_parameters` returns them.
    assignments
        ``section.key=value``; the value is TOML, or text.
    options
        Nested values that win over all others. A layer that states, say, a plane rules out a normal
        in the layers below it.
    base
        Nested values that are there already, such as those of a case.

    Raises
    ------
    ParameterError
        If a name is unknown, a value out of range, or two options rule each other out.
    """
    values: dict[str, Any] = dict(base or {})
    templates = {"presets": preset, "printers": printer, "cassettes": cassette, "lims": lims}
    for kind, name in templates.items():
        if name is not None:
            values = merged(values, load_preset(kind, name).values())
    values = merged(values, config or {})
    for assignment in assignments:
        values = merged(values, _parse_assignment(assignment))
    refuse_rivals(options or {})
    return DesignParameters(**merged(values, options or {}))


def write_parameters(parameters: DesignParameters) -> str:
    """Return the TOML text of all resolved parameters."""
    return tomli_w.dumps(parameters.to_dict())


def _parse_assignment(text: str) -> dict[str, Any]:
    key, equals, raw = text.partition("=")
    if not equals or not key.strip():
        message = f"expected key=value, for instance mould.wall_mm=4; got {text!r}"
        raise ParameterError(message)
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    nested: dict[str, Any] = {}
    set_nested(nested, _full_key(key.strip()), value)
    return nested


def _full_key(key: str) -> str:
    """Return ``section.key`` for a key that is given without its section, if only one section has it."""
    if "." in key:
        return key
    known = all_keys(DesignParameters)
    matches = [name for name in known if name.rpartition(".")[2] == key]
    if len(matches) == 1:
        return matches[0]
    hint = did_you_mean(key, [name.rpartition(".")[2] for name in known]) or "."
    message = f"there is no parameter {key!r}{hint} 'mouldgen presets generic' lists all of them"
    raise ParameterError(message)
