"""Small habitats survive: labels are interpolated once, straight into the mould frame."""

import numpy as np
import pytest
from scipy import ndimage

from mouldgen import DesignParameters, design_mould
from mouldgen.frames import VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.measures import dice
from mouldgen.testing.phantoms import covering_grid, rotation_about, specimen_of_labels, voxelise

CENTER = np.array([15.0, -40.0, 60.0])
BODY = Ellipsoid(CENTER, np.array([34.0, 30.0, 26.0]))
ISLANDS = [  # four of 0.80 mL, from a ball to a flat one
    Ellipsoid(CENTER + np.array([14.0, 2.0, 3.0]), np.array([5.76, 5.76, 5.76])),
    Ellipsoid(
        CENTER + np.array([-13.0, 6.0, -4.0]), np.array([4.0, 6.0, 8.0]), rotation_about([1, 1, 0], 40)
    ),
    Ellipsoid(CENTER + np.array([1.0, -16.0, 2.0]), np.array([9.5, 4.5, 4.47])),
    Ellipsoid(CENTER + np.array([0.0, 3.0, 12.0]), np.array([7.6, 7.6, 3.31]), rotation_about([0, 1, 1], 25)),
]
ANGLES_DEG = (30.0, 20.0, 10.0)
COMPOSED = (
    rotation_about([1, 0, 0], ANGLES_DEG[0])
    @ rotation_about([0, 1, 0], ANGLES_DEG[1])
    @ rotation_about([0, 0, 1], ANGLES_DEG[2])
)


def island_labels(points):
    """Label 1 is the body, 2 to 5 are its islands."""
    inside = [island.contains(points) for island in ISLANDS]
    return np.select(inside, [2, 3, 4, 5], default=BODY.contains(points)).astype(np.uint16)


@pytest.fixture(scope="module")
def labels():
    return voxelise(island_labels, covering_grid(CENTER, BODY.half_size_mm, (1.0, 1.0, 1.0)))


@pytest.fixture(scope="module")
def design(labels):
    """Return a design whose frame is turned by 30, 20 and 10 degrees about the three axes."""
    normal, up = COMPOSED[0], COMPOSED[2]
    landmarks = CENTER, CENTER + 20 * normal, CENTER + 5 * normal - 20 * up
    return design_mould(
        specimen_of_labels(labels, habitats=True),
        DesignParameters(
            orientation={"landmarks_lps": tuple(tuple(map(float, point)) for point in landmarks)}
        ),
    )


@pytest.mark.parametrize("label", [2, 3, 4, 5])
def test_islands_of_0_8_ml_keep_a_dice_of_0_95_against_a_supersampled_truth(design, labels, label):
    volume = design.habitats_mould
    truth = supersampled(labels, label, volume.grid.moved(design.frame.patient_from_mould))
    assert dice_of_shares(volume.voxels == label, truth) >= 0.95


@pytest.mark.parametrize("label", [2, 3, 4, 5])
def test_three_passes_of_nearest_neighbours_keep_less(labels, label):
    turned, grid_lps = three_nearest_passes(labels)
    assert dice_of_shares(turned == label, supersampled(labels, label, grid_lps)) < 0.92


def test_the_map_in_the_mould_frame_has_the_volumes_of_the_labels(design, labels):
    for label in (1, 2, 3, 4, 5):
        assert design.habitats_mould.volume_mm3(label) == pytest.approx(labels.volume_mm3(label), rel=0.02)


def supersampled(labels: LabelVolume, label: int, grid_lps: VoxelGrid, per_axis: int = 3):
    """Return the share of every voxel of a grid that a label fills, from points in the labels' own voxels."""
    steps = (np.arange(per_axis) + 0.5) / per_axis - 0.5
    index_map = np.linalg.inv(labels.grid.point_from_index) @ grid_lps.point_from_index
    mask = (labels.voxels == label).astype(np.uint8)
    total = np.zeros(grid_lps.shape)
    for shift in np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3):
        offset = index_map[:3, :3] @ shift + index_map[:3, 3]
        total += ndimage.affine_transform(mask, index_map[:3, :3], offset, grid_lps.shape, order=0)
    return total / per_axis**3


def dice_of_shares(mask, shares):
    """Return the Dice coefficient of whole voxels with shares of voxels."""
    return 2 * shares[mask].sum() / (mask.sum() + shares.sum())


def three_nearest_passes(labels: LabelVolume):
    """Turn labels about one axis after the other on their own grid, as published systems do."""
    middle = (np.array(labels.grid.shape) - 1) / 2
    voxels = np.pad(labels.voxels, 12)
    center = middle + 12
    composed = np.eye(3)
    for axis, angle in enumerate(ANGLES_DEG):
        turn = rotation_about(np.eye(3)[axis], angle)
        voxels = ndimage.affine_transform(voxels, turn, center - turn @ center, order=0)
        composed = composed @ turn
    affine = labels.grid.point_from_index.copy()
    affine[:3, :3] = affine[:3, :3] @ composed
    affine[:3, 3] = labels.grid.to_points(middle - composed @ center)
    return voxels, VoxelGrid(voxels.shape, affine)


def test_dice_of_whole_shares_is_the_usual_dice():
    one = np.zeros((4, 4, 4), bool)
    two = one.copy()
    one[:2], two[1:3] = True, True
    assert dice_of_shares(one, two.astype(float)) == pytest.approx(dice(one, two)) == pytest.approx(0.5)
