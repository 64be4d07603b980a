"""A margin is measured from the surface, in millimetres."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.io.margin import add_margin
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, ellipsoid_specimen
from mouldgen.testing.strategies import rotations


def tissue_of(mask, spacing_mm):
    return LabelVolume(
        mask.astype(np.uint16), VoxelGrid.axis_aligned(mask.shape, spacing_mm, (5.0, 6.0, 7.0))
    )


def points_of(volume):
    return volume.grid.to_points(np.argwhere(volume.voxels))


def test_no_margin_changes_nothing():
    tissue = tissue_of(np.ones((3, 3, 3), bool), (1, 1, 1))
    assert add_margin(tissue, 0.0) == (tissue, ())


@pytest.mark.parametrize("margin_mm", [1.0, 2.0, 5.0])
@pytest.mark.parametrize(
    ("spacing", "share"),
    [((1.0, 1.0, 1.0), 0.01), ((1.0, 1.25, 2.0), 0.015), ((0.5, 0.5, 0.5), 0.01), ((0.7, 0.7, 5.0), 0.06)],
)
def test_a_sphere_grows_to_the_larger_sphere(spacing, share, margin_mm):
    sphere = Ellipsoid(np.zeros(3), np.full(3, 20.0))
    tissue = ellipsoid_specimen(sphere, covering_grid([0, 0, 0], [20, 20, 20], spacing)).tissue.cropped()
    grown, findings = add_margin(tissue, margin_mm)
    larger_mm3 = 4 / 3 * np.pi * (20 + margin_mm) ** 3
    assert grown.volume_mm3() == pytest.approx(larger_mm3, rel=share)
    assert f"{(grown.volume_mm3() - tissue.volume_mm3()) / 1000:.2f} mL" in findings[0].message


@given(turned=rotations(), margin_mm=st.sampled_from([0.7, 2.0, 4.6]))
def test_a_margin_is_the_same_however_the_grid_is_turned(turned, margin_mm):
    upright = ellipsoid_specimen(
        Ellipsoid(np.zeros(3), np.array([9.0, 7.0, 8.0])),
        covering_grid([0, 0, 0], [9, 7, 8], (1.0, 1.0, 2.0)),
    ).tissue
    oblique = LabelVolume(upright.voxels, upright.grid.moved(Rigid.from_parts(turned, (3, 1, 2))))
    one, other = (add_margin(tissue.cropped(), margin_mm)[0] for tissue in (upright, oblique))
    assert other.volume_mm3() == pytest.approx(one.volume_mm3(), rel=0.015)


def test_a_margin_thinner_than_half_a_slice_does_not_thicken_along_it():
    grown, _findings = add_margin(tissue_of(np.ones((8, 8, 3), bool), (1.0, 1.0, 5.0)), 2.0)
    assert grown.grid.shape == (12, 12, 3)


def test_the_tissue_keeps_its_place():
    tissue = tissue_of(np.ones((8, 6, 5), bool), (1.0, 1.2, 1.5))
    grown, _findings = add_margin(tissue, 3.0)
    np.testing.assert_allclose(points_of(grown).mean(axis=0), points_of(tissue).mean(axis=0), atol=0.2)
    assert grown.volume_mm3() == pytest.approx(np.count_nonzero(grown.voxels) * 1.8)
