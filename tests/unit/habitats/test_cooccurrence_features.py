"""Features of whole regions: by hand, and the digital phantom of the IBSI.

The reference values are those that the IBSI reference manual (IBSI 1, arXiv:1612.07003, section 3.6) prints
for its digital phantom, to three digits and without tolerance.
"""

import math

import numpy as np
import pytest

from mouldgen.habitats.cooccurrence import cooccurrence_maps
from mouldgen.habitats.cooccurrence_features import Aggregation, matrix_features, region_features
from mouldgen.habitats.windows import Window
from mouldgen.params.habitats import FeatureKind

AGGREGATIONS = ("BTW3", "SUJT", "JJUI", "ZW7Z", "ITBB", "IAZD")
IBSI = """
joint maximum                         0.519   0.512   0.489   0.492   0.503   0.509
joint average                         2.14    2.14    2.2     2.2     2.14    2.15
joint variance                        2.69    2.71    3.22    3.24    3.1     3.13
joint entropy                         2.05    2.24    2.48    2.61    2.4     2.57
difference average                    1.42    1.4     1.46    1.44    1.43    1.38
difference variance                   2.9     3.06    3.11    3.23    3.06    3.21
difference entropy                    1.4     1.49    1.61    1.67    1.56    1.64
sum average                           4.28    4.29    4.41    4.41    4.29    4.3
sum variance                          5.47    5.66    7.48    7.65    7.07    7.41
sum entropy                           1.6     1.79    2.01    2.14    1.92    2.11
angular second moment                 0.368   0.352   0.286   0.277   0.303   0.291
contrast                              5.28    5.19    5.39    5.29    5.32    5.12
dissimilarity                         1.42    1.4     1.46    1.44    1.43    1.38
inverse difference                    0.678   0.683   0.668   0.673   0.677   0.688
normalised inverse difference         0.851   0.854   0.847   0.85    0.851   0.856
inverse difference moment             0.619   0.625   0.606   0.613   0.618   0.631
normalised inverse difference moment  0.899   0.901   0.897   0.899   0.898   0.902
inverse variance                      0.0567  0.0553  0.0597  0.0582  0.0604  0.0574
correlation                          -0.0121  0.0173  0.178   0.182   0.157   0.183
autocorrelation                       5.09    5.14    5.4     5.45    5.06    5.19
cluster tendency                      5.47    5.66    7.48    7.65    7.07    7.41
cluster shade                         7       6.98    16.6    16.4    16.6    17.4
cluster prominence                    79.1    80.4    147     142     145     147
information correlation 1            -0.155  -0.0341 -0.124  -0.0334 -0.157  -0.0288
information correlation 2             0.487   0.263   0.487   0.291   0.52    0.269
"""
IBSI_NAMES = {
    FeatureKind.JOINT_ENERGY: "angular second moment",
    FeatureKind.CONTRAST: "contrast",
    FeatureKind.CORRELATION: "correlation",
    FeatureKind.HOMOGENEITY: "inverse difference moment",
    FeatureKind.JOINT_ENTROPY: "joint entropy",
}


def ibsi_values(aggregation: str) -> dict[str, float]:
    column = AGGREGATIONS.index(aggregation)
    rows = (line.rsplit(maxsplit=len(AGGREGATIONS)) for line in IBSI.strip().splitlines())
    return {name.strip(): float(values[column]) for name, *values in rows}


def three_digits(value: float) -> float:
    return float(f"{value:.3g}")


@pytest.fixture(scope="module")
def phantom(cases) -> np.ndarray:
    import SimpleITK as sitk

    folder = cases / "11_ibsi_digital_phantom"
    values, mask = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(folder / f"{name}.nii.gz"))).T
        for name in ("phantom", "mask")
    )
    levels = np.where(mask > 0, values, 0).astype(int)
    assert (levels > 0).sum() == 74
    return levels


@pytest.mark.real
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_all_features_of_the_digital_phantom_are_those_of_the_ibsi(phantom, aggregation):
    features = region_features(phantom, Aggregation(aggregation))
    assert {name: three_digits(value) for name, value in features.items()} == ibsi_values(aggregation)


@pytest.mark.real
@pytest.mark.parametrize(
    ("aggregation", "reach_vox", "merged"),
    [
        ("ITBB", (4, 3, 3), False),
        ("IAZD", (4, 3, 3), True),
        ("BTW3", (4, 3, 0), False),
        ("SUJT", (4, 3, 0), True),
    ],
)
def test_maps_whose_window_holds_all_of_the_phantom_show_the_values_of_the_ibsi(
    phantom, aggregation, reach_vox, merged
):
    maps = cooccurrence_maps(phantom, Window(reach_vox), merged=merged)
    slices = np.argwhere(phantom > 0)[:, 2] if reach_vox[2] == 0 else np.zeros(74, int)
    expected = ibsi_values(aggregation)
    for kind, name in IBSI_NAMES.items():
        by_slice = [maps.values[kind][slices == number] for number in np.unique(slices)]
        assert all(np.ptp(values) == 0 for values in by_slice)
        assert three_digits(np.mean([values[0] for values in by_slice])) == expected[name]


def test_the_features_of_a_matrix_of_two_levels_are_those_of_the_formulas():
    features = matrix_features(np.array([[2, 1], [1, 4]]))  # p = 1/4, 1/8, 1/8, 1/2
    assert features["angular second moment"] == pytest.approx(1 / 16 + 2 / 64 + 1 / 4)
    assert features["contrast"] == pytest.approx(1 / 4)
    assert features["inverse difference moment"] == pytest.approx(3 / 4 + 1 / 4 / 2)
    assert features["joint entropy"] == pytest.approx(2 / 4 + 2 * 3 / 8 + 1 / 2)
    assert features["correlation"] == pytest.approx((1 / 2 - 25 / 64) / (15 / 64))
    assert features["joint average"] == pytest.approx(13 / 8)


def test_a_region_of_one_level_is_wholly_correlated_and_says_nothing():
    features = region_features(np.full((3, 3, 3), 4), Aggregation.AVERAGED_3D)
    assert (features["correlation"], features["angular second moment"]) == (1.0, 1.0)
    assert features["joint entropy"] == features["contrast"] == features["joint variance"] == 0.0
    assert all(math.isfinite(value) for value in features.values())


def test_a_region_without_neighbours_has_no_features():
    levels = np.zeros((5, 5, 5), int)
    levels[0, 0, 0] = levels[4, 4, 4] = 1
    with pytest.raises(ValueError, match="no pair"):
        region_features(levels, Aggregation.MERGED_3D)


def test_slices_may_be_stacked_along_any_axis():
    levels = np.random.default_rng(1).integers(1, 5, (4, 5, 6))
    for aggregation in Aggregation:
        there = region_features(levels, aggregation)
        turned = region_features(np.moveaxis(levels, 2, 0), aggregation, slice_axis=0)
        assert there == pytest.approx(turned, rel=1e-12)
