"""Estimates of how habitats can be sampled: near the planner's own figures, and they turn the search."""

from __future__ import annotations

import numpy as np
import pytest

from mouldgen.images import LabelVolume
from mouldgen.params import DesignParameters
from mouldgen.pipeline import distance_in_patient
from mouldgen.poses.candidates import normals_around
from mouldgen.poses.evaluation import evaluated, with_pose
from mouldgen.poses.figures import Pose
from mouldgen.poses.habitat_estimate import HabitatEstimator
from mouldgen.poses.search import PoseRequest, search_poses
from mouldgen.testing.bodies import Box
from mouldgen.testing.phantoms import box_specimen, chiral_specimen, covering_grid, specimen_of_labels

COARSE = {"surface": {"grid_mm": 1.0}, "case": "T1"}


def layered_specimen():
    """Return a box of 40 mm, parted into layers of 4 mm across left and right: habitats 1 and 2 in turn."""
    box = Box((-20, -20, -20), (20, 20, 20))
    whole = box_specimen(box, covering_grid((0, 0, 0), (20, 20, 20), (1.0, 1.0, 1.0))).tissue
    x_mm = whole.grid.to_points(np.argwhere(whole.voxels > 0))[:, 0]
    layers = np.zeros(whole.grid.shape, np.uint16)
    layers[whole.voxels > 0] = 1 + (np.floor((x_mm + 20) / 4).astype(int) % 2)
    return specimen_of_labels(LabelVolume(layers, whole.grid), habitats=True)


def test_estimates_are_near_what_the_planner_finds_in_the_pose():
    specimen, parameters = (
        chiral_specimen(),
        DesignParameters(**COARSE, sites={"sigma_mm": 1.0, "punch_mm": 3}),
    )
    estimator = HabitatEstimator.of(specimen, parameters)
    field = distance_in_patient(specimen, parameters)
    for normal in normals_around(np.array([0.0, 0.0, 1.0]), 90, 4):
        pose = Pose.of(normal, 30.0)
        built = evaluated(specimen, field, with_pose(parameters, pose), normal).habitats
        found = estimator.reach(pose.normal_lps)
        assert (found.reachable, found.all) == (built.reachable, built.all)
        assert found.worst_hit == pytest.approx(built.worst_hit, abs=0.05)


def test_slabs_along_thin_layers_cannot_be_hit_and_slabs_across_them_can():
    parameters = DesignParameters(**COARSE, sites={"sigma_mm": 0.5, "punch_mm": 3.0})
    estimator = HabitatEstimator.of(layered_specimen(), parameters)
    along, across = estimator.reach((1.0, 0.0, 0.0)), estimator.reach((0.0, 0.0, 1.0))
    assert (along.reachable, along.worst_hit) == (0, 0.0)  # every punch goes through two layers
    assert across.reachable == 2
    assert across.worst_hit > 0.95


def test_the_search_turns_towards_habitats_that_can_be_hit():
    parameters = DesignParameters(
        **COARSE, orientation={"plane": "sagittal"}, sites={"sigma_mm": 0.5, "punch_mm": 3.0}
    )
    found = search_poses(layered_specimen(), parameters, PoseRequest(normals=20, sides=4, finalists=1))
    assert found.asked.figures.habitats.reachable == 0
    assert found.best[0].figures.habitats.reachable == 2
    assert all(ranked.figures.habitats is not None for ranked in found.estimates)


def test_without_habitats_nothing_is_estimated_of_them():
    box = Box((-10, -10, -10), (10, 10, 10))
    specimen = box_specimen(box, covering_grid((0, 0, 0), (20, 20, 20), (1.0, 1.0, 1.0)))
    assert HabitatEstimator.of(specimen, DesignParameters()) is None
