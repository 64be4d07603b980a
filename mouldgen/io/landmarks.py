"""Landmarks that choose the cutting angle: from 3D Slicer, or as numbers."""

from __future__ import annotations

import math
import re
from pathlib import Path

from mouldgen.errors import InputError, ParameterError
from mouldgen.io.markups_file import Point, read_markup_points

__all__ = ["Point", "read_landmarks"]

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
    points = read_markup_points(path, "landmarks")
    defined = [point.position_lps for point in points if point.position_lps is not None]
    if len(defined) not in {2, 3}:
        message = (
            f"{path.name} holds {len(defined)} defined points; {_EXPECTED}. Place or remove points in 3D "
            "Slicer"
        )
        raise InputError(message)
    return tuple(defined)
