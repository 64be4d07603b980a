"""The cavity: specimen plus clearance, swept against the insertion direction; and its rim.

The sweep is a running minimum of the signed distance along +Z. Whatever lies above tissue is open,
so nothing can lock, whatever the shape.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mouldgen.meshes import TriangleMesh
from mouldgen.params import MouldParameters
from mouldgen.simplification import simplify_surface
from mouldgen.solids import Solid
from mouldgen.surface import DistanceField, iso_surface

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = [
    "Rim",
    "RimRules",
    "build_cavity",
    "choose_rim",
    "opened",
    "shadow",
    "sweep_upward",
]

OUTLINE_TOLERANCE_MM = 0.05
CHAMFER_STEEPNESS = 1.5
LID_LAYERS = 2


@dataclass(frozen=True)
class RimRules:
    """How high the rim may be.

    Parameters
    ----------
    rim_share, lowest_share
        Highest and lowest share of the specimen's height.
    void_limit_percent
        The rim is lowered until the void below it is within this.
    """

    rim_share: float
    lowest_share: float
    void_limit_percent: float

    @classmethod
    def from_parameters(cls, mould: MouldParameters) -> RimRules:
        """Return the rules that a user chose."""
        return cls(mould.rim_share, mould.lowest_rim_share, mould.void_limit_percent)


@dataclass(frozen=True)
class Rim:
    """Top of the cavity wall.

    Parameters
    ----------
    z_mm
        Its height in the mould frame.
    share
        The same as a share of the specimen's height.
    void_percent
        What the sweep leaves empty below it, as a share of the specimen below it.
    """

    z_mm: float
    share: float
    void_percent: float


def sweep_upward(field: DistanceField) -> DistanceField:
    """Return the distance to the specimen or to anything it passed on its way in from above."""
    swept = field.values_mm.copy(order="K")
    for row in range(1, swept.shape[2]):
        np.minimum(swept[:, :, row], swept[:, :, row - 1], out=swept[:, :, row])
    swept.flags.writeable = False
    return replace(field, values_mm=swept)


def opened(swept: DistanceField, rim_z_mm: float, chamfer_mm: float) -> DistanceField:
    """Return the swept distance, opened towards the rim and closed above its grid.

    The chamfer, which lets the specimen find its way in, is half again as deep as it is wide, and stays
    open above the rim. Two layers are added on top: the first carries the upright walls, the second is
    outside, so that the surface closes.

    Parameters
    ----------
    swept
        From `sweep_upward`.
    rim_z_mm
        Top of the wall.
    chamfer_mm
        Width of the opening at the rim.
    """
    below = swept.values_mm.T
    count = len(below)
    planes = np.empty((count + LID_LAYERS, *below.shape[1:]), np.float32)
    planes[:count] = below
    planes[count] = below[-1]
    planes[-1] = swept.values_mm.max()
    if chamfer_mm > 0:
        z = swept.grid.origin_mm[2] + np.arange(count + 1) * swept.grid.spacing_mm[2]
        depth = CHAMFER_STEEPNESS * chamfer_mm
        opening = chamfer_mm * np.clip((z - rim_z_mm + depth) / depth, 0.0, 1.0)
        for row in np.flatnonzero(opening):
            planes[row] -= np.float32(opening[row])
    planes.flags.writeable = False
    values = planes.T
    return replace(swept, values_mm=values, grid=swept.grid.cropped((0, 0, 0), values.shape))


def build_cavity(cavity: DistanceField, *, level_mm: float, top_z_mm: float, tolerance_mm: float) -> Solid:
    """Return the solid to be cut out of the body.

    Parameters
    ----------
    cavity
        From `sweep_upward` and `opened`.
    level_mm
        Clearance, plus the level of the specimen's surface.
    top_z_mm
        Height to which the cavity is open; above everything.
    tolerance_mm
        How far triangles may lie from the iso-surface.
    """
    mesh = iso_surface(cavity.values_mm, cavity.grid, level_mm)
    step = float(cavity.grid.spacing_mm[2])
    top_of_grid = float(cavity.grid.to_points(np.array(cavity.grid.shape) - 1 - LID_LAYERS)[2])
    vertices = mesh.vertices_mould.copy()
    # not below the grid's top, where the walls still stand
    vertices[vertices[:, 2] > top_of_grid + 0.5 * step, 2] = max(top_z_mm, top_of_grid + step)
    simple = simplify_surface(
        TriangleMesh(vertices, mesh.faces), cavity, level_mm, tolerance_mm, below_z_mm=top_of_grid - step
    )
    return Solid.from_mesh(simple, "cavity")


def choose_rim(field: DistanceField, swept: DistanceField, level_mm: float, rules: RimRules) -> Rim:
    """Return the highest rim that the rules allow below which the void is within its limit.

    The void is what lies below the rim in the swept cavity and not in the specimen with its
    clearance, relative to the specimen below the rim.
    """
    heights = field.grid.to_points([[0, 0, k] for k in range(field.grid.shape[2])])[:, 2]
    specimen = np.cumsum(_area_vox(field, level_mm))
    cavity = np.cumsum(_area_vox(swept, level_mm))
    rows = np.flatnonzero(np.diff(specimen, prepend=0) > 0)
    bottom, top = heights[rows[0]], heights[rows[-1]]
    void = 100 * (cavity - specimen) / np.maximum(specimen, 1)
    share = (heights - bottom) / max(top - bottom, 1e-9)
    allowed = np.flatnonzero((share <= rules.rim_share) & (share >= rules.lowest_share))
    if not allowed.size:
        allowed = np.array([int(np.argmin(np.abs(share - rules.rim_share)))])
    good = allowed[void[allowed] <= rules.void_limit_percent]
    row = int(good[-1] if good.size else allowed[0])
    return Rim(float(heights[row]), float(share[row]), float(void[row]))


def shadow(swept: DistanceField, z_mm: float | None, level_mm: float) -> MultiPolygon:
    """Return the outline of the cavity at a height, or where it is widest; without holes."""
    from shapely import MultiPolygon, Polygon
    from shapely.ops import unary_union
    from skimage.measure import find_contours

    row = -1 if z_mm is None else round((z_mm - swept.grid.origin_mm[2]) / swept.grid.spacing_mm[2])
    plane = swept.values_mm[:, :, row]
    origin, spacing = swept.grid.origin_mm[:2], swept.grid.spacing_mm[:2]
    rings = [ring * spacing + origin for ring in find_contours(plane, level_mm)]
    polygons = [Polygon(ring).buffer(0) for ring in rings if len(ring) > 3]
    joined = unary_union(polygons).simplify(OUTLINE_TOLERANCE_MM)
    parts = [Polygon(part.exterior) for part in getattr(joined, "geoms", [joined]) if not part.is_empty]
    return MultiPolygon(parts)


def _area_vox(field: DistanceField, level_mm: float) -> npt.NDArray[np.int64]:
    return np.asarray(np.count_nonzero(field.values_mm < level_mm, axis=(0, 1)), np.int64)
