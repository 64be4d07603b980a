"""``sites.csv``: one row per site, for spreadsheets, statistics and laboratory systems."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mouldgen.export.map_numbers import mm, mm3
from mouldgen.export.table_text import Cell, csv_text
from mouldgen.sampling.site_plan import Face

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase
    from mouldgen.export.map_document import HabitatEntry, MapDocument, SiteEntry, SlabEntry

__all__ = ["SITES_NAME", "SITE_COLUMNS", "site_rows", "sites_csv_text", "write_sites_csv"]

SITES_NAME: Final = "sites.csv"

SITE_COLUMNS: Final[Mapping[str, str]] = {
    "specimen_id": "What is written on the tube.",
    "parent_id": "The case.",
    "site_id": "The site within the case.",
    "container_id": "What the sample goes into: its tube.",
    "block": "Block of tissue that it is taken from, several joined by ' + '; empty without blocks.",
    "specimen_type": "Always 'tissue core'.",
    "slab": "Slab that is punched.",
    "face": "Face that the punch enters: lower (toward S01), upper, or through.",
    "depth_from_mm": "Where the core begins, from the entered face; from the lower one if it goes through.",
    "depth_to_mm": "Where it ends.",
    "right_of_score_mm": "From the score line along +Y; to the right where the upper face is seen.",
    "above_base_mm": "From the slab's base line upward.",
    "habitat_label": "Label of its habitat.",
    "habitat_code": "Letter of its habitat.",
    "habitat_name": "Name of its habitat.",
    "punch_diameter_mm": "Diameter of the punch.",
    "core_volume_mm3": "Volume of the cylinder between the two depths.",
    "purity": "Share of the core that is its habitat, 0 to 1.",
    "hit_probability": "Probability that the punch hits its habitat, 0 to 1.",
    "certainty": "Mean certainty of the habitat's labels in the core, 0 to 1; empty if unknown.",
    "destination": "Where the sample goes; empty where the laboratory chooses.",
    "origin": "planned or given.",
    "mould_x_mm": "Middle of the core in the mould frame, at imaging size.",
    "mould_y_mm": "The same.",
    "mould_z_mm": "The same.",
    "lps_x_mm": "Middle of the core in the patient, LPS.",
    "lps_y_mm": "The same.",
    "lps_z_mm": "The same.",
    "design_hash": "Engraved on the mould.",
}
"""Columns in order, and what they hold."""


def write_sites_csv(lab: LaboratoryCase, folder: Path) -> None:
    """Write the table into the case folder."""
    (folder / SITES_NAME).write_bytes(sites_csv_text(lab.document).encode())


def sites_csv_text(document: MapDocument) -> str:
    """Return the table of all sites, in the order of the document; only its header where there are none."""
    rows = ([row[column] for column in SITE_COLUMNS] for row in site_rows(document))
    return csv_text(tuple(SITE_COLUMNS), rows)


def site_rows(document: MapDocument) -> tuple[Mapping[str, Cell], ...]:
    """Return what the columns of `SITE_COLUMNS` hold, site by site; None where there is nothing to say."""
    slabs = {slab.id: slab for slab in document.slabs}
    habitats = {habitat.label: habitat for habitat in document.habitats}
    return tuple(
        _row(document, site, slabs[site.slab], habitats.get(site.habitat or 0)) for site in document.sites
    )


def _row(
    document: MapDocument, site: SiteEntry, slab: SlabEntry, habitat: HabitatEntry | None
) -> Mapping[str, Cell]:
    scale_x = document.frame.scale[0]
    depth_from_mm, depth_to_mm = (mm(scale_x * depth_mm) for depth_mm in _depths_mm(site, slab))
    core_mm3 = math.pi / 4 * site.punch_diameter_mm**2 * scale_x * (site.x_to_mm - site.x_from_mm)
    return {
        "specimen_id": site.tube,
        "parent_id": document.case_id,
        "site_id": site.id,
        "container_id": site.tube,
        "block": site.cassette if site.cassette != site.tube else None,
        "specimen_type": "tissue core",
        "slab": site.slab,
        "face": site.face.value,
        "depth_from_mm": depth_from_mm,
        "depth_to_mm": depth_to_mm,
        "right_of_score_mm": site.right_of_score_mm,
        "above_base_mm": site.above_base_mm,
        "habitat_label": site.habitat,
        "habitat_code": habitat.code if habitat else None,
        "habitat_name": habitat.name if habitat else None,
        "punch_diameter_mm": site.punch_diameter_mm,
        "core_volume_mm3": mm3(core_mm3),
        "purity": site.purity,
        "hit_probability": site.hit_probability,
        "certainty": site.certainty,
        "destination": site.destination or None,
        "origin": site.origin.value,
        **_point("mould", site.mould_mm),
        **_point("lps", site.lps_mm),
        "design_hash": document.design_hash,
    }


def _depths_mm(site: SiteEntry, slab: SlabEntry) -> tuple[float, float]:
    """Return where the core begins and ends below the face that the punch enters, at imaging size."""
    if site.face is Face.UPPER:
        return slab.x_upper_mm - site.x_to_mm, slab.x_upper_mm - site.x_from_mm
    return site.x_from_mm - slab.x_lower_mm, site.x_to_mm - slab.x_lower_mm


def _point(frame: str, position_mm: tuple[float, float, float]) -> dict[str, Cell]:
    return {f"{frame}_{axis}_mm": value for axis, value in zip("xyz", position_mm, strict=True)}
