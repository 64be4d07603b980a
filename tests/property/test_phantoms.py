"""The phantoms are what their formulas say, on any grid and in any file."""

from itertools import pairwise

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from mouldgen.frames import VoxelGrid
from mouldgen.testing.bodies import Box, BumpyEllipsoid, Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import (
    box_specimen,
    bumpy_ellipsoid_specimen,
    chiral_specimen,
    covering_grid,
    demo_specimen,
    ellipsoid_specimen,
    rotation_about,
    two_habitat_ellipsoid,
)
from mouldgen.testing.storage import ALL_AXIS_ORDERS, write_specimen
from mouldgen.testing.strategies import rotations, unit_vectors

TURN = rotation_about([1, 2, 3], 25)
LEFT_HANDED = rotation_about([1, 1, 0], 13) * np.array([1, -1, 1])


@given(rotations(), unit_vectors(), st.floats(-20, 20), st.floats(0, 20))
@settings(max_examples=15)
def test_slab_formula_agrees_with_points_drawn_in_the_ellipsoid(axes, normal, lower, thickness):
    ellipsoid = Ellipsoid(np.array([5.0, -3.0, 8.0]), np.array([18.0, 12.0, 9.0]), axes)
    half = HalfSpace(np.array([0.3, -0.5, 0.7]), 4.0)
    rng = np.random.default_rng(0)
    ball = rng.normal(size=(200_000, 3))
    ball *= (rng.uniform(size=(200_000, 1)) ** (1 / 3)) / np.linalg.norm(ball, axis=1, keepdims=True)
    points = ellipsoid.center_lps + (ball * ellipsoid.radii_mm) @ ellipsoid.axes_lps.T
    height = points @ normal
    within = (height >= lower) & (height <= lower + thickness)
    for chosen, side in ((within, None), (within & half.contains(points), half)):
        formula = ellipsoid.slab_mm3(normal, lower, lower + thickness, within=side)
        assert formula / ellipsoid.volume_mm3 == pytest.approx(chosen.mean(), abs=5e-3)


@given(rotations(), unit_vectors(), unit_vectors(), st.floats(-15, 15))
def test_slabs_and_sides_add_up_to_the_ellipsoid(axes, normal, side, offset):
    ellipsoid = Ellipsoid(np.array([5.0, -3.0, 8.0]), np.array([18.0, 12.0, 9.0]), axes)
    first, second = HalfSpace(side, offset), HalfSpace(-side, -offset)
    edges = np.linspace(-40, 40, 9)
    total = sum(
        ellipsoid.slab_mm3(normal, low, high, within=half)
        for low, high in pairwise(edges)
        for half in (first, second)
    )
    assert total == pytest.approx(ellipsoid.volume_mm3, rel=1e-5)


@pytest.mark.parametrize("cosine", [1, -1])
def test_slab_formula_holds_where_the_habitat_border_is_parallel_to_the_cuts(cosine):
    ellipsoid = Ellipsoid(np.zeros(3), np.array([10.0, 10.0, 10.0]))
    half = HalfSpace(np.array([0, 0, cosine]), 2.0)
    low, high = (-4.0, 2.0) if cosine > 0 else (-2.0, 5.0)
    expected = ellipsoid.slab_mm3([0, 0, 1], low, high)
    assert ellipsoid.slab_mm3([0, 0, 1], -4.0, 5.0, within=half) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("spacing", [(1, 1, 1), (0.5, 0.5, 5.0), (0.7, 1.3, 2.0)])
@pytest.mark.parametrize("directions", [np.eye(3), TURN, LEFT_HANDED], ids=["aligned", "oblique", "left"])
def test_voxels_of_an_ellipsoid_have_its_volume(spacing, directions):
    ellipsoid = Ellipsoid(np.array([5.0, -3.0, 8.0]), np.array([24.0, 19.0, 16.0]), TURN)
    grid = covering_grid(ellipsoid.center_lps, ellipsoid.half_size_mm, spacing, directions=directions)
    specimen = ellipsoid_specimen(ellipsoid, grid)
    assert specimen.volume_mm3 == pytest.approx(ellipsoid.volume_mm3, rel=3e-3 if max(spacing) == 1 else 1e-2)
    assert specimen.tissue.grid.is_right_handed


def test_voxels_of_a_bumpy_ellipsoid_have_its_volume():
    body = BumpyEllipsoid(Ellipsoid(np.zeros(3), np.array([24.0, 19.0, 16.0]), TURN), 0.3)
    grid = covering_grid(np.zeros(3), body.ellipsoid.half_size_mm * 1.3, (0.7, 0.7, 0.7))
    assert bumpy_ellipsoid_specimen(body, grid).volume_mm3 == pytest.approx(body.volume_mm3, rel=1e-3)
    assert body.volume_mm3 > body.ellipsoid.volume_mm3 * 1.05


def test_a_box_whose_sides_meet_voxel_borders_is_exact():
    grid = VoxelGrid.axis_aligned((30, 20, 12), (1.0, 2.0, 2.5), (0, 0, 0))
    box = Box(grid.to_points([2.5, 3.5, 1.5]), grid.to_points([20.5, 12.5, 9.5]))
    assert box_specimen(box, grid).volume_mm3 == pytest.approx(box.volume_mm3, rel=1e-12)


def test_two_habitats_have_the_volumes_of_the_formula():
    ellipsoid = Ellipsoid(np.array([5.0, -3.0, 8.0]), np.array([24.0, 19.0, 16.0]), TURN)
    first = HalfSpace(np.array([0.31, -0.523, 0.7071]), 12.0)
    grid = covering_grid(ellipsoid.center_lps, ellipsoid.half_size_mm, (0.6, 0.6, 0.6))
    habitats = two_habitat_ellipsoid(ellipsoid, first, grid).habitats
    wide = [0, 0, 1], -100, 100
    expected = ellipsoid.slab_mm3(*wide, within=first)
    assert habitats.volume.volume_mm3(1) == pytest.approx(expected, rel=2e-3)
    assert habitats.volume.volume_mm3(2) == pytest.approx(ellipsoid.volume_mm3 - expected, rel=2e-3)


def test_no_mirror_and_no_exchange_of_axes_maps_the_chiral_body_onto_itself():
    labels = chiral_specimen((1.0, 1.0, 1.0)).habitats.volume.voxels
    size = max(labels.shape)
    cube = np.zeros((size, size, size), labels.dtype)
    cube[tuple(slice((size - n) // 2, (size - n) // 2 + n) for n in labels.shape)] = labels
    for axes in ALL_AXIS_ORDERS[1:]:
        moved = axes.apply(cube)
        dice = 2 * ((cube > 0) & (moved > 0)).sum() / (2 * (cube > 0).sum())
        assert dice < 0.9, f"{axes} leaves a Dice of {dice:.2f}"


def test_the_demo_is_a_tumour_of_60_to_90_ml_with_three_named_habitats():
    specimen = demo_specimen()
    assert 60_000 < specimen.volume_mm3 < 90_000
    names = [habitat.name for habitat in specimen.habitats.habitats]
    assert names == ["necrosis", "solid", "infiltrating rim"]
    assert specimen.habitats.volume.volume_mm3() == specimen.volume_mm3
    for habitat in specimen.habitats.habitats:
        assert specimen.habitats.volume.volume_mm3(habitat.label) > 5000
    np.testing.assert_allclose(sorted(specimen.tissue.grid.spacing_mm), [0.8, 0.8, 2.0])
    assert np.abs(specimen.tissue.grid.directions - np.eye(3)).max() > 0.05


def test_the_demo_is_the_same_every_time():
    one, two = demo_specimen(), demo_specimen()
    np.testing.assert_array_equal(one.habitats.volume.voxels, two.habitats.volume.voxels)
    np.testing.assert_array_equal(one.images[0].voxels, two.images[0].voxels)


@pytest.mark.parametrize("axes", ALL_AXIS_ORDERS[::7], ids=str)
@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii.gz"])
def test_a_stored_specimen_lies_where_it_was(tmp_path, axes, suffix):
    specimen = chiral_specimen((1.5, 2.0, 3.0), directions=rotation_about([1, 2, 3], 20))
    stored = write_specimen(specimen, tmp_path, axes, suffix=suffix)
    image = sitk.ReadImage(str(stored.habitats))
    volume = specimen.habitats.volume
    for index in np.argwhere(volume.voxels > 0)[::97]:
        there = image.TransformPhysicalPointToIndex(volume.grid.to_points(index).tolist())
        assert image[there] == volume.voxels[tuple(index)]
    mirrored = np.linalg.det(np.array(image.GetDirection()).reshape(3, 3)) < 0
    assert mirrored == axes.mirrors
