"""Everything that the report's page shows, as one JSON value."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from mouldgen import __version__
from mouldgen.errors import Finding
from mouldgen.export.laboratory import LaboratoryCase, rings_of
from mouldgen.export.map_document import MapDocument, SlabEntry
from mouldgen.export.panel_inks import TISSUE, habitat_ink
from mouldgen.export.report.face_paths import PATH_STEP_MM, face_paths, path_data
from mouldgen.export.report.hatch_tiles import hatch_tile
from mouldgen.export.report.image_planes import image_planes
from mouldgen.export.report.scene_geometry import scene_geometry
from mouldgen.frames import AxisLetters
from mouldgen.params.description import describe_parameters
from mouldgen.specimen import Habitat

__all__ = ["page_data"]

_LIBRARIES = ("numpy", "scipy", "SimpleITK", "scikit-image", "fast-simplification", "pillow", "trimesh")


def page_data(
    lab: LaboratoryCase, folder: Path, *, in_3d: bool, findings: Iterable[Finding] = ()
) -> dict[str, Any]:
    """Return what the page shows.

    Parameters
    ----------
    lab
        The case.
    folder
        The case folder, with the parts of the mould in it.
    in_3d
        Whether triangles are wanted.
    findings
        About the report itself; those of the design are in the case.
    """
    document = lab.document
    return {
        "case_id": document.case_id,
        "design_hash": document.design_hash,
        "frame": document.frame.model_dump(mode="json"),
        "letters": _letters(lab),
        "specimen": document.specimen.model_dump(mode="json"),
        "mould": document.mould.model_dump(mode="json"),
        "kerf_mm": document.kerf_mm,
        "kerf_loss_mm3": document.kerf_loss_mm3,
        "path_step_mm": PATH_STEP_MM,
        "tissue_color": _css(TISSUE),
        "habitats": list(_habitats(document)),
        "cuts": [cut.model_dump(mode="json") for cut in document.cuts],
        "slabs": list(_slabs(lab)),
        "landmarks": [mark.model_dump(mode="json") for mark in document.landmarks],
        "sampling": document.sampling.model_dump(mode="json"),
        "sites": [site.model_dump(mode="json") for site in document.sites],
        "blocks": [block.model_dump(mode="json") for block in document.blocks],
        "unreachable": [item.model_dump(mode="json") for item in document.unreachable],
        "findings": [finding.model_dump(mode="json") for finding in document.findings]
        + [_finding(finding) for finding in findings],
        "parameters": list(_parameters(lab)),
        "versions": _versions(),
        "scene": scene_geometry(lab, folder) if in_3d else None,
    }


def _letters(lab: LaboratoryCase) -> dict[str, tuple[str, str]]:
    letters = AxisLetters.of(lab.frame.mould_from_patient.rotation)
    return {"x": letters.x, "y": letters.y, "z": letters.z}


def _habitats(document: MapDocument) -> Iterator[dict[str, Any]]:
    for position, entry in enumerate(document.habitats):
        ink = habitat_ink(Habitat(entry.label, entry.name, entry.code, entry.color), position)
        tile = hatch_tile(position)
        yield {
            **entry.model_dump(mode="json"),
            "tint": _css(ink.tint),
            "line": _css(ink.line),
            "hatch": tile.path,
            "hatch_width": tile.width,
        }


def _slabs(lab: LaboratoryCase) -> Iterator[dict[str, Any]]:
    entries = lab.document.slabs
    for entry, content, images in zip(entries, lab.sampling.slabs, image_planes(lab), strict=True):
        yield {
            **entry.model_dump(mode="json", exclude={"outlines_mm", "hit_regions_mm"}),
            "faces": face_paths(lab, content),
            "hit_regions": _hit_regions(entry),
            "images": images,
        }


def _hit_regions(entry: SlabEntry) -> dict[str, str]:
    return {label: path_data(rings_of(region)) for label, region in entry.hit_regions_mm.items()}


def _parameters(lab: LaboratoryCase) -> Iterator[dict[str, Any]]:
    values = lab.parameters.model_dump(mode="json")
    for described in describe_parameters():
        value: Any = values
        for name in described.key.split("."):
            value = value[name]
        yield {
            "key": described.key,
            "value": value,
            "changed": value != described.default,
            "unit": described.unit,
            "help": described.help,
        }


def _finding(finding: Finding) -> dict[str, str]:
    return {"code": finding.code, "severity": finding.severity.value, "message": finding.message}


def _versions() -> dict[str, str]:
    libraries = {name: metadata.version(name) for name in _LIBRARIES}
    return {"mouldgen": __version__, "python": platform.python_version(), **libraries}


def _css(color: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
