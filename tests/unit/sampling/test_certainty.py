"""Plans of sites with a voxel map of certainty: scores, maps, and what is said of uncertain habitats."""

from dataclasses import replace

import numpy as np
import pytest

from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import CertaintyVolume, LabelVolume
from mouldgen.orientation import MouldFrame
from mouldgen.params import DesignParameters, SiteParameters
from mouldgen.sampling.hit_probability import PunchScorer, VoxelLookup
from mouldgen.sampling.probability_map import habitat_lattice, probability_maps
from mouldgen.sampling.punch_cores import punch_cores
from mouldgen.sampling.site_plan import Obstacle
from mouldgen.slicing import Slab
from mouldgen.specimen import GivenSite
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import (
    covering_grid,
    rotation_about,
    specimen_of_labels,
    two_habitat_ellipsoid,
)
from mouldgen.testing.plans import planned_sites
from mouldgen.testing.punch_monte_carlo import certainties_at, labels_at, monte_carlo_share

UPRIGHT = MouldFrame(Rigid.from_parts(np.eye(3), np.zeros(3)), 0.0)
SLAB = Slab(1, -5.0, 5.0)


def ellipsoid(spacing_mm=(0.8, 0.8, 2.5)):
    body = Ellipsoid(np.array([4.0, -7.0, 11.0]), np.array([30.0, 22.0, 18.0]), rotation_about([0, 1, 1], 20))
    grid = covering_grid(
        body.center_lps, body.half_size_mm, spacing_mm, directions=rotation_about([2, -1, 1], 24)
    )
    return two_habitat_ellipsoid(body, HalfSpace(np.array([0.3, 0.5, 0.8]), 4.0), grid)


def with_certainty(specimen, of_points):
    """Return a specimen whose labels are certain as a function of LPS points (N, 3) says, with speckles."""
    grid = specimen.habitats.volume.grid
    points = grid.to_points(np.indices(grid.shape).reshape(3, -1).T)
    speckled = of_points(points) + np.random.default_rng(7).normal(0, 0.1, len(points))
    voxels = np.clip(speckled, 0, 1).astype(np.float32).reshape(grid.shape)
    return replace(specimen, habitats=replace(specimen.habitats, certainty=CertaintyVolume(voxels, grid)))


def uniform(specimen, share):
    volume = specimen.habitats.volume
    certainty = CertaintyVolume(np.full(volume.grid.shape, share, np.float32), volume.grid)
    return replace(specimen, habitats=replace(specimen.habitats, certainty=certainty))


def falling(points):
    """Certainty that falls along a slanted direction, with waves a punch wide."""
    return 0.75 + points @ [0.008, -0.006, 0.01] + 0.2 * np.sin(points[:, 0] / 2)


@pytest.mark.parametrize(
    "sites",
    [
        {"sigma_mm": 2.0},
        {"sigma_mm": 1.0, "sigma_across_mm": 4.0, "depth": "face"},
        {"sigma_mm": 0.0, "sigma_by_slab_mm": {"S02": 3.0}},
    ],
    ids=["alike", "face", "by slab"],
)
def test_every_probability_agrees_with_a_monte_carlo_that_draws_labels_as_often_as_they_are_certain(sites):
    specimen = with_certainty(ellipsoid(), falling)
    given = [GivenSite(f"g{n}", np.array([x, 3.0, 26.0]), in_mould=True) for n, x in enumerate((-25.0, 24.0))]
    specimen = replace(specimen, given_sites=tuple(given))
    parameters = DesignParameters(sites={"per_habitat": 4, "min_probability": 0.2, **sites})
    plan, lying = planned_sites(specimen, parameters, rotation_about([3, 1, -2], 37))
    assert len([site for site in plan.sites if site.habitat]) >= 8
    habitats = specimen.habitats
    for site in plan.sites:
        volume, certainty = (habitats.volume, habitats.certainty) if site.habitat else (specimen.tissue, None)
        truth = monte_carlo_share(
            site, volume, lying.frame.mould_from_patient, parameters.sites, certainty=certainty, count=120_000
        )
        assert site.hit_probability == pytest.approx(truth, abs=0.01), site.id
        purity = monte_carlo_share(
            site, volume, lying.frame.mould_from_patient, parameters.sites, moved=False
        )
        assert site.purity == pytest.approx(purity, abs=0.01), site.id
        assert (site.certainty is None) == (site.habitat is None)


@pytest.mark.parametrize("share", [1.0, 0.85, 0.4])
def test_a_uniform_certainty_scales_every_probability_and_no_purity(share):
    planned, _ = planned_sites(ellipsoid(), DesignParameters(sites={"per_habitat": 5, "min_probability": 0}))
    given = tuple(GivenSite(s.id, s.position_mould, in_mould=True, habitat=s.habitat) for s in planned.sites)
    specimen, parameters = replace(ellipsoid(), given_sites=given), DesignParameters(sites={"per_habitat": 0})
    plain, _ = planned_sites(specimen, parameters)
    scaled, _ = planned_sites(uniform(specimen, share), parameters)
    assert len(plain.sites) == 10
    for one, other in zip(plain.sites, scaled.sites, strict=True):
        assert other.hit_probability == pytest.approx(np.float32(share) * one.hit_probability, abs=1e-9)
        assert other.purity == one.purity
        assert other.certainty == pytest.approx(share, abs=1e-6)


def test_a_certainty_that_steps_along_the_core_counts_by_length():
    grid = VoxelGrid.axis_aligned((80, 80, 80), (1.0, 1.0, 1.0), (-39.5, -39.5, -39.5))
    volume = LabelVolume(np.ones(grid.shape, np.uint16), grid)
    voxels = np.full(grid.shape, 0.9, np.float32)
    voxels[:38] = 0.2  # below x = -2 mm
    lookup = VoxelLookup(volume, UPRIGHT, CertaintyVolume(voxels, grid))
    sites = SiteParameters(sigma_mm=0.0)
    score = PunchScorer(lookup, sites).score(punch_cores(SLAB, sites)[0], 0.0, 0.0, 1)
    assert score.purity == 1
    assert score.hit_probability == pytest.approx(0.3 * 0.2 + 0.7 * 0.9, abs=1e-3)
    assert score.certainty == pytest.approx(score.hit_probability)


def test_a_map_of_certainty_agrees_with_the_scores_of_the_voxels():
    specimen = with_certainty(ellipsoid(), falling)
    habitats = specimen.habitats
    parameters = DesignParameters(sites={"punch_mm": 3.0, "sigma_across_mm": 1.0})
    sites = parameters.sites
    _, lying = planned_sites(specimen, parameters)
    lattice = habitat_lattice(
        habitats.volume,
        lying.frame,
        lying.lattice,
        punch_mm=3.0,
        core_mm=10.0,
        certainty=habitats.certainty,
    )
    cores = [core for content in lying.sampling.slabs for core in punch_cores(content.slab, sites)]
    exact = PunchScorer(VoxelLookup(habitats.volume, lying.frame, habitats.certainty), sites)
    off = []
    for item in probability_maps(lattice, 1, cores, sites, least=0.0):
        rows, columns = (np.arange(0, size, 11) for size in item.probability.shape)
        for row, column in ((row, column) for row in rows for column in columns):
            place = float(item.window.y_mm[row]), float(item.window.z_mm[column])
            off.append(exact.score(item.core, *place, 1).hit_probability - item.probability[row, column])
    assert np.abs(off).max() < 0.02
    assert np.sqrt(np.mean(np.square(off))) < 0.004


def test_of_places_alike_by_labels_the_surer_ones_are_taken():
    half = uniform(ellipsoid(), 1.0)
    grid = half.habitats.volume.grid
    points = grid.to_points(np.indices(grid.shape).reshape(3, -1).T)
    unsure = (points[:, 0] > 4.0).reshape(grid.shape)
    voxels = np.where(unsure, 0.5, 1.0).astype(np.float32)
    specimen = replace(half, habitats=replace(half.habitats, certainty=CertaintyVolume(voxels, grid)))
    plan, _ = planned_sites(specimen, DesignParameters(sites={"per_habitat": 6}))
    before, _ = planned_sites(ellipsoid(), DesignParameters(sites={"per_habitat": 6}))
    assert any(site.position_lps[0] > 4.0 for site in before.sites)
    assert plan.sites
    assert all(site.position_lps[0] < 4.0 and site.certainty > 0.8 for site in plan.sites)


def cube(certainty, layer_vox=10):
    """Return a cube of habitat 1 with a layer of habitat 2, whose labels are as certain as is said."""
    voxels = np.ones((40, 40, 40), np.uint16)
    start = (40 - layer_vox) // 2
    voxels[:, start : start + layer_vox] = 2
    grid = VoxelGrid.axis_aligned((44, 44, 44), (1.0, 1.0, 1.0), (-20.0, -20.0, -20.0))
    specimen = specimen_of_labels(LabelVolume(np.pad(voxels, 2), grid), habitats=True)
    labels = specimen.habitats.volume
    sure = np.select([labels.voxels == 1, labels.voxels == 2], certainty, 0.0).astype(np.float32)
    habitats = replace(specimen.habitats, certainty=CertaintyVolume(sure, labels.grid))
    return replace(specimen, habitats=habitats)


def reason_of(specimen, **sites):
    plan, _ = planned_sites(specimen, DesignParameters(sites={"sigma_mm": 1.0, **sites}))
    (found,) = plan.unreachable
    assert found.habitat == 2
    return found


def test_a_habitat_that_only_its_certainty_keeps_from_punches_is_said_to_be_uncertain():
    found = reason_of(cube([0.95, 0.45]))
    assert found.obstacle is Obstacle.UNCERTAIN
    assert "certain to 0.45" in found.reason
    assert "more than 0.45; wanted is 0.8" in found.reason
    assert "mm" not in found.reason.replace("mm3", "")
    assert "surer labels" in found.advice
    assert "registration error" not in found.advice


@pytest.mark.parametrize(
    ("layer_vox", "sites", "obstacle"),
    [
        (2, {}, Obstacle.TOO_SMALL),
        (5, {"sigma_mm": 3.0}, Obstacle.BELOW_PROBABILITY),
    ],
)
def test_a_habitat_that_no_punch_would_hit_anyway_is_not_blamed_on_certainty(layer_vox, sites, obstacle):
    found = reason_of(cube([0.95, 0.9], layer_vox), **sites)
    assert found.obstacle is obstacle
    assert "the certainty of its labels included" in found.reason


def test_advice_against_uncertainty_holds_what_it_promises():
    specimen = cube([0.95, 0.85], 6)
    found = reason_of(specimen, sigma_mm=2.0, min_probability=0.72)
    assert found.obstacle is Obstacle.UNCERTAIN
    assert "a registration error of 1.5 mm" in found.advice
    plan, _ = planned_sites(specimen, DesignParameters(sites={"sigma_mm": 1.5, "min_probability": 0.72}))
    assert not plan.unreachable


def test_the_monte_carlo_looks_up_certainty_where_it_looks_up_labels():
    specimen = cube([0.95, 0.45])
    points = np.random.default_rng(3).uniform(-30, 30, (2000, 3))
    labels = labels_at(specimen.habitats.volume, points)
    expected = np.select([labels == 1, labels == 2], [0.95, 0.45], 0.0)
    assert certainties_at(specimen.habitats.certainty, points) == pytest.approx(expected)
