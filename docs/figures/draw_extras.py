"""Draw the parts beside the mould, a split base, a plate, and a search for the pose."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyvista as pv
import scene

from mouldgen.export.pose_map import draw_pose_map
from mouldgen.mould.plates import arrange_plates, parts_to_print
from mouldgen.orientation import cut_normal
from mouldgen.params import DesignParameters
from mouldgen.pipeline import MouldDesign, design_mould
from mouldgen.poses.search import PoseRequest, search_poses
from mouldgen.testing.phantoms import demo_specimen

PLASTIC = "#e8e0d0"
FROM_ABOVE = (0.35, -0.8, 0.75)
SMALL_BED_MM = (75.0, 135.0, 100.0)
APART_MM = 14.0


def parameters(**sections: object) -> DesignParameters:
    """Return the parameters of the demo, with some sections."""
    return DesignParameters(case="demo", orientation={"tilt_deg": (12, -7)}, **sections)


def add_part(plotter: pv.Plotter, part: pv.PolyData, color: str = PLASTIC) -> None:
    """Draw a part with its edges."""
    light = {"ambient": 0.2, "diffuse": 0.72}
    plotter.add_mesh(
        part, color=color, smooth_shading=True, split_sharp_edges=True, feature_angle=30, **light
    )
    edges = part.extract_feature_edges(35, boundary_edges=False, non_manifold_edges=False)
    if edges.n_points:
        plotter.add_mesh(edges, color=scene.INK, line_width=1.2, lighting=False)


def look_from(plotter: pv.Plotter, direction: tuple[float, float, float], zoom: float = 1.35) -> None:
    """Look at everything from a direction, without perspective."""
    plotter.enable_parallel_projection()
    plotter.view_vector(direction, viewup=(0, 1, 0) if direction[2] > 0.99 else (0, 0, 1))
    plotter.camera.zoom(zoom)


def draw_parts(parts: dict[str, pv.PolyData]) -> None:
    """Draw replica, ring and coupon side by side."""
    names = ("replica", "ring", "coupon")
    plotter = scene.panels([f"{name}.stl" for name in names])
    for n, name in enumerate(names):
        plotter.subplot(0, n)
        add_part(plotter, parts[name])
        look_from(plotter, FROM_ABOVE, zoom=1.05 if name == "coupon" else 1.35)
    scene.save(plotter, "extras-parts.png")


def draw_tray(parts: dict[str, pv.PolyData]) -> None:
    """Draw the tray as the person at the bench sees it."""
    plotter = scene.panels(["tray.stl"], height=760, width=1000)
    plotter.subplot(0, 0)
    add_part(plotter, parts["tray"], "#a9bda4")
    look_from(plotter, (0.1, -0.5, 1.0), zoom=1.5)
    scene.save(plotter, "extras-tray.png")


def draw_split(parts: dict[str, pv.PolyData]) -> None:
    """Draw the pieces of a split base from above and from below, moved apart."""
    pieces = [parts["base-1"], parts["base-2"].translate((APART_MM, 0, 0))]
    plotter = scene.panels(["base-1.stl and base-2.stl", "from below"], height=640, width=700)
    for n, direction in enumerate((FROM_ABOVE, (0.3, -0.7, -0.8))):
        plotter.subplot(0, n)
        for piece in pieces:
            add_part(plotter, piece)
        look_from(plotter, direction, zoom=1.15)
    scene.save(plotter, "extras-split.png")


def draw_plate(design: MouldDesign, parts: dict[str, pv.PolyData]) -> None:
    """Draw the first plate on its bed."""
    plate = arrange_plates(parts_to_print(design.mould), design.parameters)[0]
    x, y, _ = design.parameters.printer.bed_mm
    plotter = scene.panels(["plate-1.3mf"], height=700, width=900)
    plotter.subplot(0, 0)
    bed = pv.Plane(center=(x / 2, y / 2, -0.2), direction=(0, 0, 1), i_size=x, j_size=y)
    plotter.add_mesh(bed, color="#c9d2da", lighting=False)
    for placed in plate.placements:
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = placed.rotation, placed.shift_mm
        add_part(plotter, parts[placed.part.name].transform(matrix, inplace=False), placed.part.color)
    look_from(plotter, (0.25, -0.75, 0.9), zoom=1.45)
    scene.save(plotter, "extras-plate.png")


def draw_search() -> None:
    """Draw the search of all directions."""
    specimen, wanted = demo_specimen(), DesignParameters(case="demo", surface={"grid_mm": 1.0})
    found = search_poses(specimen, wanted, PoseRequest())
    normal = cut_normal(wanted.orientation, specimen)
    draw_pose_map(found, normal, 90.0, scene.image_folder() / "extras-poses.png")


def main() -> None:
    """Draw all pictures."""
    specimen = demo_specimen()
    everything = design_mould(specimen, parameters(extras={"parts": ("replica", "ring", "coupon", "tray")}))
    split = design_mould(specimen, parameters(printer={"name": "Small", "bed_mm": SMALL_BED_MM}))
    with tempfile.TemporaryDirectory() as folder:
        parts = scene.files_of(everything.mould, Path(folder) / "all")
        draw_parts(parts)
        draw_tray(parts)
        draw_plate(everything, parts)
        draw_split(scene.files_of(split.mould, Path(folder) / "split"))
    draw_search()


if __name__ == "__main__":
    main()
