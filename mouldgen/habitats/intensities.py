"""Values of images onto one scale, on which a spread of about one is usual in a tumour."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.habitats.channels import FloatVolume
from mouldgen.habitats.modalities import UNITS
from mouldgen.params.habitats import Modality, Scaling

__all__ = ["DEFAULT_RANGES", "RANGE_REACH", "ScaleChoice", "ValueScale", "fit_scale"]

DEFAULT_RANGES = {Modality.CT: (-100.0, 300.0), Modality.PET: (0.0, 20.0)}
"""Soft tissue with contrast in HU; FDG uptake of tumours in SUV (engineering judgement)."""

RANGE_REACH = 4.0
"""A fixed range becomes -4 to 4. A robust score holds all but 0.006 % of a normal distribution in there, so
that a channel of either kind has a spread of the same order, and weighs alike in a distance. One unit is then
50 HU or SUV 2.5 with the default ranges, whoever the patient is."""

_IQR_PER_SIGMA = 2 * NormalDist().inv_cdf(0.75)
_LEAST_PERCENT, _MOST_PERCENT = 0.1, 99.9
_LEAST_CLIPPED_SHARE = 0.001
_MUCH_CLIPPED_SHARE = 0.05
_LEAST_SUV, _HIGHEST_MEDIAN_SUV = -5.0, 60.0
_HU_LIMITS = (-1050.0, 3000.0)
_LEAST_HU_SPREAD = 1.0


@dataclass(frozen=True)
class ScaleChoice:
    """How an image is to be scaled.

    Parameters
    ----------
    scaling
        By what.
    limits
        The range that is scaled to, in the image's unit; only with that scaling.
    percentiles
        The two of the scaling of that name.
    is_asked_for
        Whether the user chose it; a default gives way where numbers cannot be what they should be.
    """

    scaling: Scaling
    limits: tuple[float, float] | None = None
    percentiles: tuple[float, float] = (1.0, 99.0)
    is_asked_for: bool = False

    def __post_init__(self) -> None:
        if (self.limits is None) == (self.scaling is Scaling.RANGE):
            message = f"scaling by {self.scaling} with the range {self.limits}"
            raise ValueError(message)


@dataclass(frozen=True)
class ValueScale:
    """A straight line from an image's own unit to the common scale, clipped at both ends.

    Parameters
    ----------
    center
        What becomes 0, in the image's unit.
    unit
        How much of it makes 1.
    low, high
        What lies beyond counts as these, in the image's unit.
    """

    center: float
    unit: float
    low: float = -np.inf
    high: float = np.inf

    def apply(self, values: npt.NDArray[np.floating]) -> FloatVolume:
        """Return values on the common scale; NaN stays."""
        scaled = (np.clip(values, self.low, self.high) - np.float32(self.center)) / np.float32(self.unit)
        return np.asarray(scaled, np.float32)


def fit_scale(
    name: str, modality: Modality, values: npt.NDArray[np.floating], choice: ScaleChoice
) -> tuple[ValueScale, tuple[Finding, ...]]:
    """Return the scale of an image, and what the user should know of it.

    * robust: the median becomes 0 and the interquartile range 1.349, as in a normal distribution of spread 1
    * range: the range becomes -4 to 4, the same in every patient
    * percentile: two percentiles become where they lie in a normal distribution of spread 1: the 1st and 99th
      -2.33 and 2.33

    Parameters
    ----------
    name
        Of the image.
    modality
        What its numbers mean.
    values
        Shape (N,): those within the tumour, all finite.
    choice
        How to scale.

    Raises
    ------
    InputError
        If all values are one, as read or after clipping.
    """
    _check_varied(name, values)
    choice, implausible = _plausible(name, modality, values, choice)
    fitted: tuple[Finding, ...] = ()
    if choice.limits is not None:
        scale = _range_scale(*choice.limits)
    elif choice.scaling is Scaling.PERCENTILE:
        scale, fitted = _percentile_scale(name, values, choice.percentiles)
    else:
        scale, fitted = _robust_scale(name, values)
    clipped = _judge_clipping(name, modality, values, scale) if choice.limits is not None else ()
    return scale, (*implausible, *fitted, *clipped)


def _check_varied(name: str, values: npt.NDArray[np.floating]) -> None:
    if float(values.min()) == float(values.max()):
        message = (
            f"image {name} has the value {float(values.min()):g} all over the tumour, so that nothing can "
            "be told by it; check that it is the right file, or leave it out"
        )
        raise InputError(message)


def _plausible(
    name: str, modality: Modality, values: npt.NDArray[np.floating], choice: ScaleChoice
) -> tuple[ScaleChoice, tuple[Finding, ...]]:
    """Return the robust scaling instead of a default range for numbers that cannot be HU or SUV."""
    reason = _implausible(modality, values)
    if not reason or choice.is_asked_for:
        return choice, ()
    wanted = "Hounsfield units" if modality is Modality.CT else "standardised uptake values"
    message = (
        f"image {name} is taken as {modality.upper()}, but its values are no {wanted}: {reason}. They are "
        "scaled by their own median and spread, which differ from patient to patient; convert the image, "
        f"or set channels.ranges = {{{name} = [low, high]}} in its own unit"
    )
    return ScaleChoice(Scaling.ROBUST), (Finding.warning("values_implausible", message),)


def _implausible(modality: Modality, values: npt.NDArray[np.floating]) -> str:
    median = float(np.median(values))
    if modality is Modality.PET and median > _HIGHEST_MEDIAN_SUV:
        return f"their median in the tumour is {median:.3g} (perhaps Bq/mL)"
    if modality is Modality.PET and float(values.min()) < _LEAST_SUV:
        return f"they go down to {float(values.min()):.3g}"
    if modality is Modality.CT and not _HU_LIMITS[0] <= median <= _HU_LIMITS[1]:
        return f"their median in the tumour is {median:.4g}"
    if modality is Modality.CT and _quartile_distance(values) < _LEAST_HU_SPREAD:
        return f"half of them lie within {_quartile_distance(values):.2g}, less than the noise of any CT"
    return ""


def _quartile_distance(values: npt.NDArray[np.floating]) -> float:
    low, high = np.percentile(values, (25, 75))
    return float(high - low)


def _range_scale(low: float, high: float) -> ValueScale:
    return ValueScale((low + high) / 2, (high - low) / (2 * RANGE_REACH), low, high)


def _robust_scale(name: str, values: npt.NDArray[np.floating]) -> tuple[ValueScale, tuple[Finding, ...]]:
    spread = _quartile_distance(values) / _IQR_PER_SIGMA
    if spread > 0:
        return ValueScale(float(np.median(values)), spread), ()
    message = (
        f"half of the tumour or more has one value ({float(np.median(values)):g}) in image {name}, so that "
        "it is scaled by its standard deviation; check that the image is not a mask, and covers the tumour"
    )
    scale = ValueScale(float(np.median(values)), float(values.std(dtype=np.float64)))
    return scale, (Finding.warning("channel_mostly_one_value", message),)


def _percentile_scale(
    name: str, values: npt.NDArray[np.floating], percentiles: tuple[float, float]
) -> tuple[ValueScale, tuple[Finding, ...]]:
    low, high = (float(value) for value in np.percentile(values, percentiles))
    if low == high:
        return _robust_scale(name, values)
    inner = np.clip(percentiles, _LEAST_PERCENT, _MOST_PERCENT) / 100
    below, above = (NormalDist().inv_cdf(float(share)) for share in inner)
    unit = (high - low) / (above - below)
    return ValueScale(low - below * unit, unit, low, high), ()


def _judge_clipping(
    name: str, modality: Modality, values: npt.NDArray[np.floating], scale: ValueScale
) -> tuple[Finding, ...]:
    """Return a finding where a range cuts off what a tumour holds."""
    outside = float(np.mean((values < scale.low) | (values > scale.high)))
    unit = f" {UNITS[modality]}".rstrip()
    reach = f"from {float(values.min()):.4g} to {float(values.max()):.4g}{unit}"
    if np.ptp(np.clip(values, scale.low, scale.high)) == 0:
        message = (
            f"all values of image {name} in the tumour ({reach}) lie on one side of the range that it is "
            f"scaled to, {scale.low:g} to {scale.high:g}{unit}; set channels.ranges = "
            f"{{{name} = [low, high]}} to hold them"
        )
        raise InputError(message)
    if outside < _LEAST_CLIPPED_SHARE:
        return ()
    message = (
        f"{100 * outside:.1f} % of the tumour has values of image {name} outside {scale.low:g} to "
        f"{scale.high:g}{unit} ({reach}), which count as the nearer end; set channels.ranges to tell them "
        "apart"
    )
    severity = Finding.warning if outside >= _MUCH_CLIPPED_SHARE else Finding.info
    return (severity("values_clipped", message),)
