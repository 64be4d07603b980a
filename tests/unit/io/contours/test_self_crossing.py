"""Only contours that lose area by crossing themselves are counted, and this takes little time."""

import time

import numpy as np
import pytest

from mouldgen.io.contours.rasterising import fill_even_odd, windings
from mouldgen.io.contours.self_crossing import count_self_crossing

SHAPE = (120, 110)


def circle(radius, points=200, center=(60, 55)):
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.column_stack([np.cos(angle), np.sin(angle)]) * radius + center


def keyhole(outer, hole, noise=0.0):
    ring = np.concatenate([outer, outer[:1], hole, hole[:1]])
    return ring + np.random.default_rng(1).uniform(-noise, noise, ring.shape)


PENTAGRAM = circle(50, 5)[[0, 2, 4, 1, 3]]
TWICE_ROUND = np.concatenate([circle(50), circle(40) + 0.3])
SCRAMBLED = np.random.default_rng(0).permutation(circle(50))


@pytest.mark.parametrize(
    "ring",
    [PENTAGRAM, PENTAGRAM[::-1], TWICE_ROUND, SCRAMBLED],
    ids=["star", "reversed", "spiral", "scrambled"],
)
def test_contours_that_lose_area_by_crossing_themselves_are_counted(ring):
    assert count_self_crossing([ring, circle(30)], SHAPE) == 1


@pytest.mark.parametrize(
    "ring",
    [
        circle(50),
        keyhole(circle(50), circle(30)),
        keyhole(circle(50), circle(30)[::-1]),
        keyhole(circle(50), circle(30), 1e-3),
        keyhole(circle(50), circle(30)[::-1], 1e-3),
        circle(50)[[0, 50, 150, 100]],
    ],
    ids=["simple", "keyhole", "keyhole reversed", "rounded", "rounded reversed", "figure of eight"],
)
def test_simple_rings_keyholes_and_loops_beside_each_other_are_not_counted(ring):
    assert count_self_crossing([ring], SHAPE) == 0


def test_windings_count_the_rings_around_a_centre_by_their_direction():
    rings = [circle(50), circle(30), circle(10)[::-1]]
    times = windings(rings, SHAPE)
    assert times[60, 55] == times[60 - 40, 55] == np.sign(times[60, 55])
    assert abs(times[60 - 20, 55]) == 2
    np.testing.assert_array_equal(times % 2 == 1, fill_even_odd(rings, SHAPE))


@pytest.mark.parametrize("make", [lambda rng: rng.permutation(circle(50, 500)), lambda _rng: circle(50, 500)])
def test_a_hundred_contours_take_little_time(make):
    rng = np.random.default_rng(2)
    rings = [make(rng) for _ in range(100)]
    start = time.process_time()
    count_self_crossing(rings, SHAPE)
    assert time.process_time() - start < 3
