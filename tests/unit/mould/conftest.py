"""A specimen with habitats and landmarks on its sides, and its moulds, as trimesh reads their meshes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from mouldgen.images import Landmark
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
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
