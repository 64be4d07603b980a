from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mouldgen.frames import VoxelGrid
from mouldgen.simplification import (
    collapsed_to,
    collapsing_beside,
    edge_collapse,
    simplify_surface,
    surface_deviation,
)
from mouldgen.surface import DistanceField, iso_surface


def ball(radius, spacing=0.5):
    count = int(2 * (radius + 3) / spacing) + 1
    grid = VoxelGrid.axis_aligned([count] * 3, [spacing] * 3, [-(radius + 3)] * 3)
    points = grid.to_points(np.moveaxis(np.indices(grid.shape), 0, -1))
    values = (np.linalg.norm(points, axis=-1) - radius).astype(np.float32)
    return DistanceField(values, grid, reach_mm=2.0, enclosed_mm3=4 / 3 * np.pi * radius**3)


def test_a_simplified_surface_has_a_sixth_of_the_triangles_and_keeps_its_tolerance():
    field = ball(28.0)
    mesh = iso_surface(field.values_mm, field.grid, 0.0)
    simple = simplify_surface(mesh, field, 0.0, 0.03)
    assert len(simple.faces) == pytest.approx(len(mesh.faces) / 6, rel=0.02)
    assert surface_deviation(simple, field, 0.0) <= 0.03
    assert simple.volume_mm3 == pytest.approx(mesh.volume_mm3, rel=1e-3)


def test_a_tolerance_that_cannot_be_kept_keeps_all_triangles():
    field = ball(6.0)
    mesh = iso_surface(field.values_mm, field.grid, 0.0)
    assert simplify_surface(mesh, field, 0.0, 1e-6) is mesh
    assert simplify_surface(mesh, field, 0.0, 0.0) is mesh


def test_surfaces_simplified_at_the_same_time_do_not_mix():
    fields = [ball(radius) for radius in (14.0, 15.0, 16.0, 17.0)]
    meshes = [iso_surface(field.values_mm, field.grid, 0.0) for field in fields]
    alone = [simplify_surface(m, f, 0.0, 0.05) for m, f in zip(meshes, fields, strict=True)]
    with ThreadPoolExecutor(4) as threads:
        together = list(
            threads.map(
                lambda pair: simplify_surface(pair[0], pair[1], 0.0, 0.05), zip(meshes, fields, strict=True)
            )
        )
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.faces, other.faces)
        np.testing.assert_array_equal(one.vertices_mould, other.vertices_mould)


def test_edges_collapsed_in_another_program_leave_the_same_mesh():
    field = ball(14.0)
    mesh = iso_surface(field.values_mm, field.grid, 0.0)
    here = collapsed_to(mesh, 3000)
    with collapsing_beside():
        first, second = collapsed_to(mesh, 3000), collapsed_to(mesh, 3000)
    for there in (first, second):
        np.testing.assert_array_equal(there.faces, here.faces)
        np.testing.assert_array_equal(there.vertices_mould, here.vertices_mould)


@pytest.mark.parametrize("program", ["missing", "ends at once", "answers nothing"])
def test_without_a_working_program_edges_are_collapsed_here(tmp_path, monkeypatch, program):
    script = tmp_path / "program.py"
    script.write_text("import sys; sys.stdin.buffer.read(1)" if program == "answers nothing" else "")
    monkeypatch.setattr(edge_collapse.collapse_program, "__file__", str(script))
    if program == "missing":
        monkeypatch.setattr(edge_collapse.sys, "executable", str(tmp_path / "no python"))
    field = ball(14.0)
    mesh = iso_surface(field.values_mm, field.grid, 0.0)
    with collapsing_beside():
        assert len(collapsed_to(mesh, 3000).faces) == pytest.approx(3000, abs=2)


def test_a_mesh_is_collapsed_after_the_program_was_ended_early():
    field = ball(14.0)
    mesh = iso_surface(field.values_mm, field.grid, 0.0)
    with collapsing_beside() as end:
        end()
        assert len(collapsed_to(mesh, 3000).faces) == pytest.approx(3000, abs=2)
