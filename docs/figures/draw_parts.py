"""Draw lid, tie, windows, inlays, holes and feet, from the files that are printed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyvista as pv
import scene
from PIL import Image

from mouldgen import DesignParameters, design_mould
from mouldgen.mould.parts import Mould
from mouldgen.specimen import Landmark, Specimen
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, demo_specimen, ellipsoid_specimen

Shape = tuple[pv.PolyData, str]
FROM_FRONT = (0.55, -1.0, 0.75)
FROM_BEHIND = (-0.75, 1.0, 0.8)
FROM_BELOW = (0.25, -0.6, -1.0)
SIZE_PX = (1500, 1150)
SMALL_BED_MM = (125.0, 140.0, 100.0)


def main() -> None:
    """Draw all pictures of parts."""
    specimen = _with_landmarks(demo_specimen())
    lidded = _mould(specimen, lid={"enabled": True}, windows={"radius_mm": {"vein": 6.0, "clip": 7.0}})
    _show([*_placed(lidded, "base", "specimen"), *_placed(lidded, "lid", lift_mm=48)], "part-lid.png")
    _show(_placed(lidded, "lid", as_printed=True), "part-lid-print.png", (0.5, -0.9, 1.0))
    long = _mould(_long_specimen(), lid={"enabled": True}, printer={"name": "Small", "bed_mm": SMALL_BED_MM})
    pieces = [*_placed(long, "base-1", "specimen"), *_placed(long, "base-2", along_mm=12)]
    lids = [*_placed(long, "lid-1", lift_mm=45), *_placed(long, "lid-2", lift_mm=45, along_mm=12)]
    _show([*pieces, *lids], "part-lid-split.png", FROM_BEHIND)
    thin = _mould(specimen, cuts={"slab_mm": 5.0}, guides={"tie": True})
    _show(_placed(thin, "base"), "part-tie.png", FROM_BEHIND)
    open_mould = _mould(
        specimen,
        windows={"radius_mm": {"vein": 6.0, "clip": 7.0}},
        inlays={"inlays_of": "habitats"},
        openings={"drains": 3, "finger_holes": True},
    )
    inlays = [name for name in open_mould.files if name.startswith("inlay")]
    _show(_placed(open_mould, "base", *inlays), "part-openings.png", (0.15, -0.55, 1.0))
    on_feet = _mould(
        specimen,
        windows={"radius_mm": {"duct": 5.0}},
        inlays={"inlays_of": "habitats"},
        openings={"drains": 3},
        edges={"feet": True},
    )
    below = [name for name in on_feet.files if name.startswith("inlay")]
    shapes = [
        *_placed(on_feet, "base"),
        *_placed(on_feet, *below, lift_mm=-14),
        *_placed(on_feet, "foot-left", "foot-right", lift_mm=-8),
    ]
    _show(shapes, "part-below.png", FROM_BELOW)


def _with_landmarks(specimen: Specimen) -> Specimen:
    """Return the demo specimen with three landmarks on its surface."""
    points = specimen.tissue.grid.to_points(np.argwhere(specimen.tissue.voxels > 0))
    middle = points.mean(axis=0)
    marks = {"vein": (0.1, 0.1, 1.0), "duct": (-0.7, 0.75, 0.15), "clip": (0.6, 1.0, -0.1)}
    landmarks = []
    for name, direction in marks.items():
        along = (points - middle) @ np.array(direction)
        landmarks.append(Landmark(name, points[int(np.argmax(along))]))
    return replace(specimen, landmarks=tuple(landmarks))


def _long_specimen() -> Specimen:
    """Return an ellipsoid of 140 mm, which a small printer cannot print a mould for in one piece."""
    ellipsoid = Ellipsoid(np.zeros(3), np.array([22.0, 20.0, 70.0]))
    return ellipsoid_specimen(ellipsoid, covering_grid(ellipsoid.center_lps, ellipsoid.radii_mm, (1, 1, 1)))


@dataclass(frozen=True)
class _Printed:
    """A mould, and its files as another program reads them, by the names of the parts."""

    mould: Mould
    files: dict[str, pv.PolyData]


def _mould(specimen: Specimen, **sections: object) -> _Printed:
    mould = design_mould(specimen, DesignParameters(case="demo", **sections)).mould
    with tempfile.TemporaryDirectory() as folder:
        return _Printed(mould, scene.files_of(mould, Path(folder)))


def _placed(
    printed: _Printed, *names: str, lift_mm: float = 0.0, along_mm: float = 0.0, as_printed: bool = False
) -> list[Shape]:
    """Return parts as they are printed, or where they belong in the mould, lifted or moved along it."""
    shapes = []
    for part in (part for part in printed.mould.parts if part.name in names):
        body = printed.files[part.name]
        if not as_printed:
            body = body.transform(part.mould_from_part.matrix, inplace=False)
        shapes.append((body.translate((along_mm, 0, lift_mm)), part.color))
    return shapes


def _show(shapes: Sequence[Shape], name: str, view: tuple[float, float, float] = FROM_FRONT) -> None:
    plotter = pv.Plotter(off_screen=True, window_size=SIZE_PX, lighting="none")
    plotter.set_background("white")
    toward = np.array(view) / np.linalg.norm(view)
    for turn, strength in (((-0.5, -0.4, 0.5), 0.75), ((0.9, 0.2, -0.1), 0.35)):
        plotter.add_light(
            pv.Light(position=tuple(toward + turn), light_type="scene light", intensity=strength)
        )
    for body, color in shapes:
        plotter.add_mesh(body, color=color, ambient=0.32, diffuse=0.8, smooth_shading=False)
        edges = body.extract_feature_edges(30, boundary_edges=False, non_manifold_edges=False)
        if edges.n_points:
            plotter.add_mesh(edges, color="#4a463e", line_width=1.6, lighting=False)
    plotter.enable_parallel_projection()
    plotter.view_vector(view, viewup=(0, 0, 1))
    plotter.reset_camera()
    plotter.enable_anti_aliasing("ssaa")
    picture = Image.fromarray(plotter.screenshot(return_img=True))
    plotter.close()
    scene.save_small(_cropped(picture), name)


def _cropped(picture: Image.Image) -> Image.Image:
    """Return a picture without its white margins."""
    dark = np.argwhere(np.asarray(picture.convert("L")) < 250)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    edges = (max(0, left - 12), max(0, top - 12))
    return picture.crop((*edges, min(picture.width, right + 12), min(picture.height, bottom + 12)))


if __name__ == "__main__":
    main()
