"""Options of the search for the pose."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from mouldgen.cli.options import ANGLE, OUTPUT, grouped_option

__all__ = ["Finalists", "Normals", "Picture", "Planes", "Sides", "Within"]

Within = Annotated[
    float | None,
    grouped_option(
        "--within",
        "Search the best pose up to this many degrees off the plane; 90 for all directions, as --plane best.",
        ANGLE,
        "DEG",
    ),
]
Planes = Annotated[
    list[str] | None,
    grouped_option(
        "--plane",
        "axial, coronal, sagittal or image: the plane in the middle of the search; repeat to compare only "
        "these planes. Default: axial.",
        ANGLE,
        "PLANE",
    ),
]
Normals = Annotated[int, grouped_option("--normals", "Cut normals to try. Default: 240.", ANGLE, "N")]
Sides = Annotated[
    int, grouped_option("--sides", "Base sides to try for each normal. Default: 12.", ANGLE, "N")
]
Finalists = Annotated[
    int, grouped_option("--top", "Poses to build for their true figures. Default: 3.", ANGLE, "N")
]
Picture = Annotated[
    Path | None, grouped_option("--picture", "Draw the sphere of normals to this PNG.", OUTPUT, "FILE")
]
