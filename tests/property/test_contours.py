"""Contours of bodies with formulas give voxels of their volume, where the body is."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mouldgen.frames import Rigid
from mouldgen.images import SliceStack
from mouldgen.io.contours.contour import Contour
from mouldgen.io.contours.contour_source import ContourSource, RegionOfInterest
from mouldgen.io.stored_volume import StoredVolume, turned_to_patient
from mouldgen.io.structures import Structure
from mouldgen.testing.phantoms import rotation_about
from mouldgen.testing.strategies import rotations, voxel_grids

AXIAL = np.eye(3)
TILTED = rotation_about([1, 2, 0.5], 33)
PLACE_LPS = np.array([-31.7, 42.3, -118.9])


@dataclass(frozen=True)
class Solid:
    """A solid of known volume, as rings of (u, v) in mm by height along its own third axis."""

    rings_at: object
    lowest_mm: float
    highest_mm: float
    volume_mm3: float


def circle(radius_mm, center=(0.0, 0.0), points=180, stretch=1.0):
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    # the polygon has the area of the circle
    radius_mm = radius_mm * np.sqrt(2 * np.pi / points / np.sin(2 * np.pi / points))
    return np.column_stack([radius_mm * np.cos(angle), stretch * radius_mm * np.sin(angle)]) + center


def ellipsoid(across_mm, stretch, along_mm):
    def rings(height):
        return [circle(across_mm * np.sqrt(1 - (height / along_mm) ** 2), stretch=stretch)]

    return Solid(rings, -along_mm, along_mm, 4 / 3 * np.pi * across_mm**2 * stretch * along_mm)


def lying_torus(ring_mm, tube_mm):
    """A torus with its hole along the planes' normal: a ring within a ring on every plane."""

    def rings(height):
        half_mm = np.sqrt(tube_mm**2 - height**2)
        return [circle(ring_mm + half_mm), circle(ring_mm - half_mm)[::-1]]

    return Solid(rings, -tube_mm, tube_mm, 2 * np.pi**2 * ring_mm * tube_mm**2)


def keyhole_torus(ring_mm, tube_mm):
    """The same, outside and hole joined into one contour by a channel without width."""
    apart = lying_torus(ring_mm, tube_mm)

    def rings(height):
        outside, hole = apart.rings_at(height)
        return [np.concatenate([outside, outside[:1], hole[-1:], hole, outside[:1]])]

    return replace(apart, rings_at=rings)


def standing_torus(ring_mm, tube_mm):
    """A torus on its edge: one island, then two, then one again."""

    def rings(height):
        angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
        if abs(height) < 1e-9 + ring_mm - tube_mm:
            middle = [np.sqrt((ring_mm + tube_mm * c) ** 2 - height**2) for c in np.cos(angle)]
            half = np.column_stack([middle, tube_mm * np.sin(angle)])
            return [half, half * (-1, 1)]
        reach = (ring_mm + tube_mm * np.cos(angle)) ** 2 - height**2
        tube = np.linspace(-1, 1, 721) * np.arccos((abs(height) - ring_mm) / tube_mm)
        reach = np.sqrt(np.maximum((ring_mm + tube_mm * np.cos(tube)) ** 2 - height**2, 0))
        side = np.column_stack([reach, tube_mm * np.sin(tube)])
        return [np.concatenate([side, side[::-1] * (-1, 1)])]

    top_mm = ring_mm + tube_mm
    return Solid(rings, -top_mm, top_mm, 2 * np.pi**2 * ring_mm * tube_mm**2)


def box(width_mm, depth_mm, height_mm):
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width_mm / 2, depth_mm / 2)
    return Solid(lambda _height: [half], -height_mm / 2, height_mm / 2, width_mm * depth_mm * height_mm)


def contours_of(solid, step_mm, *, axes=AXIAL, center=PLACE_LPS):
    """Return contours on planes in the middle of slabs of `step_mm`, from end to end."""
    count = round((solid.highest_mm - solid.lowest_mm) / step_mm)
    heights = solid.lowest_mm + (np.arange(count) + 0.5) * (solid.highest_mm - solid.lowest_mm) / count
    return [
        Contour(np.column_stack([ring, np.full(len(ring), height)]) @ np.transpose(axes) + center)
        for height in heights
        for ring in solid.rings_at(height)
    ]


def source_of(*regions, reference=None):
    structures = [
        RegionOfInterest.of(Structure(number, f"roi {number}"), closed=tuple(contours))
        for number, contours in enumerate(regions, start=1)
    ]
    return ContourSource(
        name="drawn",
        format_name="drawn",
        files=(Path("drawn"),),
        regions=tuple(structures),
        reference=reference,
    )


def images_on(grid):
    voxels, turned = turned_to_patient(np.zeros(grid.shape, np.uint8), grid)
    return StoredVolume(
        name="images",
        format_name="images",
        pixel_type="uint8",
        files=(),
        voxels=voxels,
        grid=turned,
        file_grid=grid,
        slices=SliceStack.along_axis(grid, 2),
    )


SOLIDS = {
    "sphere": ellipsoid(20.0, 1.0, 20.0),
    "ellipsoid": ellipsoid(14.0, 1.6, 25.0),
    "torus": lying_torus(20.0, 9.0),
    "keyhole torus": keyhole_torus(20.0, 9.0),
    "standing torus": standing_torus(20.0, 8.0),
    "box": box(31.3, 22.7, 26.0),
    "small sphere": ellipsoid(6.0, 1.0, 6.0),
    "large ellipsoid": ellipsoid(80.0, 1.2, 100.0),
}

PLANES = {"small sphere": 12, "standing torus": 40}


@pytest.mark.parametrize("axes", [AXIAL, TILTED], ids=["axial", "tilted"])
@pytest.mark.parametrize("name", SOLIDS)
def test_voxels_of_contours_have_the_volume_and_place_of_the_formula(name, axes):
    solid = SOLIDS[name]
    step_mm = (solid.highest_mm - solid.lowest_mm) / PLANES.get(name, 24)
    source = source_of(contours_of(solid, step_mm, axes=axes))
    found = source.voxels_of([1])
    assert found.labels.volume_mm3() == pytest.approx(solid.volume_mm3, rel=5e-3)
    np.testing.assert_allclose(source.center_lps(1), PLACE_LPS, atol=0.02)
    assert found.is_cropped
    assert found.labels.grid.is_right_handed
    assert found.slices.spacing_mm == pytest.approx(step_mm)
    assert [finding.code for finding in found.findings] == ["grid_of_contours"]


@given(rotations(), st.tuples(*[st.floats(-300, 300)] * 3), st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_nothing_is_mirrored_or_moved_however_the_planes_lie(axes, center, seed):
    """A solid without symmetry: every voxel agrees with the formula, but for those at its surface."""
    spiral = Solid(
        lambda z: [circle(9 + z / 4, center=(z / 2, 3)), circle(2, center=(z / 2 + 3, 5 + z / 9))], -12, 12, 0
    )
    contours = contours_of(spiral, 2.0, axes=axes, center=np.array(center))
    np.random.default_rng(seed).shuffle(contours)
    labels = source_of(contours).voxels_of([1]).labels
    indices = np.random.default_rng(seed).integers(0, labels.grid.shape, (20_000, 3))
    places = (labels.grid.to_points(indices) - center) @ axes
    z = np.floor(places[:, 2] / 2) * 2 + 1
    to_outline = 9 + z / 4 - np.hypot(places[:, 0] - z / 2, places[:, 1] - 3)
    to_hole = np.hypot(places[:, 0] - z / 2 - 3, places[:, 1] - 5 - z / 9) - 2
    # the outlines themselves are polygons, and numbers are rounded
    is_clear = (np.minimum(abs(to_outline), abs(to_hole)) > 0.01) & (abs(abs(places[:, 2]) - 12) > 0.01)
    expected = (to_outline > 0) & (to_hole > 0) & (abs(places[:, 2]) < 12)
    np.testing.assert_array_equal(labels.voxels[tuple(indices[is_clear].T)] > 0, expected[is_clear])


@given(voxel_grids(most_vox=9), st.integers(0, 2**32 - 1))
def test_labels_drawn_around_their_pixels_come_back_voxel_for_voxel(grid, seed):
    """Random labels on the slices of any grid, each pixel outlined by itself."""
    rng = np.random.default_rng(seed)
    labels = rng.random(grid.shape) < 0.4
    labels[rng.integers(grid.shape[0]), rng.integers(grid.shape[1])] = True
    corners = np.array([[-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0]])
    contours = [Contour(grid.to_points(index + corners)) for index in np.argwhere(labels)]
    images = images_on(grid)
    found = source_of(contours, reference=images).voxels_of([1])
    np.testing.assert_array_equal(found.labels.voxels > 0, turned_to_patient(labels, grid)[0])
    assert found.labels.grid is images.grid
    assert found.slices is images.slices
    assert not found.is_cropped


@given(rotations(), st.floats(0.5, 2.0))
@settings(max_examples=10)
def test_a_rigid_move_of_contours_moves_their_voxels(axes, step_mm):
    move = Rigid.from_parts(axes, [12.0, -7.0, 100.0])
    solid = ellipsoid(11.0, 1.3, 14.0)
    still = contours_of(solid, step_mm, axes=TILTED)
    moved = [Contour(move.apply(contour.points_lps)) for contour in still]
    one, other = source_of(still), source_of(moved)
    np.testing.assert_allclose(move.apply(one.center_lps(1)), other.center_lps(1), atol=0.02)
    volumes = [source.voxels_of([1]).labels.volume_mm3() for source in (one, other)]
    assert volumes[1] == pytest.approx(volumes[0], rel=3e-3)
