"""Draw the two frames: the patient's, and the mould's."""

from __future__ import annotations

import numpy as np
import pyvista as pv
import scene

from mouldgen import DesignParameters, MouldDesign, design_mould
from mouldgen.meshes import TriangleMesh
from mouldgen.testing.phantoms import demo_specimen

SKIN_COLOR = "#e8c9a8"
BASE_COLOR = "#d9d4c7"
LIFT_MM = 38.0


def draw_patient() -> None:
    """Draw a standing person who looks to the lower left, and arrows to L, P and S."""
    plotter = scene.panels([""], height=520, width=620)
    for mesh in _person():
        plotter.add_mesh(mesh, color=SKIN_COLOR, smooth_shading=True, specular=0.1)
    for name, way in (("L (+x)", (1, 0, 0)), ("P (+y)", (0, 1, 0)), ("S (+z)", (0, 0, 1))):
        along = np.array(way, float)
        length = 78.0 if way[2] else 66.0
        scene.add_arrow(plotter, np.zeros(3), along * length, "", scene.NORMAL_COLOR)
        scene.add_words(plotter, [along * (length + 13)], [name], color=scene.NORMAL_COLOR)
    scene.look(plotter, (0.8, -1.0, 0.45), scale_mm=94)
    scene.save(plotter, "frame-patient.png")


def draw_mould(design: MouldDesign) -> None:
    """Draw the base with the specimen above it, and the axes of the mould frame."""
    base, specimen = design.mould.parts[:2]
    (x_low, y_low, _), (_, _, top) = base.mesh.bounds_mm
    plotter = scene.panels([""], height=720, width=900)
    plotter.add_mesh(_surface(base.mesh), color=BASE_COLOR, specular=0.2)
    lifted = _surface(specimen.mesh).translate((0, 0, LIFT_MM))
    plotter.add_mesh(lifted, color=scene.SLAB_COLORS[1], smooth_shading=True, specular=0.2)
    middle = np.array([0.0, 0.0, top])
    scene.add_arrow(plotter, middle + [0, 0, LIFT_MM + 34], [0, 0, -26], "", "#d55e00")
    scene.add_words(plotter, [middle + [26, 0, LIFT_MM + 30]], ["insertion"], color="#d55e00")
    corner = np.array([x_low - 48, y_low, 0.0])
    for name, way in (("+X", (1, 0, 0)), ("+Y", (0, 1, 0)), ("+Z", (0, 0, 1))):
        scene.add_arrow(plotter, corner, np.array(way) * 36.0, name, scene.NORMAL_COLOR)
    scene.look(plotter, (-0.45, -1.0, 0.8), scale_mm=96)
    plotter.camera.focal_point = (0, 0, 44)
    plotter.camera.position = tuple(np.array(plotter.camera.position) + [0, 0, 44])
    scene.save(plotter, "frame-mould.png")


def _person() -> list[pv.PolyData]:
    """Return head, nose, trunk, arms and legs of somebody who looks towards -y."""
    head = pv.ParametricEllipsoid(9, 10, 11).translate((0, 0, 44))
    nose = pv.Cone(center=(0, -11.5, 43), direction=(0, -1, 0), height=5, radius=2.4)
    trunk = pv.ParametricEllipsoid(18, 10, 30).translate((0, 0, 4))
    limbs = []
    for side in (-1, 1):
        arm = {"center": (side * 21, 0, 2), "direction": (side * 0.16, 0, -1), "radius": 4}
        leg = {"center": (side * 8, 0, -42), "direction": (0, 0, 1), "radius": 6}
        limbs += [pv.Capsule(cylinder_length=40, **limb) for limb in (arm, leg)]
    return [head, nose, trunk, *limbs]


def _surface(mesh: TriangleMesh) -> pv.PolyData:
    return pv.PolyData.from_regular_faces(mesh.vertices_mould, mesh.faces)


def main() -> None:
    """Draw both."""
    draw_patient()
    parameters = DesignParameters(case="demo", orientation={"base": "posterior"})
    draw_mould(design_mould(demo_specimen(), parameters))


if __name__ == "__main__":
    main()
