"""What computing habitats gives: labels, what each habitat is, and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.frames import frozen_array
from mouldgen.habitats.channels import Channels, FeatureTable
from mouldgen.habitats.registration import Registration
from mouldgen.images import LabelVolume

__all__ = ["ComputedHabitat", "ComputedHabitats", "CountTrial", "FeatureSummary", "StabilityTrial"]


@dataclass(frozen=True)
class FeatureSummary:
    """One feature within one habitat, in the feature's own unit.

    Parameters
    ----------
    feature
        Name of the feature.
    unit
        ``HU``, ``SUV`` or nothing.
    mean, spread
        Mean and standard deviation.
    quartiles
        Lower quartile, median and upper quartile.
    """

    feature: str
    unit: str
    mean: float
    spread: float
    quartiles: tuple[float, float, float]


@dataclass(frozen=True)
class ComputedHabitat:
    """One habitat and what it is like.

    Parameters
    ----------
    label
        In the label volume, from 1.
    name
        Says what it is: ``high t1, low adc``.
    volume_mm3
        Of its voxels.
    parts
        Connected parts.
    compactness
        Sphericity of its largest part: 1 for a ball.
    features
        What it is like, feature by feature.
    stability
        Median Dice of the repeats under the kind of change that unsettles it most, 0 to 1; None where no
        repeat was made.
    is_stable
        Whether that is enough, and the images show more than one kind of tissue at all.
    mean_certainty
        Mean of the certainty of its voxels, 0 to 1.
    """

    label: int
    name: str
    volume_mm3: float
    parts: int
    compactness: float
    features: tuple[FeatureSummary, ...]
    stability: float | None
    is_stable: bool
    mean_certainty: float


@dataclass(frozen=True)
class CountTrial:
    """How well one number of habitats does: the better, the higher `score` is.

    Parameters
    ----------
    count
        Number of habitats.
    criterion
        ``bic``, ``silhouette`` or ``stability``.
    score
        Value of the criterion, signed so that more is better.
    is_chosen
        Whether this number was taken.
    """

    count: int
    criterion: str
    score: float
    is_chosen: bool


@dataclass(frozen=True)
class StabilityTrial:
    """One repeat under a change, against the habitats that are reported.

    Parameters
    ----------
    change
        What was changed: ``noise``, ``eroded``, ``dilated``, ``bins``, ``seed``.
    adjusted_rand
        Of all voxels that both share.
    dice
        By label of the habitat.
    """

    change: str
    adjusted_rand: float
    dice: dict[int, float]


@dataclass(frozen=True, eq=False)
class ComputedHabitats:
    """Habitats computed from images.

    Parameters
    ----------
    labels
        On the common grid, in LPS; not cropped: shape of the grid of `channels`.
    certainty
        Shape of that grid, 0 to 1: how probably a voxel's label is right; 0 where there is none.
    habitats
        What each label is, by label.
    channels
        The images on the common grid.
    table
        The features of the tumour's voxels.
    counts
        How the number of habitats was chosen; empty where it was given.
    trials
        How stable they are.
    registrations
        How images were moved; empty where that was not asked for.
    model_text
        The fitted model as JSON, to apply to other patients.
    findings
        What the user should know.
    """

    labels: LabelVolume
    certainty: npt.NDArray[np.float32]
    habitats: tuple[ComputedHabitat, ...]
    channels: Channels
    table: FeatureTable
    counts: tuple[CountTrial, ...]
    trials: tuple[StabilityTrial, ...]
    registrations: tuple[Registration, ...]
    model_text: str
    findings: tuple[Finding, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.certainty.shape != self.labels.grid.shape:
            message = f"certainty has shape {self.certainty.shape}, labels {self.labels.grid.shape}"
            raise ValueError(message)
        object.__setattr__(self, "certainty", frozen_array(self.certainty, np.float32))
