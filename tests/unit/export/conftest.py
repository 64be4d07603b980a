"""A small, real design (an ellipsoid with two habitats, two images and a kerf) and its case folder."""

from __future__ import annotations

import dataclasses
import shutil

import numpy as np
import pytest

from mouldgen.export.case_folder import write_case
from mouldgen.images import Image, SliceStack
from mouldgen.meshes import TriangleMesh
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.specimen import Source
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import covering_grid, two_habitat_ellipsoid

CENTER_LPS = np.array([10.0, -20.0, 30.0])
RADII_MM = np.array([16.0, 12.0, 10.0])
TETRAHEDRON_MM = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 10.0]])
TETRAHEDRON_FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)


def small_specimen():
    grid = covering_grid(CENTER_LPS, RADII_MM, [1.0, 1.0, 2.0])
    specimen = two_habitat_ellipsoid(
        Ellipsoid(CENTER_LPS, RADII_MM), HalfSpace(np.array([1.0, 0.2, 0.1]), 8.0), grid
    )
    noise = np.random.default_rng(0)
    slices = SliceStack.along_axis(grid, 2)
    images = (
        Image("t2", noise.integers(-100, 1000, grid.shape).astype(np.float32), grid, slices),
        Image("pet suv", noise.random(grid.shape, np.float32), grid, slices),
    )
    sources = (Source("segmentation", "ab" * 32, 1234), Source("image:t2", "cd" * 32, 56789))
    return dataclasses.replace(specimen, images=images, sources=sources)


def small_parameters(**values):
    return DesignParameters(
        case="case-01",
        cuts={"slab_mm": 6.0, "kerf_mm": 0.5},
        orientation={"normal_lps": (0.5, 0.3, 0.8)},
        surface={"grid_mm": 1.0},
        **values,
    )


@pytest.fixture(scope="session")
def design():
    return design_mould(small_specimen(), small_parameters())


@pytest.fixture(scope="session")
def scaled_design():
    """Return a design whose plastic is made for tissue that changed its size."""
    return design_mould(small_specimen(), small_parameters(fit={"scale": (0.9, 0.95, 1.05)}))


@pytest.fixture(scope="session")
def pristine_case(design, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pristine") / "case-01"
    write_case(design, folder, pictures=False)
    return folder


@pytest.fixture
def case(pristine_case, tmp_path):
    """Return a copy to be damaged."""
    return shutil.copytree(pristine_case, tmp_path / "case-01")


@pytest.fixture
def tetrahedron():
    return TriangleMesh(TETRAHEDRON_MM, TETRAHEDRON_FACES)


@pytest.fixture(scope="session")
def contents():
    """Return the bytes of every file below a folder, by relative path."""

    def read(folder):
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    return read
