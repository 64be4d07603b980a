"""The search for the pose: what it tries, what it finds, and that its answer is the made mould's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import Image

from mouldgen.errors import ParameterError
from mouldgen.export.pose_map import draw_pose_map
from mouldgen.frames import angle_between_deg
from mouldgen.orientation import base_direction, cut_normal
from mouldgen.params import DesignParameters, Plane, PoseParameters
from mouldgen.pipeline import design_mould, distance_in_patient
from mouldgen.poses.candidates import normals_around, spread_deg
from mouldgen.poses.contact import contact_share
from mouldgen.poses.estimate import Estimator
from mouldgen.poses.evaluation import with_pose
from mouldgen.poses.figures import BedUse, HabitatReach, Pose, PoseFigures, price_of
from mouldgen.poses.search import PoseRequest, search_poses
from mouldgen.testing.bodies import Box, Ellipsoid
from mouldgen.testing.phantoms import box_specimen, chiral_specimen, covering_grid, ellipsoid_specimen

COARSE = {"surface": {"grid_mm": 1.0}, "case": "T1"}
FIGURES = PoseFigures(
    void_percent=4.0,
    contact_share=0.5,
    rim_mm=30.0,
    rim_share=0.6,
    slabs=8,
    size_mm=(100.0, 90.0, 60.0),
    bed=BedUse.WHOLE,
    plastic_ml=200.0,
    finger_mm=5.0,
    guide_mm=60.0,
    tilt_deg=10.0,
)


@pytest.fixture(scope="module")
def specimen():
    return chiral_specimen()


@pytest.fixture(scope="module")
def search(specimen):
    request = PoseRequest(within_deg=60.0, normals=30, sides=6, finalists=2)
    return search_poses(specimen, DesignParameters(**COARSE), request)


@pytest.mark.parametrize("axis", [(0, 0, 1), (1, 0, 0), (0.5, -0.3, 0.8)])
@pytest.mark.parametrize("within", [15.0, 90.0])
def test_normals_start_at_the_axis_and_fill_the_cone_evenly(axis, within):
    normals = normals_around(np.array(axis, float), within, 200)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)
    assert angle_between_deg(normals[0], axis) < 1e-5
    angles = np.array([angle_between_deg(normal, axis) for normal in normals])
    assert angles.max() <= within + 1e-6
    # equal areas: half of the normals lie within half of the cap
    half = np.degrees(np.arccos((1 + np.cos(np.radians(within))) / 2))
    assert np.mean(angles <= half) == pytest.approx(0.5, abs=0.02)
    cosines = normals @ normals.T - 2 * np.eye(200)
    nearest = np.degrees(np.arccos(np.clip(cosines.max(axis=1), -1, 1)))
    assert nearest.min() > 0.5 * spread_deg(within, 200)


def test_contact_of_a_box_sunk_to_its_middle_is_by_formula():
    inside = np.zeros((12, 14, 12), bool)
    inside[1:11, 1:13, 1:11] = True  # 10 x 12 x 10
    swept = np.logical_or.accumulate(inside, axis=2)
    share = contact_share(inside, swept, 6, np.array([1.0, 1.0, 1.0]))
    assert share == pytest.approx((120 + 2 * 5 * (10 + 12)) / (2 * 120 + 2 * 10 * (10 + 12)))


def test_nothing_that_is_passed_on_the_way_in_is_contact():
    inside = np.zeros((9, 9, 12), bool)
    inside[4:6, 4:6, 1:10] = True
    inside[2:8, 2:8, 2:4] = True  # a foot that is wider than what is above it
    swept = np.logical_or.accumulate(inside, axis=2)
    total = 2 * 36 + 24 * 2 + 8 * 6 + 8  # plate, its edge, the post above it and below it
    held = 32 + 24 * 2 + 4 + 8  # underside, edge, post's underside, post below the plate
    assert contact_share(inside, swept, 12, np.ones(3)) == pytest.approx(held / total, abs=0.02)


def test_every_figure_counts_with_its_weight():
    zero = dict.fromkeys(PoseParameters.model_fields, 0.0)
    reach = HabitatReach(reachable=2, all=3, worst_hit=0.4, mean_hit=0.9)
    figures = dataclasses.replace(FIGURES, habitats=reach, bed=BedUse.SPLIT)
    expected = {
        "void_weight": 4.0,
        "contact_weight": 0.5,
        "rim_weight": 0.1,
        "slab_weight": 8.0,
        "plastic_weight": 2.0,
        "slender_weight": 2.0,
        "split_weight": 1.0,
        "unreachable_weight": 1.0,
        "miss_weight": 0.1,
        "worst_weight": 0.6,
        "tilt_weight": 10.0,
    }
    assert set(expected) == set(zero)
    for name, value in expected.items():
        weights = PoseParameters(**{**zero, name: 3.0})
        assert price_of(figures, weights, 0.7) == pytest.approx(3.0 * value), name


def test_figures_of_the_best_are_those_of_the_mould_that_is_made(search, specimen):
    best = search.best[0]
    assert best.is_built
    design = design_mould(specimen, with_pose(DesignParameters(**COARSE), best.pose))
    mould, figures = design.mould, best.figures
    assert figures.void_percent == mould.void_percent
    assert figures.plastic_ml == mould.base.mesh.volume_mm3 / 1000
    assert figures.rim_mm == mould.rim_z_mm - mould.floor_z_mm
    assert figures.slabs == len(design.plan.slabs)
    np.testing.assert_array_equal(figures.size_mm, np.ptp(mould.base.mesh.bounds_mm, axis=0))
    np.testing.assert_allclose(design.frame.cut_normal_lps, best.pose.normal_lps, atol=2e-6)
    hits = [site.hit_probability for site in design.sites.sites]
    assert figures.habitats.mean_hit == pytest.approx(np.mean(hits))
    assert figures.habitats.all - figures.habitats.reachable == len(design.sites.unreachable)


def test_the_best_come_first_and_none_is_dearer_than_what_was_asked_for(search):
    prices = [ranked.price for ranked in search.best]
    assert prices == sorted(prices)
    assert search.best[0].price <= search.asked.price
    assert search.asked in search.best


def test_all_stay_within_the_cone(search):
    for ranked in (*search.best, *search.estimates):
        assert angle_between_deg(ranked.pose.normal_lps, (0, 0, 1)) <= 60.0 + 1e-6


def test_the_search_is_the_same_again(search, specimen):
    request = PoseRequest(within_deg=60.0, normals=30, sides=6, finalists=2)
    assert search_poses(specimen, DesignParameters(**COARSE), request) == search


def test_a_base_side_that_was_asked_for_is_kept(specimen):
    parameters = DesignParameters(**COARSE, orientation={"base": "right"})
    found = search_poses(specimen, parameters, PoseRequest(within_deg=30.0, normals=8, finalists=1))
    for ranked in found.best:
        side = base_direction(np.array(ranked.pose.normal_lps), ranked.pose.base_deg)
        assert angle_between_deg(side, (-1, 0, 0)) < 30.1


def test_only_the_planes_that_were_named_are_compared(specimen):
    planes = (Plane.AXIAL, Plane.SAGITTAL)
    found = search_poses(specimen, DesignParameters(**COARSE), PoseRequest(planes=planes, finalists=2))
    normals = {tuple(np.abs(ranked.pose.normal_lps).round(6)) for ranked in found.estimates}
    assert normals == {(0, 0, 1), (1, 0, 0)}


def test_a_long_body_is_cut_across_its_short_side_when_slabs_are_what_costs():
    """40 x 20 x 80 mm: cuts across the shortest edge give the fewest slabs."""
    grid = covering_grid((0, 0, 0), (20, 10, 40), (2.0, 2.0, 2.0))
    body = box_specimen(Box(np.array([-20.0, -10.0, -40.0]), np.array([20.0, 10.0, 40.0])), grid)
    weights = dict.fromkeys(PoseParameters.model_fields, 0.0) | {"slab_weight": 1.0}
    parameters = DesignParameters(**COARSE, poses=weights)
    found = search_poses(body, parameters, PoseRequest(normals=80, sides=4, finalists=1))
    assert angle_between_deg(np.abs(found.best[0].pose.normal_lps), (0, 1, 0)) < 12
    assert found.best[0].figures.slabs <= 3
    assert found.asked.figures.slabs >= 8


def test_estimates_are_near_the_figures_of_moulds():
    grid = covering_grid((0, 0, 0), (40, 25, 30), (1.0, 1.0, 1.0))
    body = ellipsoid_specimen(Ellipsoid(np.zeros(3), np.array([40.0, 25.0, 30.0])), grid)
    parameters = DesignParameters(**COARSE)
    asked = cut_normal(parameters.orientation, body)
    estimator = Estimator.of(distance_in_patient(body, parameters), parameters, asked)
    for pose in (Pose((0.0, 0.0, 1.0), 0.0), Pose((0.6, 0.0, 0.8), 90.0)):
        estimate = estimator.figures(pose)
        design = design_mould(body, with_pose(parameters, pose))
        size = np.ptp(design.mould.base.mesh.bounds_mm, axis=0)
        np.testing.assert_allclose(estimate.size_mm, size, rtol=0.12)
        assert estimate.slabs == pytest.approx(len(design.plan.slabs), abs=1)
        assert estimate.plastic_ml == pytest.approx(design.mould.base.mesh.volume_mm3 / 1000, rel=0.2)
        assert estimate.void_percent == pytest.approx(design.mould.void_percent, abs=2.0)


@pytest.mark.parametrize("wrong", [{"within_deg": 91.0}, {"normals": 0}, {"sides": 0}, {"finalists": 0}])
def test_a_search_out_of_range_is_refused(wrong):
    with pytest.raises(ParameterError, match="expected"):
        PoseRequest(**wrong)


def test_the_picture_shows_the_best_and_is_the_same_again(search, tmp_path):
    for name in ("one.png", "two.png"):
        draw_pose_map(search, np.array([0.0, 0.0, 1.0]), 60.0, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as picture:
        colors = picture.convert("RGB").getcolors(1 << 20)
    assert len(colors) > 20
