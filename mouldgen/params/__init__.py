"""Every parameter: unit, range, help and source in one place; TOML; presets from ``templates/``."""

from __future__ import annotations

from mouldgen.params.description import ParameterDescription, describe_parameters
from mouldgen.params.design import DesignParameters
from mouldgen.params.presets import Preset, list_presets, load_preset
from mouldgen.params.resolve import read_parameters, resolve_parameters, write_parameters
from mouldgen.params.sections import (
    BladeParameters,
    CutParameters,
    FitParameters,
    MouldParameters,
    OrientationParameters,
    Plane,
    PrinterParameters,
    Process,
    SpecimenParameters,
    SurfaceParameters,
)

__all__ = [
    "BladeParameters",
    "CutParameters",
    "DesignParameters",
    "FitParameters",
    "MouldParameters",
    "OrientationParameters",
    "ParameterDescription",
    "Plane",
    "Preset",
    "PrinterParameters",
    "Process",
    "SpecimenParameters",
    "SurfaceParameters",
    "describe_parameters",
    "list_presets",
    "load_preset",
    "read_parameters",
    "resolve_parameters",
    "write_parameters",
]
