"""The shape between two planes lies between their shapes."""

import numpy as np
import pytest

from mouldgen.io.contours.interpolation import shape_between, signed_distance_mm

PIXEL_MM = np.array([0.25, 0.5])
U, V = np.meshgrid(np.arange(200) * 0.25 - 25, np.arange(100) * 0.5 - 25, indexing="ij")


def disc(radius_mm, center_mm=0.0):
    return np.hypot(U - center_mm, V) < radius_mm


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_between_two_discs_lies_a_disc_of_the_radius_between(share):
    low, high = (signed_distance_mm(disc(radius), PIXEL_MM) for radius in (8.0, 16.0))
    area_mm2 = shape_between(low, high, share).sum() * PIXEL_MM.prod()
    assert np.sqrt(area_mm2 / np.pi) == pytest.approx(8 + 8 * share, abs=0.2)


def test_a_shape_that_moves_is_half_way_in_the_middle():
    low, high = (signed_distance_mm(disc(12.0, u), PIXEL_MM) for u in (-3.0, 3.0))
    middle = shape_between(low, high, 0.5)
    assert U[middle].mean() == pytest.approx(0, abs=0.1)
    assert (middle & ~(disc(12.0, -3.0) | disc(12.0, 3.0))).sum() == 0


def test_distances_grow_inside_and_fall_outside_also_where_the_shape_fills_the_window():
    distances = signed_distance_mm(np.ones((9, 9), bool), np.array([1.0, 1.0]))
    assert distances[4, 4] == 5
    assert distances[0, 0] == 1
    outside = signed_distance_mm(disc(5.0), PIXEL_MM)
    assert outside[np.argmin(np.abs(U[:, 0] - 10)), 50] == pytest.approx(-5, abs=0.3)
