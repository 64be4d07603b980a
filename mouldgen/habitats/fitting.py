"""Gaussian mixtures and k-means fitted to voxels by scikit-learn."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.habitats.components import Components
from mouldgen.habitats.extra import import_extra
from mouldgen.habitats.threads import one_thread
from mouldgen.params.habitats import ClusterMethod

__all__ = ["FitSettings", "fit_components"]

_LEAST_VARIANCE = 1e-3
"""Added to every variance of standardised features, so that a feature that is constant within a habitat,
or that repeats another one, does not end the fit."""

_VOXELS_OF_A_START = 4000
_STEPS_OF_A_START = 25
_STEPS = 300


@dataclass(frozen=True)
class FitSettings:
    """How a fit is done.

    Parameters
    ----------
    method
        Gaussian mixture or k-means.
    starts
        How often it starts; the best is kept.
    seed
        Of its random numbers.
    """

    method: ClusterMethod
    starts: int
    seed: int


def fit_components(matrix: FloatArray, count: int, settings: FitSettings) -> Components:
    """Return `count` components fitted to standardised features of shape (N, features).

    A mixture starts often and briefly on a part of the voxels, and the best start is followed on all of them
    ("short runs of EM": Biernacki, Celeux and Govaert 2003, doi:10.1016/S0167-9473(02)00163-9).
    """
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a short run does not converge, and a long one need not
        if settings.method is ClusterMethod.KMEANS:
            return _kmeans(matrix, count, settings)
        return _mixture(matrix, count, settings)


def _mixture(matrix: FloatArray, count: int, settings: FitSettings) -> Components:
    part = matrix[:: max(1, len(matrix) // _VOXELS_OF_A_START)]
    start = _estimator(count, settings, n_init=settings.starts, max_iter=_STEPS_OF_A_START).fit(part)
    found = _estimator(
        count,
        settings,
        weights_init=start.weights_,
        means_init=start.means_,
        precisions_init=start.precisions_,
        max_iter=_STEPS,
        tol=1e-4,
    ).fit(matrix)
    return Components(found.weights_, found.means_, found.covariances_)


def _estimator(count: int, settings: FitSettings, **values: Any) -> Any:
    mixture = import_extra("sklearn.mixture")
    return mixture.GaussianMixture(
        count, init_params="k-means++", reg_covar=_LEAST_VARIANCE, random_state=settings.seed, **values
    )


def _kmeans(matrix: FloatArray, count: int, settings: FitSettings) -> Components:
    cluster = import_extra("sklearn.cluster")
    found = cluster.KMeans(count, n_init=settings.starts, random_state=settings.seed).fit(matrix)
    variance = found.inertia_ / matrix.size + _LEAST_VARIANCE
    features = matrix.shape[1]
    covariances = np.broadcast_to(variance * np.eye(features), (count, features, features))
    return Components(np.full(count, 1.0 / count), found.cluster_centers_, covariances)
