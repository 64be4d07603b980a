from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.frames import VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.sampling.voxel_shares import label_volumes_between, share_below

widths = st.tuples(*[st.floats(0.0, 3.0)] * 3).filter(lambda w: max(w) > 0.01)


def test_a_plane_along_the_faces_splits_a_voxel_linearly():
    share = share_below(np.array([-1.0, -0.5, 0.0, 0.25, 1.0]), np.array([1.0, 0.0, 0.0]))
    assert share == pytest.approx([0.0, 0.25, 0.5, 0.625, 1.0])


def test_a_diagonal_plane_cuts_off_a_corner_of_known_volume():
    # the corner tetrahedron of a unit cube with legs of t has the volume t**3 / 6
    half = np.full(3, 0.5) / np.sqrt(3)
    leg = 0.4
    offset = leg / np.sqrt(3) - half.sum()
    assert share_below(np.array([offset]), half)[0] == pytest.approx(leg**3 / 6, rel=1e-9)


@given(half=widths, offset=st.floats(-8, 8))
def test_what_lies_below_and_above_adds_up_to_the_voxel(half, offset):
    below = share_below(np.array([offset]), np.array(half))
    above = share_below(np.array([-offset]), np.array(half))
    assert below[0] + above[0] == pytest.approx(1.0, abs=1e-6)


@given(half=widths)
def test_the_share_rises_with_the_plane(half):
    share = share_below(np.linspace(-10, 10, 400), np.array(half))
    assert (np.diff(share) >= -1e-6).all()
    assert share[0] == 0.0
    assert share[-1] == pytest.approx(1.0)


@given(half=widths, offset=st.floats(-1, 1))
def test_the_share_agrees_with_random_points_in_the_voxel(half, offset):
    points = np.random.default_rng(0).uniform(-1, 1, (200_000, 3)) @ np.array(half)
    at = offset * sum(half)
    assert share_below(np.array([at]), np.array(half))[0] == pytest.approx((points < at).mean(), abs=0.006)


@pytest.mark.parametrize("normal", [(0, 0, 1), (0.5, 0.3, 0.8), (1, 1, 1), (0, 1e-7, 1)])
def test_volumes_between_planes_add_up_to_the_label(normal):
    rng = np.random.default_rng(3)
    grid = VoxelGrid.axis_aligned((7, 8, 9), (0.7, 0.9, 4.0), (-3, 2, 5))
    volume = LabelVolume(rng.integers(0, 3, grid.shape).astype(np.uint16), grid)
    unit = np.array(normal) / np.linalg.norm(normal)
    between = label_volumes_between(volume, unit, np.linspace(0, 30, 9))
    for label in (1, 2):
        assert between[label].sum() == pytest.approx(volume.volume_mm3(label), rel=1e-12)
        assert (between[label] >= -1e-9).all()


def test_planes_through_voxel_centres_split_a_layer_in_half():
    grid = VoxelGrid.axis_aligned((4, 4, 3), (1.0, 1.0, 5.0), (0, 0, 0))
    volume = LabelVolume(np.ones(grid.shape, np.uint16), grid)
    below = label_volumes_between(volume, np.array([0.0, 0.0, 1.0]), np.array([5.0]))[1][0]
    assert below == pytest.approx(16 * 5 * 1.5)
