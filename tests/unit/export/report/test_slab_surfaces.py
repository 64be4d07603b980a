"""Surfaces of slabs: areas by formula, edges on the faces, nothing lost but the kerf."""

import numpy as np
import pytest
import trimesh

from mouldgen.export.report.slab_surfaces import cut_into_slabs, vertex_normals
from mouldgen.meshes import TriangleMesh
from mouldgen.slicing import plan_cuts

RADIUS_MM = 20.0


def sphere(subdivisions=4):
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions, radius=RADIUS_MM)
    return TriangleMesh(np.asarray(mesh.vertices), np.asarray(mesh.faces, np.int32))


def area_mm2(surface):
    return TriangleMesh(surface.vertices_mould, surface.faces).area_mm2


def test_a_zone_of_a_sphere_has_the_area_of_its_height():
    slabs = plan_cuts(-RADIUS_MM, RADIUS_MM, slab_mm=7.0).slabs
    for surface, slab in zip(cut_into_slabs(sphere(), slabs), slabs, strict=True):
        assert area_mm2(surface) == pytest.approx(2 * np.pi * RADIUS_MM * slab.thickness_mm, rel=0.01)


def test_slabs_without_kerf_lose_no_area():
    mesh = sphere(3)
    slabs = plan_cuts(-RADIUS_MM, RADIUS_MM, slab_mm=3.3).slabs

    assert sum(map(area_mm2, cut_into_slabs(mesh, slabs))) == pytest.approx(mesh.area_mm2, rel=1e-9)


def test_no_surface_reaches_into_the_kerf():
    slabs = plan_cuts(-RADIUS_MM, RADIUS_MM, slab_mm=6.0, kerf_mm=1.5).slabs
    for surface, slab in zip(cut_into_slabs(sphere(), slabs), slabs, strict=True):
        x = surface.vertices_mould[:, 0]
        assert x.min() >= slab.x_lower_mm - 1e-9
        assert x.max() <= slab.x_upper_mm + 1e-9


def test_a_cut_through_vertices_makes_no_new_hole():
    mesh = sphere(3)
    through = float(np.sort(mesh.vertices_mould[:, 0])[len(mesh.vertices_mould) // 2])
    slabs = plan_cuts(-RADIUS_MM, RADIUS_MM, slab_mm=9.0, positions_mm=[through]).slabs

    assert sum(map(area_mm2, cut_into_slabs(mesh, slabs))) == pytest.approx(mesh.area_mm2, rel=1e-9)


def test_faces_stay_wound_outward_and_normals_point_outward():
    for surface in cut_into_slabs(sphere(), plan_cuts(-RADIUS_MM, RADIUS_MM, slab_mm=7.0).slabs):
        a, b, c = TriangleMesh(surface.vertices_mould, surface.faces).corner_points
        across = np.cross(b - a, c - a)
        outward = (across * (a + b + c)).sum(axis=1)
        away = surface.vertices_mould / np.linalg.norm(surface.vertices_mould, axis=1, keepdims=True)
        assert (outward > -1e-9).all()
        assert ((surface.normals * away).sum(axis=1) > 0.99).all()


def test_one_slab_is_the_whole_surface():
    mesh = sphere(2)
    (surface,) = cut_into_slabs(mesh, plan_cuts(-RADIUS_MM, RADIUS_MM, slab_mm=99.0).slabs)

    assert len(surface.faces) == len(mesh.faces)


def test_normals_of_a_sphere_are_radial():
    mesh = sphere()

    assert np.allclose(vertex_normals(mesh), mesh.vertices_mould / RADIUS_MM, atol=0.01)
