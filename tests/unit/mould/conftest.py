"""A specimen with habitats and landmarks on its sides, and its moulds, as trimesh reads their meshes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from mouldgen.mould.layout import Layout
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.specimen import Landmark
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import covering_grid, two_habitat_ellipsoid

RADII_MM = np.array([30.0, 22.0, 24.0])
"""Along L, P and S. Cut sagittally on its posterior side, they run along X, Y and Z as 30, 24 and 22 mm."""

LANDMARKS = {
    "vein": (29.0, 0.0, 6.0),
    "hilum": (0.0, 3.0, 23.0),
    "duct": (0.0, 21.0, 0.0),
    "suture": (0.0, -21.0, 0.0),
}
"""At the end of the mould, in front or behind, below and on top."""


@pytest.fixture(scope="session")
def landmarked():
    ellipsoid = Ellipsoid((0.0, 0.0, 0.0), RADII_MM)
    specimen = two_habitat_ellipsoid(
        ellipsoid, HalfSpace(np.array([1.0, 0.0, 0.0]), 5.0), covering_grid((0, 0, 0), RADII_MM, (1, 1, 1))
    )
    marks = tuple(Landmark(name, np.array(place)) for name, place in LANDMARKS.items())
    return replace(specimen, landmarks=marks)


@pytest.fixture(scope="session")
def fitted(landmarked):
    """Return a function that designs the mould of the specimen with some sections, each once."""
    designs = {}

    def fit(**sections):
        key = repr(sorted(sections.items()))
        if key not in designs:
            given = {
                "case": "T1",
                "surface": {"grid_mm": 1.0},
                "orientation": {"plane": "sagittal", "base": "posterior"},
                **sections,
            }
            designs[key] = design_mould(landmarked, DesignParameters(**given))
        return designs[key]

    return fit


@pytest.fixture(scope="session")
def long_layout():
    """Return a layout with a body 300 mm long, and slots every 20 mm."""
    slots = tuple(float(x) for x in range(-140, 141, 20))
    return Layout(
        floor_z_mm=4.0,
        rim_z_mm=40.0,
        guide_z_mm=80.0,
        score_z_mm=70.0,
        x_mm=(-146.0, 146.0),
        y_mm=(-60.0, 60.0),
        wall_mm=4.0,
        guide_depth_mm=(8.0, 8.0),
        post_mm=8.0,
        tie_mm=8.0,
        roof_mm=5.0,
        corner_mm=1.0,
        slot_x_mm=slots,
        slot_width_mm=1.2,
        mouth_mm=1.0,
        number_x_mm=(),
        letter_mm=5.0,
        letter_depth_mm=0.8,
        number_rows=1,
        plate_x_mm=(-165.0, 165.0),
        plate_y_mm=(-90.0, 100.0),
    )


@pytest.fixture(scope="session")
def body():
    """Return a function from a design and a part's name to the part in the mould, read by trimesh."""

    def solid(design, name):
        part = design.mould.part(name)
        mesh = trimesh.Trimesh(part.mesh.vertices_mould, part.mesh.faces, process=False)
        mesh.apply_transform(part.mould_from_part.matrix)
        return mesh

    return solid


@pytest.fixture(scope="session")
def section():
    """Return a function from a body and a height to the plastic there, in plan."""

    def plastic(solid, z_mm):
        from shapely import MultiPolygon

        lines = solid.section(plane_origin=(0, 0, z_mm), plane_normal=(0, 0, 1))
        if lines is None:
            return MultiPolygon()
        flat, _ = lines.to_2D(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, -z_mm], [0, 0, 0, 1.0]]))
        return MultiPolygon(list(flat.polygons_full))

    return plastic


@pytest.fixture(scope="session")
def found():
    """Return a function from a design to the codes of its findings."""
    return lambda design: {finding.code for finding in design.findings}
