"""Where tissue is cut at another size than it was imaged at, punches and cassettes keep theirs."""

import numpy as np
import pytest

from mouldgen.params import BlockParameters, DesignParameters, SiteParameters
from mouldgen.sampling.bench_scale import BenchScale
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import covering_grid, rotation_about, two_habitat_ellipsoid
from mouldgen.testing.plans import planned_sites
from mouldgen.testing.punch_monte_carlo import labels_at

TILTED = rotation_about([1, 2, 3], 33)
SCALES = [(0.85, 0.85, 0.85), (1.2, 1.2, 1.2), (1.0, 0.96, 1.04)]


@pytest.fixture(scope="module")
def specimen():
    body = Ellipsoid(np.zeros(3), np.array([30.0, 24.0, 20.0]))
    grid = covering_grid(np.zeros(3), [30, 24, 20], [1.0, 1.0, 2.0])
    return two_habitat_ellipsoid(body, HalfSpace(np.array([0.3, 0.5, 0.8]), 2.0), grid)


def share_at_the_bench(site, volume, frame, scale, sites):
    """Return the share of a site's habitat among points that a real punch takes at the bench."""
    rng = np.random.default_rng(5)
    count = 80_000
    radius = site.punch_mm / 2 * np.sqrt(rng.random(count))
    angle = rng.uniform(0, 2 * np.pi, count)
    x = rng.uniform(site.x_from_mm, site.x_to_mm, count) * scale[0]
    disc = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    middle = site.position_mould[1:] * scale[1:]
    bench = np.column_stack([x, disc + middle])
    bench += rng.normal(size=bench.shape) * [sites.across_mm, sites.sigma_mm, sites.sigma_mm]
    points_lps = frame.patient_from_mould.apply(bench / scale)
    return float((labels_at(volume, points_lps) == site.habitat).mean())


@pytest.mark.parametrize("scale", SCALES, ids=str)
@pytest.mark.parametrize("depth", ["through", "face"])
def test_the_probability_is_that_of_a_real_punch_at_the_bench(specimen, scale, depth):
    parameters = DesignParameters(
        fit={"scale": scale}, sites={"depth": depth, "sigma_mm": 2.0, "sigma_across_mm": 1.5}
    )
    plan, slabs = planned_sites(specimen, parameters, TILTED)
    assert len(plan.sites) >= 4
    for site in plan.sites:
        share = share_at_the_bench(
            site, specimen.habitats.volume, slabs.frame, np.array(scale), parameters.sites
        )
        assert site.hit_probability == pytest.approx(share, abs=0.01)
        assert site.hit_probability >= 0.8
        assert site.punch_mm == 4.0


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_punches_stand_apart_and_go_in_as_deep_as_asked_at_the_bench(specimen, scale):
    parameters = DesignParameters(fit={"scale": scale}, sites={"depth": "face", "per_habitat": 8})
    plan, _ = planned_sites(specimen, parameters, TILTED)
    for site in plan.sites:
        assert (site.x_to_mm - site.x_from_mm) * scale[0] == pytest.approx(4.0)
    mean = np.sqrt(scale[1] * scale[2])
    for n, one in enumerate(plan.sites):
        for other in plan.sites[:n]:
            if one.slab_id == other.slab_id and one.face is other.face:
                apart = np.linalg.norm(one.position_mould[1:] - other.position_mould[1:]) * mean
                assert apart >= 6.0 - 1e-6


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_blocks_fit_the_cassette_at_the_bench(specimen, scale):
    cassette = {"cassette": "standard", "length_mm": 30.0, "width_mm": 25.0, "depth_mm": 5.0}
    parameters = DesignParameters(fit={"scale": scale}, blocks=cassette, sites={"per_habitat": 0})
    plan, _ = planned_sites(specimen, parameters, TILTED)
    assert plan.blocks
    for block in plan.blocks:
        y = (block.y_upper_mm - block.y_lower_mm) * scale[1]
        z = (block.z_upper_mm - block.z_lower_mm) * scale[2]
        assert (block.x_upper_mm - block.x_lower_mm) * scale[0] <= 5.0 + 1e-6
        assert min(y, z) <= 25.0 + 1e-6
        assert max(y, z) <= 30.0 + 1e-6


def test_without_a_scale_nothing_changes():
    same = BenchScale()
    sites, blocks = SiteParameters(sigma_across_mm=1.0), BlockParameters()
    assert same.sites_at_imaging_size(sites) == sites
    assert same.blocks_at_imaging_size(blocks) == blocks
