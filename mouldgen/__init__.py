"""mouldgen: cutting moulds and sampling maps that tie imaging habitats to pathology slabs.

>>> from mouldgen import read_specimen, DesignParameters, design_mould, write_case
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mouldgen.errors import (
        CheckFailed,
        Finding,
        GeometryError,
        InputError,
        MissingExtraError,
        MouldgenError,
        ParameterError,
    )
    from mouldgen.export.case_check import check_case
    from mouldgen.export.case_folder import write_case
    from mouldgen.io.computed_habitats import compute_for_specimen, with_computed_habitats
    from mouldgen.io.specimen import read_specimen
    from mouldgen.params import DesignParameters
    from mouldgen.pipeline import MouldDesign, design_mould
    from mouldgen.specimen import Specimen

__version__ = "0.1.0"

__all__ = [
    "CheckFailed",
    "DesignParameters",
    "Finding",
    "GeometryError",
    "InputError",
    "MissingExtraError",
    "MouldDesign",
    "MouldgenError",
    "ParameterError",
    "Specimen",
    "check_case",
    "compute_for_specimen",
    "design_mould",
    "read_specimen",
    "with_computed_habitats",
    "write_case",
]

_HOMES = {
    "CheckFailed": "mouldgen.errors",
    "DesignParameters": "mouldgen.params",
    "Finding": "mouldgen.errors",
    "GeometryError": "mouldgen.errors",
    "InputError": "mouldgen.errors",
    "MissingExtraError": "mouldgen.errors",
    "MouldDesign": "mouldgen.pipeline",
    "MouldgenError": "mouldgen.errors",
    "ParameterError": "mouldgen.errors",
    "Specimen": "mouldgen.specimen",
    "check_case": "mouldgen.export.case_check",
    "compute_for_specimen": "mouldgen.io.computed_habitats",
    "design_mould": "mouldgen.pipeline",
    "read_specimen": "mouldgen.io.specimen",
    "with_computed_habitats": "mouldgen.io.computed_habitats",
    "write_case": "mouldgen.export.case_folder",
}


def __getattr__(name: str) -> Any:
    """Import public names when they are first used, so that the command line starts at once."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    message = f"module 'mouldgen' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
