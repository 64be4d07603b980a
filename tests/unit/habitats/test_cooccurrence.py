import sys

import numpy as np
import pytest

from mouldgen.errors import MissingExtraError, ParameterError
from mouldgen.habitats import extra
from mouldgen.habitats.cooccurrence import cooccurrence_maps
from mouldgen.habitats.windows import Window
from mouldgen.params.habitats import FeatureKind

FLAT = {
    FeatureKind.JOINT_ENERGY: 1.0,
    FeatureKind.CONTRAST: 0.0,
    FeatureKind.CORRELATION: 1.0,
    FeatureKind.HOMOGENEITY: 1.0,
    FeatureKind.JOINT_ENTROPY: 0.0,
}


def noisy_ball(size: int = 24, levels: int = 32) -> np.ndarray:
    place = np.indices((size,) * 3) - (size - 1) / 2
    inside = (place**2).sum(axis=0) < (size / 2) ** 2
    return np.where(inside, np.random.default_rng(3).integers(1, levels + 1, inside.shape), 0)


def test_a_chequered_line_has_the_features_that_its_pairs_give():
    levels = np.array([1, 3, 1, 3, 1, 3, 1]).reshape(7, 1, 1)  # every pair differs by 2
    maps = cooccurrence_maps(levels, Window((1, 0, 0)))
    expected = {
        FeatureKind.JOINT_ENERGY: 0.5,
        FeatureKind.CONTRAST: 4.0,
        FeatureKind.CORRELATION: -1.0,
        FeatureKind.HOMOGENEITY: 0.2,
        FeatureKind.JOINT_ENTROPY: 1.0,
    }
    for kind, value in expected.items():
        assert maps.values[kind] == pytest.approx(np.full(7, value), rel=1e-14)


def test_a_tumour_of_one_level_has_exact_values_everywhere():
    maps = cooccurrence_maps(np.where(noisy_ball(12) > 0, 7, 0), Window.cube(5))
    for kind, value in FLAT.items():
        assert set(maps.values[kind]) == {value}
    assert not maps.alone.any()


def test_voxels_without_a_neighbour_are_told_and_count_as_flat():
    levels = np.zeros((7, 3, 3), int)
    levels[0, 1, 1], levels[4:6, 1, 1] = 9, (2, 5)
    maps = cooccurrence_maps(levels, Window.cube(3))
    assert maps.alone.tolist() == [True, False, False]
    for kind, value in FLAT.items():
        assert maps.values[kind][0] == value
    assert maps.values[FeatureKind.CONTRAST].tolist() == [0.0, 9.0, 9.0]


@pytest.mark.parametrize("merged", [False, True])
def test_any_number_of_threads_gives_the_same_bytes(merged):
    levels = noisy_ball()
    results = [cooccurrence_maps(levels, Window.cube(5), merged=merged, threads=n) for n in (1, 2, 3)]
    for kind in FLAT:
        assert len({result.values[kind].tobytes() for result in results}) == 1


def test_values_follow_the_voxels_whatever_the_order_of_the_axes():
    levels = noisy_ball(14)
    maps = cooccurrence_maps(levels, Window((2, 1, 0)))
    turned = cooccurrence_maps(levels.transpose(2, 0, 1), Window((0, 2, 1)))
    for kind, values in maps.values.items():
        here, there = np.zeros(levels.shape), np.zeros(levels.transpose(2, 0, 1).shape)
        here[levels > 0] = values
        there[levels.transpose(2, 0, 1) > 0] = turned.values[kind]
        assert np.allclose(here.transpose(2, 0, 1), there, rtol=1e-13, atol=1e-14)


def test_features_do_not_depend_on_where_levels_are_counted_from():
    levels = noisy_ball(12, levels=9)
    maps = cooccurrence_maps(levels, Window.cube(3))
    shifted = cooccurrence_maps(np.where(levels > 0, levels + 40_000, 0), Window.cube(3))
    assert all((maps.values[kind] == shifted.values[kind]).all() for kind in FLAT)


def test_too_many_levels_or_voxels_are_refused_with_what_to_do():
    levels = noisy_ball(6)
    levels[3, 3, 3] = 2000
    with pytest.raises(ParameterError, match=r"spans 2000 grey levels.*larger bin size"):
        cooccurrence_maps(levels, Window.cube(3))
    with pytest.raises(ParameterError, match=r"51 x 51 x 51 voxels is too large.*smaller window_mm"):
        cooccurrence_maps(noisy_ball(6), Window.cube(51))


def test_the_widest_span_of_levels_in_a_large_window_keeps_its_digits():
    shape = (6, 6, 30)
    levels = np.where(np.indices(shape).sum(axis=0) % 2, 1, 1024)
    maps = cooccurrence_maps(levels, Window.cube(45), merged=True)
    middle = np.ravel_multi_index((3, 3, 15), shape)  # its window holds the whole volume
    steps = [step for step in Window.cube(3).directions if sum(step) % 2]
    pairs = {step: np.prod(np.subtract(shape, np.abs(step))) for step in Window.cube(3).directions}
    share = sum(pairs[step] for step in steps) / sum(pairs.values())
    assert maps.values[FeatureKind.CONTRAST][middle] == pytest.approx(share * 1023**2, rel=1e-12)
    homogeneity = 1 - share + share / (1 + 1023**2)
    assert maps.values[FeatureKind.HOMOGENEITY][middle] == pytest.approx(homogeneity, rel=1e-12)
    same = (1 - share) / 2  # half of the even pairs on either level
    entropy = -2 * same * np.log2(same) - share * np.log2(share / 2)
    assert maps.values[FeatureKind.JOINT_ENTROPY][middle] == pytest.approx(entropy, rel=1e-9)


def test_without_numba_the_extra_is_named(monkeypatch):
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(extra, "import_module", missing)
    monkeypatch.delitem(sys.modules, "mouldgen.habitats.cooccurrence_kernel", raising=False)
    with pytest.raises(MissingExtraError, match=r"mouldgen\[habitats\]"):
        cooccurrence_maps(noisy_ball(6), Window.cube(3))
