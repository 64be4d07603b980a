"""Frames: rigid transforms never mirror, and a lattice stays where it is however it is stored."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError
from mouldgen.frames import (
    ANATOMICAL_DIRECTIONS,
    AxisLetters,
    Rigid,
    VoxelGrid,
    anatomical_name,
    frozen_array,
    unit_vector,
)
from mouldgen.testing.phantoms import rotation_about
from mouldgen.testing.storage import ALL_AXIS_ORDERS, AxisOrder
from mouldgen.testing.strategies import (
    axis_orders,
    coordinates,
    rigid_transforms,
    rotations,
    unit_vectors,
    voxel_grids,
)

POINTS = st.lists(st.tuples(*[coordinates()] * 3), min_size=1, max_size=8).map(np.array)


def all_indices(grid):
    return np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1)


@given(rigid_transforms(), POINTS)
def test_a_rigid_transform_and_its_inverse_return_every_point(transform, points):
    np.testing.assert_allclose(transform.inverse().apply(transform.apply(points)), points, atol=1e-9)


@given(rigid_transforms())
def test_a_rigid_transform_has_determinant_one_and_so_has_its_inverse(transform):
    assert np.linalg.det(transform.rotation) == pytest.approx(1.0, abs=1e-12)
    assert np.linalg.det(transform.inverse().rotation) == pytest.approx(1.0, abs=1e-12)


@given(rigid_transforms(), POINTS)
def test_a_rigid_transform_keeps_distances(transform, points):
    moved = transform.apply(points)
    np.testing.assert_allclose(
        np.linalg.norm(moved - moved[0], axis=1), np.linalg.norm(points - points[0], axis=1), atol=1e-9
    )


@given(rigid_transforms(), POINTS)
def test_turning_ignores_the_translation(transform, vectors):
    origin = transform.apply(np.zeros(3))
    np.testing.assert_allclose(transform.turn(vectors), transform.apply(vectors) - origin, atol=1e-9)


@given(rotations(), st.integers(0, 2))
def test_a_mirror_is_refused(rotation, axis):
    mirror = np.eye(3)
    mirror[axis, axis] = -1
    with pytest.raises(ValueError, match="right-handed"):
        Rigid.from_parts(rotation @ mirror, [0, 0, 0])


@pytest.mark.parametrize(
    "matrix",
    [
        np.diag([1.01, 1, 1, 1]),
        np.full((4, 4), np.nan),
        np.eye(3),
        np.diag([np.inf, 1, 1, 1]),
        np.zeros((4, 4)),
        np.diag([1, 1, 1 + 1e-6, 1]),
        np.diag([1, 1, 1, 2]),
    ],
    ids=["stretched", "nan", "3x3", "infinite", "zero", "stretched by 1e-6", "last row"],
)
def test_what_is_not_rigid_is_refused(matrix):
    with pytest.raises(ValueError, match="not a rigid"):
        Rigid(matrix)


def test_a_transform_cannot_be_changed_through_its_arrays():
    matrix = np.eye(4)
    transform = Rigid(matrix)
    matrix[0, 3] = 5.0
    assert transform.translation_mm[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        transform.matrix[0, 3] = 5.0


def test_from_parts_rotates_first_and_then_moves():
    transform = Rigid.from_parts(rotation_about([0, 0, 1], 90), [10, 0, 0])
    np.testing.assert_allclose(transform.apply([1, 0, 0]), [10, 1, 0], atol=1e-12)


def test_frozen_array_copies_what_others_could_write_and_keeps_what_they_cannot():
    mine = np.arange(3.0)
    frozen = frozen_array(mine)
    mine[0] = 9
    assert frozen[0] == 0
    assert frozen_array(frozen) is frozen


@pytest.mark.parametrize("vector", [(0, 0, 0), (1, np.nan, 0), (1, 0), (np.inf, 0, 0)])
def test_a_direction_without_length_is_refused(vector):
    with pytest.raises(ValueError, match="three finite numbers"):
        unit_vector(vector)


@given(voxel_grids(), st.data())
def test_indices_and_points_are_inverse(grid, data):
    index = np.array(data.draw(st.tuples(*[st.floats(-20, 20)] * 3)))
    np.testing.assert_allclose(grid.to_indices(grid.to_points(index)), index, atol=1e-6)


@given(voxel_grids(), axis_orders())
def test_reordering_leaves_every_voxel_where_it_was(grid, axes):
    points = grid.to_points(all_indices(grid))
    moved = np.stack([axes.apply(points[..., n]) for n in range(3)], axis=-1)
    again = grid.reordered(axes.order, axes.flips)
    np.testing.assert_allclose(again.to_points(all_indices(again)), moved, atol=1e-9)


@given(voxel_grids(), axis_orders())
def test_reordering_changes_the_hand_exactly_when_it_mirrors(grid, axes):
    assert (grid.reordered(axes.order, axes.flips).is_right_handed != grid.is_right_handed) == axes.mirrors


@given(voxel_grids())
def test_patient_order_is_right_handed_and_runs_to_left_posterior_superior(grid):
    ordered = grid.reordered(*grid.patient_order())
    assert ordered.is_right_handed
    assert (np.diag(ordered.directions) >= -1e-6).all()
    best = np.abs(grid.directions)
    chosen = np.diag(ordered.directions).sum()
    assert chosen == pytest.approx(
        max(best[range(3), axes.order].sum() for axes in ALL_AXIS_ORDERS), abs=1e-5
    )


@given(rotations(), st.tuples(*[st.floats(0.3, 5.0)] * 3), st.tuples(*[st.integers(1, 9)] * 3))
def test_all_48_ways_of_storing_have_one_patient_order(rotation, spacing, shape):
    affine = np.eye(4)
    affine[:3, :3] = rotation * np.array(spacing)
    affine[:3, 3] = [7.0, -80.0, 300.0]
    grid = VoxelGrid(shape, affine)
    best = sorted(np.diag(np.abs(grid.directions)[:, list(a.order)]).sum() for a in ALL_AXIS_ORDERS[::8])
    if best[-1] - best[-2] < 1e-3:
        return  # two assignments fit equally well: a lattice at 45 degrees has no one order
    expected = grid.reordered(*grid.patient_order())
    for axes in ALL_AXIS_ORDERS:
        stored = grid.reordered(axes.order, axes.flips)
        again = stored.reordered(*stored.patient_order())
        assert again.shape == expected.shape
        np.testing.assert_allclose(again.point_from_index, expected.point_from_index, atol=1e-9)


def test_patient_order_of_an_aligned_grid_is_exact():
    grid = VoxelGrid.axis_aligned((4, 5, 6), (0.7, 0.8, 2.5), (-13.3, 20.1, 7.7))
    for axes in ALL_AXIS_ORDERS:
        stored = grid.reordered(axes.order, axes.flips)
        again = stored.reordered(*stored.patient_order())
        np.testing.assert_allclose(again.point_from_index, grid.point_from_index, rtol=0, atol=1e-13)


def test_all_48_axis_orders_differ_and_half_of_them_mirror():
    assert len({(a.order, a.flips) for a in ALL_AXIS_ORDERS}) == 48
    assert sum(axes.mirrors for axes in ALL_AXIS_ORDERS) == 24
    assert str(AxisOrder((2, 0, 1), (True, False, False))) == "-k+i+j"


@given(voxel_grids(), rigid_transforms())
def test_a_moved_grid_holds_the_moved_points(grid, transform):
    index = all_indices(grid)
    np.testing.assert_allclose(
        grid.moved(transform).to_points(index), transform.apply(grid.to_points(index)), atol=1e-8
    )


@given(voxel_grids(), st.tuples(*[st.integers(-3, 3)] * 3), st.tuples(*[st.integers(4, 9)] * 3))
def test_a_cropped_or_padded_grid_keeps_its_voxels_in_place(grid, start, stop):
    part = grid.cropped(start, stop)
    assert part.shape == tuple(np.subtract(stop, start))
    np.testing.assert_allclose(part.to_points([0, 0, 0]), grid.to_points(start), atol=1e-9)
    np.testing.assert_allclose(part.to_points([1, 2, 3]), grid.to_points(np.add(start, [1, 2, 3])), atol=1e-9)


@given(voxel_grids())
def test_the_center_is_the_mean_of_all_voxels(grid):
    mean = grid.to_points(all_indices(grid)).mean(axis=(0, 1, 2))
    np.testing.assert_allclose(grid.center_mm, mean, atol=1e-8)


@given(voxel_grids())
def test_voxel_volume_is_the_determinant(grid):
    assert grid.voxel_mm3 == pytest.approx(abs(np.linalg.det(grid.point_from_index[:3, :3])), rel=1e-9)


@given(voxel_grids(), unit_vectors())
def test_half_widths_add_up_to_the_furthest_corner_of_a_voxel(grid, direction):
    corners = np.stack(np.meshgrid(*[(-0.5, 0.5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    heights = (grid.to_points(corners) - grid.to_points([0, 0, 0])) @ direction
    assert grid.half_widths_mm(direction).sum() == pytest.approx(heights.max(), abs=1e-9)


def test_a_sheared_grid_is_refused_with_the_angle():
    affine = np.eye(4)
    affine[0, 1] = np.tan(np.radians(2.0))
    with pytest.raises(InputError, match=r"sheared by 2\.000 degrees"):
        VoxelGrid((4, 4, 4), affine)


@pytest.mark.parametrize("spacing", [(0.0, 1.0, 1.0), (1.0, 0.0, 0.0)])
def test_a_spacing_of_zero_is_refused(spacing):
    with pytest.raises(InputError, match="above zero"):
        VoxelGrid.axis_aligned((4, 4, 4), spacing, (0, 0, 0))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_affine_that_is_not_finite_is_refused(value):
    affine = np.eye(4)
    affine[1, 3] = value
    with pytest.raises(InputError, match="finite"):
        VoxelGrid((4, 4, 4), affine)


@pytest.mark.parametrize("name", ANATOMICAL_DIRECTIONS)
def test_anatomical_names_and_letters_of_the_axes(name):
    found, angle = anatomical_name(np.array(ANATOMICAL_DIRECTIONS[name]) * 3)
    assert (found, angle) == (name, pytest.approx(0.0, abs=1e-9))


@pytest.mark.parametrize(
    ("degrees", "letter"), [(0, "L"), (4.9, "L"), (5.1, "L*"), (44, "L*"), (46, "P*"), (90, "P")]
)
def test_letters_carry_a_mark_when_oblique(degrees, letter):
    axes = (rotation_about([0, 0, 1], degrees) @ np.eye(3)).T
    assert AxisLetters.of(axes).x[1] == letter


@given(rotations())
def test_every_letter_is_used_once(rotation):
    letters = AxisLetters.of(rotation)
    used = [text[0] for pair in (letters.x, letters.y, letters.z) for text in pair]
    assert sorted(used) == sorted("LRAPSI")


def test_no_letter_is_used_twice_at_45_degrees():
    axes = (rotation_about([0, 0, 1], 45) @ np.eye(3)).T
    letters = AxisLetters.of(axes)
    assert {letters.x[1][0], letters.y[1][0]} in ({"L", "A"}, {"L", "P"}, {"P", "R"})


@given(rotations())
def test_a_letter_stands_on_the_side_that_it_names(rotation):
    letters = AxisLetters.of(rotation)
    for axis, pair in zip(rotation, (letters.x, letters.y, letters.z), strict=True):
        named = next(v for k, v in ANATOMICAL_DIRECTIONS.items() if k[0].upper() == pair[1][0])
        assert np.dot(axis, named) >= 0
