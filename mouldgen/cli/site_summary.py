"""What `make`, `demo` and `sites` say about sites: figures for programs, a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from mouldgen.export.map_document import HabitatEntry, MapDocument, SiteEntry

__all__ = ["site_figures", "site_table"]


def site_figures(document: MapDocument) -> dict[str, Any]:
    """Return how many sites every habitat has and how sure they are, and what cannot be reached."""
    return {
        "sites": len(document.sites),
        "blocks": len(document.blocks),
        "habitat_sites": [_figures(habitat, document.sites) for habitat in document.habitats],
        "unreachable": [item.model_dump(mode="json") for item in document.unreachable],
    }


def _figures(habitat: HabitatEntry, sites: list[SiteEntry]) -> dict[str, Any]:
    own = [site for site in sites if site.habitat == habitat.label]
    return {
        "label": habitat.label,
        "name": habitat.name,
        "code": habitat.code,
        "sites": len(own),
        "slabs": sorted({site.slab for site in own}),
        "worst_probability": min((site.hit_probability for site in own), default=None),
    }


def site_table(document: MapDocument) -> Table:
    """Return one row a habitat: its sites, where they lie, and the worst of their probabilities."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("", "habitat", "sites", "slabs", "worst probability"):
        table.add_column(head, no_wrap=head != "slabs", overflow="fold")
    for row in site_figures(document)["habitat_sites"]:
        worst = "-" if row["worst_probability"] is None else f"{row['worst_probability']:.2f}"
        table.add_row(row["code"], row["name"], str(row["sites"]), " ".join(row["slabs"]) or "-", worst)
    return table
