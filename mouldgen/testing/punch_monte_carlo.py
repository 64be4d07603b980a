"""Punches a specimen many times with random errors, apart from the code that scores punches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, Rigid
from mouldgen.images import CertaintyVolume, LabelVolume
from mouldgen.params import SiteParameters
from mouldgen.sampling.site_plan import Site

__all__ = ["certainties_at", "labels_at", "monte_carlo_share", "points_in_core"]


def labels_at(volume: LabelVolume, points_lps: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the label of the voxel whose centre is nearest to every point (N, 3), 0 outside the grid."""
    return _values_at(volume, points_lps).astype(np.int64)


def certainties_at(volume: CertaintyVolume, points_lps: npt.ArrayLike) -> FloatArray:
    """Return the certainty of the voxel whose centre is nearest to every point (N, 3), 0 outside the grid."""
    return _values_at(volume, points_lps)


def _values_at(volume: LabelVolume | CertaintyVolume, points_lps: npt.ArrayLike) -> FloatArray:
    lattice = volume.grid.point_from_index
    homogeneous = np.column_stack([np.asarray(points_lps), np.ones(len(np.asarray(points_lps)))])
    index = np.rint(np.linalg.solve(lattice, homogeneous.T)[:3].T).astype(int)
    inside = ((index >= 0) & (index < volume.voxels.shape)).all(axis=1)
    values = np.zeros(len(index))
    values[inside] = volume.voxels[tuple(index[inside].T)]
    return values


def points_in_core(site: Site, count: int, seed: int) -> FloatArray:
    """Return random points of a site's cylinder, shape (about `count`, 3), mould mm."""
    rng = np.random.default_rng(seed)
    square = rng.uniform(-1, 1, (int(count * 1.3), 2))
    disc = square[(square**2).sum(axis=1) <= 1] * site.punch_mm / 2
    x = rng.uniform(site.x_from_mm, site.x_to_mm, len(disc))
    return np.column_stack([x, disc + site.position_mould[1:]])


def monte_carlo_share(
    site: Site,
    volume: LabelVolume,
    mould_from_patient: Rigid,
    sites: SiteParameters,
    *,
    count: int = 60_000,
    seed: int = 3,
    moved: bool = True,
    certainty: CertaintyVolume | None = None,
) -> float:
    """Return the share of a site's habitat among random points of its core.

    Parameters
    ----------
    site
        The site.
    volume
        Labels in LPS; any label counts for a site without a habitat.
    mould_from_patient
        Of the mould frame.
    sites
        Errors; every point of the core is moved by one of its own, whose expectation is the same as if the
        whole core were moved together.
    count, seed
        About how many points, and where they begin.
    moved
        Without, the purity.
    certainty
        On any grid in LPS: instead of counting fully, a point of the habitat counts at random, as often as
        its label is certain.
    """
    points = points_in_core(site, count, seed)
    if moved:
        errors = np.random.default_rng(seed + 1).normal(size=points.shape)
        within_mm = sites.sigma_by_slab_mm.get(site.slab_id, sites.sigma_mm)
        across_mm = sites.sigma_mm if sites.sigma_across_mm is None else sites.sigma_across_mm
        points = points + errors * (across_mm, within_mm, within_mm)
    patient_from_mould = np.linalg.inv(mould_from_patient.matrix)
    points_lps = points @ patient_from_mould[:3, :3].T + patient_from_mould[:3, 3]
    labels = labels_at(volume, points_lps)
    hits = labels > 0 if site.habitat is None else labels == site.habitat
    if certainty is not None:
        drawn = np.random.default_rng(seed + 2).uniform(size=len(points))
        hits &= drawn < certainties_at(certainty, points_lps)
    return float(hits.mean())
