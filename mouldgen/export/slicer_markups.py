"""``slicer/sites.mrk.json`` and ``slicer/cut_planes.mrk.json``: sites and cuts in the patient, for 3D Slicer.

The files follow 3D Slicer's markups schema 1.0.3. Its matrices carry points of an object to the patient; in a
file in LPS their first two rows are those of RAS with the other sign, also where a matrix is the identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mouldgen.export.json_text import json_text
from mouldgen.export.map_numbers import row
from mouldgen.export.table_text import one_line

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase
    from mouldgen.export.map_document import CutEntry, MapDocument, SiteEntry
    from mouldgen.frames import FloatArray, Rigid

__all__ = [
    "CUT_PLANES_NAME",
    "SITE_MARKUPS_NAME",
    "cut_planes_text",
    "site_markups_text",
    "write_slicer_markups",
]

SITE_MARKUPS_NAME: Final = "sites.mrk.json"
CUT_PLANES_NAME: Final = "cut_planes.mrk.json"

_SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)
_MARGIN_MM = 5.0
_UNTURNED = [-1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
"""The identity, as a file in LPS has it."""


def write_slicer_markups(lab: LaboratoryCase, folder: Path) -> None:
    """Write both files into ``slicer/``."""
    (folder / SITE_MARKUPS_NAME).write_bytes(site_markups_text(lab).encode())
    (folder / CUT_PLANES_NAME).write_bytes(cut_planes_text(lab).encode())


def site_markups_text(lab: LaboratoryCase) -> str:
    """Return the sites as one list of points."""
    document = lab.document
    points = [_site_point(document, number, site) for number, site in enumerate(document.sites, start=1)]
    markup = {
        **_heading("Fiducial", f"sites {document.case_id}"),
        "labelFormat": "%N-%d",
        "controlPoints": points,
        "display": _display([0.83, 0.0, 0.0], opacity=1.0),
    }
    return json_text({"@schema": _SCHEMA, "markups": [markup]})


def cut_planes_text(lab: LaboratoryCase) -> str:
    """Return one plane for every cut, as large as the specimen."""
    low, high = _yz_bounds(lab)
    patient_from_mould = lab.frame.patient_from_mould
    planes = [_plane(cut, low, high, patient_from_mould) for cut in lab.document.cuts]
    return json_text({"@schema": _SCHEMA, "markups": planes})


def _heading(kind: str, name: str) -> dict[str, Any]:
    return {
        "type": kind,
        "name": name,
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "locked": True,
        "fixedNumberOfControlPoints": False,
    }


def _site_point(document: MapDocument, number: int, site: SiteEntry) -> dict[str, Any]:
    return {
        "id": str(number),
        "label": one_line(site.id),
        "description": _description(document, site),
        "position": list(site.lps_mm),
        "selected": True,
        "locked": True,
        "visibility": True,
        "positionStatus": "defined",
    }


def _description(document: MapDocument, site: SiteEntry) -> str:
    habitat = next((item for item in document.habitats if item.label == site.habitat), None)
    aim = f"habitat {habitat.code}: {habitat.name}" if habitat else "tissue"
    if habitat and not habitat.is_stable:
        aim += " (its labels are unstable)"
    entry = "through the slab" if site.face.value == "through" else f"into the {site.face.value} face"
    return one_line(
        f"{aim}; hit probability {site.hit_probability:.2f}; punch {site.punch_diameter_mm:g} mm {entry} of "
        f"{site.slab}; tube {site.tube}"
    )


def _plane(
    cut: CutEntry, low_mm: FloatArray, high_mm: FloatArray, patient_from_mould: Rigid
) -> dict[str, Any]:
    """Return a cut as a plane: its axes run along +Y and +Z of the mould, its normal along +X."""
    name = f"cut {cut.index}"
    middle_mm, size_mm = (low_mm + high_mm) / 2, high_mm - low_mm
    center_lps = patient_from_mould.apply([cut.x_tissue_mm, *middle_mm])
    axes_lps = patient_from_mould.rotation[:, [1, 2, 0]]
    base = np.vstack([np.column_stack([axes_lps, center_lps]), [0.0, 0.0, 0.0, 1.0]])
    width_mm, height_mm = row(size_mm)
    center, orientation = list(row(center_lps)), list(row(axes_lps.ravel(), 12))
    return {
        **_heading("Plane", name),
        "labelFormat": "%N",
        "planeType": "pointNormal",
        "sizeMode": "absolute",
        "autoScalingFactor": 1.0,
        "center": center,
        "normal": list(row(axes_lps[:, 2], 12)),
        "objectToBase": _UNTURNED,
        "baseToNode": list(row(base.ravel(), 12)),
        "orientation": orientation,
        "size": [width_mm, height_mm, 0.0],
        "planeBounds": [-width_mm / 2, width_mm / 2, -height_mm / 2, height_mm / 2],
        "controlPoints": [_plane_point(name, center, orientation)],
        "display": _display([0.0, 0.45, 0.7], opacity=0.5),
    }


def _plane_point(name: str, center_lps: list[float], orientation: list[float]) -> dict[str, Any]:
    return {
        "id": "1",
        "label": name,
        "position": center_lps,
        "orientation": orientation,
        "selected": True,
        "locked": True,
        "visibility": True,
        "positionStatus": "defined",
    }


def _display(color: list[float], *, opacity: float) -> dict[str, Any]:
    return {
        "visibility": True,
        "opacity": opacity,
        "color": color,
        "selectedColor": color,
        "propertiesLabelVisibility": False,
        "pointLabelsVisibility": True,
        "textScale": 3.0,
        "glyphType": "Sphere3D",
        "glyphSize": 3.0,
        "useGlyphScale": False,
    }


def _yz_bounds(lab: LaboratoryCase) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and highest y and z of all outlines, with a margin."""
    rings: Iterator[FloatArray] = (
        ring
        for content in lab.sampling.slabs
        for outline in (content.outlines.lower, content.outlines.mid, content.outlines.upper)
        for ring in outline
    )
    points = np.concatenate([np.zeros((0, 2)), *rings])
    if not len(points):
        points = lab.lattice.to_points(np.array([(0, 0, 0), lab.lattice.shape]) - 0.5)[:, 1:]
    return points.min(axis=0) - _MARGIN_MM, points.max(axis=0) + _MARGIN_MM
