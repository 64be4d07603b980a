"""Rings fill the pixels whose centres they enclose, whichever way they are drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError
from mouldgen.io.contours import rasterising
from mouldgen.io.contours.rasterising import fill_even_odd

SHAPE = (23, 19)
CENTERS = np.stack(np.meshgrid(np.arange(SHAPE[0]), np.arange(SHAPE[1]), indexing="ij"), axis=-1)


def rectangle(u0, v0, u1, v1):
    return np.array([[u0, v0], [u1, v0], [u1, v1], [u0, v1]], float)


def random_rings(seed, count=3):
    """Return rings that cross themselves and each other and reach beyond the pixels."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(-5, 26, (rng.integers(3, 12), 2)) for _ in range(count)]


def winding_parity(rings):
    """Return the even-odd filling from the sum of angles under which edges are seen: no scan lines."""
    crossings = np.zeros(SHAPE)
    for ring in rings:
        for start, stop in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            one, other = start - CENTERS, stop - CENTERS
            cross = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
            crossings += np.arctan2(cross, (one * other).sum(axis=-1))
    return np.rint(crossings / (2 * np.pi)).astype(int) % 2 == 1


@given(st.integers(0, 2**32 - 1))
def test_filling_agrees_with_the_parity_of_windings(seed):
    rings = random_rings(seed)
    np.testing.assert_array_equal(fill_even_odd(rings, SHAPE), winding_parity(rings))


@given(st.integers(0, 2**32 - 1), st.integers(0, 11), st.booleans())
def test_start_direction_and_repeated_points_do_not_matter(seed, start, is_reversed):
    rings = random_rings(seed)
    redrawn = [np.roll(ring[::-1] if is_reversed else ring, start, axis=0) for ring in rings]
    redrawn = [np.repeat(np.concatenate([ring, ring[:1]]), 2, axis=0) for ring in redrawn]
    np.testing.assert_array_equal(fill_even_odd(redrawn, SHAPE), fill_even_odd(rings, SHAPE))


def test_a_rectangle_between_centres_fills_those_within():
    filled = fill_even_odd([rectangle(2.5, 3.5, 7.5, 9.5)], SHAPE)
    assert filled.sum() == 5 * 6
    assert filled[3:8, 4:10].all()


def test_rings_with_a_common_edge_through_centres_share_no_pixel_and_leave_none_out():
    left, right = (fill_even_odd([rectangle(u, 2, u + 6, 9)], SHAPE) for u in (2, 8))
    lower, upper = (fill_even_odd([rectangle(2, v, 8, v + 5)], SHAPE) for v in (2, 7))
    assert not (left & right).any()
    assert (left | right).sum() == 12 * 7
    assert not (lower & upper).any()
    assert (lower | upper).sum() == 6 * 10


@given(st.integers(0, 2**32 - 1))
def test_noise_in_the_last_digits_does_not_move_an_outline_through_centres(seed):
    diamond = np.array([[10, 2], [16, 8], [10, 14], [4, 8]], float)
    noise = np.random.default_rng(seed).uniform(-1e-8, 1e-8, diamond.shape)
    np.testing.assert_array_equal(fill_even_odd([diamond + noise], SHAPE), fill_even_odd([diamond], SHAPE))


def test_a_ring_within_a_ring_is_a_hole_and_one_within_that_an_island():
    rings = [rectangle(1.5, 1.5, 15.5, 15.5), rectangle(4.5, 4.5, 12.5, 12.5), rectangle(6.5, 6.5, 9.5, 9.5)]
    assert fill_even_odd(rings, SHAPE).sum() == 14**2 - 8**2 + 3**2


def test_a_keyhole_is_the_same_hole_as_a_ring_within_a_ring():
    outer, hole = rectangle(1.3, 1.2, 15.7, 15.1), rectangle(4.6, 4.1, 12.2, 12.9)
    joined = np.concatenate([outer, outer[:1], hole, hole[:1]])
    np.testing.assert_array_equal(fill_even_odd([joined], SHAPE), fill_even_odd([outer, hole], SHAPE))


def test_an_edge_drawn_to_and_fro_leaves_no_trace():
    ring = rectangle(2.2, 2.2, 9.7, 9.7)
    spike = np.array([[2.2, 2.2], [17.31, 15.77], [2.2, 2.2]])
    np.testing.assert_array_equal(
        fill_even_odd([np.concatenate([spike, ring[1:]])], SHAPE), fill_even_odd([ring], SHAPE)
    )


def test_a_ring_around_all_pixels_fills_them_and_one_beside_them_none():
    assert fill_even_odd([rectangle(-9, -9, 40, 40)], SHAPE).all()
    assert not fill_even_odd([rectangle(-9, -9, -2, 40), rectangle(30, -9, 44, 40)], SHAPE).any()


def test_portions_of_edges_give_the_same_as_all_at_once(monkeypatch):
    rings = random_rings(5)
    whole = fill_even_odd(rings, SHAPE)
    monkeypatch.setattr(rasterising, "_CROSSINGS_AT_ONCE", 7)
    np.testing.assert_array_equal(fill_even_odd(rings, SHAPE), whole)


def test_more_crossings_than_can_be_drawn_are_refused(monkeypatch):
    monkeypatch.setattr(rasterising, "MOST_CROSSINGS", 20)
    with pytest.raises(InputError, match="fewer points"):
        fill_even_odd([rectangle(-9, -9, 40, 40)], SHAPE)


def test_the_area_of_a_fine_ring_is_that_of_its_polygon():
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ring = np.column_stack([200.3 + 170.3 * np.cos(angle), 190.4 + 120.9 * np.sin(angle)])
    area = 400 / 2 * np.sin(2 * np.pi / 400) * 170.3 * 120.9
    assert fill_even_odd([ring], (400, 380)).sum() == pytest.approx(area, rel=5e-4)
