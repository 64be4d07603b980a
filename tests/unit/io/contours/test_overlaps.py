"""Contours of one plane that overlap without being nested are found."""

import numpy as np

from mouldgen.io.contours import overlaps
from mouldgen.io.contours.overlaps import overlapping_pixels, pixel_box

SHAPE = (60, 50)


def rectangle(u0, v0, u1, v1):
    return np.array([[u0, v0], [u1, v0], [u1, v1], [u0, v1]], float) + 0.5


def test_nested_and_separate_contours_do_not_overlap():
    rings = [
        rectangle(0, 0, 30, 30),
        rectangle(5, 5, 25, 25),
        rectangle(8, 8, 12, 12),
        rectangle(14, 14, 20, 20),
        rectangle(30, 0, 50, 30),
    ]
    assert overlapping_pixels(rings, SHAPE) == 0
    assert overlapping_pixels(rings[::-1], SHAPE) == 0


def test_a_partial_overlap_is_counted():
    rings = [rectangle(0, 0, 20, 20), rectangle(15, 5, 40, 12)]
    assert overlapping_pixels(rings, SHAPE) == 5 * 7


def test_a_contour_across_the_rim_of_a_hole_overlaps():
    rings = [rectangle(0, 0, 40, 40), rectangle(10, 10, 30, 30), rectangle(20, 15, 35, 25)]
    assert overlapping_pixels(rings, SHAPE) == 50


def test_almost_the_same_contour_twice_is_counted_as_lost():
    assert overlapping_pixels([rectangle(0, 0, 40, 40), rectangle(0, 0, 40, 39)], SHAPE) == 40 * 39


def test_a_thick_wall_is_no_repetition():
    assert overlapping_pixels([rectangle(0, 0, 40, 40), rectangle(2, 2, 38, 38)], SHAPE) == 0


def test_an_island_in_the_hole_of_a_keyhole_does_not_overlap():
    outer, hole = rectangle(0, 0, 40, 40), rectangle(3, 3, 37, 37)
    keyhole = np.concatenate([outer, outer[:1], hole, hole[:1]])
    assert overlapping_pixels([keyhole, rectangle(4, 4, 36, 36)], SHAPE) == 0


def test_planes_with_very_many_pixels_are_not_searched(monkeypatch):
    monkeypatch.setattr(overlaps, "MOST_PIXELS", 100)
    assert overlapping_pixels([rectangle(0, 0, 20, 20), rectangle(15, 5, 40, 12)], SHAPE) == 0


def test_the_box_around_rings_stays_within_the_plane():
    assert pixel_box([rectangle(-9, 10, 99, 20)], SHAPE) == ((0, 10), (60, 12))
    assert pixel_box([rectangle(-9, -9, -5, -5)], SHAPE) == ((0, 0), (1, 1))
    assert pixel_box([rectangle(90, 90, 99, 99)], SHAPE) == ((59, 49), (1, 1))
