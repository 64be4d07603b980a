"""Planes make up a lattice where each of their pixels keeps its point, or are refused with the reason."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError, Severity
from mouldgen.io.dicom.planes import Plane, stack_planes
from mouldgen.testing.strategies import voxel_grids


def plane(
    depth_mm,
    number=None,
    *,
    sideways_mm=0.0,
    axes=((1, 0, 0), (0, 1, 0)),
    spacing_mm=(0.5, 0.7),
    size=(10, 12),
):
    return Plane(
        position_lps=(sideways_mm, 0.0, depth_mm),
        row_direction=axes[0],
        column_direction=axes[1],
        spacing_mm=spacing_mm,
        rows=size[0],
        columns=size[1],
        number=number,
    )


def planes_at(*depths_mm):
    return [plane(depth_mm, number) for number, depth_mm in enumerate(depths_mm, start=1)]


def planes_of_grid(grid):
    return [
        Plane(
            position_lps=grid.to_points((0, 0, k)),
            row_direction=grid.directions[:, 0],
            column_direction=grid.directions[:, 1],
            spacing_mm=(grid.spacing_mm[1], grid.spacing_mm[0]),
            rows=grid.shape[1],
            columns=grid.shape[0],
            number=k,
        )
        for k in range(grid.shape[2])
    ]


@given(grid=voxel_grids().filter(lambda grid: grid.shape[2] > 1), order=st.randoms(use_true_random=False))
def test_every_pixel_keeps_its_point_in_any_order_of_planes(grid, order):
    planes = planes_of_grid(grid)
    order.shuffle(planes)
    stack = stack_planes(planes)
    assert stack.findings == ()
    assert stack.grid.is_right_handed
    for place, index in enumerate(stack.order):
        one = planes[index]
        expected = (
            one.position_lps
            + 3 * one.spacing_mm[1] * one.row_direction
            + 5 * one.spacing_mm[0] * one.column_direction
        )
        np.testing.assert_allclose(stack.grid.to_points((3, 5, place)), expected, atol=1e-9)


def test_the_step_follows_from_positions():
    stack = stack_planes(planes_at(6, 2, 4, 0))
    assert stack.order == (3, 1, 2, 0)
    np.testing.assert_allclose(stack.grid.spacing_mm, (0.7, 0.5, 2.0))
    assert stack.grid.shape == (12, 10, 4)


def test_a_missing_slice_is_refused_between_its_neighbours():
    with pytest.raises(InputError, match=r"1 between the slices with the numbers 2 and 3 \(5 mm apart\)"):
        stack_planes(planes_at(0, 2.5, 7.5, 10))


def test_all_gaps_are_counted():
    with pytest.raises(InputError, match=r"3 between .* 2 and 3 .*, 1 between .* 4 and 5 "):
        stack_planes(planes_at(0, 1, 5, 6, 8, 9, 10))


def test_one_of_three_distances_tells_a_gap():
    with pytest.raises(InputError, match="2.5 mm apart: 1 between"):
        stack_planes(planes_at(0, 2.5, 7.5))


def test_uneven_distances_are_refused_with_their_range():
    with pytest.raises(InputError, match="uneven, from 1 to 1.7 mm"):
        stack_planes(planes_at(0, 1, 2.3, 4, 5))


def test_growing_distances_are_refused_even_if_neighbours_hardly_differ():
    depths = np.cumsum(np.linspace(1.0, 1.15, 60))
    with pytest.raises(InputError, match="uneven"):
        stack_planes(planes_at(*depths))


def test_distances_that_are_slightly_off_become_a_finding():
    stack = stack_planes(planes_at(0, 1, 2.05, 3))
    assert [finding.code for finding in stack.findings] == ["slices_uneven"]
    assert stack_planes(planes_at(0, 1, 2.005, 3)).findings == ()


@pytest.mark.parametrize("step_mm", [0.05, 0.1, 0.3])
def test_a_gap_between_fine_slices_is_no_rounding(step_mm):
    with pytest.raises(InputError, match="missing"):
        stack_planes(planes_at(*(step_mm * k for k in range(10) if k != 4)))


def test_a_gantry_tilt_is_refused_in_degrees():
    tilted = [plane(depth, sideways_mm=depth * np.tan(np.radians(12))) for depth in range(8)]
    with pytest.raises(InputError, match=r"gantry tilt of 12\.00 degrees"):
        stack_planes(tilted)


def test_a_rounded_direction_is_no_gantry_tilt():
    tilted = [plane(depth, sideways_mm=depth * 0.002) for depth in range(50)]
    assert [finding.code for finding in stack_planes(tilted).findings] == ["slices_shifted"]


def test_planes_at_one_position_are_refused_by_their_numbers():
    with pytest.raises(InputError, match="6 image planes lie at only 5 positions.* numbers 5 and 6"):
        stack_planes(planes_at(0, 1, 2, 3, 4, 4))


def test_a_single_plane_is_no_volume():
    with pytest.raises(InputError, match="only one slice"):
        stack_planes([plane(5)])
    with pytest.raises(InputError, match="no image plane"):
        stack_planes([])


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (plane(1, size=(10, 13)), "12 x 10 and 13 x 10 pixels"),
        (plane(1, spacing_mm=(0.5, 0.71)), "pixel spacing differs"),
        (plane(1, spacing_mm=(0.5, 0.0)), "must be above zero"),
        (plane(1, spacing_mm=(0.5, np.nan)), "must be above zero"),
        (plane(1, axes=((0, 1, 0), (0, 0, 1))), "turned against each other by up to"),
        (plane(1, axes=((np.nan, 0, 0), (0, 1, 0))), "no.* unit vector|not a unit vector"),
        (plane(np.inf), "not a number"),
        (plane(2e5), "200 m from the scanner's origin"),
    ],
)
def test_planes_that_do_not_belong_together_are_refused(other, reason):
    with pytest.raises(InputError, match=reason):
        stack_planes([plane(0), other])


@pytest.mark.parametrize(
    ("axes", "reason"),
    [
        (((1, 0, 0), (0.1, 0.995, 0)), "rows and columns stand at 84.2"),
        (((1.1, 0, 0), (0, 1, 0)), "lengths 1.1 and 1"),
        (((0, 0, 0), (0, 1, 0)), "lengths 0 and 1"),
    ],
)
def test_directions_that_are_no_axes_are_refused(axes, reason):
    with pytest.raises(InputError, match=reason):
        stack_planes([plane(depth, axes=axes) for depth in range(3)])


def test_cosines_of_four_digits_are_made_orthonormal():
    angle = np.radians(30)
    axes = np.round([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0]], 4)
    grid = stack_planes([plane(depth, axes=axes) for depth in range(3)]).grid
    np.testing.assert_allclose(grid.directions.T @ grid.directions, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(grid.directions[:, :2].T, axes, atol=1e-4)


class TestAbsentPlanes:
    def stack(self, *depths_mm, stated_mm=None, is_measured=False):
        return stack_planes(planes_at(*depths_mm), stated_mm, may_have_gaps=True, is_measured=is_measured)

    def test_they_are_left_empty(self):
        stack = self.stack(0, 1, 4)
        assert stack.order == (0, 1, -1, -1, 2)
        assert stack.grid.shape == (12, 10, 5)
        np.testing.assert_allclose(stack.grid.to_points((0, 0, 4)), (0, 0, 4), atol=1e-12)

    def test_the_stated_spacing_counts_if_it_divides_all_distances(self):
        stack = self.stack(0, 2, 5, 6, stated_mm=1.0)
        assert stack.order == (0, -1, 1, -1, -1, 2, 3)
        assert stack.findings == ()

    def test_a_stated_spacing_that_no_distance_bears_out_is_a_warning(self):
        stack = self.stack(0, 2, 5, stated_mm=1.0)
        assert stack.order == (0, -1, 1, -1, -1, 2)
        (finding,) = stack.findings
        assert finding.code == "spacing_unconfirmed"
        assert finding.severity is Severity.WARNING
        assert "spacing between slices is 1 mm" in finding.message
        assert "smallest distance is 2 mm" in finding.message

    def test_positions_of_two_planes_win_over_a_stated_spacing(self):
        stack = self.stack(28, 30, stated_mm=1.0)
        assert stack.order == (0, 1)
        np.testing.assert_allclose(stack.grid.spacing_mm[2], 2)
        (finding,) = stack.findings
        assert finding.code == "spacing_contradicts_positions"
        assert finding.severity is Severity.WARNING
        assert "stated spacing between slices is 1 mm" in finding.message
        assert "2 mm apart" in finding.message

    def test_the_distance_of_images_counts_even_if_no_neighbours_have_it(self):
        two = self.stack(28, 32, stated_mm=2.0, is_measured=True)
        assert (two.order, two.findings) == ((0, -1, 1), ())
        comb = self.stack(0, 4, 8, stated_mm=2.0, is_measured=True)
        assert comb.order == (0, -1, 1, -1, 2)
        assert [finding.code for finding in comb.findings] == ["planes_left_out"]

    def test_the_distance_of_images_that_planes_do_not_follow_is_not_believed(self):
        stack = self.stack(0, 4.8, 9.6, stated_mm=5.0, is_measured=True)
        np.testing.assert_allclose(stack.grid.spacing_mm[2], 4.8)
        assert "of the images is 5 mm" in stack.findings[0].message

    def test_a_stated_spacing_that_no_neighbours_have_is_not_believed(self):
        """As where slices are 2 mm apart, some without a segment, and the file states their thickness."""
        stack = self.stack(28, 30, 32, 36, 38, stated_mm=1.0)
        assert stack.order == (0, 1, 2, -1, 3, 4)
        assert [finding.code for finding in stack.findings] == ["spacing_contradicts_positions"]

    def test_a_rounded_spacing_is_corrected_from_the_positions(self):
        stack = self.stack(*(3.26995 * k for k in (0, 1, 2, 40)), stated_mm=3.27)
        assert len(stack.order) == 41
        np.testing.assert_allclose(stack.grid.spacing_mm[2], 3.26995, atol=1e-9)

    def test_a_stated_spacing_that_does_not_fit_is_not_believed(self):
        stack = self.stack(0, 6, 12, stated_mm=3.5)
        assert stack.order == (0, 1, 2)
        assert [finding.code for finding in stack.findings] == ["spacing_contradicts_positions"]

    def test_no_object_has_an_empty_plane_after_every_full_one(self):
        stack = self.stack(0, 2, 4, 6, stated_mm=1.0)
        np.testing.assert_allclose(stack.grid.spacing_mm[2], 2)
        assert [finding.code for finding in stack.findings] == ["spacing_contradicts_positions"]

    def test_distances_without_a_common_step_are_refused(self):
        with pytest.raises(InputError, match="uneven, from 6 to 9 mm"):
            self.stack(0, 6, 15, stated_mm=3.5)

    def test_one_plane_is_as_thick_as_stated(self):
        stack = self.stack(5, stated_mm=2.5)
        np.testing.assert_allclose(stack.grid.to_points((0, 0, 0)), (0, 0, 5))
        np.testing.assert_allclose(stack.grid.spacing_mm[2], 2.5)
        with pytest.raises(InputError, match="thickness is unknown"):
            self.stack(5)

    @pytest.mark.parametrize("stated_mm", [0.0, -1.0, np.nan, np.inf])
    def test_a_stated_spacing_must_be_possible(self, stated_mm):
        with pytest.raises(InputError, match="expected more than zero"):
            self.stack(0, 1, stated_mm=stated_mm)

    def test_a_tiny_spacing_does_not_fill_the_memory(self):
        with pytest.raises(InputError, match="more than 65536 slices"):
            self.stack(0, 50_000, stated_mm=0.01)

    def test_planes_at_one_position_are_still_refused(self):
        with pytest.raises(InputError, match="only 2 positions"):
            self.stack(0, 1, 1)
