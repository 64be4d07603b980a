"""Regions: neighbours agree, borders stay, small parts go where they belong."""

from __future__ import annotations

import numpy as np

from mouldgen.frames import VoxelGrid
from mouldgen.habitats.channels import TumourVoxels
from mouldgen.habitats.compactness import part_count_and_compactness, sphericity
from mouldgen.habitats.parts import merge_small_parts
from mouldgen.habitats.regions import form_regions
from mouldgen.habitats.smoothing import smoothed_posterior


def tumour_of(inside, spacing_mm=(1.0, 1.0, 1.0)):
    return TumourVoxels(inside, VoxelGrid.axis_aligned(inside.shape, spacing_mm, (0, 0, 0)))


def evidence_of(labels, nats):
    return nats * np.eye(int(labels.max()) + 1)[labels]


def test_a_lone_voxel_takes_the_habitat_of_its_neighbours():
    labels = np.zeros((11, 11, 11), int)
    labels[5, 5, 5] = 1
    tumour = tumour_of(np.ones(labels.shape, bool))
    posterior = smoothed_posterior(evidence_of(labels.ravel(), 3.0), tumour, 2.0)
    assert (posterior.argmax(axis=1) == 0).all()


def test_a_flat_border_does_not_move():
    labels = np.zeros((12, 12, 12), int)
    labels[6:] = 1
    tumour = tumour_of(np.ones(labels.shape, bool))
    posterior = smoothed_posterior(evidence_of(labels.ravel(), 1.0), tumour, 4.0)
    assert (posterior.argmax(axis=1) == labels.ravel()).all()


def test_without_reach_voxels_are_left_alone():
    labels = np.random.default_rng(1).integers(0, 3, 512)
    tumour = tumour_of(np.ones((8, 8, 8), bool))
    posterior = smoothed_posterior(evidence_of(labels, 2.0), tumour, 0.0)
    assert (posterior.argmax(axis=1) == labels).all()


def test_reach_is_in_millimetres_along_every_axis():
    labels = np.zeros((21, 21, 21), int)
    labels[10, 10, 10] = 1
    spread = []
    for spacing_mm in ((1.0, 1.0, 3.0), (3.0, 1.0, 1.0)):
        tumour = tumour_of(np.ones(labels.shape, bool), spacing_mm)
        posterior = smoothed_posterior(evidence_of(labels.ravel(), 5.0), tumour, 4.0)[:, 1]
        spread.append(posterior.reshape(labels.shape))
    np.testing.assert_allclose(spread[0], spread[1].transpose(2, 1, 0), rtol=1e-5)


def test_a_small_part_goes_to_the_likelier_of_the_habitats_that_touch_it():
    labels = np.array([0, 0, 0, 1, 2, 2, 2])
    tumour = tumour_of(np.ones((7, 1, 1), bool))
    posterior = np.full((7, 3), 1 / 3)
    posterior[3] = (0.1, 0.6, 0.3)
    after, merges = merge_small_parts(labels, posterior, tumour, 2)
    assert after.tolist() == [0, 0, 0, 2, 2, 2, 2]
    assert [(merge.source, merge.target, merge.parts, merge.voxels) for merge in merges] == [(1, 2, 1, 1)]


def test_small_parts_that_touch_grow_together_before_they_are_judged():
    labels = np.array([0, 0, 0, 0, 1, 2, 1, 3, 3, 3, 3])
    posterior = np.eye(4)[labels] * 0.7 + 0.075
    posterior[[4, 6]] = (0.0, 0.6, 0.3, 0.1)
    after, _ = merge_small_parts(labels, posterior, tumour_of(np.ones((11, 1, 1), bool)), 3)
    assert after.tolist() == [0, 0, 0, 0, 2, 2, 2, 3, 3, 3, 3]


def test_a_small_piece_of_the_tumour_apart_from_the_rest_stays_and_is_counted():
    inside = np.ones((9, 1, 1), bool)
    inside[6] = False
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    regions = form_regions(evidence_of(labels, 9.0), tumour_of(inside), 0.0, 4.0)
    assert regions.labels.tolist() == labels.tolist()
    assert regions.small_parts == (2,)


def ball(radius_vox):
    squared = sum(axis**2 for axis in np.indices((2 * radius_vox + 3,) * 3) - radius_vox - 1)
    return squared <= radius_vox**2


def test_a_ball_is_as_compact_as_can_be_and_a_rod_is_not():
    assert sphericity(ball(15), 1.0) > 0.97
    rod = np.zeros((80, 5, 5), bool)
    rod[:] = True
    truth = (36 * np.pi * 2000**2) ** (1 / 3) / (4 * 80 * 5 + 2 * 25)
    assert abs(sphericity(rod, 1.0) / truth - 1) < 0.2


def test_sphericity_does_not_depend_on_size():
    assert abs(sphericity(ball(12), 1.0) - sphericity(ball(12), 0.5)) < 1e-9


def test_parts_share_faces_and_the_largest_is_measured():
    volume = np.pad(ball(8), 6)
    volume[0, 0, :2] = True
    tumour = tumour_of(volume)
    count, compactness = part_count_and_compactness(np.ones(tumour.count, bool), tumour)
    assert count == 2
    assert compactness > 0.95
