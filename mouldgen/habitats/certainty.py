"""How probably the label of a voxel is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mouldgen.habitats.clustering import Grouping

__all__ = ["calibrated_certainty"]


def calibrated_certainty(
    grouping: Grouping, repeats: Sequence[npt.NDArray[np.uint16]]
) -> npt.NDArray[np.float32]:
    own = grouping.posterior[np.arange(grouping.labels.size), grouping.labels.astype(np.int64) - 1]
    return own
