"""Stability and certainty: what stays under a change, and how probably a label is right."""

from __future__ import annotations

import numpy as np
import pytest

from mouldgen.habitats.certainty import label_certainty
from mouldgen.habitats.compute import compute_habitats
from mouldgen.habitats.computed import StabilityTrial
from mouldgen.habitats.stability import compare_labels, habitat_stability, instability_findings
from mouldgen.params import DesignParameters
from mouldgen.testing.habitat_phantoms import habitat_phantom, noise_phantom

pytest.importorskip("sklearn")


def test_the_same_habitats_by_other_numbers_agree_fully():
    labels = np.array([1, 1, 2, 2, 3, 3], np.uint16)
    trial = compare_labels("seed", labels, np.array([3, 3, 1, 1, 2, 2], np.uint16))
    assert trial.adjusted_rand == 1
    assert trial.dice == {1: 1.0, 2: 1.0, 3: 1.0}


def test_dice_is_that_of_the_best_match_one_to_one():
    labels = np.array([1, 1, 1, 1, 2, 2], np.uint16)
    trial = compare_labels("noise", labels, np.array([1, 1, 1, 2, 2, 2], np.uint16))
    assert trial.dice == pytest.approx({1: 6 / 7, 2: 4 / 5})


def test_voxels_that_only_one_labelling_knows_do_not_count():
    labels = np.array([1, 1, 2, 2], np.uint16)
    trial = compare_labels("eroded", labels, np.array([0, 1, 2, 0], np.uint16))
    assert trial.dice == {1: 1.0, 2: 1.0}


def test_a_habitat_that_finds_no_match_has_a_dice_of_0():
    labels = np.array([1, 1, 2, 3, 3], np.uint16)
    assert compare_labels("noise", labels, np.array([1, 1, 1, 2, 2], np.uint16)).dice[2] == 0


def test_stability_is_the_median_under_the_worst_kind_of_change():
    trials = [StabilityTrial("noise", 1, {1: dice}) for dice in (0.2, 0.6, 0.9)]
    trials += [StabilityTrial("seed", 1, {1: 1.0})] * 9
    assert habitat_stability(trials, 1) == 0.6
    assert habitat_stability([], 1) is None


def test_an_unstable_habitat_is_warned_of_with_what_unsettles_it():
    trials = [StabilityTrial("seed", 1, {1: 1.0, 2: 1.0}), StabilityTrial("noise", 0, {1: 0.5, 2: 0.9})]
    (finding,) = instability_findings({1: "high t1", 2: "low t1"}, trials, 0.7)
    assert finding.code == "habitat_unstable"
    assert "habitat 1 (high t1)" in finding.message
    assert "noise" in finding.message


@pytest.fixture(scope="module")
def computed():
    phantom = habitat_phantom(3, contrast=2.5, seed=3)
    return phantom, compute_habitats(
        phantom.tissue, phantom.images, DesignParameters(trust={"repeats": 0}, clusters={"count": 3})
    )


def truth_on(phantom, habitats):
    tumour = habitats.channels.tumour
    points = tumour.grid.to_points(tumour.index_vox)
    index = np.rint(phantom.truth.grid.to_indices(points)).astype(int)
    return phantom.truth.voxels[tuple(index.T)]


def test_clear_habitats_are_stable_under_every_change():
    phantom = habitat_phantom(3, contrast=4.0, seed=3)
    habitats = compute_habitats(
        phantom.tissue, phantom.images, DesignParameters(trust={"repeats": 2}, clusters={"count": 3})
    )
    assert {trial.change for trial in habitats.trials} == {"noise", "seed", "eroded", "dilated"}
    assert all(habitat.is_stable and habitat.stability > 0.9 for habitat in habitats.habitats)


def test_labels_are_right_at_least_as_often_as_their_certainty_says(computed):
    phantom, habitats = computed
    truth = truth_on(phantom, habitats)
    inside = habitats.channels.tumour.inside
    labels, certainty = habitats.labels.voxels[inside], habitats.certainty[inside]
    counts = np.array([[np.sum((labels == a) & (truth == b)) for b in (1, 2, 3)] for a in (1, 2, 3)])
    right = counts.argmax(axis=1)[labels - 1] + 1 == truth
    for low, high in ((0.5, 0.8), (0.8, 0.95), (0.95, 1.01)):
        chosen = (certainty >= low) & (certainty < high)
        assert chosen.sum() > 300
        surplus = right[chosen].mean() - certainty[chosen].mean()
        assert -0.03 < surplus < 0.25


def test_certainty_is_0_outside_the_tumour(computed):
    _, habitats = computed
    assert not habitats.certainty[~habitats.channels.tumour.inside].any()


def test_certainty_of_equal_habitats_is_shared():
    certainty = label_certainty(np.full((2, 4), 0.25), np.array([1, 4], np.uint16))
    np.testing.assert_allclose(certainty, 0.25)


def test_noise_alone_is_one_habitat_that_is_not_stable():
    phantom = noise_phantom()
    habitats = compute_habitats(phantom.tissue, phantom.images, DesignParameters())
    assert [(habitat.name, habitat.is_stable) for habitat in habitats.habitats] == [("whole tumour", False)]
    assert "no_habitats" in {finding.code for finding in habitats.findings}


def test_volumes_of_habitats_add_up_to_the_tumour(computed):
    _, habitats = computed
    total = sum(habitat.volume_mm3 for habitat in habitats.habitats)
    assert total == pytest.approx(habitats.channels.tumour.volume_mm3)
