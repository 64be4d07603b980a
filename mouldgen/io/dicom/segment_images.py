"""The images that a SEG was drawn on, as far as they tell the distance and the names of its planes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray
from mouldgen.images import SliceStack
from mouldgen.io.dicom.segment_content import SegmentFrame

__all__ = ["named_by_images", "slice_spacing_mm"]

_PARALLEL = 0.9999
_OFF_SHARE = 0.1


def slice_spacing_mm(
    frames: Sequence[SegmentFrame], stated_mm: float | None, images: SliceStack | None
) -> float | None:
    """Return the distance of the images' slices if all frames lie on them, else what the file states."""
    if images is None or not frames:
        return stated_mm
    plane = frames[0].plane
    normal = np.cross(plane.row_direction, plane.column_direction)
    positions = np.array([frame.plane.position_lps for frame in frames])
    return stated_mm if _slices_at(positions, normal, images) is None else images.spacing_mm


def named_by_images(slices: SliceStack, images: SliceStack | None) -> tuple[SliceStack, tuple[Finding, ...]]:
    """Return planes with the instances of the slices that they lie on; their own names are checked.

    Parameters
    ----------
    slices
        Planes of the SEG, with the images that it names for them, if any.
    images
        Slices of the series that it was drawn on; None where that is absent.
    """
    centers = slices.first_center_mm + np.arange(slices.count)[:, None] * slices.step_mm
    places = None if images is None else _slices_at(centers, slices.normal_lps, images)
    if images is None or places is None or not images.sop_instance_uids:
        return slices, ()
    uids = tuple(images.sop_instance_uids[place] for place in places)
    own = slices.sop_instance_uids
    if own and not set(own) & set(images.sop_instance_uids):
        return slices, ()
    numbers = tuple(images.instance_numbers[place] for place in places) if images.instance_numbers else ()
    wrong = sum(one != other for one, other in zip(own, uids, strict=False))
    return replace(slices, sop_instance_uids=uids, instance_numbers=numbers), _contradiction(wrong)


def _slices_at(points: FloatArray, normal: FloatArray, images: SliceStack) -> npt.NDArray[np.int_] | None:
    """Return the slices that points lie on; None unless each lies on one."""
    if abs(float(normal @ images.normal_lps)) < _PARALLEL:
        return None
    depths = (points - images.first_center_mm) @ images.normal_lps / images.spacing_mm
    places = np.rint(depths).astype(int)
    is_off = np.abs(depths - places).max() > _OFF_SHARE
    return None if is_off or places.min() < 0 or places.max() >= images.count else places


def _contradiction(count: int) -> tuple[Finding, ...]:
    if not count:
        return ()
    return (
        Finding.warning(
            "source_images_contradict_positions",
            f"{count} planes of the segmentation name other images than those that lie at their position; "
            "the positions are used. Check in a viewer that segmentation and images fit",
        ),
    )
