"""The options that `make` and `demo` share, and how they become parameters.

An option that is not given is None, so that preset, config and defaults show through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mouldgen.errors import ParameterError

if TYPE_CHECKING:
    from mouldgen.params import DesignParameters

ANGLE, CUTS, FIT, OUTPUT, PARAMETERS, SPECIMEN = (
    "Angle",
    "Cuts",
    "Fit",
    "Output",
    "Presets and parameters",
    "Specimen",
)


def _option(names: str, help_text: str, panel: str, metavar: str | None = None) -> Any:
    return typer.Option(
        *names.split(), help=help_text, rich_help_panel=panel, metavar=metavar, show_default=False
    )


Output = Annotated[Path, _option("-o --output", "Case folder to write.", OUTPUT, "CASE")]
Overwrite = Annotated[bool, _option("--overwrite", "Replace an older case folder.", OUTPUT)]
Case = Annotated[
    str | None, _option("--case", "What the case is called; engraved. Never a patient's name.", OUTPUT, "ID")
]
Json = Annotated[bool, _option("--json", "Print one JSON document instead of tables.", OUTPUT)]
Strict = Annotated[bool, _option("--strict", "Fail on warnings too, and write nothing.", OUTPUT)]
Quiet = Annotated[bool, _option("--quiet -q", "No progress and no summary.", OUTPUT)]
Debug = Annotated[bool, _option("--debug", "Show tracebacks.", OUTPUT)]
NoPictures = Annotated[bool, _option("--no-pictures", "Leave the pictures out; faster.", OUTPUT)]

Labels = Annotated[
    list[str] | None,
    _option("--label", "Label of the specimen; repeat for a union. Default: all.", SPECIMEN, "N|NAME"),
]
Habitats = Annotated[
    Path | None, _option("--habitats", "Habitat labels, on any grid in the same frame.", SPECIMEN, "FILE")
]
Names = Annotated[
    list[str] | None,
    _option("--name", "Name of a habitat, for instance 1=necrosis; repeatable.", SPECIMEN, "N=NAME"),
]
Images = Annotated[
    list[str] | None,
    _option("--image", "Image to carry along, for instance t2=FILE; repeatable.", SPECIMEN, "NAME=FILE"),
]
Margin = Annotated[
    float | None, _option("--margin", "Tissue around the tumour that comes out with it.", SPECIMEN, "MM")
]
Lesion = Annotated[
    str | None, _option("--lesion", "With several lesions: largest, all, or a number.", SPECIMEN, "WHICH")
]
Cropped = Annotated[
    bool | None, _option("--cropped", "The file was cropped to the tumour on purpose.", SPECIMEN)
]

PlaneOption = Annotated[
    str | None, _option("--plane", "axial (default), coronal, sagittal, or image.", ANGLE, "PLANE")
]
Tilt = Annotated[
    tuple[float, float] | None,
    _option("--tilt", "Tilt of the plane about its two in-plane axes, degrees.", ANGLE, "A B"),
]
Normal = Annotated[
    tuple[float, float, float] | None, _option("--normal", "Cut normal in LPS, from S01 on.", ANGLE, "X Y Z")
]
Landmarks = Annotated[
    str | None,
    _option(
        "--landmarks",
        "Two points on the slicing axis, and one on the base side: .mrk.json or 'x,y,z x,y,z' in LPS mm.",
        ANGLE,
        "FILE|POINTS",
    ),
]
Base = Annotated[
    str | None,
    _option("--base", "Side on the baseplate: posterior, ..., degrees, or auto (default).", ANGLE, "SIDE"),
]
First = Annotated[
    str | None, _option("--first", "End that S01 is cut from: superior, ..., or reverse.", ANGLE, "END")
]

Slab = Annotated[float | None, _option("--slab", "Slab thickness; default 10 mm.", CUTS, "MM")]
CutsAt = Annotated[
    str | None, _option("--cuts", "Cut positions from the middle, mm: -15,-5,5,15.", CUTS, "X,X,...")
]
Snap = Annotated[
    str | None, _option("--snap", "Put cuts on the slices of an image, or of 'labels'.", CUTS, "NAME")
]
Kerf = Annotated[float | None, _option("--kerf", "Tissue lost in a cut; 0 for a blade.", CUTS, "MM")]
Blade = Annotated[float | None, _option("--blade", "Thickness of the blade; default 0.4 mm.", CUTS, "MM")]
ProcessOption = Annotated[
    str | None, _option("--process", "fdm (default) or sla: play of the blade in its slot.", CUTS, "PROCESS")
]
Slot = Annotated[
    float | None, _option("--slot", "Width of the slots, instead of blade and play.", CUTS, "MM")
]

Clearance = Annotated[
    float | None, _option("--clearance", "Gap around the specimen; default 0.5 mm.", FIT, "MM")
]
Scale = Annotated[
    str | None,
    _option("--scale", "Tissue size when cut over size in the images: 0.955, or X,Y,Z.", FIT, "F[,F,F]"),
]

PresetName = Annotated[
    str | None,
    _option("--preset", "kidney, ovary, prostate, sarcoma or generic.", PARAMETERS, "NAME"),
]
PrinterName = Annotated[
    str | None, _option("--printer", "mk4 (default), mk3s, xl, x1c, s5 or form4.", PARAMETERS, "NAME")
]
Config = Annotated[
    Path | None, _option("--config", "parameters.toml of an earlier case, or your own.", PARAMETERS, "FILE")
]
Assignments = Annotated[
    list[str] | None,
    _option("--set", "Any parameter, for instance mould.wall_mm=4; repeatable.", PARAMETERS, "KEY=VALUE"),
]


def parameters_from(
    preset: str | None,
    printer: str | None,
    config: Path | None,
    assignments: Iterable[str] | None,
    options: Mapping[str, Any],
) -> DesignParameters:
    """Return the parameters of a run.

    Parameters
    ----------
    preset, printer, config, assignments
        As given on the command line.
    options
        Values by dotted key; those that are None are left out.
    """
    from mouldgen.params import read_parameters, resolve_parameters

    nested: dict[str, dict[str, Any]] = {}
    for key, value in options.items():
        if value is not None:
            section, _, name = key.rpartition(".")
            (nested.setdefault(section, {}) if section else nested)[name] = value
    return resolve_parameters(
        preset=preset,
        printer=printer,
        config=read_parameters(config) if config else None,
        assignments=assignments or (),
        options=nested,
    )


def number_list(text: str | None, option: str) -> tuple[float, ...] | None:
    """Return the numbers in ``-15,-5, 5`` or ``-15 -5 5``."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in re.split(r"[,;\s]+", text.strip()))
    except ValueError:
        message = f"{option} takes numbers with commas between them; got {text!r}"
        raise ParameterError(message) from None


def pairs(values: Iterable[str] | None, option: str) -> dict[str, str] | None:
    """Return the parts of ``NAME=VALUE`` texts; None if there are none."""
    result = {}
    for text in values or ():
        key, equals, value = text.partition("=")
        if not equals or not key.strip() or not value.strip():
            message = f"{option} takes NAME=VALUE; got {text!r}"
            raise ParameterError(message)
        result[key.strip()] = value.strip()
    return result or None


def label_list(values: Iterable[str] | None) -> list[int | str] | None:
    """Return labels as numbers where they are numbers."""
    if not values:
        return None
    return [int(value) if value.lstrip("-").isdecimal() else value for value in values]
