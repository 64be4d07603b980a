from __future__ import annotations

import numpy as np
import pytest
from shapely import Point, box

from mouldgen.errors import GeometryError
from mouldgen.meshes import TriangleMesh
from mouldgen.solids import Solid, _drawn_apart, compose, union


def cube(low, size):
    return Solid.box(low, np.add(low, size), "cube")


def test_an_open_mesh_is_refused():
    mesh = cube((0, 0, 0), 1).to_mesh()
    with pytest.raises(GeometryError, match="not a closed solid"):
        Solid.from_mesh(TriangleMesh(mesh.vertices_mould, mesh.faces[1:]), "cube")


def test_an_inside_out_mesh_is_refused():
    mesh = cube((0, 0, 0), 1).to_mesh()
    with pytest.raises(GeometryError, match="above zero"):
        Solid.from_mesh(TriangleMesh(mesh.vertices_mould, mesh.faces[:, ::-1]), "cube")


def test_a_difference_accounts_for_every_cubic_millimetre():
    rest = cube((0, 0, 0), 10).minus(cube((5, 5, 5), 10))
    assert rest.volume_mm3 == pytest.approx(1000 - 125)


def test_loose_specks_go_and_two_large_pieces_are_an_error():
    base = cube((0, 0, 0), 10)
    speck = cube((20, 0, 0), 0.5)
    assert compose([base, speck], "base").in_one_piece().volume_mm3 == pytest.approx(1000)
    with pytest.raises(GeometryError, match="2 pieces"):
        compose([base, cube((20, 0, 0), 5)], "base").in_one_piece()


def test_specks_of_a_mesh_go_and_other_pieces_and_voids_stay():
    hollow = cube((0, 0, 0), 10).minus(cube((3, 3, 3), 4))
    parted = compose([hollow, cube((20, 0, 0), 5), cube((30, 0, 0), 0.5)], "specimen").to_mesh()
    kept = parted.without_specks(1.0)
    assert kept.volume_mm3 == pytest.approx(1000 - 64 + 125)
    assert Solid.from_mesh(kept, "specimen").volume_mm3 == pytest.approx(1000 - 64 + 125)
    assert kept.without_specks(1.0) is kept


def test_two_vertices_in_one_place_with_the_same_neighbours_are_drawn_apart():
    """Two tetrahedra that share a corner and the middle of their faces stay two in 32 bits."""
    corner = np.zeros(3)
    feet = np.array([[3.0, 0, 0], [0, 3.0, 0], [0, 0, 3.0]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    turned = feet @ np.array([[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]]) * 1.0
    vertices = np.vstack([corner, feet, corner, turned + 1e-9])
    drawn = _drawn_apart(
        TriangleMesh(vertices, np.vstack([faces, faces + 4])), np.array([1, 0, 0, 0, 1, 0, 0, 0], bool), 1e-3
    )
    assert np.linalg.norm(drawn[0] - drawn[4]) > 1e-4


def test_what_lies_above_another_solid_is_measured():
    roof = union([cube((0, 0, 10), (10, 10, 2)), cube((8, 0, 0), (2, 10, 10))], "roof")
    ball = cube((0, 0, 0), (4, 4, 4))
    assert roof.volume_above_mm3(ball, 0.5) == pytest.approx(4 * 4 * 2)


def test_coordinates_are_exact_in_32_bits_and_the_mesh_stays_closed():
    prism = Solid.extruded(box(0.1, 0.2, 7.3, 9.7).buffer(1 / 3), 0.1, 5.7, "prism")
    mesh = prism.to_mesh()
    assert (mesh.vertices_mould == mesh.vertices_mould.astype(np.float32)).all()
    assert Solid.from_mesh(mesh, "prism").volume_mm3 == pytest.approx(prism.volume_mm3, rel=1e-5)


def test_an_outline_with_a_hole_keeps_it():
    ring = box(0, 0, 10, 10).difference(box(2, 2, 8, 8))
    assert Solid.extruded(ring, 0, 1, "ring").volume_mm3 == pytest.approx(64)


def test_two_sheets_that_touch_in_a_vertex_are_drawn_apart():
    # the tip of one pyramid in the base of a notch: equal in 32 bits, and not joined by an edge
    lower = Solid.box((0, 0, 0), (4, 4, 4), "lower")
    upper = Solid.box((4 + 1e-9, 4 + 1e-9, 4 + 1e-9), (8, 8, 8), "upper")
    mesh = compose([lower, upper], "both").to_mesh()
    assert len(np.unique(mesh.vertices_mould.astype(np.float32), axis=0)) == len(mesh.vertices_mould)
    assert mesh.volume_mm3 == pytest.approx(128, rel=1e-3)


def test_sheets_that_touch_along_a_face_move_by_less_than_half_a_micrometre():
    """So that what is drawn apart does not run into what is beside it; 2 micrometres are a crossing."""
    left, right = cube((0, 0, 0), (4, 4, 4)), cube((4 + 1e-9, 0, 0), (4, 4, 4))
    mesh = compose([left, right], "both").to_mesh()
    assert len(np.unique(mesh.vertices_mould.astype(np.float32), axis=0)) == 16
    assert np.abs(mesh.vertices_mould / 4 - np.round(mesh.vertices_mould / 4)).max() * 4 < 5e-4


def test_a_section_keeps_islands_in_holes_apart_from_what_is_around_them():
    ring = cube((0, 0, 0), 10).minus(cube((1, 1, -1), (8, 8, 12)))
    section = compose([ring, cube((2, 2, 0), (6, 6, 10))], "letter O").section(5.0)
    assert section.is_valid
    assert section.area == pytest.approx(100 - 64 + 36)
    assert section.distance(Point(1.5, 5)) == pytest.approx(0.5)
