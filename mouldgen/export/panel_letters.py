"""Where the letters of habitats stand on a section: in the middle of the widest part of each region."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray

__all__ = ["LetterPlace", "place_letters"]

LabelImage = npt.NDArray[np.uint16]

LARGE_RADIUS_PX = 22.0
SMALL_RADIUS_PX = 11.0
_LEADER_PX = 34.0
_COARSE_PX = 120


@dataclass(frozen=True)
class LetterPlace:
    """One letter.

    Parameters
    ----------
    label
        Which region it names.
    pole_px
        Column and row of the region's pole of inaccessibility, the point farthest from its border.
    at_px
        Where the letter stands: at the pole, or beside a region too small for it.
    large
        Whether there is room for a large letter.
    """

    label: int
    pole_px: tuple[float, float]
    at_px: tuple[float, float]
    large: bool

    @property
    def has_leader(self) -> bool:
        """Whether a line must lead from the letter to its region."""
        return self.at_px != self.pole_px


def place_letters(
    labels: LabelImage, named: Iterable[int], size_px: tuple[int, int]
) -> tuple[LetterPlace, ...]:
    """Return a letter for every region wide enough for it, and one for every label that occurs.

    Parameters
    ----------
    labels
        Shape (rows, columns); 0 is background.
    named
        Labels that have a letter.
    size_px
        Width and height of the panel; letters beside small regions stay inside.
    """
    step = max(1, int(np.ceil(max(labels.shape) / _COARSE_PX)))
    regions = _regions(labels[step // 2 :: step, step // 2 :: step], step)
    regions += _specks(labels, {region.label for region in regions})
    wanted = set(named)
    regions = [region for region in regions if region.label in wanted]
    roomy = [region for region in regions if region.radius_px >= SMALL_RADIUS_PX]
    places = [
        LetterPlace(region.label, region.pole_px, region.pole_px, region.radius_px >= LARGE_RADIUS_PX)
        for region in roomy
    ]
    for label in sorted({region.label for region in regions} - {region.label for region in roomy}):
        widest = max(
            (region for region in regions if region.label == label), key=lambda region: region.radius_px
        )
        at = _free_place(widest.pole_px, [place.at_px for place in places], size_px)
        places.append(LetterPlace(label, widest.pole_px, at, large=False))
    return tuple(places)


@dataclass(frozen=True)
class _Region:
    label: int
    pole_px: tuple[float, float]
    radius_px: float


def _regions(coarse: LabelImage, step: int) -> list[_Region]:
    """Return every connected region of one label, on an image of which every `step`-th pixel was kept."""
    from scipy import ndimage
    from skimage.measure import label as connected

    regions, count = connected(coarse, background=0, connectivity=1, return_num=True)
    if not count:
        return []
    depth = ndimage.distance_transform_edt(np.pad(_inside(coarse), 1))[1:-1, 1:-1]
    poles = ndimage.maximum_position(depth, regions, np.arange(1, count + 1))
    return [
        _Region(
            int(coarse[row, column]),
            (float(column * step + step // 2) + 0.5, float(row * step + step // 2) + 0.5),
            (float(depth[row, column]) + 0.5) * step,
        )
        for row, column in poles
    ]


def _specks(labels: LabelImage, found: set[int]) -> list[_Region]:
    """Return one region for every label so rare that the coarse image misses it."""
    missed = [
        label
        for label in np.flatnonzero(np.bincount(labels.ravel())).tolist()
        if label and label not in found
    ]
    specks = []
    for label in missed:
        pixels = np.argwhere(labels == label)
        row, column = pixels[len(pixels) // 2]
        specks.append(_Region(label, (float(column) + 0.5, float(row) + 0.5), 0.5))
    return specks


def _inside(coarse: LabelImage) -> npt.NDArray[np.bool_]:
    """Return the pixels whose four neighbours have their own label."""
    framed = np.pad(coarse, 1)
    middle = framed[1:-1, 1:-1]
    neighbours = (framed[:-2, 1:-1], framed[2:, 1:-1], framed[1:-1, :-2], framed[1:-1, 2:])
    inside = middle > 0
    for neighbour in neighbours:
        inside &= neighbour == middle
    return inside


def _free_place(
    pole_px: tuple[float, float], taken: list[tuple[float, float]], size_px: tuple[int, int]
) -> tuple[float, float]:
    """Return the place around a pole, within the panel, that is farthest from other letters."""
    angles = np.radians(np.arange(22.5, 360.0, 45.0))
    places = np.array(pole_px) + _LEADER_PX * np.stack([np.cos(angles), -np.sin(angles)], axis=-1)
    low, high = np.full(2, 14.0), np.array(size_px) - 14.0
    inside = places[((places >= low) & (places <= high)).all(axis=1)]
    if not len(inside):
        inside = np.clip(places, low, high)
    column, row = inside[np.argmax(_clearance(inside, taken))]
    return float(column), float(row)


def _clearance(places: FloatArray, taken: list[tuple[float, float]]) -> FloatArray:
    if not taken:
        return np.zeros(len(places))
    gaps = np.linalg.norm(places[:, None] - np.array(taken)[None], axis=-1)
    return np.asarray(gaps.min(axis=1).round(3))
