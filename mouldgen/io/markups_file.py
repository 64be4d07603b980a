"""Points that 3D Slicer saved: markups files (``.mrk.json``, schema 1.0)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mouldgen.errors import InputError

__all__ = ["MarkupPoint", "Point", "read_markup_points"]

Point = tuple[float, float, float]
"""LPS millimetres."""

_SIGNS = {"LPS": (1.0, 1.0, 1.0), "1": (1.0, 1.0, 1.0), "RAS": (-1.0, -1.0, 1.0), "0": (-1.0, -1.0, 1.0)}
"""By name, and by the number that 3D Slicer used before it wrote names."""

_LARGEST_BYTES = 20_000_000


@dataclass(frozen=True)
class MarkupPoint:
    """One point of a list.

    Parameters
    ----------
    label
        What 3D Slicer shows beside it.
    position_lps
        None where the point was never placed.
    """

    label: str
    position_lps: Point | None


def read_markup_points(path: Path, what: str) -> tuple[MarkupPoint, ...]:
    """Return the points of the one list in a markups file, in order.

    Parameters
    ----------
    path
        Of the file.
    what
        What the points are, for messages.

    Raises
    ------
    InputError
        If it is no markups file, or holds several lists, or a placed point without three numbers.
    """
    markups = _markups(path, what)
    system = str(markups.get("coordinateSystem", "LPS"))
    if system not in _SIGNS:
        message = (
            f"{path.name} has the coordinate system {system!r}; expected LPS or RAS. Save it again with 3D "
            "Slicer"
        )
        raise InputError(message)
    unit = markups.get("coordinateUnits", "mm")
    if unit != "mm":
        message = (
            f"{path.name} has coordinates in {unit!r}; expected mm. Save it again with 3D Slicer in "
            "millimetres"
        )
        raise InputError(message)
    return tuple(_point(path.name, entry, _SIGNS[system]) for entry in markups.get("controlPoints", []))


def _markups(path: Path, what: str) -> Mapping[str, Any]:
    """Return the one list of markups in a file."""
    try:
        _check_size(path)
        document = json.loads(path.read_bytes())
        lists = document["markups"]
        for markups in lists:
            _check_layout(markups)
    except OSError as error:
        message = f"the {what} {path.name} cannot be read: {error.strerror}. Check the name and the folder"
        raise InputError(message) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        message = (
            f"{path.name} is not a markups file of 3D Slicer (.mrk.json, schema 1.0); save the points again"
        )
        raise InputError(message) from None
    if len(lists) != 1:
        message = (
            f"{path.name} holds {len(lists)} lists of markups; expected one. Save the list that you want by "
            "itself"
        )
        raise InputError(message)
    return dict(lists[0])


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if size > _LARGEST_BYTES:
        message = (
            f"{path.name} has {size / 1e6:.0f} MB; expected a list of points of at most "
            f"{_LARGEST_BYTES / 1e6:.0f} MB. Save the points by themselves"
        )
        raise InputError(message)


def _check_layout(markups: Any) -> None:
    """Raise TypeError unless a list of markups is laid out as 3D Slicer does."""
    if not isinstance(markups, dict):
        raise TypeError
    points = markups.get("controlPoints", [])
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        raise TypeError


def _point(name: str, entry: Mapping[str, Any], signs: Point) -> MarkupPoint:
    label = str(entry.get("label", ""))
    if entry.get("positionStatus", "defined") != "defined":
        return MarkupPoint(label, None)
    position = entry.get("position")
    try:
        x, y, z = (sign * float(value) for sign, value in zip(signs, position, strict=True))  # type: ignore[arg-type]
        if math.isfinite(x + y + z):
            return MarkupPoint(label, (x, y, z))
    except (TypeError, ValueError):
        pass
    message = (
        f"{name} holds a point at {position!r}; expected three numbers. Place the point again in 3D Slicer"
    )
    raise InputError(message)
