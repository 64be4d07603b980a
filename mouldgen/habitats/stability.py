"""How far habitats stay the same under a change."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from mouldgen.errors import Finding
from mouldgen.habitats.changes import Change
from mouldgen.habitats.channels import FeatureTable, TumourVoxels
from mouldgen.habitats.computed import StabilityTrial
from mouldgen.habitats.extra import import_extra

__all__ = ["compare_labels", "habitat_stability", "instability_findings", "try_changes"]

LabelVector = npt.NDArray[np.uint16]


def try_changes(
    labels: LabelVector,
    tumour: TumourVoxels,
    changes: Iterable[Change],
    regroup: Callable[[FeatureTable, int, int], LabelVector],
) -> tuple[StabilityTrial, ...]:
    """Return how habitats agree with those under every change.

    Parameters
    ----------
    labels
        Shape (N,): the habitats, from 1.
    tumour
        Their voxels.
    changes
        What is changed.
    regroup
        Returns the labels, from 1, of a table by a seed and with some more habitats than there are. Where a
        change brings tissue in, both none and one more are tried, and what agrees better counts: a rim of
        other tissue is no reason to part the habitats otherwise.
    """
    trials = []
    for change in changes:
        table = change.features()
        agreements = []
        for more in (0, 1) if change.brings_tissue else (0,):
            again = table.tumour.spread_out(regroup(table, change.seed, more))[tumour.inside]
            agreements.append(compare_labels(change.name, labels, np.asarray(again, np.uint16)))
        trials.append(max(agreements, key=lambda agreement: agreement.adjusted_rand))
    return tuple(trials)


def compare_labels(change: str, labels: LabelVector, again: LabelVector) -> StabilityTrial:
    """Return the agreement of two labellings of the same voxels, where both have a label (not 0).

    Labels are matched one to one by the largest sum of Dice (Hungarian assignment: Kuhn 1955).

    Parameters
    ----------
    change
        Its name.
    labels
        Shape (N,): the habitats, from 1.
    again
        Shape (N,): by any numbers; 0 for none.
    """
    both = (labels > 0) & (again > 0)
    names, others = np.unique(labels[labels > 0]), np.unique(again[both])
    dice = _dice(labels[both], again[both], names, others)
    rows, columns = linear_sum_assignment(dice, maximize=True)
    found = dict(zip(rows.tolist(), dice[rows, columns].tolist(), strict=True))
    by_label = {int(name): float(found.get(row, 0.0)) for row, name in enumerate(names)}
    agreement = float(import_extra("sklearn.metrics").adjusted_rand_score(labels[both], again[both]))
    return StabilityTrial(change, agreement, by_label)


def _dice(
    labels: LabelVector, again: LabelVector, names: npt.NDArray[np.integer], others: npt.NDArray[np.integer]
) -> npt.NDArray[np.float64]:
    """Return the Dice of every pair, shape (names, others)."""
    table = np.zeros((len(names), len(others)))
    np.add.at(table, (np.searchsorted(names, labels), np.searchsorted(others, again)), 1.0)
    sizes = table.sum(axis=1)[:, None] + table.sum(axis=0)[None, :]
    return np.asarray(2.0 * table / np.maximum(sizes, 1.0))


def habitat_stability(trials: Iterable[StabilityTrial], label: int) -> float | None:
    """Return the median Dice of a habitat under the worst kind of change; None without repeats.

    The median is within a kind: many repeats that change little do not hide one kind that changes much.
    """
    kinds: dict[str, list[float]] = {}
    for trial in trials:
        kinds.setdefault(trial.change, []).append(trial.dice.get(label, 0.0))
    return min((float(np.median(values)) for values in kinds.values()), default=None)


def instability_findings(
    names: dict[int, str], trials: Iterable[StabilityTrial], least_dice: float
) -> tuple[Finding, ...]:
    """Return a warning for every habitat that does not stay the same, with what unsettles it."""
    found = []
    for label, name in names.items():
        stability = habitat_stability(trials, label)
        if stability is None or stability >= least_dice:
            continue
        worst = [
            change
            for change in dict.fromkeys(trial.change for trial in trials)
            if habitat_stability([t for t in trials if t.change == change], label) == stability
        ]
        message = (
            f"habitat {label} ({name}) is unstable: under a change of {worst[0]} only a Dice of "
            f"{stability:.2f} of it "
            f"stays (expected at least {least_dice:.2f}); do not rely on its border, or ask for fewer "
            "habitats"
        )
        found.append(Finding.warning("habitat_unstable", message))
    return tuple(found)
