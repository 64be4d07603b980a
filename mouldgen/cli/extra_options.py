"""Options about parts beside the mould, about a mould larger than the bed, and about kinds of files."""

from __future__ import annotations

from typing import Annotated

import typer

from mouldgen.cli.options import PARTS

__all__ = ["Extras", "Formats", "Split"]

Extras = Annotated[
    str | None,
    typer.Option(
        "--extras",
        help="Parts beside the mould: replica (the specimen with its cuts scored), ring (a slice of the "
        "cavity to try first), coupon (slots of several widths), tray (a well for every slab).",
        rich_help_panel=PARTS,
        metavar="NAME,NAME,...",
        show_default=False,
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        "--split",
        help="auto splits a mould that is larger than the bed; never leaves it whole. Default: auto.",
        rich_help_panel=PARTS,
        metavar="auto|never",
        show_default=False,
    ),
]
Formats = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="Kinds of files for the bodies: stl, 3mf, obj, ply. Default: stl,3mf.",
        rich_help_panel=PARTS,
        metavar="KIND,KIND,...",
        show_default=False,
    ),
]
