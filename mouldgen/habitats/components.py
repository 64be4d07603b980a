"""Groups of voxels as Gaussian components over features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.frames import FloatArray, frozen_array

__all__ = ["Components"]

_VOXELS_AT_ONCE = 65536


@dataclass(frozen=True, eq=False)
class Components:
    """Gaussians over standardised features, one for each habitat.

    k-means is the case of equal weights and one variance for all: its nearest centre is the likeliest
    component.

    Parameters
    ----------
    weights
        Shape (K,), above 0, their sum is 1.
    means
        Shape (K, features).
    covariances
        Shape (K, features, features), positive definite.

    Raises
    ------
    ValueError
        If shapes, weights or covariances are not so.
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray

    def __post_init__(self) -> None:
        for name in ("weights", "means", "covariances"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))
        count, features = self.means.shape
        if self.weights.shape != (count,) or self.covariances.shape != (count, features, features):
            message = (
                f"{self.weights.size} weights and {self.covariances.shape} covariances for {count} means"
            )
            raise ValueError(message)
        if not (self.weights > 0).all() or abs(self.weights.sum() - 1.0) > 1e-6:
            message = f"weights are above 0 and their sum is 1; got {self.weights.tolist()}"
            raise ValueError(message)
        if not np.isfinite(self.means).all() or np.linalg.eigvalsh(self.covariances).min() <= 0:
            message = "means are finite and covariances positive definite"
            raise ValueError(message)

    @property
    def count(self) -> int:
        """Number of components."""
        return len(self.weights)

    def log_densities(self, matrix: FloatArray) -> FloatArray:
        """Return the logarithm of weight times density, shape (N, K), of voxels of shape (N, features)."""
        pieces = [
            self._log_densities(matrix[start : start + _VOXELS_AT_ONCE])
            for start in range(0, len(matrix), _VOXELS_AT_ONCE)
        ]
        return np.concatenate(pieces)

    def _log_densities(self, matrix: FloatArray) -> FloatArray:
        columns = []
        for weight, mean, covariance in zip(self.weights, self.means, self.covariances, strict=True):
            root = np.linalg.cholesky(covariance)
            whitened = np.linalg.inv(root) @ (matrix - mean).T
            spread = np.log(np.diag(root)).sum() + 0.5 * len(mean) * np.log(2 * np.pi)
            columns.append(np.log(weight) - spread - 0.5 * np.square(whitened).sum(axis=0))
        return np.column_stack(columns)

    def rearranged(self, order: Sequence[int]) -> Components:
        """Return the components at `order`; the rest is left out, and weights sum to 1 again."""
        chosen = list(order)
        weights = self.weights[chosen] / self.weights[chosen].sum()
        return Components(weights, self.means[chosen], self.covariances[chosen])
