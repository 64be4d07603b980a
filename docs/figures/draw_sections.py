"""Draw two sections through the mould of the demo specimen, with their measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import scene
import trimesh

from mouldgen import DesignParameters, MouldDesign, design_mould
from mouldgen.testing.phantoms import demo_specimen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from shapely import Polygon

    from mouldgen.mould.parts import Part

PLASTIC = "#d9d4c7"
TISSUE = "#c97b6f"
NOTE: dict[str, Any] = {"color": scene.INK, "fontsize": 8}


def draw_across(axes: Axes, design: MouldDesign) -> None:
    """Draw the section in the middle of a slab: y to the right, z up, seen from +X."""
    slab = design.sampling.slabs[3].slab
    parameters, mould = design.parameters.mould, design.mould
    for part, color in ((mould.base, PLASTIC), (mould.parts[1], TISSUE)):
        for polygon in section(part, [slab.x_mid_mm, 0, 0], axis=0):
            fill(axes, polygon, color)
    (_, y_low, _), (_, y_high, _) = mould.base.mesh.bounds_mm
    top = mould.guide_z_mm - parameters.guide_above_mm
    heights = {
        "z = 0, underside of the baseplate": 0.0,
        "floor_z_mm, top of the baseplate": mould.floor_z_mm,
        "rim_z_mm, top of the cavity wall": mould.rim_z_mm,
        "score_z_mm, bottom of the score slot": mould.score_z_mm,
        "top of the specimen": top,
        "guide_z_mm, top of the blade guides": mould.guide_z_mm,
    }
    lines = np.linspace(-1.5, mould.guide_z_mm + 1.5, len(heights))
    for (name, z), line in zip(heights.items(), lines, strict=True):
        axes.plot([y_low, y_high + 3, y_high + 9], [z, z, line], color="#9aa5b1", lw=0.6, ls=":")
        axes.text(y_high + 10, line, name, va="center", **NOTE)
    axes.set_title(f"{slab.id}, middle: seen from +X", fontsize=9, color=scene.INK)
    axes.set_xlabel("y, mm")
    axes.set_ylabel("z, mm")


def draw_along(axes: Axes, design: MouldDesign) -> None:
    """Draw the section along the slabs, beside the score slot: x to the right, z up, seen from -Y."""
    mould = design.mould
    y_mm = 14.0
    for part, color in ((mould.base, PLASTIC), (mould.parts[1], TISSUE)):
        for polygon in section(part, [0, y_mm, 0], axis=1):
            fill(axes, polygon, color)
    for cut in design.plan.cuts:
        axes.plot([cut.x_mm] * 2, [mould.floor_z_mm, mould.guide_z_mm], color=scene.NORMAL_COLOR, lw=0.8)
    for content in design.sampling.slabs:
        axes.text(content.slab.x_mid_mm, mould.guide_z_mm + 1, content.slab.id, ha="center", **NOTE)
    axes.set_title(f"y = {y_mm:g} mm: seen from the front", fontsize=9, color=scene.INK)
    axes.set_xlabel("x, mm")


def section(part: Part, origin: npt.ArrayLike, *, axis: int) -> list[Polygon]:
    """Return the filled outlines of a part on the plane across an axis, in the other two axes."""
    solid = trimesh.Trimesh(part.mesh.vertices_mould, part.mesh.faces)
    path = solid.section(plane_origin=origin, plane_normal=np.eye(3)[axis])
    first, second = (other for other in range(3) if other != axis)
    to_plane = np.zeros((4, 4))
    to_plane[[0, 1, 2, 3], [first, second, axis, 3]] = 1.0
    to_plane[2, 3] = -np.asarray(origin, float)[axis]
    flat, _ = path.to_2D(to_2D=to_plane)
    return list(flat.polygons_full)


def fill(axes: Axes, polygon: Polygon, color: str) -> None:
    """Fill a polygon with holes."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    rings = [np.asarray(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
    path = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
    axes.add_patch(PathPatch(path, facecolor=color, edgecolor=scene.INK, linewidth=0.6))


def main() -> None:
    """Draw both side by side."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "mouldgen"
    mpl.rcParams["svg.fonttype"] = "none"
    mpl.rcParams["font.family"] = "sans-serif"
    from matplotlib import pyplot as plt

    design = design_mould(demo_specimen(), DesignParameters(case="demo", orientation={"base": "posterior"}))
    figure, (across, along) = plt.subplots(1, 2, figsize=(12, 3.6), sharey=True, width_ratios=[2.1, 1])
    draw_across(across, design)
    draw_along(along, design)
    for axes in (across, along):
        axes.set_aspect("equal", adjustable="box")
        axes.autoscale_view()
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=7)
    figure.tight_layout()
    figure.savefig(scene.image_folder() / "mould-sections.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
