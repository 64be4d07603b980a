"""Scores of punches against formulas and against a Monte Carlo that shares no code with them."""

import numpy as np
import pytest
from scipy import integrate, stats

from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.orientation import MouldFrame
from mouldgen.params import DesignParameters, SiteParameters
from mouldgen.sampling.hit_probability import PunchScorer, VoxelLookup
from mouldgen.sampling.probability_map import habitat_lattice, probability_maps
from mouldgen.sampling.punch_cores import PunchCore, punch_cores
from mouldgen.sampling.registration_error import disc_kernel, share_across
from mouldgen.sampling.site_plan import Face
from mouldgen.slicing import Slab
from mouldgen.specimen import GivenSite
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import covering_grid, rotation_about, two_habitat_ellipsoid
from mouldgen.testing.plans import planned_sites
from mouldgen.testing.punch_monte_carlo import labels_at, monte_carlo_share

UPRIGHT = MouldFrame(Rigid.from_parts(np.eye(3), np.zeros(3)), 0.0)
SLAB = Slab(1, -5.0, 5.0)


def half_space(axis, edge_mm=0.0):
    """Return a cube of 80 mm whose habitat 1 lies below a plane across an axis; the plane parts voxels."""
    grid = VoxelGrid.axis_aligned((80, 80, 80), (1.0, 1.0, 1.0), (-39.5, -39.5, -39.5))
    along = grid.to_points(np.indices((80, 80, 80)).transpose(1, 2, 3, 0))[..., axis]
    return LabelVolume(np.where(along < edge_mm, 1, 2).astype(np.uint16), grid)


def scorer(volume, **sites):
    return PunchScorer(VoxelLookup(volume, UPRIGHT), SiteParameters(**sites))


@pytest.mark.parametrize("distance_mm", [-3.0, -1.0, 0.0, 0.5, 2.0, 4.0, 7.0])
@pytest.mark.parametrize(("punch_mm", "sigma_mm"), [(4.0, 2.0), (8.0, 0.7), (2.0, 3.0)])
def test_a_plane_beside_a_punch_is_hit_as_its_formula_says(distance_mm, punch_mm, sigma_mm):
    radius = punch_mm / 2

    def chord(u):
        return 2 * np.sqrt(radius**2 - u**2) * stats.norm.cdf((distance_mm + u) / sigma_mm)

    truth = integrate.quad(chord, -radius, radius)[0] / (np.pi * radius**2)
    core = punch_cores(SLAB, SiteParameters())[0]
    score = scorer(half_space(1), punch_mm=punch_mm, sigma_mm=sigma_mm).score(core, -distance_mm, 0.0, 1)
    assert score.hit_probability == pytest.approx(truth, abs=0.003)


@pytest.mark.parametrize("edge_mm", [-6.0, 0.0, 2.0, 5.0, 8.0])
def test_a_plane_across_the_core_is_hit_as_its_formula_says(edge_mm):
    sigma_mm = 1.5
    truth = integrate.quad(lambda x: stats.norm.cdf((edge_mm - x) / sigma_mm) / 10, -5, 5)[0]
    core = punch_cores(SLAB, SiteParameters())[0]
    sites = {"sigma_mm": 3.0, "sigma_across_mm": sigma_mm}
    score = scorer(half_space(0, edge_mm), **sites).score(core, 0.0, 0.0, 1)
    assert score.hit_probability == pytest.approx(truth, abs=0.003)
    assert score.purity == pytest.approx(np.clip((edge_mm + 5) / 10, 0, 1), abs=1e-3)


@pytest.mark.parametrize("sigma_mm", [0.0, 0.3])
def test_a_sphere_within_the_core_fills_its_share_of_the_cylinder(sigma_mm):
    grid = VoxelGrid.axis_aligned((61, 61, 61), (0.1, 0.1, 0.1), (-3.0, -3.0, -3.0))
    points = grid.to_points(np.indices(grid.shape).transpose(1, 2, 3, 0))
    volume = LabelVolume((np.linalg.norm(points, axis=-1) <= 2.0).astype(np.uint16), grid)
    core = punch_cores(SLAB, SiteParameters())[0]
    score = scorer(volume, punch_mm=8.0, sigma_mm=sigma_mm).score(core, 0.0, 0.0, 1)
    truth = 4 / 3 * np.pi * 8 / (np.pi * 16 * 10)
    assert score.purity == pytest.approx(truth, abs=0.001)
    assert score.hit_probability == pytest.approx(truth, abs=0.001)


def test_what_meets_no_tissue_counts_as_missed():
    core = PunchCore(Slab(1, 35.0, 45.0), 35.0, 45.0, Face.THROUGH)
    volume = LabelVolume(np.ones((80, 80, 80), np.uint16), half_space(0).grid)
    assert scorer(volume, sigma_mm=0.0).score(core, 0.0, 0.0, 1).purity == pytest.approx(0.5, abs=1e-3)


def ellipsoid(spacing_mm):
    body = Ellipsoid(np.array([4.0, -7.0, 11.0]), np.array([30.0, 22.0, 18.0]), rotation_about([0, 1, 1], 20))
    grid = covering_grid(
        body.center_lps, body.half_size_mm, spacing_mm, directions=rotation_about([2, -1, 1], 24)
    )
    return two_habitat_ellipsoid(body, HalfSpace(np.array([0.3, 0.5, 0.8]), 4.0), grid)


ERRORS = {
    "alike": {"sigma_mm": 2.0},
    "across": {"sigma_mm": 1.0, "sigma_across_mm": 4.0},
    "within": {"sigma_mm": 3.0, "sigma_across_mm": 0.0},
    "none": {"sigma_mm": 0.0},
    "by slab": {"sigma_mm": 1.0, "sigma_by_slab_mm": {"S01": 3.5, "S03": 0.0}},
}


@pytest.mark.parametrize("errors", ERRORS.values(), ids=ERRORS.keys())
@pytest.mark.parametrize(("depth", "angle_deg"), [("through", 0.0), ("through", 37.0), ("face", 61.0)])
def test_every_slab_of_a_phantom_agrees_with_a_monte_carlo(errors, depth, angle_deg):
    specimen = ellipsoid([0.8, 0.8, 2.5])
    rotation = rotation_about([3, 1, -2], angle_deg)
    sites = {"depth": depth, "per_habitat": 3, "min_probability": 0.3, **errors}
    given = [GivenSite(f"g{n}", np.array([x, 3.0, 26.0]), in_mould=True) for n, x in enumerate((-25.0, 24.0))]
    object.__setattr__(specimen, "given_sites", tuple(given))
    parameters = DesignParameters(sites=sites)
    plan, lying = planned_sites(specimen, parameters, rotation)
    assert len({site.slab_id for site in plan.sites}) >= 4
    for site in plan.sites:
        volume = specimen.habitats.volume if site.habitat else specimen.tissue
        for moved, got in ((True, site.hit_probability), (False, site.purity)):
            truth = monte_carlo_share(
                site, volume, lying.frame.mould_from_patient, parameters.sites, moved=moved
            )
            assert got == pytest.approx(truth, abs=0.01), site.id


def test_a_map_agrees_with_the_scores_of_the_voxels():
    specimen = ellipsoid([0.8, 0.8, 2.5])
    parameters = DesignParameters(sites={"punch_mm": 3.0, "sigma_across_mm": 1.0})
    sites = parameters.sites
    _, lying = planned_sites(specimen, parameters)
    volume = specimen.habitats.volume
    lattice = habitat_lattice(volume, lying.frame, lying.lattice, punch_mm=3.0, core_mm=10.0)
    cores = [core for content in lying.sampling.slabs for core in punch_cores(content.slab, sites)]
    exact = PunchScorer(VoxelLookup(volume, lying.frame), sites)
    off = []
    for item in probability_maps(lattice, 1, cores, sites, least=0.0):
        rows, columns = (np.arange(0, size, 9) for size in item.probability.shape)
        for row, column in ((row, column) for row in rows for column in columns):
            place = float(item.window.y_mm[row]), float(item.window.z_mm[column])
            off.append(exact.score(item.core, *place, 1).hit_probability - item.probability[row, column])
    assert np.abs(off).max() < 0.02
    assert np.sqrt(np.mean(np.square(off))) < 0.004


def test_a_lookup_finds_the_voxel_that_holds_a_point():
    specimen = ellipsoid([1.0, 1.5, 3.0])
    frame = MouldFrame(Rigid.from_parts(rotation_about([1, 2, 3], 50), [1.0, 2.0, 3.0]), 0.0)
    points = np.random.default_rng(2).uniform(-60, 60, (5000, 3))
    found = VoxelLookup(specimen.tissue, frame).at(points)
    assert (found == labels_at(specimen.tissue, frame.patient_from_mould.apply(points))).all()
    assert 0 < found.mean() < 1


def test_a_kernel_holds_all_of_the_punch_and_is_even():
    for sigma_mm in (0.0, 0.2, 2.0):
        kernel = disc_kernel(4.0, sigma_mm, 0.5)
        assert kernel.min() >= 0
        assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
        assert np.allclose(kernel, kernel[::-1])
        assert np.allclose(kernel, kernel.T)


def test_the_share_across_is_the_integral_of_its_weight():
    x = np.linspace(-12, 12, 4001)
    weight = (stats.norm.cdf((3 - x) / 1.7) - stats.norm.cdf((-3 - x) / 1.7)) / 6
    below = integrate.cumulative_trapezoid(weight, x, initial=0)
    assert np.abs(share_across(x, 6.0, 1.7) - below).max() < 1e-5
