"""``manifest.json``: what made a case folder, from what, and what is in it.

It holds no path, no host or user name and no date: the same input gives the same manifest, seconds apart.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mouldgen import __version__
from mouldgen.errors import Finding, InputError, Severity
from mouldgen.export.json_text import json_text

if TYPE_CHECKING:
    from mouldgen.params import DesignParameters
    from mouldgen.pipeline import MouldDesign
    from mouldgen.specimen import Source

__all__ = [
    "MANIFEST_NAME",
    "InputEntry",
    "Manifest",
    "OutputEntry",
    "input_entries",
    "is_case_folder",
    "list_outputs",
    "manifest_of",
    "read_manifest",
    "renewed_manifest",
    "versions_of",
]

MANIFEST_NAME = "manifest.json"
PROGRAM = "mouldgen"

_LIBRARIES = (
    "numpy",
    "scipy",
    "SimpleITK",
    "scikit-image",
    "manifold3d",
    "fast-simplification",
    "shapely",
    "numpy-stl",
    "lib3mf",
    "pyvista",
    "pillow",
    "trimesh",
    "reportlab",
    "zxing-cpp",
)
"""Those that decide bytes of the outputs."""

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class InputEntry(_Entry):
    """One file that was read."""

    role: str
    sha256: Sha256
    size_bytes: Count


class OutputEntry(_Entry):
    """One file of the case folder; its path is relative, with slashes."""

    path: str
    sha256: Sha256
    size_bytes: Count


class Manifest(_Entry):
    """The document ``manifest.json``."""

    program: Literal["mouldgen"] = "mouldgen"
    schema_version: Literal["1.0"] = "1.0"
    case_id: str
    design_hash: str
    versions: dict[str, str]
    parameters: dict[str, Any]
    inputs: list[InputEntry]
    outputs: list[OutputEntry]
    findings: dict[Severity, Count]
    seconds: dict[str, float]

    def to_text(self) -> str:
        """Return the JSON text of the document."""
        return json_text(self.model_dump(mode="json"))


def manifest_of(
    design: MouldDesign, folder: Path, *, findings: Iterable[Finding], seconds: Mapping[str, float]
) -> Manifest:
    """Return the manifest of a design whose files lie in `folder`.

    Parameters
    ----------
    design
        What was made.
    folder
        Every file in it but the manifest itself becomes an output.
    findings
        All findings, to be counted.
    seconds
        Time of every stage, by name.
    """
    return Manifest(
        case_id=design.case_id,
        design_hash=design.design_hash,
        versions=versions_of(_LIBRARIES),
        parameters=design.parameters.to_dict(),
        inputs=input_entries(design.specimen.sources),
        outputs=list(list_outputs(folder)),
        findings=_counts(findings),
        seconds=_rounded(seconds),
    )


def renewed_manifest(
    old: Manifest,
    folder: Path,
    *,
    parameters: DesignParameters,
    sources: Iterable[Source],
    findings: Iterable[Finding],
    seconds: Mapping[str, float],
) -> Manifest:
    """Return the manifest of a case whose laboratory files were made anew in `folder`.

    Parameters
    ----------
    old
        Of the case as it was. Its inputs stay, but for those whose role is among the new `sources`, and
        the seconds of its stages, but for those that ran again.
    folder
        The case folder.
    parameters
        Resolved.
    sources
        Inputs that were read for this.
    findings
        All findings of the case, to be counted.
    seconds
        Time of every stage that ran, by name.
    """
    new = input_entries(sources)
    replaced = {entry.role for entry in new}
    return old.model_copy(
        update={
            "versions": versions_of(_LIBRARIES),
            "parameters": parameters.to_dict(),
            "inputs": [*(entry for entry in old.inputs if entry.role not in replaced), *new],
            "outputs": list(list_outputs(folder)),
            "findings": _counts(findings),
            "seconds": old.seconds | _rounded(seconds),
        }
    )


def input_entries(sources: Iterable[Source]) -> list[InputEntry]:
    """Return the entries of inputs that were read."""
    return [
        InputEntry(role=source.role, sha256=source.sha256, size_bytes=source.size_bytes) for source in sources
    ]


def _counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in Severity}


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(value, 3) for stage, value in seconds.items()}


def list_outputs(folder: Path) -> tuple[OutputEntry, ...]:
    """Return every file of a case folder but its manifest, with hash and size, in order of path."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    paths.pop(MANIFEST_NAME, None)
    return tuple(_output(name, path) for name, path in sorted(paths.items()))


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a case folder.

    Raises
    ------
    InputError
        If there is none, or it is not a manifest of mouldgen.
    """
    try:
        document = json.loads((folder / MANIFEST_NAME).read_bytes())
        return Manifest.model_validate(document)
    except OSError:
        message = f"{folder.name or 'this folder'} is not a case folder: it holds no readable {MANIFEST_NAME}"
        raise InputError(message) from None
    except (ValidationError, ValueError):
        message = f"{MANIFEST_NAME} was not written by mouldgen, or is damaged; write the case again"
        raise InputError(message) from None


def is_case_folder(folder: Path) -> bool:
    """Return whether mouldgen, of any version, wrote `folder`."""
    try:
        document = json.loads((folder / MANIFEST_NAME).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("program") == PROGRAM


def _output(name: str, path: Path) -> OutputEntry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return OutputEntry(path=name, sha256=digest, size_bytes=path.stat().st_size)


def versions_of(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of the program, of Python, and of libraries."""
    libraries = {name: metadata.version(name) for name in names}
    return {PROGRAM: __version__, "python": platform.python_version(), **libraries}
