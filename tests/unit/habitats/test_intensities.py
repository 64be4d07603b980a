"""Scales are straight lines that put a normal distribution of any unit on the same footing."""

import re

import numpy as np
import pytest

from mouldgen.errors import InputError
from mouldgen.habitats.intensities import ScaleChoice, ValueScale, fit_scale
from mouldgen.params.habitats import Modality, Scaling

NORMAL = np.random.default_rng(3).normal(37.0, 5.0, 40_000).astype(np.float32)
ROBUST = ScaleChoice(Scaling.ROBUST)
PERCENTILE = ScaleChoice(Scaling.PERCENTILE)


def by_range(low, high, *, is_asked_for=False):
    return ScaleChoice(Scaling.RANGE, (low, high), is_asked_for=is_asked_for)


def fitted(values, choice, modality=Modality.MR, name="t1"):
    return fit_scale(name, modality, values, choice)


def codes(findings):
    return [(finding.code, str(finding.severity)) for finding in findings]


@pytest.mark.parametrize("choice", [ROBUST, PERCENTILE])
def test_a_normal_distribution_gets_mean_0_and_spread_1(choice):
    scale, findings = fitted(NORMAL, choice)
    scaled = scale.apply(NORMAL)
    assert scaled.mean() == pytest.approx(0, abs=0.03)
    assert scaled.std() == pytest.approx(1, abs=0.04)
    assert findings == ()


def test_outliers_do_not_move_the_robust_score():
    spoilt = NORMAL.copy()
    spoilt[:400] = 1e6
    scale, _ = fitted(spoilt, ROBUST)
    assert scale.center == pytest.approx(37, abs=0.2)
    assert scale.unit == pytest.approx(5, abs=0.15)


def test_percentiles_are_where_they_are_in_a_normal_distribution_and_clip():
    scale, _ = fitted(np.linspace(0, 100, 10_001).astype(np.float32), PERCENTILE)
    np.testing.assert_allclose(
        scale.apply(np.array([1, 50, 99, 1000.0])), [-2.326, 0, 2.326, 2.326], atol=1e-3
    )


def test_a_range_is_the_same_for_every_patient():
    one, _ = fitted(NORMAL, by_range(-100, 300), Modality.CT)
    other, _ = fitted(NORMAL * 3, by_range(-100, 300), Modality.CT)
    assert one == other
    np.testing.assert_allclose(one.apply(np.array([-500, -100, 0, 100, 300, 900.0])), [-4, -4, -2, 0, 4, 4])


def test_values_that_are_not_there_stay_so():
    assert np.isnan(ValueScale(1.0, 2.0, 0.0, 3.0).apply(np.array([np.nan])))[0]


def test_what_a_range_clips_is_said_and_a_lot_is_a_warning():
    little = np.concatenate([np.linspace(0, 19, 970), np.full(30, 21.0)])
    much = np.concatenate([np.linspace(0, 19, 900), np.full(100, 31.0)])
    assert codes(fitted(little, by_range(0, 20), Modality.PET)[1]) == [("values_clipped", "info")]
    _, findings = fitted(much, by_range(0, 20), Modality.PET)
    assert codes(findings) == [("values_clipped", "warning")]
    assert "10.0 % of the tumour" in findings[0].message
    assert "0 to 20 SUV (from 0 to 31 SUV)" in findings[0].message


def test_one_value_all_over_the_tumour_is_refused():
    with pytest.raises(InputError, match="has the value 3 all over the tumour"):
        fitted(np.full(1000, 3.0), ROBUST)


def test_a_range_beside_all_values_is_refused():
    with pytest.raises(InputError, match=r"from 22 to 47 HU\) lie on one side .* 300 to 900 HU"):
        fitted(np.linspace(22, 47, 1000), by_range(300, 900, is_asked_for=True), Modality.CT)


@pytest.mark.parametrize("choice", [ROBUST, PERCENTILE])
def test_an_image_that_is_mostly_one_value_is_scaled_by_its_deviation_and_said(choice):
    values = np.where(np.arange(100_000) < 500, 4.0, 0.0)
    scale, findings = fitted(values, choice)
    assert codes(findings) == [("channel_mostly_one_value", "warning")]
    assert scale.unit == pytest.approx(values.std())


@pytest.mark.parametrize(
    ("modality", "values", "reason"),
    [
        (Modality.PET, np.linspace(1e3, 4e4, 500), "perhaps Bq/mL"),
        (Modality.PET, np.linspace(-80, 20, 500), "they go down to -80"),
        (Modality.CT, np.linspace(0, 1, 500), "less than the noise of any CT"),
        (Modality.CT, np.linspace(9e3, 2e4, 500), r"their median in the tumour is 1\.45e\+04"),
    ],
)
def test_numbers_that_cannot_be_hu_or_suv_are_scaled_by_themselves_and_said(modality, values, reason):
    scale, findings = fitted(values, by_range(0, 20), modality)
    assert scale == fitted(values, ROBUST)[0]
    assert codes(findings) == [("values_implausible", "warning")]
    assert re.search(reason, findings[0].message)


def test_a_range_that_is_asked_for_is_kept_whatever_the_numbers_are():
    values = np.linspace(1e3, 4e4, 500)
    scale, _ = fitted(values, by_range(0, 5e4, is_asked_for=True), Modality.PET)
    assert (scale.low, scale.high) == (0, 5e4)


def test_a_choice_has_a_range_if_and_only_if_it_scales_by_one():
    with pytest.raises(ValueError, match="range"):
        ScaleChoice(Scaling.RANGE)
    with pytest.raises(ValueError, match="robust"):
        ScaleChoice(Scaling.ROBUST, (0, 1))
