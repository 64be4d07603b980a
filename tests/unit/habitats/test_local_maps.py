import numpy as np
import pytest

from mouldgen.habitats.local_maps import local_entropy, local_gradient, local_mean, local_spread
from mouldgen.habitats.windows import Window

SPACING_MM = np.array([0.9, 1.0, 3.0])


def ball() -> np.ndarray:
    place = (np.indices((11, 12, 9)) - np.array([5, 5.5, 4]).reshape(3, 1, 1, 1)) * SPACING_MM[
        :, None, None, None
    ]
    return (place**2).sum(axis=0) < 25


def ramp(slope_per_mm) -> np.ndarray:
    place_mm = np.indices((11, 12, 9)) * SPACING_MM[:, None, None, None]
    return 40 + np.tensordot(slope_per_mm, place_mm, axes=1)


def test_the_gradient_of_a_ramp_is_its_slope_per_mm_up_to_the_edge_of_the_tumour():
    slope = np.array([3.0, -4.0, 12.0])
    gradient = local_gradient(ramp(slope), ball(), Window((2, 2, 1)), SPACING_MM)
    assert gradient == pytest.approx(np.full(ball().sum(), 13.0), rel=1e-9)


def test_the_gradient_within_slices_leaves_out_what_changes_between_them():
    gradient = local_gradient(ramp(np.array([3.0, -4.0, 12.0])), ball(), Window((2, 2, 0)), SPACING_MM)
    middle = np.argwhere(ball()).tolist().index([5, 5, 4])
    assert gradient[middle] == pytest.approx(5.0)


def test_nothing_outside_the_tumour_leaks_into_a_map():
    inside, window = ball(), Window((2, 2, 1))
    values = np.random.default_rng(5).normal(100, 10, inside.shape)
    elsewhere = np.where(inside, values, np.random.default_rng(6).normal(-1e6, 1e5, inside.shape))
    for function, more in ((local_mean, ()), (local_spread, ()), (local_gradient, (SPACING_MM,))):
        assert (function(values, inside, window, *more) == function(elsewhere, inside, window, *more)).all()


def test_a_tumour_of_one_value_has_no_spread_gradient_or_entropy_at_all():
    inside, window = ball(), Window.cube(5)
    values = np.full(inside.shape, 1234.567, np.float32)
    assert set(local_spread(values, inside, window)) == {0.0}
    assert set(local_gradient(values, inside, window, SPACING_MM)) == {0.0}
    assert set(local_entropy(np.where(inside, 17, 0), window)) == {0.0}
    assert set(local_mean(values, inside, window)) == {float(np.float32(1234.567))}


def test_entropy_is_in_bits_of_the_shares_that_levels_have_within_the_tumour():
    levels = np.array([5, 9, 5, 9, 0, 1, 2, 3, 3]).reshape(9, 1, 1)
    assert local_entropy(levels[:4], Window((3, 0, 0))) == pytest.approx(np.ones(4))
    shares = np.array([2, 2, 1, 1, 2]) / 8
    bits = -(shares * np.log2(shares)).sum()
    assert local_entropy(levels, Window((8, 0, 0))) == pytest.approx(np.full(8, bits))


def test_maps_do_not_depend_on_how_many_voxels_are_computed_at_a_time(monkeypatch):
    inside, window = ball(), Window.cube(3)
    values = np.random.default_rng(5).normal(100, 10, inside.shape)
    levels = np.where(inside, np.random.default_rng(5).integers(1, 9, inside.shape), 0)

    def all_maps() -> bytes:
        maps = [
            local_mean(values, inside, window),
            local_spread(values, inside, window),
            local_entropy(levels, window),
            local_gradient(values, inside, window, SPACING_MM),
        ]
        return b"".join(one.tobytes() for one in maps)

    whole = all_maps()
    monkeypatch.setattr("mouldgen.habitats.local_maps._CHUNK_NUMBERS", 100)
    assert all_maps() == whole
