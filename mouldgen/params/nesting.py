"""Nested values: one laid over another, and dotted keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["merged", "set_nested"]

_REPLACED_WHOLE = {"habitat_names"}


def merged(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with every value of `update` laid over it, section by section."""
    result = dict(base)
    for key, value in update.items():
        old = result.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping) and key not in _REPLACED_WHOLE
        result[key] = merged(old, value) if nested and isinstance(old, Mapping) else value
    return result


def set_nested(target: dict[str, Any], dotted: str, value: Any) -> None:
    """Set ``section.key`` in nested dictionaries, making sections as needed."""
    *sections, key = dotted.split(".")
    for section in sections:
        target = target.setdefault(section, {})
    target[key] = value
