"""Separate lesions under one label: which parts there are, and which are the specimen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, ParameterError
from mouldgen.frames import VoxelGrid

__all__ = ["Lesion", "LesionMap", "choose_lesions", "find_lesions"]

SPECK_SHARE = 0.005
SPECK_MM3 = 100.0
"""A part below both this and `SPECK_SHARE` of the largest part is a speck of the segmentation, not a lesion.

100 mm3 is a sphere of 5.8 mm, which no slab of usual thickness would show on both faces.
"""

_MOST_LISTED = 8
_ALL_NEIGHBOURS = np.ones((3, 3, 3), bool)

Mask = npt.NDArray[np.bool_]
PartArray = npt.NDArray[np.signedinteger]


@dataclass(frozen=True)
class Lesion:
    """One connected part of the segmentation.

    Parameters
    ----------
    number
        From 1, the largest first.
    volume_mm3
        Of its voxels.
    extent_mm
        Of its bounding box along i, j and k.
    """

    number: int
    volume_mm3: float
    extent_mm: tuple[float, float, float]

    def __str__(self) -> str:
        extent = " x ".join(f"{side:.1f}" for side in self.extent_mm)
        return f"{self.number}: {self.volume_mm3 / 1000:.2f} mL, {extent} mm"


@dataclass(frozen=True, eq=False)
class LesionMap:
    """Which lesion every voxel belongs to.

    Parameters
    ----------
    parts
        Shape of the mask: 0 is background, n is lesion n; numbers above ``len(lesions)`` are specks.
    lesions
        The largest first.
    speck_count, speck_mm3
        How many specks there are, and their volume.
    """

    parts: PartArray
    lesions: tuple[Lesion, ...]
    speck_count: int
    speck_mm3: float


def find_lesions(mask: Mask, grid: VoxelGrid) -> LesionMap:
    """Return the parts of a mask that hang together by faces, edges or corners of voxels.

    Parts of equal size are in the order in which they are met along i, then j, then k.
    """
    from scipy import ndimage

    unordered, count = ndimage.label(np.ascontiguousarray(mask), _ALL_NEIGHBOURS)
    sizes = _part_sizes(unordered, count)
    by_size = np.argsort(-sizes, kind="stable")
    rank = np.zeros(count + 1, np.int32)
    rank[by_size + 1] = np.arange(1, count + 1)
    parts = unordered if count < 2 else _renumbered(unordered, rank)
    volumes = sizes[by_size] * grid.voxel_mm3
    is_speck = (volumes < SPECK_MM3) & (volumes < SPECK_SHARE * volumes.max(initial=0.0))
    lesions = tuple(
        Lesion(number, float(volumes[number - 1]), _extent_mm(box, grid))
        for number, box in enumerate(ndimage.find_objects(parts, int(np.count_nonzero(~is_speck))), start=1)
    )
    return LesionMap(parts, lesions, int(np.count_nonzero(is_speck)), float(volumes[is_speck].sum()))


def choose_lesions(found: LesionMap, choice: str) -> tuple[Mask, tuple[Finding, ...]]:
    """Return the voxels of the chosen lesions, and what was left out.

    Parameters
    ----------
    found
        From `find_lesions`.
    choice
        ``one``, ``largest``, ``all``, or a number from 1.

    Raises
    ------
    ParameterError
        If several lesions are found and none was chosen, or the number is not there.
    """
    count = len(found.lesions)
    if choice == "one" and count > 1:
        message = (
            f"the segmentation has {count} separate lesions ({_listed(found.lesions)}); choose with "
            f"--lesion largest, --lesion all, or --lesion N (1 to {count})"
        )
        raise ParameterError(message)
    if choice.isdecimal() and int(choice) > count:
        message = (
            f"there is no lesion {choice}; the segmentation has {_listed(found.lesions)}. Choose one of these"
        )
        raise ParameterError(message)
    if choice == "all":
        return (found.parts > 0) & (found.parts <= count), _findings(found, found.lesions)
    number = int(choice) if choice.isdecimal() else 1
    return found.parts == number, _findings(found, found.lesions[number - 1 : number])


def _part_sizes(parts: PartArray, count: int) -> npt.NDArray[np.int64]:
    """Return the number of voxels of part 1, 2, ...; layer by layer, to save memory."""
    sizes = np.zeros(count + 1, np.int64)
    for layer in parts:
        sizes += np.bincount(layer.ravel(), minlength=count + 1)
    return sizes[1:]


def _renumbered(parts: PartArray, numbers: PartArray) -> PartArray:
    renumbered = np.empty_like(parts)
    for layer, part_layer in zip(renumbered, parts, strict=True):
        layer[:] = numbers[part_layer]
    return renumbered


def _extent_mm(box: tuple[slice, ...], grid: VoxelGrid) -> tuple[float, float, float]:
    i, j, k = (
        float((side.stop - side.start) * step) for side, step in zip(box, grid.spacing_mm, strict=True)
    )
    return i, j, k


def _listed(lesions: tuple[Lesion, ...]) -> str:
    listed = "; ".join(str(lesion) for lesion in lesions[:_MOST_LISTED])
    return listed if len(lesions) <= _MOST_LISTED else f"{listed}; and {len(lesions) - _MOST_LISTED} smaller"


def _findings(found: LesionMap, chosen: tuple[Lesion, ...]) -> tuple[Finding, ...]:
    findings = []
    left_out = [lesion for lesion in found.lesions if lesion not in chosen]
    if left_out:
        volume_ml = sum(lesion.volume_mm3 for lesion in left_out) / 1000
        findings.append(
            Finding.info(
                "lesions_left_out",
                f"{len(left_out)} of {len(found.lesions)} separate lesions, together {volume_ml:.2f} mL, "
                "are not part of the specimen",
            )
        )
    if len(chosen) > 1:
        findings.append(
            Finding.info(
                "several_lesions",
                f"the specimen is {len(chosen)} separate lesions ({_listed(chosen)}); the mould holds them "
                "at their distance in the images, so the tissue between them must be removed with them",
            )
        )
    if found.speck_count:
        findings.append(
            Finding.info(
                "specks_dropped",
                f"parts that are too small for a lesion are not part of the specimen: {found.speck_count} "
                f"of together {found.speck_mm3 / 1000:.3g} mL, each below {SPECK_MM3:g} mm3 and "
                f"{100 * SPECK_SHARE:g} % of the largest part",
            )
        )
    return tuple(findings)
