"""How many habitats there are, and whether there are any."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from mouldgen.frames import FloatArray
from mouldgen.habitats.channels import TumourVoxels
from mouldgen.habitats.components import Components
from mouldgen.habitats.evidence import independent_voxels
from mouldgen.habitats.extra import import_extra
from mouldgen.habitats.fitting import FitSettings, fit_components
from mouldgen.habitats.sample import voxel_sample
from mouldgen.habitats.threads import one_thread
from mouldgen.params.habitats import ClusterMethod, CountCriterion

__all__ = ["MOST_HABITATS", "CountChoice", "CountRow", "try_counts"]

MOST_HABITATS = 6
"""Counts from 1 to this are tried: more cannot be sampled in a specimen (issue 6)."""

STABLE_ARI = 0.8
"""Habitats that two halves of a tumour agree on this well repeat (Tibshirani and Walther 2005 take 0.8 to 0.9 of
prediction strength, doi:10.1198/106186005X59243)."""

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
        Whether the images show more than one kind of tissue: two or more habitats explain them better than one, by
        BIC.
    """

    count: int
    criterion: CountCriterion | None
    rows: tuple[CountRow, ...]
    independent_voxels: float
    is_structured: bool


def try_counts(
    matrix: FloatArray,
    tumour: TumourVoxels,
    settings: FitSettings,
    *,
    count: int | None,
    criterion: CountCriterion,
) -> tuple[CountChoice, Components]:
    """Return the choice of a number, and the components of that many habitats.

    Parameters
    ----------
    matrix
        Shape (N, features), standardised.
    tumour
        Where the voxels lie.
    settings
        Of every fit.
    count
        Taken where it is given.
    criterion
        Chooses among 1 to 6 otherwise.
    """
    sample = matrix[voxel_sample(len(matrix), settings.seed)]
    counts = sorted(
        {*range(1, min(MOST_HABITATS, len(np.unique(sample, axis=0))) + 1), *([count] if count else [])}
    )
    fits = {k: fit_components(sample, k, settings) for k in counts}
    evidence = independent_voxels(_residuals(matrix, fits[max(counts)]), tumour)
    rows = [CountRow(k, _bic(fits[k], sample, evidence, settings.method)) for k in counts]
    best = min(rows, key=lambda row: row.bic)
    is_structured = best.count > 1
    if count is None and is_structured and criterion is not CountCriterion.BIC:
        rows = [_with_criterion(row, fits, matrix, tumour, settings, criterion) for row in rows]
    chosen = count or (_chosen(rows, criterion) if is_structured else 1)
    used = None if count else criterion
    return CountChoice(chosen, used, tuple(rows), evidence, is_structured), fits[chosen]


def _residuals(matrix: FloatArray, components: Components) -> FloatArray:
    """Return what the likeliest component leaves, in its standard deviations; shape (N, features)."""
    nearest = components.log_densities(matrix).argmax(axis=1)
    deviations = np.sqrt(np.diagonal(components.covariances, axis1=1, axis2=2))
    return np.asarray((matrix - components.means[nearest]) / deviations[nearest])


def _bic(components: Components, sample: FloatArray, evidence: float, method: ClusterMethod) -> float:
    """Return ``parameters * ln(n) - 2 n * mean log-likelihood`` for n independent voxels (Schwarz 1978)."""
    count, features = components.means.shape
    if method is ClusterMethod.KMEANS:
        parameters = count * features + 1
    else:
        parameters = count * (1 + features + features * (features + 1) // 2) - 1
    likelihood = float(logsumexp(components.log_densities(sample), axis=1).mean())
    return parameters * float(np.log(evidence)) - 2.0 * evidence * likelihood


def _chosen(rows: list[CountRow], criterion: CountCriterion) -> int:
    """Return the best count of two or more; the most that is stable, or the most stable, by stability."""
    several = [row for row in rows if row.count > 1]
    if criterion is CountCriterion.BIC:
        return min(several, key=lambda row: row.bic).count
    if criterion is CountCriterion.SILHOUETTE:
        return max(several, key=lambda row: row.silhouette or 0.0).count
    stable = [row.count for row in several if (row.stability or 0.0) >= STABLE_ARI]
    return max(stable) if stable else max(several, key=lambda row: row.stability or 0.0).count


def _with_criterion(
    row: CountRow,
    fits: dict[int, Components],
    matrix: FloatArray,
    tumour: TumourVoxels,
    settings: FitSettings,
    criterion: CountCriterion,
) -> CountRow:
    if row.count == 1:
        return row
    if criterion is CountCriterion.SILHOUETTE:
        return replace(row, silhouette=_silhouette(matrix, fits[row.count], settings.seed))
    return replace(row, stability=_stability(matrix, tumour, row.count, settings))


def _silhouette(matrix: FloatArray, components: Components, seed: int) -> float:
    """Return the mean silhouette of a sample (Rousseeuw 1987); 0 where it has one habitat only."""
    sample = matrix[voxel_sample(len(matrix), seed, _SILHOUETTE_VOXELS)]
    labels = components.log_densities(sample).argmax(axis=1)
    if len(np.unique(labels)) < 2:
        return 0.0
    with one_thread():
        return float(import_extra("sklearn.metrics").silhouette_score(sample, labels))


def _stability(matrix: FloatArray, tumour: TumourVoxels, count: int, settings: FitSettings) -> float:
    """Return how well two fits agree on the tumour, each fitted to every other block of it."""
    random = np.random.default_rng(settings.seed)
    block = _blocks(tumour)
    compare = import_extra("sklearn.metrics").adjusted_rand_score
    agreements = []
    for _ in range(_HALVES):
        first = random.permutation(int(block.max()) + 1)[block] % 2 == 0
        labels = []
        for half in (matrix[first], matrix[~first]):
            part = half[voxel_sample(len(half), settings.seed, _HALF_VOXELS)]
            labels.append(fit_components(part, count, settings).log_densities(matrix).argmax(axis=1))
        agreements.append(float(compare(*labels)))
    return float(np.mean(agreements))


def _blocks(tumour: TumourVoxels) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the block of 10 mm that every voxel lies in, from 0: neighbours go together."""
    cell = (tumour.index_vox * tumour.grid.spacing_mm // _BLOCK_MM).astype(np.int64)
    return np.asarray(np.unique(cell, axis=0, return_inverse=True)[1]).ravel()
