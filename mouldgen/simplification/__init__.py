"""Fewer triangles, no further from the distance field than a stated tolerance."""

from mouldgen.simplification.edge_collapse import collapsed_to, collapsing_beside
from mouldgen.simplification.surfaces import simplify_surface, surface_deviation

__all__ = ["collapsed_to", "collapsing_beside", "simplify_surface", "surface_deviation"]
