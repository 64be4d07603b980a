"""What the figures share: the demo specimen in patient space, arrows, letters and a camera.

All figures show the built-in phantom. The scripts beside this file draw into ``docs/images``, or into
the folder given as their argument: ``python docs/figures/draw_angles.py``.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyvista as pv
from PIL import Image

from mouldgen.export.stl_files import write_part_stls
from mouldgen.frames import ANATOMICAL_DIRECTIONS, FloatArray, unit_vector
from mouldgen.mould.parts import Mould
from mouldgen.specimen import Specimen
from mouldgen.surface import build_distance, iso_surface

INK = "#1f2933"
SLAB_COLORS = ("#d9b38c", "#a8443a")
AXIS_COLOR = "#52606d"
NORMAL_COLOR = "#0072b2"
FROM_THE_FRONT = (0.75, -1.0, 0.42)
"""As if facing the patient, from slightly left and above: the patient's left is at the right."""
PANEL_MM = 66.0
"""Half the height of a square panel."""


def image_folder() -> Path:
    """Return the folder to draw into."""
    default = Path(__file__).resolve().parent.parent / "images"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def specimen_surface(specimen: Specimen) -> pv.PolyData:
    """Return the specimen's surface around the origin, its axes still L, P and S."""
    field = build_distance(specimen.tissue, reach_mm=2.0)
    mesh = iso_surface(field.values_mm, field.grid, 0.0)
    surface = pv.PolyData.from_regular_faces(mesh.vertices_mould, mesh.faces)
    return surface.translate(-np.array(surface.center))


def files_of(mould: Mould, folder: Path) -> dict[str, pv.PolyData]:
    """Write the STL file of every part into a folder, and return what another program reads from them."""
    folder.mkdir(exist_ok=True)
    write_part_stls(mould, folder)
    return {part.name: pv.read(folder / f"{part.name}.stl") for part in mould.parts}


def add_slabs(
    plotter: pv.Plotter,
    surface: pv.PolyData,
    normal: npt.ArrayLike,
    *,
    slab_mm: float = 10.0,
    gap_mm: float = 3.0,
) -> None:
    """Draw the surface cut into slabs across `normal`, moved apart, the first and last named."""
    direction = unit_vector(normal)
    heights = surface.points @ direction
    count = int(np.ceil((heights.max() - heights.min()) / slab_mm))
    middle = (heights.max() + heights.min()) / 2
    edges = middle + (np.arange(count + 1) - count / 2) * slab_mm
    for n, (low, high) in enumerate(pairwise(edges)):
        piece = _between(surface, direction, low, high)
        moved = piece.translate(direction * (n - (count - 1) / 2) * gap_mm)
        plotter.add_mesh(moved, color=SLAB_COLORS[n % 2], smooth_shading=False, specular=0.2)
    reach = (heights.max() - heights.min() + (count - 1) * gap_mm) / 2
    add_arrow(plotter, direction * (-reach - 8), direction * (2 * reach + 24), "", NORMAL_COLOR)
    ends = np.array([direction * (-reach - 14), direction * (reach + 22)])
    add_words(plotter, ends, ["S01", f"S{count:02d}"], color=NORMAL_COLOR)


def add_patient_axes(plotter: pv.Plotter, *, length_mm: float = 20.0) -> None:
    """Draw arrows to L, P and S in the lower left corner of a panel that `look` shows from the front."""
    toward = unit_vector(FROM_THE_FRONT)
    right = unit_vector(np.cross((0, 0, 1), toward))
    corner = -0.8 * PANEL_MM * right - 0.62 * PANEL_MM * np.cross(toward, right)
    for name in ("left", "posterior", "superior"):
        along = np.array(ANATOMICAL_DIRECTIONS[name]) * length_mm
        add_arrow(plotter, corner, along, name[0].upper(), AXIS_COLOR)


def add_arrow(
    plotter: pv.Plotter, start: npt.ArrayLike, vector: npt.ArrayLike, name: str, color: str
) -> None:
    """Draw an arrow whose head has a fixed size, with a name beyond it."""
    begin, along = np.asarray(start, float), np.asarray(vector, float)
    length, direction = float(np.linalg.norm(along)), unit_vector(along)
    middle = begin + direction * (length - 6) / 2
    shaft = pv.Cylinder(center=middle, direction=direction, radius=0.7, height=length - 6)
    tip = begin + direction * (length - 3)
    head = pv.Cone(center=tip, direction=direction, height=6, radius=2.4, resolution=40)
    for mesh in (shaft, head):
        plotter.add_mesh(mesh, color=color, lighting=False)
    if name:
        add_words(plotter, [begin + direction * (length + 6)], [name], color=color)


def add_words(
    plotter: pv.Plotter, points: npt.ArrayLike, words: list[str], *, color: str = INK, size: int = 22
) -> None:
    """Write words in front of everything."""
    plotter.add_point_labels(
        np.asarray(points, float),
        words,
        font_size=size,
        text_color=color,
        shape=None,
        show_points=False,
        always_visible=True,
        bold=True,
        justification_horizontal="center",
        justification_vertical="center",
    )


def look(
    plotter: pv.Plotter,
    direction: npt.ArrayLike,
    *,
    up: npt.ArrayLike = (0, 0, 1),
    scale_mm: float = PANEL_MM,
) -> None:
    """Point a parallel camera at the origin from `direction`; the picture is 2 * `scale_mm` high."""
    plotter.enable_parallel_projection()
    plotter.camera.position = tuple(unit_vector(direction) * 500)
    plotter.camera.focal_point = (0, 0, 0)
    plotter.camera.up = tuple(np.asarray(up, float))
    plotter.camera.parallel_scale = scale_mm


def panels(titles: list[str], height: int = 480, width: int = 480) -> pv.Plotter:
    """Return an off-screen plotter of panels side by side, each with a title."""
    plotter = pv.Plotter(
        off_screen=True, shape=(1, len(titles)), window_size=(width * len(titles), height), border=False
    )
    plotter.set_background("white")
    for n, title in enumerate(titles):
        plotter.subplot(0, n)
        plotter.add_text(title, position="upper_edge", font_size=10, color=INK)
    return plotter


def save(plotter: pv.Plotter, name: str) -> None:
    """Write what a plotter shows."""
    plotter.enable_anti_aliasing("ssaa")
    save_small(Image.fromarray(plotter.screenshot(return_img=True)), name)
    plotter.close()


def save_small(picture: Image.Image, name: str) -> None:
    """Write a picture with few colours."""
    reduced = picture.quantize(128, dither=Image.Dither.NONE)
    reduced.save(image_folder() / name, optimize=True)


def _between(surface: pv.PolyData, direction: FloatArray, low: float, high: float) -> pv.PolyData:
    """Return the closed part of a surface between two planes."""
    from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPlaneCollection
    from vtkmodules.vtkFiltersGeneral import vtkClipClosedSurface

    planes = vtkPlaneCollection()
    for offset, sign in ((low, 1.0), (high, -1.0)):
        plane = vtkPlane()
        plane.SetOrigin(*(direction * offset))
        plane.SetNormal(*(direction * sign))
        planes.AddItem(plane)
    clipper = vtkClipClosedSurface()
    clipper.SetInputData(surface)
    clipper.SetClippingPlanes(planes)
    clipper.Update()
    return pv.wrap(clipper.GetOutput())
