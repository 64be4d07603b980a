"""Whatever the habitats, the angle, the punch and the error: what every plan of sites keeps to."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mouldgen.frames import VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.params import DesignParameters, SiteParameters
from mouldgen.sampling.hit_probability import PunchScorer, VoxelLookup
from mouldgen.sampling.punch_cores import punch_cores
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import chiral_specimen, covering_grid, specimen_of_labels, voxelise
from mouldgen.testing.plans import lying_slabs, planned_sites
from mouldgen.testing.punch_monte_carlo import labels_at, points_in_core
from mouldgen.testing.strategies import rotations, unit_vectors

BODY = Ellipsoid(np.array([5.0, -8.0, 3.0]), np.array([22.0, 18.0, 15.0]))
FEW = settings(max_examples=12, deadline=None)


@st.composite
def specimens(draw):
    """An ellipsoid that one to three planes part into habitats."""
    planes = draw(st.lists(st.tuples(unit_vectors(), st.floats(-12, 12)), min_size=1, max_size=3))
    grid = covering_grid(BODY.center_lps, BODY.half_size_mm, [1.0, 1.25, 2.0], directions=draw(rotations()))

    def labels(points):
        sides = sum((((points - BODY.center_lps) @ n > d) << i for i, (n, d) in enumerate(planes)), 0)
        return np.where(BODY.contains(points), 1 + sides, 0).astype(np.uint16)

    return specimen_of_labels(voxelise(labels, grid), habitats=True)


@st.composite
def site_values(draw):
    return {
        "per_habitat": draw(st.integers(0, 6)),
        "replicates": draw(st.integers(1, 3)),
        "punch_mm": draw(st.sampled_from([2.0, 4.0, 6.0])),
        "sigma_mm": draw(st.floats(0, 3)),
        "sigma_across_mm": draw(st.none() | st.floats(0, 3)),
        "min_probability": draw(st.floats(0, 1)),
        "depth": draw(st.sampled_from(["through", "face"])),
        "apart_mm": draw(st.floats(0, 5)),
        "reserve_mm": draw(st.sampled_from([0.0, 0.0, 2.0])),
    }


@FEW
@given(specimens(), site_values(), rotations())
def test_every_plan_keeps_what_was_asked_for(specimen, values, rotation):
    parameters = DesignParameters(sites=values)
    plan, lying = planned_sites(specimen, parameters, rotation)
    sites = parameters.sites
    slabs = {content.slab.id: content.slab for content in lying.sampling.slabs}
    for one, other in combinations(plan.sites, 2):
        assert one.id != other.id
        if one.slab_id == other.slab_id:
            apart_mm = np.linalg.norm((one.position_mould - other.position_mould)[1:])
            assert apart_mm >= sites.punch_mm + sites.apart_mm - 1e-5
    for habitat in specimen.habitats.habitats:
        found = [site for site in plan.sites if site.habitat == habitat.label]
        assert len(found) <= sites.quota(habitat.label) * sites.replicates
        unreached = habitat.label in [item.habitat for item in plan.unreachable]
        assert unreached == (not found and sites.quota(habitat.label) > 0)
    for site in plan.sites:
        assert sites.min_probability <= site.hit_probability <= 1
        assert 0 <= site.purity <= 1
        slab = slabs[site.slab_id]
        assert slab.x_lower_mm - 1e-9 <= site.x_from_mm < site.x_to_mm <= slab.x_upper_mm + 1e-9
        assert labels_at(specimen.habitats.volume, [site.position_lps])[0] == site.habitat
        if sites.reserve_mm:
            points = lying.frame.patient_from_mould.apply(points_in_core(site, 2000, 5))
            assert labels_at(specimen.tissue, points).all()


@FEW
@given(specimens(), rotations(), st.floats(0, 4), st.tuples(st.floats(-9, 9), st.floats(-9, 9)))
def test_the_habitats_of_one_punch_share_at_most_all_of_it(specimen, rotation, sigma_mm, place):
    lying = lying_slabs(specimen, DesignParameters(), rotation)
    sites = SiteParameters(sigma_mm=sigma_mm)
    scorer = PunchScorer(VoxelLookup(specimen.habitats.volume, lying.frame), sites)
    middle = lying.lattice.center_mm
    for content in lying.sampling.slabs:
        core = punch_cores(content.slab, sites)[0]
        y_mm, z_mm = float(middle[1] + place[0]), float(middle[2] + place[1])
        by_habitat = [scorer.score(core, y_mm, z_mm, item.label)[:2] for item in specimen.habitats.habitats]
        whole = scorer.score(core, y_mm, z_mm, None)[:2]
        for of_habitats, of_tissue in zip(zip(*by_habitat, strict=True), whole, strict=True):
            assert all(0 <= share <= 1 for share in of_habitats)
            assert sum(of_habitats) <= of_tissue + 1e-9 <= 1 + 2e-9


@FEW
@given(rotations(), st.floats(0, 3), st.floats(0.1, 3))
def test_a_larger_error_never_raises_the_best_probability_in_a_convex_habitat(rotation, sigma_mm, more_mm):
    grid = covering_grid(BODY.center_lps, BODY.half_size_mm, [1.0, 1.0, 1.0])
    volume = voxelise(lambda points: BODY.contains(points).astype(np.uint16), grid)
    specimen = specimen_of_labels(volume, habitats=True)
    best = []
    for sigma in (sigma_mm, sigma_mm + more_mm):
        values = {"per_habitat": 1, "min_probability": 0.05, "punch_mm": 6.0, "sigma_mm": sigma}
        plan, _ = planned_sites(specimen, DesignParameters(sites=values), rotation)
        best.append(max(site.hit_probability for site in plan.sites))
    assert best[1] <= best[0] + 0.004


def mirrored(specimen):
    """Return a specimen that is mirrored from left to right."""
    grid = specimen.habitats.volume.grid
    affine = grid.point_from_index.copy()
    affine[0] = -affine[0]
    volume = LabelVolume(specimen.habitats.volume.voxels, VoxelGrid(grid.shape, affine))
    names = {habitat.label: habitat.name for habitat in specimen.habitats.habitats}
    return specimen_of_labels(volume, habitats=True, names=names)


def test_a_mirrored_specimen_gets_mirrored_sites():
    specimen = chiral_specimen()
    values = {"per_habitat": 3, "sigma_mm": 1.0, "punch_mm": 3.0}
    parameters = DesignParameters(sites=values)
    # cut from left to right: mirrored, the same slabs come in the opposite order
    rotation = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]])
    plan, _ = planned_sites(specimen, parameters, rotation)
    other, _ = planned_sites(mirrored(specimen), parameters, rotation)
    assert len(plan.sites) == len(other.sites) >= 6
    step_mm = 0.25 + 1e-6  # of the map, which both specimens are laid on
    for site in plan.sites:
        expected = site.position_lps * [-1, 1, 1]
        same = [twin for twin in other.sites if twin.habitat == site.habitat]
        nearest = min(same, key=lambda twin: np.linalg.norm(twin.position_lps - expected))
        assert np.abs(nearest.position_lps - expected).max() <= step_mm
        assert abs(nearest.hit_probability - site.hit_probability) <= 0.006
