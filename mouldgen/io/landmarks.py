"""Landmarks that choose the cutting angle: from 3D Slicer, or as numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mouldgen.errors import InputError, ParameterError

__all__ = ["Point", "read_landmarks"]

Point = tuple[float, float, float]
"""LPS millimetres."""

_SIGNS = {"LPS": (1.0, 1.0, 1.0), "1": (1.0, 1.0, 1.0), "RAS": (-1.0, -1.0, 1.0), "0": (-1.0, -1.0, 1.0)}
"""By name, and by the number that 3D Slicer used before it wrote names."""

_EXPECTED = "expected two points on the slicing axis, and optionally a third on the base side"


def read_landmarks(text: str) -> tuple[Point, ...]:
    """Return two or three landmarks in LPS.

    Parameters
    ----------
    text
        Path of a markups file of 3D Slicer (``.mrk.json``, schema 1.0), or the coordinates themselves in LPS
        millimetres, ``x,y,z x,y,z [x,y,z]``, parted by commas, semicolons or spaces.

    Raises
    ------
    InputError
        If the file is no markups file, or does not hold two or three points.
    ParameterError
        If the text is neither a file nor six or nine numbers.

    Examples
    --------
    >>> read_landmarks("0,0,-20 0,0,30")
    ((0.0, 0.0, -20.0), (0.0, 0.0, 30.0))
    """
    if text.lower().endswith(".json") or Path(text).is_file():
        return _from_file(Path(text))
    return _from_numbers(text)


def _from_numbers(text: str) -> tuple[Point, ...]:
    try:
        numbers = [float(word) for word in re.split(r"[\s,;]+", text.strip(" \t\n,;()[]"))]
    except ValueError:
        message = (
            f"landmarks {text!r} are neither a .mrk.json file that exists nor numbers; {_EXPECTED}, as "
            "x,y,z x,y,z"
        )
        raise ParameterError(message) from None
    if len(numbers) not in {6, 9} or not all(map(math.isfinite, numbers)):
        message = (
            f"landmarks {text!r} are {len(numbers)} numbers; {_EXPECTED}, as x,y,z x,y,z in LPS millimetres"
        )
        raise ParameterError(message)
    return tuple((numbers[n], numbers[n + 1], numbers[n + 2]) for n in range(0, len(numbers), 3))


def _from_file(path: Path) -> tuple[Point, ...]:
    markups = _markups(path)
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
    points = markups.get("controlPoints", [])
    defined = [point for point in points if point.get("positionStatus", "defined") == "defined"]
    if len(defined) not in {2, 3}:
        message = (
            f"{path.name} holds {len(defined)} defined points; {_EXPECTED}. Place or remove points in 3D "
            "Slicer"
        )
        raise InputError(message)
    return tuple(_point(path.name, point.get("position"), _SIGNS[system]) for point in defined)


def _markups(path: Path) -> Mapping[str, Any]:
    """Return the one list of markups in a file."""
    try:
        document = json.loads(path.read_bytes())
        lists = document["markups"]
        for markups in lists:
            _check_layout(markups)
    except OSError as error:
        message = f"the landmarks {path.name} cannot be read: {error.strerror}. Check the name and the folder"
        raise InputError(message) from None
    except (ValueError, KeyError, TypeError):
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


def _check_layout(markups: Any) -> None:
    """Raise TypeError unless a list of markups is laid out as 3D Slicer does."""
    if not isinstance(markups, dict):
        raise TypeError
    points = markups.get("controlPoints", [])
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        raise TypeError


def _point(name: str, position: Any, signs: Point) -> Point:
    try:
        x, y, z = (sign * float(value) for sign, value in zip(signs, position, strict=True))
        if math.isfinite(x + y + z):
            return x, y, z
    except (TypeError, ValueError):
        pass
    message = (
        f"{name} holds a point at {position!r}; expected three numbers. Place the point again in 3D Slicer"
    )
    raise InputError(message)
