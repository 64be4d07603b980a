"""Maps of texture against a direct computation in the window of every voxel."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mouldgen.habitats.cooccurrence import cooccurrence_maps
from mouldgen.habitats.cooccurrence_features import matrix_features
from mouldgen.habitats.local_maps import local_entropy, local_gradient, local_mean, local_spread
from mouldgen.habitats.windows import Window
from mouldgen.params.habitats import FeatureKind

NAMES = {
    FeatureKind.JOINT_ENERGY: "angular second moment",
    FeatureKind.CONTRAST: "contrast",
    FeatureKind.CORRELATION: "correlation",
    FeatureKind.HOMOGENEITY: "inverse difference moment",
    FeatureKind.JOINT_ENTROPY: "joint entropy",
}
SPACING_MM = np.array([0.8, 1.0, 2.5])

volumes = st.tuples(*[st.integers(1, 5)] * 3).flatmap(
    lambda shape: arrays.arrays(np.int64, shape, elements=st.sampled_from([0, 1, 1, 2, 2, 3, 5, 8]))
)
windows = st.tuples(*[st.integers(0, 2)] * 3).filter(any).map(Window)


def voxels_of_window(levels, window, centre):
    """The tumour's voxels in the window around a voxel."""
    reach = [range(c - r, c + r + 1) for c, r in zip(centre, window.reach_vox, strict=True)]
    inside = {tuple(place) for place in np.argwhere(levels > 0).tolist()}
    return [place for place in product(*reach) if place in inside]


def direct_features(levels, window, centre, *, merged):
    """Features from full matrices, counted pair by pair; None where there is no pair."""
    voxels = set(voxels_of_window(levels, window, centre))
    matrices = []
    for step in product((-1, 0, 1), repeat=3):
        matrix = np.zeros((8, 8), np.int64)
        for one in voxels:
            other = (one[0] + step[0], one[1] + step[1], one[2] + step[2])
            if other in voxels:
                matrix[levels[one] - 1, levels[other] - 1] += 1
        if step > (0, 0, 0):
            matrices.append(matrix + matrix.T)
    matrices = [sum(matrices)] if merged else matrices
    features = [matrix_features(matrix) for matrix in matrices if matrix.any()]
    return {
        kind: np.mean([feature[name] for feature in features]) for kind, name in NAMES.items() if features
    }


@given(volumes, windows, st.booleans())
def test_cooccurrence_maps_are_those_of_every_window_by_itself(levels, window, merged):
    maps = cooccurrence_maps(levels, window, merged=merged, threads=1)
    for number, centre in enumerate(np.argwhere(levels > 0).tolist()):
        direct = direct_features(levels, window, centre, merged=merged)
        assert maps.alone[number] == (not direct)
        for kind, value in direct.items():
            assert np.isclose(maps.values[kind][number], value, rtol=1e-11, atol=1e-13)


@given(volumes, windows, st.integers(0, 2**32 - 1))
def test_local_maps_are_those_of_every_window_by_itself(levels, window, seed):
    inside = levels > 0
    values = np.random.default_rng(seed).normal(1000, 5, levels.shape).astype(np.float32)
    maps = {
        "mean": local_mean(values, inside, window),
        "spread": local_spread(values, inside, window),
        "entropy": local_entropy(levels, window),
        "gradient": local_gradient(values, inside, window, SPACING_MM),
    }
    for number, centre in enumerate(np.argwhere(inside).tolist()):
        voxels = voxels_of_window(levels, window, centre)
        held = np.array([values[voxel] for voxel in voxels], np.float64)
        shares = np.unique([levels[voxel] for voxel in voxels], return_counts=True)[1] / len(voxels)
        places_mm = (np.array(voxels) - np.mean(voxels, axis=0)) * SPACING_MM
        slope = np.linalg.lstsq(places_mm, held - held.mean(), rcond=1e-6)[0]
        direct = {
            "mean": held.mean(),
            "spread": held.std(),
            "entropy": -(shares * np.log2(shares)).sum(),
            "gradient": np.linalg.norm(slope),
        }
        for name, value in direct.items():
            assert np.isclose(maps[name][number], value, rtol=1e-8, atol=1e-8), name
