"""Shapes between two planes, from their signed distances (Raya and Udupa, 1990)."""

from __future__ import annotations

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.io.contours.rasterising import Mask

__all__ = ["shape_between", "signed_distance_mm"]


def signed_distance_mm(mask: Mask, spacing_mm: FloatArray) -> FloatArray:
    """Return the distance to the outline, above zero inside; shape of `mask`.

    Parameters
    ----------
    mask
        Shape (U, V). Beyond it all is outside.
    spacing_mm
        Shape (2,), of the pixels.
    """
    from scipy import ndimage

    padded = np.pad(mask, 1)
    inside = ndimage.distance_transform_edt(padded, sampling=spacing_mm)
    outside = ndimage.distance_transform_edt(~padded, sampling=spacing_mm)
    return np.asarray(inside - outside)[1:-1, 1:-1]


def shape_between(below_mm: FloatArray, above_mm: FloatArray, share: float) -> Mask:
    """Return the shape between two planes.

    Parameters
    ----------
    below_mm, above_mm
        Signed distances of the shapes in the two planes.
    share
        Of the way from the lower to the upper plane, 0 to 1.
    """
    return np.asarray((1 - share) * below_mm + share * above_mm > 0)
