"""Structures that may overlap, as labels that cannot."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from mouldgen.images import LabelArray

__all__ = ["merge_structures"]


def merge_structures(
    masks: Iterable[tuple[int, npt.NDArray[np.bool_]]], shape: tuple[int, ...]
) -> tuple[LabelArray, int]:
    """Return one label a voxel, and how many voxels belong to more than one structure.

    Parameters
    ----------
    masks
        Number and voxels of each structure; where they overlap, the first is kept.
    shape
        Of every mask.
    """
    labels = np.zeros(shape, np.uint16, order="F")
    shared: npt.NDArray[np.bool_] | None = None
    for number, mask in masks:
        taken = mask & (labels > 0)
        if taken.any():
            shared = taken if shared is None else shared | taken
            mask = mask & ~taken  # noqa: PLW2901 - what is left of it
        np.copyto(labels, np.uint16(number), where=mask)
    labels.flags.writeable = False
    return labels, 0 if shared is None else int(np.count_nonzero(shared))
