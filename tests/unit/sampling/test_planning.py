"""What a plan of sites keeps to: quotas, distances, slabs, reserved tissue, names."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from mouldgen.errors import ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.params import DesignParameters
from mouldgen.sampling.site_plan import Face, Obstacle, SiteOrigin
from mouldgen.specimen import GivenSite
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import (
    covering_grid,
    ellipsoid_specimen,
    rotation_about,
    specimen_of_labels,
    two_habitat_ellipsoid,
)
from mouldgen.testing.plans import planned_sites
from mouldgen.testing.punch_monte_carlo import labels_at, points_in_core

TILTED = rotation_about([1, 2, 3], 33)


@pytest.fixture(scope="module")
def specimen():
    body = Ellipsoid(np.zeros(3), np.array([30.0, 24.0, 20.0]))
    grid = covering_grid(np.zeros(3), [30, 24, 20], [1.0, 1.0, 2.0])
    return two_habitat_ellipsoid(body, HalfSpace(np.array([0.3, 0.5, 0.8]), 2.0), grid)


def plan_of(specimen, rotation=TILTED, **sites):
    blocks = sites.pop("blocks", {})
    return planned_sites(specimen, DesignParameters(sites=sites, blocks=blocks), rotation)


def layers(thickness_vox, *, size=40):
    """Return a cube of 1 mm voxels of habitat 1 with a layer of habitat 2 along y in its middle."""
    voxels = np.ones((size, size, size), np.uint16)
    start = (size - thickness_vox) // 2
    voxels[:, start : start + thickness_vox] = 2
    grid = VoxelGrid.axis_aligned(np.array(voxels.shape) + 4, (1.0, 1.0, 1.0), (-20.0, -20.0, -20.0))
    return specimen_of_labels(LabelVolume(np.pad(voxels, 2), grid), habitats=True)


def codes(plan):
    return [finding.code for finding in plan.findings]


def test_places_spread_over_slabs_and_keep_their_distance(specimen):
    plan, _ = plan_of(specimen, per_habitat=8, apart_mm=1.5)
    counts = Counter((site.habitat, site.slab_id) for site in plan.sites)
    assert sum(counts.values()) == 16
    assert max(counts.values()) - min(counts.values()) <= 2
    for one, other in combinations(plan.sites, 2):
        if one.slab_id == other.slab_id:
            apart = np.linalg.norm(one.position_mould - other.position_mould)
            assert apart >= 5.5 - 1e-6


def test_ids_tubes_and_order_follow_slab_code_and_number(specimen):
    plan, _ = plan_of(specimen, per_habitat=8)
    parts = [(site.slab_id, site.id.split("-")[1][0], int(site.id.split("-")[1][1:])) for site in plan.sites]
    assert parts == sorted(parts)
    assert all(site.tube == site.cassette == f"case-{site.id}" for site in plan.sites)
    for numbers in _grouped(parts).values():
        assert numbers == list(range(1, len(numbers) + 1))


def _grouped(parts):
    groups = {}
    for slab, code, number in parts:
        groups.setdefault((slab, code), []).append(number)
    return groups


def test_a_site_lies_in_its_slab_and_in_its_habitat_in_both_frames(specimen):
    plan, lying = plan_of(specimen, per_habitat=6, depth="face")
    slabs = {content.slab.id: content.slab for content in lying.sampling.slabs}
    points = np.array([site.position_lps for site in plan.sites])
    assert labels_at(specimen.habitats.volume, points).tolist() == [site.habitat for site in plan.sites]
    for site in plan.sites:
        slab = slabs[site.slab_id]
        assert slab.x_lower_mm <= site.x_from_mm < site.x_to_mm <= slab.x_upper_mm
        assert site.x_to_mm - site.x_from_mm == pytest.approx(4.0)
        edge = {Face.UPPER: (site.x_to_mm, slab.x_upper_mm), Face.LOWER: (site.x_from_mm, slab.x_lower_mm)}
        assert edge[site.face][0] == pytest.approx(edge[site.face][1])
        assert site.position_mould[0] == pytest.approx((site.x_from_mm + site.x_to_mm) / 2)
        assert site.hit_probability >= 0.8
        assert np.allclose(lying.frame.mould_from_patient.apply(site.position_lps), site.position_mould)


def test_a_punch_into_a_face_is_at_most_the_slab_deep_and_prefers_the_upper_one(specimen):
    plan, _ = plan_of(specimen, depth="face", face_depth_mm=40.0)
    assert {site.face for site in plan.sites} == {Face.UPPER}
    assert all(site.x_to_mm - site.x_from_mm <= 10.0 + 1e-9 for site in plan.sites)


def test_replicates_stand_side_by_side_and_get_destinations_in_turn(specimen):
    plan, _ = plan_of(specimen, per_habitat=2, replicates=4)
    assert len(plan.sites) == 16
    by_place = {}
    for site in plan.sites:
        by_place.setdefault(site.id[:-1], []).append(site)
    for sites in by_place.values():
        assert [site.id[-1] for site in sites] == ["a", "b", "c", "d"]
        assert [site.destination for site in sites] == ["FFPE", "frozen", "RNA", "FFPE"]
        assert len({(site.slab_id, site.habitat) for site in sites}) == 1
        first = sites[0].position_mould
        assert all(np.linalg.norm(site.position_mould - first) <= 4 * 6 for site in sites)


def test_a_single_punch_leaves_its_destination_open(specimen):
    plan, _ = plan_of(specimen)
    assert {site.destination for site in plan.sites} == {""}


def test_quotas_by_label_win_and_zero_plans_none(specimen):
    plan, _ = plan_of(specimen, per_habitat=0, quotas={"2": 5})
    assert Counter(site.habitat for site in plan.sites) == {2: 5}
    assert plan.unreachable == ()


def test_a_quota_or_sigma_for_what_is_not_there_is_said(specimen):
    plan, _ = plan_of(specimen, quotas={"9": 2}, sigma_by_slab_mm={"S77": 1.0})
    assert codes(plan) == ["sites_unknown_label", "sites_unknown_slab"]


def test_fewer_places_than_wanted_are_said(specimen):
    plan, _ = plan_of(specimen, per_habitat=200)
    assert "sites_short" in codes(plan)
    assert plan.unreachable == ()


def test_reserved_regions_are_never_touched(specimen):
    free, lying = plan_of(specimen, per_habitat=6)
    reserved = np.zeros(specimen.tissue.grid.shape, np.uint16)
    for site in free.sites[::2]:
        centre = np.rint(specimen.tissue.grid.to_indices(site.position_lps)).astype(int)
        reserved[tuple(slice(max(c - 2, 0), c + 3) for c in centre)] = 1
    volume = LabelVolume(reserved, specimen.tissue.grid)
    plan, _ = plan_of(replace(specimen, reserved=volume), per_habitat=6)
    assert plan.sites
    for site in plan.sites:
        points = lying.frame.patient_from_mould.apply(points_in_core(site, 20_000, 1))
        assert not labels_at(volume, points).any(), site.id


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (0.8, 0.8, 4.0)])
def test_a_band_below_the_surface_stays(spacing_mm):
    body = Ellipsoid(np.zeros(3), np.array([30.0, 24.0, 20.0]))
    grid = covering_grid(np.zeros(3), [30, 24, 20], spacing_mm)
    specimen = two_habitat_ellipsoid(body, HalfSpace(np.array([0.3, 0.5, 0.8]), 2.0), grid)
    plan, lying = plan_of(specimen, per_habitat=20, min_probability=0.5, reserve_mm=5.0)
    assert len(plan.sites) >= 6
    rng = np.random.default_rng(0)
    for site in plan.sites:
        points = points_in_core(site, 4000, 1)
        outward = rng.normal(size=points.shape)
        moved = points + 5.0 * outward / np.linalg.norm(outward, axis=1, keepdims=True)
        inside = labels_at(specimen.tissue, lying.frame.patient_from_mould.apply(moved)) > 0
        assert inside.all(), site.id
    nearest = min(24.0 - np.hypot(*site.position_mould[1:] - [0, 34]) for site in plan.sites)
    assert nearest < 24.0  # the band does not shut out everything


def test_no_habitats_gives_no_sites_and_scores_given_ones_against_tissue():
    body = Ellipsoid(np.zeros(3), np.array([20.0, 20.0, 20.0]))
    specimen = ellipsoid_specimen(body, covering_grid(np.zeros(3), [20, 20, 20], [1, 1, 1]))
    plan, _ = plan_of(specimen)
    assert plan.sites == ()
    assert plan.findings == ()
    plan, _ = plan_of(replace(specimen, given_sites=(GivenSite("centre", np.array([0.0, 1, 2])),)))
    (site,) = plan.sites
    assert (site.id, site.habitat, site.origin) == ("centre", None, SiteOrigin.GIVEN)
    assert site.hit_probability == 1.0


def test_the_same_input_gives_the_same_plan(specimen):
    one, _ = plan_of(specimen, per_habitat=9, replicates=2)
    other, _ = plan_of(specimen, per_habitat=9, replicates=2)
    assert repr(one.sites) == repr(other.sites)
    assert one.findings == other.findings


def test_regions_of_hits_are_where_punches_hit(specimen):
    from shapely import Point, Polygon

    plan, _ = plan_of(specimen, per_habitat=6)
    for site in plan.sites:
        rings = plan.regions_of(site.slab_id)[site.habitat]
        outer = [ring for ring in rings if Polygon(ring).exterior.is_ccw]
        assert all(np.array_equal(ring[0], ring[-1]) for ring in rings)
        assert any(Polygon(ring).buffer(0.3).contains(Point(site.position_mould[1:])) for ring in outer)


UNREACHABLE = {
    "too thin for the punch": (2, {}, Obstacle.TOO_SMALL),
    "wide enough but for the error": (6, {"sigma_mm": 3.0}, Obstacle.BELOW_PROBABILITY),
    "all of it reserved": (14, {"reserve_mm": 16.0}, Obstacle.RESERVED),
    "no room for replicates": (9, {"replicates": 20, "apart_mm": 8.0}, Obstacle.CROWDED),
}


@pytest.mark.parametrize(("thickness", "sites", "obstacle"), UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_an_unreachable_habitat_is_explained(thickness, sites, obstacle):
    plan, _ = plan_of(layers(thickness), np.eye(3), **sites)
    (item,) = [item for item in plan.unreachable if item.habitat == 2]
    assert item.obstacle is obstacle, item.reason
    assert "sites_unreachable" in codes(plan)
    assert item.advice


def test_a_reason_gives_the_width_of_the_habitat_and_of_the_punch():
    plan, _ = plan_of(layers(2), np.eye(3))
    (item,) = plan.unreachable
    assert "1.5 mm wide" in item.reason or "2.0 mm wide" in item.reason
    assert "the punch is 4 mm" in item.reason


def test_advice_holds_what_it_promises():
    plan, _ = plan_of(layers(6), np.eye(3), punch_mm=8.0, min_probability=0.75)
    (item,) = plan.unreachable
    assert "a punch of " in item.advice
    smaller_mm = float(item.advice.split("a punch of ")[1].split(" mm")[0])
    better, _ = plan_of(layers(6), np.eye(3), punch_mm=smaller_mm, min_probability=0.75)
    assert better.unreachable == ()


def test_a_habitat_that_the_cuts_take_away_has_no_tissue():
    specimen = layers(1)
    voxels = np.array(specimen.habitats.volume.voxels)
    voxels[voxels == 2] = 1
    voxels[19:21][voxels[19:21] > 0] = 2
    thin = specimen_of_labels(LabelVolume(voxels, specimen.habitats.volume.grid), habitats=True)
    cuts = {"positions_mm": (0.5,), "kerf_mm": 4.0}
    plan, _ = planned_sites(thin, DesignParameters(cuts=cuts), np.eye(3))
    assert [item.obstacle for item in plan.unreachable] == [Obstacle.NO_TISSUE]


CASSETTE = {"cassette": "standard", "length_mm": 30.0, "width_mm": 25.0, "depth_mm": 4.0}


def test_blocks_hold_all_tissue_once_and_fit_the_cassette(specimen):
    plan, lying = plan_of(specimen, blocks=CASSETTE)
    ends = {content.slab.id: content.slab for content in lying.sampling.slabs}
    rng = np.random.default_rng(4)
    voxels = np.argwhere(specimen.tissue.voxels)
    index = voxels[rng.integers(0, len(voxels), 20_000)] + rng.uniform(-0.5, 0.5, (20_000, 3))
    points = lying.frame.mould_from_patient.apply(specimen.tissue.grid.to_points(index))
    held = np.zeros(len(points), int)
    for block in plan.blocks:
        sides = [
            (block.x_lower_mm, block.x_upper_mm),
            (block.y_lower_mm, block.y_upper_mm),
            (block.z_lower_mm, block.z_upper_mm),
        ]
        within = [(points[:, n] >= low) & (points[:, n] < high) for n, (low, high) in enumerate(sides)]
        held += np.all(within, axis=0)
        sizes = [high - low for low, high in sides]
        assert sizes[0] <= 4.0 + 1e-9
        assert sorted(sizes[1:]) <= [25.0 + 1e-9, 30.0 + 1e-9]
        assert max(sizes[1:]) <= 30.0 + 1e-9
        assert block.face_down is Face.LOWER
        slab = ends[block.slab_id]
        assert block.part != "A" or block.x_lower_mm == pytest.approx(slab.x_lower_mm)
    assert (held == 1).all()
    assert len({block.id for block in plan.blocks}) == len(plan.blocks)


@pytest.mark.parametrize("depth", ["face", "through"])
def test_a_site_is_taken_from_the_blocks_that_its_core_reaches(specimen, depth):
    plan, _ = plan_of(specimen, blocks=CASSETTE, depth=depth)
    by_id = {block.id: block for block in plan.blocks}
    assert plan.sites
    for site in plan.sites:
        blocks = [by_id[name] for name in site.cassette.split(" + ")]
        _, y, z = site.position_mould
        for block in blocks:
            assert block.slab_id == site.slab_id
            assert block.y_lower_mm <= y <= block.y_upper_mm
            assert block.z_lower_mm <= z <= block.z_upper_mm
        assert blocks[0].x_lower_mm <= site.x_from_mm + 1e-9
        assert blocks[-1].x_upper_mm >= site.x_to_mm - 1e-9


def test_blocks_are_numbered_from_the_top_and_from_minus_y(specimen):
    plan, _ = plan_of(specimen, np.eye(3), blocks=CASSETTE | {"length_mm": 15.0, "width_mm": 15.0})
    slab = max((block.slab_id for block in plan.blocks), key=[b.slab_id for b in plan.blocks].count)
    cells = [block for block in plan.blocks if block.slab_id == slab and block.part == "A"]
    order = [(-block.z_lower_mm, block.y_lower_mm) for block in cells]
    assert len(cells) > 3
    assert order == sorted(order)


def test_the_cassette_is_turned_where_that_needs_fewer():
    voxels = np.ones((10, 40, 18), np.uint16)
    grid = VoxelGrid.axis_aligned((14, 44, 22), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    specimen = specimen_of_labels(LabelVolume(np.pad(voxels, 2), grid), habitats=True)
    upright = {"cassette": "c", "length_mm": 20.0, "width_mm": 45.0, "depth_mm": 20.0}
    plan, _ = plan_of(specimen, np.eye(3), blocks=upright)
    assert len(plan.blocks) == 1


def test_blocks_of_one_name_are_refused(specimen):
    with pytest.raises(ParameterError, match=r"block A1 of S01 and block A1 of S02 would both"):
        plan_of(specimen, blocks=CASSETTE | {"name_pattern": "{case}{block}"})


def test_a_block_and_a_tube_of_one_name_are_refused():
    specimen = layers(12)
    with pytest.raises(ParameterError, match=r"tube of site S0\d-A1 and block"):
        plan_of(specimen, np.eye(3), blocks=CASSETTE | {"name_pattern": "{case}-{slab}-{block}"})
