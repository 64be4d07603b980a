"""How much of the specimen's surface lies against plastic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray

__all__ = ["contact_share"]


def contact_share(
    inside: npt.NDArray[np.bool_], swept: npt.NDArray[np.bool_], rim_row: int, spacing_mm: FloatArray
) -> float:
    """Return the share of a voxel body's faces that look at plastic.

    A face counts if it is below the rim and the voxel beyond it is not open to insertion: sides and
    underside, but not what the specimen passes on its way in.

    Parameters
    ----------
    inside
        Shape (X, Y, Z): the specimen; its outermost layer of voxels is empty.
    swept
        The specimen and all above it.
    rim_row
        First row of voxels above the rim.
    spacing_mm
        Shape (3,).
    """
    held = total = 0.0
    for axis in range(3):
        area_mm2 = float(np.prod(np.delete(spacing_mm, axis)))
        body, beyond = np.moveaxis(inside, axis, 0), np.moveaxis(swept, axis, 0)
        for near, far in ((slice(None, -1), slice(1, None)), (slice(1, None), slice(None, -1))):
            faces = body[near] & ~body[far]
            total += area_mm2 * np.count_nonzero(faces)
            against = faces & ~beyond[far]
            if axis < 2:
                held += area_mm2 * np.count_nonzero(against[:, :, :rim_row])
            else:
                # rows of voxels that have the face are counted from their own height
                first = 0 if near == slice(None, -1) else 1
                held += area_mm2 * np.count_nonzero(against[: max(rim_row - first, 0)])
    return float(held / total) if total else 0.0
