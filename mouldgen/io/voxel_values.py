"""Stored numbers to labels and to grey values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.images import Image, LabelArray, LabelVolume
from mouldgen.io.stored_volume import StoredVolume

__all__ = ["MANY_LABELS", "count_labels", "find_labels", "judge_labels", "to_image", "to_labels"]

WHOLE_NUMBER_TOLERANCE = 1e-3
"""Floating-point labels may be this far from whole numbers; scaling in a header leaves such remainders."""

MANY_LABELS = 64
"""A volume with more different values is more likely an image than a label map."""

_HIGHEST_LABEL = 65535
_SHOWN_VALUES = 3


def to_labels(volume: StoredVolume) -> tuple[LabelVolume, tuple[Finding, ...]]:
    """Return a volume's values as labels, and what was found on the way.

    Raises
    ------
    InputError
        If values are not finite, negative, fractional or above 65535, with how many and which.
    """
    found = find_labels(volume)
    if found is None:
        raise _not_labels(volume)
    return found


def find_labels(volume: StoredVolume) -> tuple[LabelVolume, tuple[Finding, ...]] | None:
    """Return a volume's values as labels, with findings, or None where they are no labels."""
    if volume.lost_not_finite:
        return None
    voxels = np.empty(volume.grid.shape, np.uint16, order="F")
    farthest = 0.0
    for k in range(volume.grid.shape[2]):
        whole, off = _whole_numbers(volume.voxels[:, :, k])
        if whole is None:
            return None
        voxels[:, :, k] = whole
        farthest = max(farthest, off)
    voxels.flags.writeable = False
    findings: tuple[Finding, ...] = ()
    if np.issubdtype(volume.voxels.dtype, np.floating):
        findings = (
            Finding.info(
                "labels_rounded",
                f"labels are floating-point numbers ({volume.voxels.dtype}) and are taken as whole numbers; "
                f"the farthest is {farthest:.2g} off",
            ),
        )
    return LabelVolume(voxels, volume.grid), findings


def to_image(volume: StoredVolume, name: str) -> tuple[Image, tuple[Finding, ...]]:
    """Return a volume's values as a scalar image; values that are not finite become 0, with a finding.

    Raises
    ------
    InputError
        If no value is finite.
    """
    with np.errstate(over="ignore"):
        voxels = np.array(volume.voxels, np.float32, order="F")
    not_finite = volume.lost_not_finite
    if np.issubdtype(volume.voxels.dtype, np.floating):
        wrong = ~np.isfinite(voxels)
        voxels[wrong] = 0.0
        not_finite += int(np.count_nonzero(wrong))
    if not_finite == voxels.size:
        message = f"{volume.name} holds no finite value; export the image again"
        raise InputError(message)
    voxels.flags.writeable = False
    image = Image(name, voxels, volume.grid, volume.slices, volume.modality)
    return image, _not_finite(not_finite, voxels.size)


def count_labels(voxels: LabelArray) -> dict[int, int]:
    """Return how often every label but 0 occurs, in rising order; no large temporary array is made."""
    highest = int(voxels.max(initial=0))
    counts = np.zeros(highest + 1, np.int64)
    for k in range(voxels.shape[2]):
        counts += np.bincount(voxels[:, :, k].ravel("K"), minlength=highest + 1)
    return {int(label): int(counts[label]) for label in np.flatnonzero(counts) if label}


def judge_labels(counts: Mapping[int, int]) -> tuple[Finding, ...]:
    """Return a finding if a file holds more labels than label maps do."""
    if len(counts) <= MANY_LABELS:
        return ()
    return (
        Finding.warning(
            "many_labels",
            f"the file holds {len(counts)} different labels, which looks like an image rather than a label "
            "map; check that it is the segmentation",
        ),
    )


def _whole_numbers(values: npt.NDArray[np.generic]) -> tuple[npt.NDArray[np.generic] | None, float]:
    """Return values as whole numbers, and how far they were off at most; None where they are no labels."""
    off = 0.0
    whole = values
    if np.issubdtype(values.dtype, np.floating):
        if not np.isfinite(values).all():
            return None, off
        whole = np.rint(values)
        off = float(np.abs(values - whole).max())
    in_range = whole.min() >= 0 and whole.max() <= _HIGHEST_LABEL
    return (whole if in_range and off <= WHOLE_NUMBER_TOLERANCE else None), off


def _not_labels(volume: StoredVolume) -> InputError:
    """Return the error that says which values are no labels, and how many."""
    finite = np.isfinite(volume.voxels)
    values = np.where(finite, volume.voxels, 0)
    not_finite = volume.lost_not_finite + finite.size - int(np.count_nonzero(finite))
    reasons = [f"{_voxels(not_finite, finite.size)} NaN or infinite"] if not_finite else []
    unlike = {
        "negative": values < -WHOLE_NUMBER_TOLERANCE,
        "fractional": np.abs(values - np.rint(values)) > WHOLE_NUMBER_TOLERANCE,
        f"above {_HIGHEST_LABEL}": values > _HIGHEST_LABEL + WHOLE_NUMBER_TOLERANCE,
    }
    for word, found in unlike.items():
        if found.any():
            count = _voxels(int(np.count_nonzero(found)), found.size)
            reasons.append(f"{count} {word}, such as {_examples(values[found])}")
    message = (
        f"{volume.name} is not a label map: {'; '.join(reasons)}. Expected whole numbers from 0 to "
        f"{_HIGHEST_LABEL}; give a segmentation rather than an image, or export it again as a label map"
    )
    return InputError(message)


def _voxels(count: int, size: int) -> str:
    """Return how many voxels of a volume something holds for, with the verb that follows."""
    share = f"({100 * count / size:.3g} %)"
    return f"1 voxel {share} is" if count == 1 else f"{count} voxels {share} are"


def _not_finite(count: int, size: int) -> tuple[Finding, ...]:
    if not count:
        return ()
    return (Finding.warning("not_finite", f"{_voxels(count, size)} NaN or infinite, and shown as 0"),)


def _examples(values: npt.NDArray[np.generic]) -> str:
    return ", ".join(f"{value:g}" for value in np.unique(values)[:_SHOWN_VALUES])
