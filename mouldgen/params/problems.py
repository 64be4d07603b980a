"""What is wrong with values that do not fit the parameters, in plain sentences."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from mouldgen.params.section import Section

__all__ = ["all_fields", "all_keys", "did_you_mean", "explain_problems"]

_LIMIT_WORDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
_TOO_SMALL = {"greater_than", "greater_than_equal"}
_TOO_LARGE = {"less_than", "less_than_equal"}


def all_fields(model: type[Section], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every parameter as ``section.key``, with its field."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from all_fields(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, field


def all_keys(model: type[Section]) -> tuple[str, ...]:
    """Return every parameter as ``section.key``."""
    return tuple(key for key, _ in all_fields(model))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean ...?`` with the known words that are spelled alike, or nothing."""
    matches = difflib.get_close_matches(word.lower(), tuple(known), n=2, cutoff=0.5)
    return f"; did you mean {' or '.join(matches)}?" if matches else ""


def explain_problems(error: ValidationError, model: type[Section]) -> str:
    """Return a sentence for every parameter that does not fit: its key, its value, what was expected.

    Parameters
    ----------
    error
        What pydantic raised for `model`.
    model
        All sections together.
    """
    fields = dict(all_fields(model))
    sentences: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        place = [str(part) for part in problem["loc"]]
        if problem["type"] == "extra_forbidden":
            sentences[".".join(place)] = _unknown_key(place, model)
            continue
        key = next((key for key in (".".join(place[:2]), ".".join(place[:1])) if key in fields), place[0])
        sentences.setdefault(key, f"{key}: {_complaint(problem, fields.get(key))}")
    return "; ".join(sentences.values())


def _unknown_key(place: list[str], model: type[Section]) -> str:
    """Return a sentence about a key or section that does not exist, with the nearest that do."""
    word, keys = ".".join(place), all_keys(model)
    namesakes = [key for key in keys if key.rpartition(".")[2] == place[-1]]
    neighbours = [key for key in keys if key.startswith(f"{place[0]}.")]
    if namesakes:
        return f"{word} is not a parameter; did you mean {' or '.join(namesakes)}?"
    return f"{word} is not a parameter{did_you_mean(word, neighbours or model.model_fields)}"


def _complaint(problem: Mapping[str, Any], field: FieldInfo | None) -> str:
    """Return what is wrong with one value, and what was expected."""
    kind = problem["type"]
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    given = _shown(problem["input"])
    if field is None:
        return f"this is a section, whose keys take the values; got {given}"
    if kind in _TOO_SMALL | _TOO_LARGE:
        size = "small" if kind in _TOO_SMALL else "large"
        number = f"{float(problem['input']):g} {_extra(field, 'unit')}".rstrip()
        return f"{number} is too {size}; expected {_expected(field)}"
    choices = _choices(field)
    hint = did_you_mean(str(problem["input"]), choices) if choices else ""
    return f"{given} cannot be used{hint or ';'} {'E' if hint else 'e'}xpected {_expected(field)}"


def _expected(field: FieldInfo) -> str:
    """Return what a parameter takes, in words."""
    if stated := _extra(field, "expected"):
        return stated
    if choices := _choices(field):
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    if limits := _limits(field):
        return f"a number {limits} {_extra(field, 'unit')}".rstrip()
    return "true or false" if field.annotation is bool else "text"


def _limits(field: FieldInfo) -> str:
    """Return the range of a number, such as ``above 0, at most 200``."""
    found = {
        name: limit
        for constraint in field.metadata
        for name in _LIMIT_WORDS
        if (limit := getattr(constraint, name, None)) is not None
    }
    if found.keys() == {"ge", "le"}:
        return f"from {found['ge']:g} to {found['le']:g}"
    return ", ".join(f"{_LIMIT_WORDS[name]} {limit:g}" for name, limit in found.items())


def _choices(field: FieldInfo) -> tuple[str, ...]:
    kind = field.annotation
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return tuple(member.value for member in kind)
    return ()


def _extra(field: FieldInfo, name: str) -> str:
    extra = field.json_schema_extra
    return str(extra.get(name, "")) if isinstance(extra, dict) else ""


def _shown(value: Any) -> str:
    """Return a value as the user wrote it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_shown(member) for member in value)}]"
    return f"{value:g}" if isinstance(value, float) else repr(value)
