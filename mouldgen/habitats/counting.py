"""How many habitats there are, and whether there are any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from mouldgen.frames import FloatArray
from mouldgen.habitats.channels import TumourVoxels
from mouldgen.habitats.components import Components
from mouldgen.habitats.evidence import MOST_INDEPENDENT, independent_voxels
from mouldgen.habitats.extra import import_extra
from mouldgen.habitats.fitting import FitSettings, fit_components
from mouldgen.habitats.sample import FIT_VOXELS, voxel_sample
from mouldgen.habitats.threads import one_thread
from mouldgen.params.habitats import ClusterMethod, CountCriterion

__all__ = ["MOST_HABITATS", "CaseVoxels", "CountChoice", "CountRow", "try_counts"]

MOST_HABITATS = 6
"""Counts from 1 to this are tried: more cannot be sampled in a specimen (issue 6)."""

STABLE_ARI = 0.9
"""Habitats that two halves of a tumour agree on this well repeat (Tibshirani and Walther 2005 take 0.8 to 0.9
of prediction strength, doi:10.1198/106186005X59243)."""

_SILHOUETTE_VOXELS = 4000
_HALVES = 3
_BLOCK_MM = 10.0
_HALF_VOXELS = 5000


@dataclass(frozen=True)
class CountRow:
    """What speaks for one number of habitats.

    Parameters
    ----------
    count
        Number of habitats.
    bic
        Bayesian information criterion with independent voxels: smaller is better.
    silhouette
        Mean over a sample, -1 to 1: larger is better; None where it was not asked for, and for one habitat.
    stability
        Mean adjusted Rand index between labels fitted to two halves of the tumour; None likewise.
    """

    count: int
    bic: float
    silhouette: float | None = None
    stability: float | None = None


@dataclass(frozen=True)
class CountChoice:
    """How many habitats were chosen, and by what.

    Parameters
    ----------
    count
        Number of habitats taken; 1 means that none were found.
    criterion
        What chose it; None where the user did.
    rows
        In rising order of counts.
    independent_voxels
        How many of the tumour's voxels count as evidence of their own.
    is_structured
        Whether the images show more than one kind of tissue: two or more habitats explain them better than
        one, by BIC.
    """

    count: int
    criterion: CountCriterion | None
    rows: tuple[CountRow, ...]
    independent_voxels: float
    is_structured: bool


@dataclass(frozen=True, eq=False)
class CaseVoxels:
    """The voxels of one tumour, ready to be grouped.

    Parameters
    ----------
    matrix
        Shape (N, features), standardised.
    tumour
        Where the voxels lie.
    """

    matrix: FloatArray
    tumour: TumourVoxels


def try_counts(
    cases: Sequence[CaseVoxels], settings: FitSettings, *, count: int | None, criterion: CountCriterion
) -> tuple[CountChoice, Components]:
    """Return the choice of a number, and the components of that many habitats.

    Parameters
    ----------
    cases
        One tumour, or a cohort whose habitats are to be the same.
    settings
        Of every fit.
    count
        Taken where it is given.
    criterion
        Chooses among 1 to 6 otherwise.
    """
    trials = _Trials(cases, settings)
    most = min(MOST_HABITATS, len(np.unique(trials.sample, axis=0)))
    counts = sorted({*range(1, most + 1), *([count] if count else [])})
    evidence = trials.independent_voxels(max(counts))
    rows = [CountRow(k, trials.bic(k, evidence)) for k in counts]
    is_structured = min(rows, key=lambda row: row.bic).count > 1
    if count is None and is_structured:
        rows = [trials.judged(row, criterion) for row in rows]
    chosen = count or (_best(rows, criterion) if is_structured else 1)
    choice = CountChoice(chosen, None if count else criterion, tuple(rows), evidence, is_structured)
    return choice, trials.fit(chosen)


def _best(rows: list[CountRow], criterion: CountCriterion) -> int:
    """Return the best count of two or more; by stability the largest that is stable, or the most stable."""
    several = [row for row in rows if row.count > 1]
    if criterion is CountCriterion.BIC:
        return min(several, key=lambda row: row.bic).count
    if criterion is CountCriterion.SILHOUETTE:
        return max(several, key=lambda row: row.silhouette or 0.0).count
    stable = [row.count for row in several if (row.stability or 0.0) >= STABLE_ARI]
    return max(stable) if stable else max(several, key=lambda row: row.stability or 0.0).count


class _Trials:
    """Fits of several numbers of habitats to the same voxels."""

    def __init__(self, cases: Sequence[CaseVoxels], settings: FitSettings) -> None:
        self._cases = cases
        self._settings = settings
        self._fits: dict[int, Components] = {}
        self.sample = self._sampled(FIT_VOXELS)

    def _sampled(self, most: int) -> FloatArray:
        """Return some voxels, as many of every tumour as there are."""
        share = most // len(self._cases)
        return np.concatenate(
            [case.matrix[voxel_sample(len(case.matrix), self._settings.seed, share)] for case in self._cases]
        )

    def fit(self, count: int) -> Components:
        if count not in self._fits:
            self._fits[count] = fit_components(self.sample, count, self._settings)
        return self._fits[count]

    def independent_voxels(self, count: int) -> float:
        """Return the evidence, by what is left unexplained with the most components."""
        fit = self.fit(count)
        total = sum(independent_voxels(_residuals(case.matrix, fit), case.tumour) for case in self._cases)
        return min(total, MOST_INDEPENDENT)

    def bic(self, count: int, evidence: float) -> float:
        """Return ``parameters * ln(n) - 2 n * mean log-likelihood`` for n voxels (Schwarz 1978)."""
        fit = self.fit(count)
        features = fit.means.shape[1]
        if self._settings.method is ClusterMethod.KMEANS:
            parameters = count * features + 1
        else:
            parameters = count * (1 + features + features * (features + 1) // 2) - 1
        likelihood = float(np.mean(logsumexp(fit.log_densities(self.sample), axis=1)))
        return float(parameters * np.log(evidence) - 2.0 * evidence * likelihood)

    def judged(self, row: CountRow, criterion: CountCriterion) -> CountRow:
        """Return the row with what the criterion needs beside BIC."""
        if row.count > 1 and criterion is CountCriterion.SILHOUETTE:
            return replace(row, silhouette=self._silhouette(row.count))
        if row.count > 1 and criterion is CountCriterion.STABILITY:
            return replace(row, stability=self._stability(row.count))
        return row

    def _silhouette(self, count: int) -> float:
        """Return the mean silhouette of a sample (Rousseeuw 1987); 0 where it has one habitat only."""
        sample = self._sampled(_SILHOUETTE_VOXELS)
        labels = self.fit(count).log_densities(sample).argmax(axis=1)
        if len(np.unique(labels)) < 2:
            return 0.0
        with one_thread():
            return float(import_extra("sklearn.metrics").silhouette_score(sample, labels))

    def _stability(self, count: int) -> float:
        """Return how well two fits agree, each to every other block of the tumours."""
        random = np.random.default_rng(self._settings.seed)
        compare = import_extra("sklearn.metrics").adjusted_rand_score
        agreements = []
        for _ in range(_HALVES):
            choices = [_half_of_blocks(case.tumour, random) for case in self._cases]
            both = [
                self._fit_to(
                    [case.matrix[half == side] for case, half in zip(self._cases, choices, strict=True)],
                    count,
                )
                for side in (True, False)
            ]
            labels = [fit.log_densities(self.sample).argmax(axis=1) for fit in both]
            agreements.append(float(compare(*labels)))
        return float(np.mean(agreements))

    def _fit_to(self, parts: Sequence[FloatArray], count: int) -> Components:
        share = _HALF_VOXELS // len(parts)
        sampled = [part[voxel_sample(len(part), self._settings.seed, share)] for part in parts]
        return fit_components(np.concatenate(sampled), count, self._settings)


def _residuals(matrix: FloatArray, components: Components) -> FloatArray:
    """Return what the likeliest component leaves, in its standard deviations; shape (N, features)."""
    nearest = components.log_densities(matrix).argmax(axis=1)
    deviations = np.sqrt(np.diagonal(components.covariances, axis1=1, axis2=2))
    return np.asarray((matrix - components.means[nearest]) / deviations[nearest])


def _half_of_blocks(tumour: TumourVoxels, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return the voxels of half of the blocks of 10 mm, chosen at random: neighbours go together."""
    cell = (tumour.index_vox * tumour.grid.spacing_mm // _BLOCK_MM).astype(np.int64)
    block = np.unique(cell, axis=0, return_inverse=True)[1].ravel()
    return np.asarray(random.permutation(int(block.max()) + 1)[block] % 2 == 0)
