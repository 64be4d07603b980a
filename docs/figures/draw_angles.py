"""Draw what every way of choosing the cutting angle does to the demo specimen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvista as pv
import scene

from mouldgen.frames import ANATOMICAL_DIRECTIONS, FloatArray, anatomical_name
from mouldgen.orientation import base_direction, cut_normal
from mouldgen.params import OrientationParameters
from mouldgen.specimen import Specimen
from mouldgen.testing.phantoms import demo_specimen


def normal_of(specimen: Specimen, **choice: Any) -> FloatArray:
    """Return the cut normal that a choice of parameters leads to."""
    return cut_normal(OrientationParameters(**choice), specimen)


def draw_choices(
    name: str, specimen: Specimen, surface: pv.PolyData, choices: list[tuple[str, dict[str, Any]]]
) -> None:
    """Draw one panel of slabs a choice."""
    plotter = scene.panels([title for title, _ in choices])
    for n, (_, choice) in enumerate(choices):
        plotter.subplot(0, n)
        scene.add_slabs(plotter, surface, normal_of(specimen, **choice))
        scene.add_patient_axes(plotter)
        scene.look(plotter, scene.FROM_THE_FRONT)
    scene.save(plotter, name)


def draw_tilts(specimen: Specimen, surface: pv.PolyData) -> None:
    """Draw axial cuts, tilted about L, about P, and about both, with the axes of the tilts."""
    tilts = [(25, 0), (0, 25), (25, 25)]
    plotter = scene.panels([f"--plane axial --tilt {a} {b}" for a, b in tilts])
    for n, (first_deg, second_deg) in enumerate(tilts):
        plotter.subplot(0, n)
        scene.add_slabs(plotter, surface, normal_of(specimen, tilt_deg=(first_deg, second_deg)))
        for angle, axis, letter, reach in ((first_deg, "left", "A", 46), (second_deg, "posterior", "B", 66)):
            if angle:
                along = np.array(ANATOMICAL_DIRECTIONS[axis])
                scene.add_arrow(plotter, -46 * along, (46 + reach) * along, letter, "#d55e00")
        scene.add_patient_axes(plotter)
        scene.look(plotter, scene.FROM_THE_FRONT)
    scene.save(plotter, "angle-tilt.png")


def draw_landmarks(specimen: Specimen, surface: pv.PolyData) -> None:
    """Draw a free normal, and three landmarks."""
    points = ((-36.0, -13.0, -26.0), (36.0, 13.0, 26.0), (10.0, -32.0, -18.0))
    plotter = scene.panels(["--normal 0.5 0.3 0.8", "--landmarks"])
    plotter.subplot(0, 0)
    scene.add_slabs(plotter, surface, normal_of(specimen, normal_lps=(0.5, 0.3, 0.8)))
    plotter.subplot(0, 1)
    scene.add_slabs(plotter, surface, normal_of(specimen, landmarks_lps=points))
    for point in points:
        plotter.add_mesh(pv.Sphere(radius=2.6, center=point), color="#d55e00", lighting=False)
    scene.add_words(plotter, np.array(points) + [0.0, 0.0, 8.0], ["1", "2", "3"], color="#d55e00", size=26)
    for n in range(2):
        plotter.subplot(0, n)
        scene.add_patient_axes(plotter)
        scene.look(plotter, scene.FROM_THE_FRONT)
    scene.save(plotter, "angle-landmarks.png")


def draw_base_sides(specimen: Specimen, surface: pv.PolyData) -> None:
    """Draw the specimen on its baseplate for four base angles, seen along the cut normal."""
    normal = normal_of(specimen)
    angles = (0, 90, 180, 270)
    sides = [base_direction(normal, angle) for angle in angles]
    titles = [f"--base {anatomical_name(s)[0]}  or  --base {a}" for s, a in zip(sides, angles, strict=True)]
    plotter = scene.panels(titles, height=420, width=420)
    for n, down in enumerate(sides):
        plotter.subplot(0, n)
        plotter.add_mesh(surface, color=scene.SLAB_COLORS[0], smooth_shading=True)
        _add_baseplate(plotter, surface, down, normal)
        reach = 40.0
        letters = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0)}
        scene.add_words(plotter, [reach * np.array(way) for way in letters.values()], list(letters))
        # seen from the +X end, as a section in the mould is: +Y to the right, +Z up
        scene.look(plotter, normal + 1e-6 * down, up=-down, scale_mm=52)
    scene.save(plotter, "angle-base.png")


def _add_baseplate(plotter: pv.Plotter, surface: pv.PolyData, down: FloatArray, normal: FloatArray) -> None:
    depth = float((surface.points @ down).max()) + 5.0
    across = np.cross(normal, down)
    corners = [down * (depth + 4 * v) + across * 42 * u for u, v in ((-1, 0), (1, 0), (1, 1), (-1, 1))]
    plate = pv.PolyData.from_regular_faces(np.array(corners), [[0, 1, 2, 3]])
    plotter.add_mesh(plate, color="#9aa5b1", lighting=False)


def main() -> None:
    """Draw all of them."""
    specimen = demo_specimen()
    surface = scene.specimen_surface(specimen)
    planes = [(f"--plane {plane}", {"plane": plane}) for plane in ("axial", "coronal", "sagittal")]
    draw_choices("angle-planes.png", specimen, surface, planes)
    firsts: list[tuple[str, dict[str, Any]]] = [
        ("--plane axial", {}),
        ("--plane axial --first superior", {"first": "superior"}),
        ("--plane coronal --first reverse", {"plane": "coronal", "first": "reverse"}),
    ]
    draw_choices("angle-first.png", specimen, surface, firsts)
    draw_tilts(specimen, surface)
    draw_landmarks(specimen, surface)
    draw_base_sides(specimen, surface)


if __name__ == "__main__":
    main()
