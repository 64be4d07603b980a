"""``slabs/S01.geojson``: outline, habitats and sites of a slab for QuPath, in pixels of its picture.

QuPath reads a GeoJSON FeatureCollection whose coordinates are pixels from the upper left corner, and takes
name, type and class of an object from ``properties`` (https://qupath.readthedocs.io, exporting annotations).
What it does not know, the member ``mouldgen``, it skips.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mouldgen.export.color_numbers import red_green_blue
from mouldgen.export.json_text import json_line, json_text
from mouldgen.export.map_numbers import mm, row
from mouldgen.export.slab_annotations import (
    Panel,
    Region,
    SiteMark,
    SlabAnnotations,
    habitat_title,
)

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase
    from mouldgen.export.ring_polygons import Polygon
    from mouldgen.frames import FloatArray, Rigid

__all__ = ["qupath_text"]

_PIXEL_DECIMALS = 3
_AFFINE_DECIMALS = 9
_NAMESPACE = uuid.UUID("6d6f756c-6467-5e6e-8000-000000000000")
_SITE_COLOR = "#d40000"


def qupath_text(lab: LaboratoryCase, annotations: SlabAnnotations) -> str:
    """Return the text of the file of a slab, a line for every feature."""
    key = f"{lab.document.case_id} {lab.document.design_hash} {annotations.slab.id}"
    features = [
        *(_region_feature(region) for region in annotations.regions),
        *(feature for mark in annotations.sites for feature in _site_features(mark)),
    ]
    lines = [json_line(_identified(feature, key, number)) for number, feature in enumerate(features)]
    placement = json_text(_placement(lab, annotations)).rstrip("\n")
    return "\n".join(
        (
            '{"type": "FeatureCollection",',
            f'"mouldgen": {placement},',
            '"features": [',
            ",\n".join(lines),
            "]}",
            "",
        )
    )


def _identified(feature: dict[str, Any], key: str, number: int) -> dict[str, Any]:
    """Return a feature with the identifier by which QuPath knows it again."""
    return {"type": "Feature", "id": str(uuid.uuid5(_NAMESPACE, f"{key} {number}")), **feature}


def _placement(lab: LaboratoryCase, annotations: SlabAnnotations) -> dict[str, Any]:
    """Return how pixels of the picture lie in the mould and in the patient."""
    return {
        "case_id": lab.document.case_id,
        "design_hash": lab.document.design_hash,
        "slab": annotations.slab.id,
        "picture": f"{annotations.slab.id}.png",
        "pixel_mm": annotations.panels[0].window.px_mm,
        "panels": [_panel(panel, lab.frame.patient_from_mould) for panel in annotations.panels],
    }


def _panel(panel: Panel, patient_from_mould: Rigid) -> dict[str, Any]:
    affine = panel.mould_yz_from_px
    mould_from_px = np.vstack([[0.0, 0.0, panel.x_mm], affine])
    lps_from_px = patient_from_mould.rotation @ mould_from_px
    lps_from_px[:, 2] += patient_from_mould.translation_mm
    return {
        "plane": panel.plane.value,
        "x_mm": mm(panel.x_mm),
        "left_px": panel.left_px,
        "top_px": panel.top_px,
        "width_px": panel.window.width_px,
        "height_px": panel.window.height_px,
        "mould_yz_from_px": [list(row(line, _AFFINE_DECIMALS)) for line in affine],
        "lps_from_px": [list(row(line, _AFFINE_DECIMALS)) for line in lps_from_px],
    }


def _region_feature(region: Region) -> dict[str, Any]:
    metadata = {"panel": region.panel.plane.value}
    if region.habitat:
        metadata |= {"habitat_label": str(region.habitat.label), "habitat_code": region.habitat.code}
    return {
        "geometry": _polygon_geometry(region.polygons),
        "properties": _properties(region.name, _class_name(region.name), region.color, metadata),
    }


def _site_features(mark: SiteMark) -> Iterator[dict[str, Any]]:
    """Yield the circle of a punch, and its middle."""
    circle = {"type": "Polygon", "coordinates": [_ring(mark.circle_px)]}
    center = {"type": "Point", "coordinates": _ring(mark.center_px)}
    for part, geometry in (("circle", circle), ("center", center)):
        metadata = {
            "panel": mark.panel.plane.value,
            "part": part,
            "tube": mark.site.tube,
            "face": mark.site.face.value,
            "habitat": habitat_title(mark.habitat) if mark.habitat else "",
        }
        properties = _properties(mark.site.id, "Site", _SITE_COLOR, metadata)
        yield {"geometry": geometry, "properties": {**properties, "measurements": _measurements(mark)}}


def _measurements(mark: SiteMark) -> dict[str, float]:
    site = mark.site
    return {
        "purity": site.purity,
        "hit_probability": site.hit_probability,
        "punch_diameter_mm": site.punch_diameter_mm,
        **{f"lps_{axis}_mm": value for axis, value in zip("xyz", site.lps_mm, strict=True)},
    }


def _properties(name: str, class_name: str, color: str, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "objectType": "annotation",
        "name": name,
        "classification": {"name": class_name, "color": list(red_green_blue(color))},
        "isLocked": True,
        "metadata": metadata,
    }


def _class_name(name: str) -> str:
    """Return a name of a class: a colon would make QuPath part it into two."""
    return " ".join(name.replace(":", " ").split())


def _polygon_geometry(polygons: Sequence[Polygon]) -> dict[str, Any]:
    coordinates = [[_ring(ring) for ring in polygon] for polygon in polygons]
    if len(coordinates) == 1:
        return {"type": "Polygon", "coordinates": coordinates[0]}
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _ring(points_px: FloatArray) -> Any:
    return (np.round(points_px, _PIXEL_DECIMALS) + 0.0).tolist()
