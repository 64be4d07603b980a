"""Nested values: one laid over another, and dotted keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mouldgen.errors import ParameterError

__all__ = ["merged", "refuse_rivals", "set_nested"]

_ANGLES = ("normal_lps", "landmarks_lps", "axis_rois")
_RIVALS = {
    "plane": set(_ANGLES),
    "tilt_deg": set(_ANGLES),
    **{angle: {"tilt_deg", *_ANGLES} - {angle} for angle in _ANGLES},
    "base": {"base_roi"},
    "base_roi": {"base"},
    "slab_mm": {"positions_mm"},
    "thickness_mm": {"slot_mm"},
    "process": {"slot_mm"},
}
"""Keys that would make another key of their section mean nothing."""

_REPLACED_WHOLE = {"habitat_names", "quotas", "sigma_by_slab_mm", "inks", "columns", "radius_mm"}


def merged(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with every value of `update` laid over it, section by section.

    What would make a value of `update` mean nothing is left out of `base`: a plane in the one rules
    out a normal in the other.
    """
    ruled_out = set[str]().union(*(_RIVALS.get(key, ()) for key in update))
    result = {key: value for key, value in base.items() if key not in ruled_out}
    for key, value in update.items():
        old = base.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping) and key not in _REPLACED_WHOLE
        result[key] = merged(old, value) if nested and isinstance(old, Mapping) else value
    return result


def refuse_rivals(values: Mapping[str, Any]) -> None:
    """Refuse values of which one would make another mean nothing.

    Raises
    ------
    ParameterError
        With both keys.
    """
    for section, inside in values.items():
        for key, rival in _rivals_in(inside) if isinstance(inside, Mapping) else ():
            message = f"give either {section}.{key} or {section}.{rival}, not both"
            raise ParameterError(message)


def _rivals_in(section: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in section:
        yield from ((key, rival) for rival in sorted(_RIVALS.get(key, ())) if rival in section)


def set_nested(target: dict[str, Any], dotted: str, value: Any) -> None:
    """Set ``section.key`` in nested dictionaries, making sections as needed."""
    *sections, key = dotted.split(".")
    for section in sections:
        target = target.setdefault(section, {})
    target[key] = value
