"""Where a label meets the border of its volume: there the tissue may go on, unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import VoxelGrid, anatomical_name

__all__ = ["TouchedBorder", "check_borders", "touched_borders"]


@dataclass(frozen=True)
class TouchedBorder:
    """One face of a volume that a label reaches.

    Parameters
    ----------
    side
        Anatomical direction nearest to the face's outward normal.
    voxels
        Voxels of the label that lie at the face.
    area_mm2
        Their faces.
    """

    side: str
    voxels: int
    area_mm2: float


def touched_borders(
    mask: npt.NDArray[np.bool_], grid: VoxelGrid, start: tuple[int, int, int]
) -> Iterator[TouchedBorder]:
    """Yield the borders that a label touches.

    Parameters
    ----------
    mask
        The label, cropped; [i, j, k].
    grid
        The whole volume.
    start
        Index of the mask's first voxel in the whole volume.
    """
    for axis in range(3):
        face_mm2 = grid.voxel_mm3 / float(grid.spacing_mm[axis])
        for index, position, sign in ((0, 0, -1.0), (grid.shape[axis] - 1, -1, 1.0)):
            if start[axis] + (position % mask.shape[axis]) != index:
                continue
            count = int(np.count_nonzero(mask.take(position, axis=axis)))
            side, _angle_deg = anatomical_name(sign * grid.directions[:, axis])
            yield TouchedBorder(side, count, count * face_mm2)


def check_borders(name: str, borders: tuple[TouchedBorder, ...], *, is_cropped: bool) -> tuple[Finding, ...]:
    """Return a finding for the borders that cut the label.

    Raises
    ------
    InputError
        If all six do, unless the file was cropped to the label on purpose.
    """
    if is_cropped or not borders:
        return ()
    if len(borders) == 6:
        message = (
            f"the label touches all six borders of {name}, so it is probably not a tumour, or is cut off "
            "all round. Choose another label; if the file was cropped to the tumour on purpose, say "
            "--cropped"
        )
        raise InputError(message)
    listed = ", ".join(
        f"{border.side} ({border.voxels} voxels, {border.area_mm2:.0f} mm2)" for border in borders
    )
    return (
        Finding.warning(
            "cut_by_border",
            f"the label reaches the border of its volume at the {listed} side; tissue beyond it is not in "
            "the mould. Use a larger volume, or --cropped if the label ends there",
        ),
    )
