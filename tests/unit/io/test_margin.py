"""A margin is measured from the boxes of the voxels, in millimetres."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.frames import VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.io.margin import add_margin
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, ellipsoid_specimen


def tissue_of(mask, spacing_mm):
    return LabelVolume(
        mask.astype(np.uint16), VoxelGrid.axis_aligned(mask.shape, spacing_mm, (5.0, 6.0, 7.0))
    )


def points_of(volume):
    return volume.grid.to_points(np.argwhere(volume.voxels))


def distances_to_boxes(points, tissue):
    """Return the distance of points to the nearest box of a voxel, one by one."""
    centres = points_of(tissue)
    gaps = np.maximum(np.abs(points[:, None] - centres) - tissue.grid.spacing_mm / 2, 0)
    return np.linalg.norm(gaps, axis=2).min(axis=1)


def test_no_margin_changes_nothing():
    tissue = tissue_of(np.ones((3, 3, 3), bool), (1, 1, 1))
    assert add_margin(tissue, 0.0) == (tissue, ())


@given(
    seed=st.integers(0, 10_000),
    spacing=st.tuples(*[st.sampled_from([0.5, 0.9, 1.0, 3.3])] * 3),
    margin_mm=st.sampled_from([0.2, 0.5, 1.0, 1.7, 3.0, 4.6]),
)
def test_a_voxel_belongs_to_it_if_its_centre_is_that_near_to_a_box(seed, spacing, margin_mm):
    mask = np.random.default_rng(seed).random((4, 3, 5)) < 0.2
    mask[1, 1, 1] = True
    tissue = tissue_of(mask, spacing).cropped()
    grown, findings = add_margin(tissue, margin_mm)
    assert distances_to_boxes(points_of(grown), tissue).max() <= margin_mm + 1e-3
    reach = int(np.ceil(margin_mm / min(spacing))) + 2
    around = tissue.grid.cropped([-reach] * 3, [size + reach for size in tissue.grid.shape])
    every = around.to_points(np.argwhere(np.ones(around.shape, bool)))
    assert len(points_of(grown)) == np.count_nonzero(distances_to_boxes(every, tissue) <= margin_mm + 1e-4)
    assert [finding.code for finding in findings] == ["margin_added"]


def test_a_sphere_grows_to_the_larger_sphere():
    sphere = Ellipsoid(np.zeros(3), np.full(3, 12.0))
    tissue = ellipsoid_specimen(
        sphere, covering_grid([0, 0, 0], [12, 12, 12], [1.0, 1.0, 1.5])
    ).tissue.cropped()
    grown, findings = add_margin(tissue, 4.0)
    larger_mm3 = 4 / 3 * np.pi * 16**3
    # corners of voxels stand out of the sphere, so the margin starts a little outside it
    assert larger_mm3 * 0.99 < grown.volume_mm3() < larger_mm3 * 1.10
    assert f"{(grown.volume_mm3() - tissue.volume_mm3()) / 1000:.2f} mL" in findings[0].message


def test_a_margin_thinner_than_half_a_slice_does_not_thicken_along_it():
    grown, _findings = add_margin(tissue_of(np.ones((4, 4, 2), bool), (1.0, 1.0, 5.0)), 2.0)
    assert grown.grid.shape == (8, 8, 2)


def test_the_tissue_keeps_its_place():
    tissue = tissue_of(np.ones((3, 4, 5), bool), (1.0, 2.0, 3.0))
    grown, _findings = add_margin(tissue, 3.0)
    np.testing.assert_allclose(points_of(grown).mean(axis=0), points_of(tissue).mean(axis=0), atol=1e-9)
    assert grown.volume_mm3() == pytest.approx(np.count_nonzero(grown.voxels) * 6.0)
