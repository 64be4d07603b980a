"""What every habitat is like: size, parts, shape, and its features in their own units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mouldgen.habitats.channels import FeatureMap, FeatureTable
from mouldgen.habitats.compactness import part_count_and_compactness
from mouldgen.habitats.computed import ComputedHabitat, FeatureSummary, StabilityTrial
from mouldgen.habitats.stability import habitat_stability

__all__ = ["describe_habitats"]


def describe_habitats(
    labels: npt.NDArray[np.uint16],
    table: FeatureTable,
    names: Mapping[int, str],
    certainty: npt.NDArray[np.float32],
    trials: Sequence[StabilityTrial],
    *,
    least_dice: float,
    is_structured: bool,
) -> tuple[ComputedHabitat, ...]:
    """Return the habitats that are there, by rising label.

    Parameters
    ----------
    labels
        Shape (N,), from 1.
    table
        Features of the same voxels.
    names
        Of the habitats that are there, by label.
    certainty
        Shape (N,): probability that a label is right.
    trials
        Repeats under a change.
    least_dice
        A habitat that repeats less is not stable.
    is_structured
        Whether the images show more than one kind of tissue; else no habitat is stable.
    """
    found = []
    for label, name in sorted(names.items()):
        chosen = labels == label
        parts, compactness = part_count_and_compactness(chosen, table.tumour)
        stability = habitat_stability(trials, label)
        found.append(
            ComputedHabitat(
                label=label,
                name=name,
                volume_mm3=int(np.count_nonzero(chosen)) * table.tumour.grid.voxel_mm3,
                parts=parts,
                compactness=compactness,
                features=tuple(_summary(feature, chosen) for feature in table.features),
                stability=stability,
                is_stable=is_structured and (stability is None or stability >= least_dice),
                mean_certainty=float(certainty[chosen].mean(dtype=np.float64)),
            )
        )
    return tuple(found)


def _summary(feature: FeatureMap, chosen: npt.NDArray[np.bool_]) -> FeatureSummary:
    values = feature.values[chosen]
    low, middle, high = (float(q) for q in np.percentile(values, [25, 50, 75]))
    return FeatureSummary(
        feature.name, feature.unit, float(values.mean()), float(values.std()), (low, middle, high)
    )
