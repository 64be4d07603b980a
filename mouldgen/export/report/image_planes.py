"""Every slab's mid-plane in the images that were given, as small grey pictures."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Picture

from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.frames import FloatArray
from mouldgen.images import Image
from mouldgen.slicing import Slab

__all__ = ["image_planes"]

LARGEST_PX = 240
MOST_PLANES = 120
"""Beyond it the planes become smaller, so that the page does not grow with the number of images."""

_SMALLEST_PX = 96
_PERCENTILES = (1.0, 99.0)
_QUALITY = 82


def image_planes(lab: LaboratoryCase) -> Iterator[list[dict[str, Any]]]:
    """Yield for every slab one picture an image: its name, its place in y and z, and a data URI.

    Columns run along +Y and rows along -Z of the mould. Grey values run from the 1st to the 99th percentile
    of the image on the lattice, the same for all slabs.
    """
    planes = max(1, len(lab.images_mould) * len(lab.plan.slabs))
    largest_px = max(_SMALLEST_PX, round(LARGEST_PX * min(1.0, (MOST_PLANES / planes) ** 0.5)))
    windows = [_window(image) for image in lab.images_mould]
    for slab in lab.plan.slabs:
        yield [
            _plane(image, slab, window, largest_px)
            for image, window in zip(lab.images_mould, windows, strict=True)
        ]


def _window(image: Image) -> tuple[float, float]:
    values = image.voxels[::4, ::4, ::4]
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = np.percentile(known, _PERCENTILES)
    return float(low), float(high) if high > low else float(low) + 1.0


def _plane(image: Image, slab: Slab, window: tuple[float, float], largest_px: int) -> dict[str, Any]:
    grid = image.grid
    values = _at(image, (slab.x_mid_mm - grid.origin_mm[0]) / grid.spacing_mm[0])
    low, high = window
    grey = np.clip(np.nan_to_num((values - low) / (high - low)), 0.0, 1.0) * 255
    picture = Picture.fromarray(np.round(grey).astype(np.uint8).T[::-1])
    picture.thumbnail((largest_px, largest_px), Picture.Resampling.LANCZOS)
    start = grid.origin_mm[1:] - grid.spacing_mm[1:] / 2
    size = np.array(grid.shape[1:]) * grid.spacing_mm[1:]
    return {
        "name": image.name,
        "box_mm": [round(float(v), 3) for v in (*start, *(start + size))],
        "picture": _jpeg(picture),
    }


def _at(image: Image, position: float) -> FloatArray:
    """Return a plane of an image between two layers of its voxels; shape (Y, Z)."""
    position = float(np.clip(position, 0, image.grid.shape[0] - 1))
    below = min(int(position), max(image.grid.shape[0] - 2, 0))
    above = min(below + 1, image.grid.shape[0] - 1)
    share = position - below
    layers: npt.NDArray[np.float64] = image.voxels[[below, above]].astype(np.float64)
    return np.asarray((1 - share) * layers[0] + share * layers[1])


def _jpeg(picture: Picture.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return "data:image/jpeg;base64," + b64encode(buffer.getvalue()).decode("ascii")
