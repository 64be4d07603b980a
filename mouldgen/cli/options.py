"""The options that `make` and `demo` share, and how they become parameters.

An option that is not given is None, so that preset, config and defaults show through. Numbers stay
text here: the parameters check every value in one place, whichever way it came in.
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

SPECIMEN, ANGLE, CUTS, FIT, PARTS, SAMPLING = "Specimen", "Angle", "Cuts", "Fit", "Parts", "Sampling"
HABITATS, PRESETS, OUTPUT = "Habitats from images", "Presets", "Output"


def grouped_option(names: str, help_text: str, panel: str, metavar: str | None = None) -> Any:
    """Return an option of typer, in a group of the help page."""
    return typer.Option(
        *names.split(), help=help_text, rich_help_panel=panel, metavar=metavar, show_default=False
    )


Labels = Annotated[
    list[str] | None,
    grouped_option(
        "--label", "Label of the specimen; repeat for the union of several. Default: all.", SPECIMEN, "N|NAME"
    ),
]
Rois = Annotated[
    list[str] | None,
    grouped_option(
        "--roi",
        "Structure of the specimen, by name: an ROI, a segment, a named label; case does not count, * and ? "
        "stand for other text. Repeat for the union of several.",
        SPECIMEN,
        "NAME",
    ),
]
LandmarkRois = Annotated[
    list[str] | None,
    grouped_option(
        "--landmark-roi",
        "Structure that rides along in map and pictures: a vessel, the hilum, a suture; repeatable.",
        SPECIMEN,
        "NAME",
    ),
]
_HABITATS_HELP = "Habitats of the same patient, on any grid and in any format of SEG"
Habitats = Annotated[str | None, grouped_option("--habitats", f"{_HABITATS_HELP}.", SPECIMEN, "FILE")]
HabitatsOrAuto = Annotated[
    str | None,
    grouped_option(
        "--habitats", f"{_HABITATS_HELP}; or auto: computed from the images.", SPECIMEN, "FILE|auto"
    ),
]
Certainty = Annotated[
    str | None,
    grouped_option(
        "--certainty",
        "How sure the habitats' labels are, voxel by voxel: an image on any grid, 0 to 1.",
        SPECIMEN,
        "FILE",
    ),
]
Names = Annotated[
    list[str] | None,
    grouped_option(
        "--name", "What a habitat is called, for instance 1=necrosis; repeatable.", SPECIMEN, "N=NAME"
    ),
]
Images = Annotated[
    list[str] | None,
    grouped_option(
        "--image",
        "Image to carry along, for instance t2=FILE, or ct=FOLDER of a DICOM series; repeatable.",
        SPECIMEN,
        "NAME=FILE",
    ),
]
Margin = Annotated[
    str | None,
    grouped_option(
        "--margin", "Tissue around the tumour that comes out with it, mm. Default: 0.", SPECIMEN, "MM"
    ),
]
Lesion = Annotated[
    str | None,
    grouped_option(
        "--lesion",
        "Of several lesions: largest, all, or a number by size. Default: one, which refuses.",
        SPECIMEN,
        "WHICH",
    ),
]
Cropped = Annotated[
    bool | None,
    grouped_option(
        "--cropped", "The file was cropped to the tumour, so that labels touch its borders.", SPECIMEN
    ),
]

CutPlane = Annotated[
    str | None,
    grouped_option(
        "--plane",
        "axial, coronal, sagittal, image: along the file's slices, or best: search all directions. Default: "
        "axial.",
        ANGLE,
        "PLANE",
    ),
]
Tilt = Annotated[
    tuple[str, str] | None,
    grouped_option(
        "--tilt", "Turns the plane about its two in-plane axes, degrees. Default: 0 0.", ANGLE, "A B"
    ),
]
Normal = Annotated[
    tuple[str, str, str] | None,
    grouped_option("--normal", "Cut normal in LPS, from S01 on, instead of a plane.", ANGLE, "X Y Z"),
]
Landmarks = Annotated[
    str | None,
    grouped_option(
        "--landmarks",
        "Two points on the slicing axis and, if wanted, one on the base side: a .mrk.json of 3D Slicer, or "
        "'x,y,z x,y,z' in LPS mm.",
        ANGLE,
        "FILE|POINTS",
    ),
]
AxisRois = Annotated[
    tuple[str, str] | None,
    grouped_option(
        "--axis-rois", "Two structures on the slicing axis, at S01 and at the last slab.", ANGLE, "A B"
    ),
]
BladeRois = Annotated[
    tuple[str, str] | None,
    grouped_option(
        "--blade-rois",
        "Two structures whose line runs along the blade, level on the baseplate; with --base-roi or --base.",
        ANGLE,
        "A B",
    ),
]
BaseRoi = Annotated[
    str | None, grouped_option("--base-roi", "Structure on the side that faces the baseplate.", ANGLE, "NAME")
]
Base = Annotated[
    str | None,
    grouped_option(
        "--base",
        "Side on the baseplate: left, right, anterior, posterior, superior, inferior, degrees about the cut "
        "normal, or auto, the least void. Default: auto.",
        ANGLE,
        "SIDE",
    ),
]
First = Annotated[
    str | None,
    grouped_option(
        "--first", "End that S01 is cut from: left, ... inferior, or reverse for the other one.", ANGLE, "END"
    ),
]

SlabThickness = Annotated[
    str | None, grouped_option("--slab", "Thickness of the slabs, mm. Default: 10.", CUTS, "MM")
]
CutsAt = Annotated[
    str | None,
    grouped_option(
        "--cuts", "Cuts at these positions instead, mm from the middle: -15,-5,5.", CUTS, "X,X,..."
    ),
]
Snap = Annotated[
    str | None,
    grouped_option(
        "--snap", "Move cuts onto the slices of an image, or of the file ('labels').", CUTS, "NAME"
    ),
]
Kerf = Annotated[
    str | None,
    grouped_option("--kerf", "Tissue lost in a cut, mm; more than 0 for a saw. Default: 0.", CUTS, "MM"),
]
Blade = Annotated[
    str | None, grouped_option("--blade", "Thickness of the blade, mm. Default: 0.4.", CUTS, "MM")
]
PrintProcess = Annotated[
    str | None,
    grouped_option(
        "--process",
        "fdm (slots 0.8 mm wider than the blade) or sla (0.5 mm). Default: fdm.",
        CUTS,
        "PROCESS",
    ),
]
Slot = Annotated[
    str | None, grouped_option("--slot", "Width of the slots, mm, instead of blade and process.", CUTS, "MM")
]

Clearance = Annotated[
    str | None, grouped_option("--clearance", "Gap between specimen and cavity, mm. Default: 0.5.", FIT, "MM")
]
Scale = Annotated[
    str | None,
    grouped_option(
        "--scale",
        "Size of the tissue when it is cut over its size in the images: one factor, or three along X,Y,Z of "
        "the mould. Default: 1.",
        FIT,
        "F[,F,F]",
    ),
]

PresetName = Annotated[
    str | None, grouped_option("--preset", "kidney, ovary, prostate, sarcoma or generic.", PRESETS, "NAME")
]
PrinterName = Annotated[
    str | None, grouped_option("--printer", "mk4, mk3s, xl, x1c, s5 or form4. Default: mk4.", PRESETS, "NAME")
]
Config = Annotated[
    Path | None,
    grouped_option(
        "--config", "parameters.toml of a case, or your own; wins over the presets.", PRESETS, "FILE"
    ),
]
Assignments = Annotated[
    list[str] | None,
    grouped_option(
        "--set", "Any other parameter, for instance mould.wall_mm=4; repeatable.", PRESETS, "KEY=VALUE"
    ),
]

Output = Annotated[Path, grouped_option("-o --output", "Case folder to write.", OUTPUT, "CASE")]
Case = Annotated[
    str | None,
    grouped_option(
        "--case",
        "What the case is called; engraved, so never a patient's name. Default: case- and the design's hash.",
        OUTPUT,
        "ID",
    ),
]
Overwrite = Annotated[bool, grouped_option("--overwrite", "Replace an older case folder.", OUTPUT)]
NoPictures = Annotated[
    bool, grouped_option("--no-pictures", "Leave pictures, sheet and report out, which is faster.", OUTPUT)
]
Json = Annotated[bool, grouped_option("--json", "Print one JSON document instead of tables.", OUTPUT)]
Strict = Annotated[bool, grouped_option("--strict", "Fail on warnings too.", OUTPUT)]
Quiet = Annotated[bool, grouped_option("--quiet -q", "No progress and no summary.", OUTPUT)]
Debug = Annotated[bool, grouped_option("--debug", "Show the traceback of an error.", OUTPUT)]


def parameters_from(
    templates: Mapping[str, str | None],
    config: Path | None,
    assignments: Iterable[str] | None,
    options: Mapping[str, Any],
    base: Mapping[str, Any] | None = None,
) -> DesignParameters:
    """Return the parameters of a run.

    Parameters
    ----------
    templates
        Names of the ``preset``, ``printer``, ``cassette`` and ``lims`` that were given.
    config, assignments
        As given on the command line.
    options
        Values by dotted key; those that are None are left out.
    base
        Nested values that all others are laid over; the defaults if left out.

    Raises
    ------
    ParameterError
        If a name is unknown, a value out of range, or two options rule each other out.
    """
    from mouldgen.params import read_parameters, resolve_parameters

    nested: dict[str, Any] = {}
    for key, value in options.items():
        if value is not None:
            section, _, name = key.rpartition(".")
            (nested.setdefault(section, {}) if section else nested)[name] = value
    return resolve_parameters(
        **templates,
        config=read_parameters(config) if config else None,
        assignments=assignments or (),
        options=nested,
        base=base,
    )


def parted(text: str | None) -> list[str] | None:
    """Return the parts of ``-15,-5, 5`` or ``-15 -5 5``; None if there is no text."""
    return None if text is None else re.findall(r"[^,;\s]+", text)


def pairs(values: Iterable[str] | None, option: str, example: str) -> dict[str, str] | None:
    """Return the parts of ``NAME=VALUE`` texts; None if there are none.

    Raises
    ------
    ParameterError
        If a text has no name or no value, or a name is given twice; the message shows the `example`.
    """
    result: dict[str, str] = {}
    for text in values or ():
        key, _, value = (part.strip() for part in text.partition("="))
        if not key or not value:
            message = f"{option}: {text!r} cannot be used; expected for instance {option} {example}"
            raise ParameterError(message)
        if key in result:
            message = f"{option}: {key} is given twice; give each name once"
            raise ParameterError(message)
        result[key] = value
    return result or None


def label_list(values: Iterable[str] | None) -> list[int | str] | None:
    """Return labels as numbers where they are numbers."""
    if not values:
        return None
    return [int(value) if value.lstrip("-").isdecimal() else value for value in values]
