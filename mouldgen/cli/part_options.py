"""The options about the mould's parts that `make` and `demo` share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from mouldgen.cli.options import PARTS, grouped_option
from mouldgen.errors import ParameterError

__all__ = ["Drains", "Feet", "FingerHoles", "Inlays", "Lid", "Tie", "Windows", "part_values"]

USUAL_RADIUS_MM = "10"
"""Crispin-Ortuzar 2020 (9xg)."""

Lid = Annotated[
    bool | None,
    grouped_option("--lid", "A lid that holds the specimen from above, with slots in line.", PARTS),
]
Tie = Annotated[
    bool | None,
    grouped_option(
        "--tie", "Join the fingers at the back; the blade enters from the front. A lid needs it.", PARTS
    ),
]
Windows = Annotated[
    list[str] | None,
    grouped_option(
        "--window",
        "Opening at a landmark (--landmark-roi), radius in mm, 10 if left out; repeatable.",
        PARTS,
        "NAME[=MM]",
    ),
]
Inlays = Annotated[
    str | None,
    grouped_option(
        "--inlays",
        "Coloured pins in the cavity's floor, as parts of their own: below landmarks, or below the middles "
        "of habitats.",
        PARTS,
        "landmarks|habitats",
    ),
]
Drains = Annotated[
    str | None,
    grouped_option(
        "--drains",
        "Holes through the baseplate at the cavity's lowest places, to drain and to push out. Default: 0.",
        PARTS,
        "N",
    ),
]
FingerHoles = Annotated[
    bool | None,
    grouped_option("--finger-holes", "Notches at both ends, to lift the specimen with two fingers.", PARTS),
]
Feet = Annotated[
    bool | None, grouped_option("--feet", "Two rails under the ends, as parts of their own.", PARTS)
]


def part_values(
    *,
    lid: bool | None = None,
    tie: bool | None = None,
    window: Iterable[str] | None = None,
    inlays: str | None = None,
    drains: str | None = None,
    finger_holes: bool | None = None,
    feet: bool | None = None,
) -> dict[str, Any]:
    """Return what the options say, by the dotted keys of the parameters; None where nothing is given.

    Raises
    ------
    ParameterError
        If a window has no name, or a name is given twice.
    """
    return {
        "lid.enabled": lid,
        "guides.tie": tie,
        "windows.radius_mm": _radii(window or ()) or None,
        "inlays.inlays_of": inlays,
        "openings.drains": drains,
        "openings.finger_holes": finger_holes,
        "edges.feet": feet,
    }


def _radii(windows: Iterable[str]) -> dict[str, str]:
    radii: dict[str, str] = {}
    for text in windows:
        before, equals, after = text.rpartition("=")
        name, radius = (before.strip(), after.strip()) if equals else (text.strip(), USUAL_RADIUS_MM)
        if not name or not radius:
            message = f"--window: {text!r} cannot be used; expected for instance --window vein=8"
            raise ParameterError(message)
        if name.casefold() in {known.casefold() for known in radii}:
            message = f"--window: {name} is given twice; give each landmark once"
            raise ParameterError(message)
        radii[name] = radius
    return radii
