"""Contours as they were drawn, and which of them outline anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray, frozen_array

__all__ = ["Contour", "area_vector", "encloses_area", "outlining_contours"]

_SAME_POINT_MM = 1e-4
_CERTAIN_AREA_MM2 = 1e-3


@dataclass(frozen=True, eq=False)
class Contour:
    """One contour, or one point or open line.

    Parameters
    ----------
    points_lps
        Shape (N, 3), mm. The last point of a closed contour is joined to the first.
    image_uid
        SOP instance UID of the image that it was drawn on, empty if that is unknown.
    """

    points_lps: FloatArray
    image_uid: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_lps", frozen_array(self.points_lps, np.float64))


def area_vector(points_lps: FloatArray) -> FloatArray:
    """Return Newell's vector of a closed contour, shape (3,): along its normal, of its area in mm2."""
    points = points_lps - points_lps[0]
    return np.asarray(np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0) / 2)


def encloses_area(contour: Contour) -> bool:
    """Return whether a closed contour is more than a point, or a line that is straight or retraced."""
    if np.linalg.norm(area_vector(contour.points_lps)) > _CERTAIN_AREA_MM2:
        return True
    # the two loops of a figure of eight may cancel in the vector, but enclose an area all the same
    return len(_lasting_edges(contour)) >= 3 and _width_mm(contour.points_lps) > _SAME_POINT_MM


def outlining_contours(
    subject: str, contours: Iterable[Contour]
) -> tuple[tuple[Contour, ...], tuple[Finding, ...]]:
    """Return the contours that outline something, each once, and findings about those left out.

    Parameters
    ----------
    subject
        What findings call the structure.
    contours
        Closed ones.
    """
    given = tuple(contours)
    enclosing = tuple(contour for contour in given if encloses_area(contour))
    kept = _without_repetitions(enclosing)
    return kept, (
        *_left_out(len(given) - len(enclosing), subject),
        *_repeated(len(enclosing) - len(kept), subject),
    )


def _left_out(count: int, subject: str) -> tuple[Finding, ...]:
    if not count:
        return ()
    return (
        Finding.info(
            "degenerate_contours",
            f"contours of structure {subject} that enclose no area are left out: {count}",
        ),
    )


def _repeated(count: int, subject: str) -> tuple[Finding, ...]:
    if not count:
        return ()
    return (
        Finding.warning(
            "repeated_contours",
            f"contours of structure {subject} that are there twice are used once: {count}; taken twice, the "
            "second would cut out what the first encloses. Compare the sections with the images",
        ),
    )


def _without_repetitions(contours: Sequence[Contour]) -> tuple[Contour, ...]:
    """Return the contours without those that have the same edges as an earlier one.

    Where a ring begins and which way it runs do not matter, nor do repeated points. Only contours with the
    same bounding box are compared.
    """
    boxes = [_bounding_box(contour) for contour in contours]
    times = Counter(boxes)
    seen: set[bytes] = set()
    kept = []
    for contour, box in zip(contours, boxes, strict=True):
        edges = b"" if times[box] == 1 else _lasting_edges(contour).tobytes()
        if edges not in seen:
            kept.append(contour)
        if edges:
            seen.add(edges)
    return tuple(kept)


def _bounding_box(contour: Contour) -> tuple[int, ...]:
    points = _counted_points(contour)
    return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def _counted_points(contour: Contour) -> npt.NDArray[np.int64]:
    """Return the points in whole steps of `_SAME_POINT_MM`."""
    return np.asarray(np.rint(contour.points_lps / _SAME_POINT_MM).astype(np.int64))


def _lasting_edges(contour: Contour) -> npt.NDArray[np.int64]:
    """Return the undirected edges that are drawn an odd number of times, sorted; shape (E, 6)."""
    start = _counted_points(contour)
    stop = np.roll(start, -1, axis=0)
    order = np.sign(stop - start) @ np.array([4, 2, 1])
    edges = np.hstack([start, stop])
    edges[order < 0] = np.hstack([stop, start])[order < 0]
    different, times = np.unique(edges[order != 0], axis=0, return_counts=True)
    return np.ascontiguousarray(different[times % 2 == 1])


def _width_mm(points_lps: FloatArray) -> float:
    """Return how far points lie from the straight line that fits them best."""
    centered = points_lps - points_lps.mean(axis=0)
    along = np.linalg.svd(centered, full_matrices=False)[2][0]
    return float(np.linalg.norm(centered - np.outer(centered @ along, along), axis=1).max())
