"""Figures of a pose as its mould is made: by the same functions, so that they are those of the made mould."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.parts import Mould
from mouldgen.params import DesignParameters
from mouldgen.pipeline import build_laid, lay_out
from mouldgen.poses.contact import contact_share
from mouldgen.poses.estimate import tilt_deg
from mouldgen.poses.figures import BedUse, HabitatReach, Pose, PoseFigures
from mouldgen.sampling.map import build_map
from mouldgen.sampling.planning import plan_sites
from mouldgen.sampling.site_plan import SitePlan
from mouldgen.specimen import Specimen
from mouldgen.surface import DistanceField

__all__ = ["evaluated", "with_pose"]


def with_pose(parameters: DesignParameters, pose: Pose) -> DesignParameters:
    """Return parameters that lay the specimen down in a pose and in no other."""
    orientation = {"normal_lps": pose.normal_lps, "base": f"{pose.base_deg:.10g}"}
    values = {key: value for key, value in parameters.to_dict().items() if key != "orientation"}
    return DesignParameters(**{**values, "orientation": orientation})


def evaluated(
    specimen: Specimen, field: DistanceField, parameters: DesignParameters, asked_lps: FloatArray
) -> PoseFigures:
    """Lay a specimen down as its parameters say, build its mould, plan its sites, and return the figures.

    Parameters
    ----------
    specimen
        With habitats, sites are planned.
    field
        From `mouldgen.pipeline.distance_in_patient`.
    parameters
        Their orientation is the pose; parts beside the base are left out.
    asked_lps
        Normal of the plane that was asked for.

    Raises
    ------
    ParameterError
        If the parameters do not suit the pose.
    GeometryError
        If the mould cannot be built.
    """
    plain = parameters.with_values({"extras": {"parts": []}})
    laid = lay_out(specimen, field, plain, _ignore)
    frame, lying, mould = laid.frame, laid.lying, build_laid(laid, plain)
    sites = None
    if specimen.habitats is not None:
        sampling = build_map(specimen, frame, laid.plan, lying.field, lying.level_mm)
        sites = plan_sites(specimen, frame, sampling, plain, lattice=lying.field.grid, case_id=laid.case_id)
    reach = None if sites is None else _reach(sites, specimen)
    plastic = lying.scaled(plain.fit.scale)
    tilt = tilt_deg(frame.cut_normal_lps, asked_lps)
    return _figures(mould, plastic, len(laid.plan.slabs), tilt, reach)


def _ignore(_stage: str) -> None:
    """Do nothing: a search announces no stages of single moulds."""


def _figures(
    mould: Mould, plastic: LyingSpecimen, slab_count: int, tilt: float, habitats: HabitatReach | None
) -> PoseFigures:
    """Return what was measured on a mould."""
    replica = mould.parts[1].mesh.bounds_mm[:, 2]
    gaps = np.diff(mould.slot_x_mm) - mould.slot_width_mm
    size = np.ptp(mould.base.mesh.bounds_mm, axis=0)
    return PoseFigures(
        void_percent=mould.void_percent,
        contact_share=_contact(plastic, mould.rim_z_mm),
        rim_mm=mould.rim_z_mm - mould.floor_z_mm,
        rim_share=float((mould.rim_z_mm - replica[0]) / (replica[1] - replica[0])),
        slabs=slab_count,
        size_mm=(float(size[0]), float(size[1]), float(size[2])),
        bed=_bed_use(mould),
        plastic_ml=mould.base.mesh.volume_mm3 / 1000,
        finger_mm=float(gaps.min()) if gaps.size else 0.0,
        guide_mm=mould.guide_z_mm - mould.floor_z_mm,
        tilt_deg=tilt,
        habitats=habitats,
    )


def _contact(plastic: LyingSpecimen, rim_z_mm: float) -> float:
    grid = plastic.field.grid
    inside = plastic.field.values_mm < plastic.level_mm
    swept = np.logical_or.accumulate(inside, axis=2)
    rim_row = round((rim_z_mm - grid.origin_mm[2]) / grid.spacing_mm[2]) + 1
    return contact_share(inside, swept, rim_row, grid.spacing_mm)


def _bed_use(mould: Mould) -> BedUse:
    codes = {finding.code for finding in mould.findings}
    if "split_for_bed" in codes:
        return BedUse.SPLIT
    return BedUse.TOO_LARGE if "too_large_for_bed" in codes else BedUse.WHOLE


def _reach(sites: SitePlan, specimen: Specimen) -> HabitatReach:
    labels = [habitat.label for habitat in specimen.habitats.habitats] if specimen.habitats else []
    hits = defaultdict(list)
    for site in sites.sites:
        if site.habitat is not None:
            hits[site.habitat].append(site.hit_probability)
    every = [value for values in hits.values() for value in values]
    return HabitatReach(
        reachable=sum(label in hits for label in labels),
        all=len(labels),
        worst_hit=min((max(hits.get(label, [0.0])) for label in labels), default=0.0),
        mean_hit=float(np.mean(every)) if every else 0.0,
    )
