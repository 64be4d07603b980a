from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import cKDTree

from mouldgen.errors import GeometryError
from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.solids import Solid
from mouldgen.surface import build_distance, extract_surface, iso_surface, resample_distance, section_rings

SPACINGS = [(1, 1, 1), (0.98, 0.98, 3.27), (0.5, 0.5, 5), (5, 0.55, 0.55), (5.5, 5.5, 3.3)]


def ellipsoid(spacing, axes=(22.0, 18.0, 20.0)):
    shape = [int(np.ceil(2 * (r + 6) / s)) for r, s in zip(axes, spacing, strict=True)]
    origin = [-(n - 1) / 2 * s + 0.13 for n, s in zip(shape, spacing, strict=True)]
    grid = VoxelGrid.axis_aligned(shape, spacing, origin)
    points = grid.to_points(np.moveaxis(np.indices(grid.shape), 0, -1))
    inside = ((points / np.array(axes)) ** 2).sum(axis=-1) < 1
    return LabelVolume(inside.astype(np.uint16), grid)


def turned(degrees=(30, 20, 10)):
    rotation = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        c, s = np.cos(angle), np.sin(angle)
        plane = np.eye(3)
        a, b = [n for n in range(3) if n != axis]
        plane[a, a], plane[a, b], plane[b, a], plane[b, b] = c, -s, s, c
        rotation = plane @ rotation
    return Rigid.from_parts(rotation, (0, 0, 0))


def lying(tissue, reach=1.5):
    field = build_distance(tissue, reach_mm=reach)
    return resample_distance(field, turned(), spacing_mm=0.5, pad_mm=reach)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_the_surface_encloses_the_volume_of_the_labels(spacing):
    tissue = ellipsoid(spacing)
    mesh, _ = extract_surface(lying(tissue))
    assert mesh.volume_mm3 == pytest.approx(tissue.volume_mm3(), rel=1e-3)


@pytest.mark.parametrize(
    ("spacing", "rms_mm"), [((1, 1, 1), 0.12), ((0.98, 0.98, 3.27), 0.3), ((0.5, 0.5, 5), 0.5)]
)
def test_the_surface_lies_near_the_shape_that_was_voxelised(spacing, rms_mm):
    axes = np.array((22.0, 18.0, 20.0))
    mesh, _ = extract_surface(lying(ellipsoid(spacing, axes)))
    points = turned().inverse().apply(mesh.vertices_mould)
    value = np.linalg.norm(points / axes, axis=1)
    distance = (value - 1) * value / np.linalg.norm(points / axes**2, axis=1)
    assert np.sqrt((distance**2).mean()) < rms_mm


@pytest.mark.parametrize("spacing", SPACINGS)
def test_an_offset_of_one_millimetre_is_one_millimetre(spacing):
    field = lying(ellipsoid(spacing), reach=2.0)
    mesh, level = extract_surface(field)
    offset = iso_surface(field.values_mm, field.grid, level + 1.0)
    distance, _ = cKDTree(mesh.vertices_mould).query(offset.vertices_mould)
    # the nearest vertex is at most a grid step off the nearest point
    assert np.percentile(distance, [2, 50, 98]) == pytest.approx([1.0, 1.02, 1.08], abs=0.1)


def test_a_mask_that_touches_its_border_gives_a_closed_surface():
    tissue = ellipsoid((1, 1, 2)).cropped()
    mesh, _ = extract_surface(lying(tissue))
    edges = np.sort(mesh.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_enclosed_holes_are_closed():
    tissue = ellipsoid((1, 1, 1))
    voxels = tissue.voxels.copy()
    middle = tuple(n // 2 for n in voxels.shape)
    voxels[middle] = 0
    mesh, _ = extract_surface(lying(LabelVolume(voxels, tissue.grid)))
    assert mesh.volume_mm3 == pytest.approx(tissue.volume_mm3(), rel=1e-3)


def test_sections_of_the_field_are_sections_of_the_surface():
    field = lying(ellipsoid((1, 1, 1)))
    mesh, level = extract_surface(field)
    x = 3.3
    rings = section_rings(field, x, level)
    assert len(rings) == 1
    y, z = rings[0][:-1].T
    area = 0.5 * np.sum(y * np.roll(z, -1) - np.roll(y, -1) * z)
    h = 0.05
    assert area > 0, "an outer ring runs counterclockwise seen from +X"
    solid = Solid.from_mesh(mesh, "specimen")
    slab = Solid.box((x - h, -99, -99), (x + h, 99, 99), "slab")
    assert solid.shared_mm3(slab) / (2 * h) == pytest.approx(area, rel=2e-3)


def test_a_plane_beside_the_specimen_has_no_rings():
    field = lying(ellipsoid((1, 1, 1)))
    assert section_rings(field, 999.0) == ()


def test_a_specimen_of_one_voxel_is_refused():
    grid = VoxelGrid.axis_aligned((3, 3, 3), (1, 1, 1), (0, 0, 0))
    voxels = np.zeros(grid.shape, np.uint16)
    voxels[1, 1, 1] = 1
    with pytest.raises(GeometryError, match="too small"):
        extract_surface(lying(LabelVolume(voxels, grid)))


@pytest.mark.parametrize("spacing", [(5.5, 5.5, 3.3), (4, 4, 4), (3, 3, 3)])
def test_little_of_coarse_voxels_lies_in_the_plastic(spacing):
    """Their corners stand out of any smooth surface: less than a fiftieth beyond the usual clearance."""
    tissue = ellipsoid(spacing)
    field = build_distance(tissue, reach_mm=1.0)
    voxels = np.repeat(np.argwhere(tissue.voxels), 50, axis=0)
    anywhere = voxels + np.random.default_rng(1).uniform(-0.5, 0.5, voxels.shape)
    index = field.grid.to_indices(tissue.grid.to_points(anywhere))
    distance_mm = ndimage.map_coordinates(field.values_mm, index.T, order=1)
    assert (distance_mm > 0.5).mean() < 0.02
