"""How `make` takes the best pose of a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mouldgen.errors import Finding

if TYPE_CHECKING:
    from mouldgen.params import DesignParameters
    from mouldgen.poses.search import PoseSearch
    from mouldgen.specimen import Specimen

__all__ = ["BEST", "Settle", "pose_settler"]

BEST = "best"
"""What `--plane` says for a search over all directions."""

Settle = Callable[
    ["Specimen", "DesignParameters", Callable[[str], None]], tuple["Specimen", "DesignParameters"]
]
"""Takes specimen, parameters and a listener to stages; returns the specimen and the parameters to use."""


def pose_settler(plane: str | None, within_deg: float | None) -> Settle | None:
    """Return what searches the pose; None where no search was asked for."""
    if plane != BEST and within_deg is None:
        return None
    reach_deg = 90.0 if within_deg is None else within_deg

    def settle(
        specimen: Specimen, parameters: DesignParameters, on_stage: Callable[[str], None]
    ) -> tuple[Specimen, DesignParameters]:
        from mouldgen.poses.evaluation import with_pose
        from mouldgen.poses.search import PoseRequest, search_poses

        found = search_poses(specimen, parameters, PoseRequest(within_deg=reach_deg), on_stage=on_stage)
        best = found.best[0]
        finding = Finding.info("pose_chosen", _what_was_found(found))
        chosen = with_pose(parameters.with_structures_named(specimen.withheld), best.pose)
        return replace(specimen, findings=(*specimen.findings, finding)), chosen

    return settle


def _what_was_found(found: PoseSearch) -> str:
    best = found.best[0]
    if best is found.asked:
        return f"the search found no better pose than the one asked for, at a price of {best.price:.1f}"
    instead = "" if found.asked is None else f" instead of {found.asked.price:.1f} as asked for"
    return (
        f"the search took a pose {best.figures.tilt_deg:.1f} degrees off the plane, base angle "
        f"{best.pose.base_deg:g} degrees, at a price of {best.price:.1f}{instead}; 'mouldgen orient' shows "
        "the others"
    )
