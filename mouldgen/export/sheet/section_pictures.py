"""Small grey pictures of images in the middle of a slab, with the outline of the tissue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as Picture
from PIL import ImageDraw

from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import Image
from mouldgen.sampling.contents import Rings, SlabContent

__all__ = ["SectionPicture", "section_pictures"]

_MOST_IMAGES = 3
_MOST_PX = 110
_MARGIN_MM = 4.0
_PERCENTILES = (1.0, 99.0)
_OUTLINE_HALO = Stroke(0.45, (255, 255, 255))
_OUTLINE = Stroke(0.2)


@dataclass(frozen=True, eq=False)
class SectionPicture:
    """One image in the middle of a slab, seen like its upper face.

    Parameters
    ----------
    name
        Of the image.
    picture
        Its pixels.
    outline
        Rings in shares of its width, from its upper left corner.
    height_share
        Height over width.
    """

    name: str
    picture: Picture.Image
    outline: tuple[FloatArray, ...]
    height_share: float

    def draw(self, pen: Pen, left_mm: float, top_mm: float, width_mm: float) -> None:
        """Draw it."""
        pen.picture(self.picture, left_mm, top_mm, width_mm, width_mm * self.height_share)
        rings = [ring * width_mm + (left_mm, top_mm) for ring in self.outline]
        if rings:
            pen.rings(rings, stroke=_OUTLINE_HALO)
            pen.rings(rings, stroke=_OUTLINE)


def section_pictures(lab: LaboratoryCase, content: SlabContent) -> tuple[SectionPicture, ...]:
    """Return a picture of every image in the middle of a slab, three at most."""
    if not content.outlines.mid:
        return ()
    return tuple(_picture(image, content) for image in lab.images_mould[:_MOST_IMAGES])


def _picture(image: Image, content: SlabContent) -> SectionPicture:
    rings = content.outlines.mid
    points = np.concatenate(rings)
    low, high = points.min(axis=0) - _MARGIN_MM, points.max(axis=0) + _MARGIN_MM
    px_mm = float((high - low).max()) / _MOST_PX
    columns, rows = np.ceil((high - low) / px_mm).astype(int)
    y_mm = low[0] + (np.arange(columns) + 0.5) * px_mm
    z_mm = low[1] + rows * px_mm - (np.arange(rows) + 0.5) * px_mm
    values = _sampled(image, content.slab.x_mid_mm, y_mm, z_mm)
    inside = _inside(rings, y_mm, z_mm)
    grey = _windowed(values, values[inside] if inside.any() else values)
    top = low[1] + rows * px_mm
    outline = tuple(
        np.column_stack([ring[:, 0] - low[0], top - ring[:, 1]]) / (columns * px_mm) for ring in rings
    )
    return SectionPicture(image.name, Picture.fromarray(grey, "L"), outline, float(rows / columns))


def _sampled(image: Image, x_mm: float, y_mm: FloatArray, z_mm: FloatArray) -> npt.NDArray[np.float32]:
    """Return the image at points, linear between voxels; shape (rows, columns)."""
    from scipy.ndimage import map_coordinates

    columns, rows = np.meshgrid(y_mm, z_mm)
    points = np.stack([np.full_like(columns, x_mm), columns, rows], axis=-1)
    indices = _indices(image.grid, points)
    first = max(0, int(indices[..., 0].min()) - 1)
    last = int(indices[..., 0].max()) + 3
    layers = np.nan_to_num(image.voxels[first:last])
    indices[..., 0] -= first
    return np.asarray(map_coordinates(layers, np.moveaxis(indices, -1, 0), order=1, mode="nearest"))


def _indices(grid: VoxelGrid, points: FloatArray) -> FloatArray:
    return np.asarray(grid.to_indices(points))


def _inside(rings: Rings, y_mm: FloatArray, z_mm: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which points lie in an odd number of rings; shape (rows, columns)."""
    step = y_mm[1] - y_mm[0] if len(y_mm) > 1 else 1.0
    inside = np.zeros((len(z_mm), len(y_mm)), bool)
    for ring in rings:
        corners = np.column_stack([ring[:, 0] - y_mm[0], z_mm[0] - ring[:, 1]]) / step
        mask = Picture.new("1", (len(y_mm), len(z_mm)))
        ImageDraw.Draw(mask).polygon(corners.ravel().tolist(), fill=1)
        inside ^= np.asarray(mask)
    return inside


def _windowed(values: npt.NDArray[np.float32], tissue: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return greys from the 1st to the 99th percentile of the tissue's values."""
    low, high = np.percentile(tissue, _PERCENTILES)
    shares = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
    return np.asarray(np.round(255 * shares), np.uint8)
