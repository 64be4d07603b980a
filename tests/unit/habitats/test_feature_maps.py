import sys

import numpy as np
import pytest

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.habitats.channels import Channel, Channels, TumourVoxels
from mouldgen.habitats.cooccurrence import cooccurrence_maps
from mouldgen.habitats.discretisation import levels_of_number
from mouldgen.habitats.feature_maps import compute_features, robust_scores
from mouldgen.habitats.windows import Window
from mouldgen.params.habitats import FeatureKind, FeatureParameters, Modality

SHAPE = (12, 11, 10)
ALL = FeatureParameters(maps=tuple(FeatureKind), window_mm=3)


def tumour(affine=None) -> TumourVoxels:
    place = np.indices(SHAPE) - (np.array(SHAPE).reshape(3, 1, 1, 1) - 1) / 2
    return TumourVoxels(
        (place**2).sum(axis=0) < 16, VoxelGrid(SHAPE, np.eye(4) if affine is None else affine)
    )


def image(name: str, modality: Modality, seed: int, unit: str = "") -> Channel:
    values = np.random.default_rng(seed).normal(50, 10, SHAPE).astype(np.float32)
    return Channel(name, modality, values, np.clip(values / 100, 0.4, 0.6), unit)


def constant(name: str) -> Channel:
    return Channel(name, Modality.MR, np.full(SHAPE, 3, np.float32), np.zeros(SHAPE, np.float32))


def test_maps_come_by_image_then_as_wanted_and_position_last_and_once():
    channels = Channels(tumour(), (image("ct", Modality.CT, 1, "HU"), image("t2", Modality.MR, 2)))
    wanted = FeatureParameters(maps=("position", "contrast", "intensity", "gradient"), window_mm=3)
    table = compute_features(channels, wanted)
    assert [(feature.name, feature.unit) for feature in table.features] == [
        ("ct contrast", ""),
        ("ct", "HU"),
        ("ct gradient", "HU/mm"),
        ("t2 contrast", ""),
        ("t2", ""),
        ("t2 gradient", "1/mm"),
        ("position left", "mm"),
        ("position posterior", "mm"),
        ("position superior", "mm"),
    ]
    assert table.findings == ()
    assert table.matrix.shape == (table.tumour.count, 9)


def test_every_map_of_every_kind_is_computed_and_finite():
    table = compute_features(Channels(tumour(), (image("adc", Modality.MAP, 4, "mm2/s"),)), ALL)
    assert {feature.kind for feature in table.features} == set(FeatureKind)
    assert np.isfinite(table.matrix).all()
    units = {feature.kind: feature.unit for feature in table.features}
    assert units[FeatureKind.MEAN] == units[FeatureKind.SPREAD] == "mm2/s"
    assert units[FeatureKind.ENTROPY] == units[FeatureKind.JOINT_ENTROPY] == "bit"


def test_an_intensity_keeps_the_scale_of_its_image_and_other_maps_are_robust_scores():
    channel = image("ct", Modality.CT, 1, "HU")
    table = compute_features(Channels(tumour(), (channel,)), FeatureParameters(maps=("intensity", "mean")))
    intensity, mean = table.features
    assert (intensity.values == channel.values[tumour().inside]).all()
    assert (intensity.scaled == channel.scaled[tumour().inside]).all()
    assert np.median(mean.scaled) == pytest.approx(0, abs=1e-12)
    assert np.diff(np.percentile(mean.scaled, [25, 75])) == pytest.approx(1.349)


def test_levels_span_what_the_scale_leaves_of_the_values():
    channel = image("ct", Modality.CT, 1)  # its scale clips at 40 and 60
    parameters = FeatureParameters(maps=("contrast",), window_mm=3, bin_count=8)
    inside = tumour().inside
    levels = np.zeros(SHAPE, int)
    levels[inside] = levels_of_number(np.clip(channel.values[inside] / 100, 0.4, 0.6), 8)
    expected = cooccurrence_maps(levels, Window.cube(3)).values[FeatureKind.CONTRAST]
    (contrast,) = compute_features(Channels(tumour(), (channel,)), parameters).features
    assert (contrast.values == expected).all()


def test_position_is_patient_millimetres_from_the_centroid_in_units_of_the_tumours_size():
    affine = np.array([[0, -2.0, 0, 7], [1, 0, 0, 8], [0, 0, 4, 9], [0, 0, 0, 1]])
    channels = Channels(tumour(affine), (image("t2", Modality.MR, 2),))
    table = compute_features(channels, FeatureParameters(maps=("intensity", "position")))
    left, posterior, superior = table.features[1:]
    index = table.tumour.index_vox - table.tumour.index_vox.mean(axis=0)
    assert left.values == pytest.approx(-2 * index[:, 1])
    assert posterior.values == pytest.approx(index[:, 0])
    assert superior.values == pytest.approx(4 * index[:, 2])
    scaled = np.array([axis.scaled for axis in (left, posterior, superior)])
    assert (scaled**2).mean() == pytest.approx(1)
    assert scaled[0] / scaled[2] == pytest.approx(left.values / superior.values)


def test_what_is_the_same_everywhere_is_left_out_and_named_once():
    table = compute_features(Channels(tumour(), (constant("dwi"), image("t2", Modality.MR, 2))), ALL)
    assert all(feature.channel != "dwi" for feature in table.features)
    (finding,) = table.findings
    assert finding.code == "constant_feature"
    assert "dwi (3), dwi mean (3), dwi spread (0), dwi entropy (0 bit)" in finding.message


def test_an_image_wholly_beyond_its_range_is_left_out_and_the_reason_said():
    values = np.random.default_rng(1).normal(900, 10, SHAPE).astype(np.float32)
    beyond = Channel("ct", Modality.CT, values, np.ones(SHAPE, np.float32), "HU")
    channels = Channels(tumour(), (beyond, image("t2", Modality.MR, 2)))
    table = compute_features(channels, FeatureParameters())
    assert [feature.name for feature in table.features] == ["t2"]
    assert "ct (beyond one end of the range that it is scaled to)" in table.findings[0].message


def test_images_that_vary_nowhere_are_refused():
    with pytest.raises(InputError, match=r"nothing varies within the tumour \(dwi\)"):
        compute_features(Channels(tumour(), (constant("dwi"),)), FeatureParameters())


def test_voxels_without_neighbours_are_found_once_for_all_images():
    inside = np.array(tumour().inside)
    inside[0, 0, 0] = True
    alone = TumourVoxels(inside, tumour().grid)
    channels = Channels(alone, (image("t1", Modality.MR, 1), image("t2", Modality.MR, 2)))
    table = compute_features(channels, FeatureParameters(maps=("contrast",), window_mm=3))
    (finding,) = table.findings
    assert finding.code == "texture_without_neighbours"
    assert finding.message.startswith(f"1 of {alone.count} voxels")


def test_intensities_alone_need_neither_a_window_nor_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "mouldgen.habitats.cooccurrence_kernel", None)
    channels = Channels(tumour(), (image("t2", Modality.MR, 2),))
    wanted = FeatureParameters(maps=("intensity", "position"), window_mm=0.1)
    assert len(compute_features(channels, wanted).features) == 4


def test_robust_scores_fall_back_on_the_deviation_where_most_values_are_alike():
    values = np.array([1.0] * 90 + [5.0] * 10)
    assert robust_scores(values) == pytest.approx((values - 1) / values.std())
    assert (robust_scores(np.ones(5)) == 0).all()
