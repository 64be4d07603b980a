"""Specimens made in memory.

A voxel belongs to a body if its centre does. On a voxel of edge h that misplaces the surface by up to
h/2 either way and leaves the volume unbiased; what is left is below 0.1 % for bodies of 20 mL on
voxels of 1 mm3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import Image, LabelArray, LabelVolume, SliceStack
from mouldgen.specimen import Habitat, HabitatMap, Specimen
from mouldgen.testing.bodies import Body, Box, BumpyEllipsoid, Ellipsoid, HalfSpace
from mouldgen.testing.storage import AxisOrder

__all__ = [
    "box_specimen",
    "bumpy_ellipsoid_specimen",
    "chiral_specimen",
    "covering_grid",
    "demo_specimen",
    "ellipsoid_specimen",
    "rotation_about",
    "specimen_of_labels",
    "two_habitat_ellipsoid",
    "voxelise",
]

LabelFormula = Callable[[FloatArray], npt.NDArray[np.integer]]
"""Takes LPS points of shape (..., 3), returns labels of shape (...)."""

_PADDING_VOX = 2
_DEMO_SEED = 20260123


def rotation_about(axis_lps: npt.ArrayLike, angle_deg: float) -> FloatArray:
    """Return the rotation matrix, shape (3, 3), about an axis (right-hand rule; Rodrigues)."""
    x, y, z = np.asarray(axis_lps, np.float64) / np.linalg.norm(axis_lps)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(angle_deg)
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def covering_grid(
    center_lps: npt.ArrayLike,
    half_size_mm: npt.ArrayLike,
    spacing_mm: Sequence[float],
    *,
    directions: npt.ArrayLike = ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
) -> VoxelGrid:
    """Return a grid, centred on a box, that holds the box and two voxels more on every side.

    Parameters
    ----------
    center_lps, half_size_mm
        Shape (3,): the box, its edges along L, P and S.
    spacing_mm
        Along i, j and k.
    directions
        Shape (3, 3): column n is the unit vector along axis n; it may be oblique or left-handed.
    """
    axes = np.asarray(directions, np.float64)
    spacing = np.asarray(spacing_mm, np.float64)
    reach = np.abs(axes).T @ np.asarray(half_size_mm, np.float64)
    half_vox = np.ceil(reach / spacing).astype(int) + _PADDING_VOX
    affine = np.eye(4)
    affine[:3, :3] = axes * spacing
    affine[:3, 3] = np.asarray(center_lps, np.float64) - affine[:3, :3] @ half_vox
    size = 2 * half_vox + 1
    return VoxelGrid((int(size[0]), int(size[1]), int(size[2])), affine)


def voxelise(labels: LabelFormula, grid: VoxelGrid) -> LabelVolume:
    """Return the labels at the voxel centres of `grid`, one layer of i at a time to save memory."""
    voxels = np.empty(grid.shape, np.uint16)
    j, k = np.meshgrid(np.arange(grid.shape[1]), np.arange(grid.shape[2]), indexing="ij")
    for i in range(grid.shape[0]):
        voxels[i] = labels(grid.to_points(np.stack([np.full_like(j, i), j, k], axis=-1)))
    return LabelVolume(voxels, grid)


def specimen_of_labels(
    volume: LabelVolume,
    *,
    habitats: bool = False,
    names: Mapping[int, str] | None = None,
    images: tuple[Image, ...] = (),
) -> Specimen:
    """Return the specimen of all labels in a volume, as reading it from a file would.

    Parameters
    ----------
    volume
        Everything that is not background is tissue. Slices run along its third axis.
    habitats
        Whether the labels are habitats.
    names
        Of habitats, by label.
    images
        On any grids.
    """
    slices = SliceStack.along_axis(volume.grid, 2)
    labels = _in_patient_order(volume).cropped()
    tissue = LabelVolume((labels.voxels > 0).astype(np.uint16), labels.grid)
    habitat_map = _habitat_map(labels, names or {}) if habitats else None
    return Specimen(tissue, slices, tissue.volume_mm3(), habitat_map, images)


def ellipsoid_specimen(ellipsoid: Ellipsoid, grid: VoxelGrid) -> Specimen:
    """Return an ellipsoid without habitats."""
    return _body_specimen(ellipsoid, grid)


def box_specimen(box: Box, grid: VoxelGrid) -> Specimen:
    """Return a box without habitats; on a grid whose voxel borders meet its sides it is exact."""
    return _body_specimen(box, grid)


def bumpy_ellipsoid_specimen(body: BumpyEllipsoid, grid: VoxelGrid) -> Specimen:
    """Return an ellipsoid with four bumps and four dents, without habitats."""
    return _body_specimen(body, grid)


def two_habitat_ellipsoid(ellipsoid: Ellipsoid, first: HalfSpace, grid: VoxelGrid) -> Specimen:
    """Return an ellipsoid with habitat 1 in a half-space and habitat 2 in the rest.

    The truth for a slab is ``ellipsoid.slab_mm3(normal, lower, upper, within=first)``.
    """

    def labels(points: FloatArray) -> LabelArray:
        return np.where(ellipsoid.contains(points), np.where(first.contains(points), 1, 2), 0).astype(
            np.uint16
        )

    return specimen_of_labels(voxelise(labels, grid), habitats=True, names={1: "first", 2: "second"})


def chiral_specimen(
    spacing_mm: Sequence[float] = (1.0, 1.25, 2.0),
    *,
    directions: npt.ArrayLike = ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
) -> Specimen:
    """Return a body of 14 mL without any symmetry, with three habitats, on a grid of any directions.

    Three unequal lobes point to L, P and S, so that every mirror image and every exchange of axes
    differs from it; two lobes are habitats of their own, the rest is the third.
    """
    center = np.array([12.0, -30.0, 45.0])
    body = Ellipsoid(center, np.array([16.0, 14.0, 12.0]))
    lobes = [
        Ellipsoid(center + np.array([15.0, 3.0, 0.0]), np.array([13.0, 8.0, 7.0])),
        Ellipsoid(center + np.array([-2.0, 13.0, 4.0]), np.array([7.0, 11.0, 6.0])),
        Ellipsoid(center + np.array([-5.0, -3.0, 10.0]), np.array([6.0, 5.0, 9.0])),
    ]

    def labels(points: FloatArray) -> LabelArray:
        left, posterior, superior = (lobe.contains(points) for lobe in lobes)
        rest = np.where(body.contains(points) | superior, 3, 0)
        return np.select([left, posterior], [1, 2], default=rest).astype(np.uint16)

    grid = covering_grid(center, [30.0, 26.0, 22.0], spacing_mm, directions=directions)
    names = {1: "left lobe", 2: "posterior lobe", 3: "body"}
    return specimen_of_labels(voxelise(labels, grid), habitats=True, names=names)


def demo_specimen() -> Specimen:
    """Return the specimen of ``mouldgen demo``: a lobulated tumour of 72 mL with three habitats.

    Voxels of 0.8 x 0.8 x 2 mm, slices turned by a few degrees, and a synthetic image ``t2`` whose
    noise has a fixed seed. No patient's data went into it.
    """
    center = np.array([-38.0, 21.0, -64.0])
    tilt = rotation_about([1, 0, 0], 7.0) @ rotation_about([0, 1, 0], -4.0)
    grid = covering_grid(center, [35.0, 33.0, 32.0], [0.8, 0.8, 2.0], directions=tilt)
    volume = voxelise(lambda points: _demo_labels(points - center), grid)
    t2 = Image("t2", _demo_t2(volume), grid, SliceStack.along_axis(grid, 2))
    names = {1: "necrosis", 2: "solid", 3: "infiltrating rim"}
    return specimen_of_labels(volume, habitats=True, names=names, images=(_image_in_patient_order(t2),))


def _body_specimen(body: Body, grid: VoxelGrid) -> Specimen:
    return specimen_of_labels(voxelise(lambda points: body.contains(points).astype(np.uint16), grid))


def _in_patient_order(volume: LabelVolume) -> LabelVolume:
    axes = AxisOrder(*volume.grid.patient_order())
    return LabelVolume(axes.apply(volume.voxels), volume.grid.reordered(axes.order, axes.flips))


def _image_in_patient_order(image: Image) -> Image:
    axes = AxisOrder(*image.grid.patient_order())
    grid = image.grid.reordered(axes.order, axes.flips)
    return Image(image.name, axes.apply(image.voxels), grid, image.slices)


def _habitat_map(labels: LabelVolume, names: Mapping[int, str]) -> HabitatMap:
    habitats = tuple(
        Habitat.numbered(label, position, names.get(label)) for position, label in enumerate(labels.labels())
    )
    return HabitatMap(labels, habitats)


_DEMO_LOBES = np.array(
    [
        # x, y, z of the centre, radius
        [0.0, 0.0, 0.0, 23.0],
        [14.0, 6.0, 3.0, 15.5],
        [-11.0, 10.0, -7.0, 16.0],
        [-3.0, -13.0, 9.0, 14.5],
        [7.0, -6.0, -13.0, 14.0],
    ]
)
_DEMO_NECROSIS = np.array([[2.0, 2.0, 1.0, 11.0], [-10.0, 4.0, -4.0, 8.0], [11.0, 3.0, 2.0, 7.0]])


def _demo_labels(points: FloatArray) -> LabelArray:
    """Label points around the middle of the tumour: 1 necrosis, 2 solid, 3 infiltrating rim."""
    wave = np.sin(points[..., 0] / 4.1) * np.sin(points[..., 1] / 3.7 + 1) * np.sin(points[..., 2] / 4.6 + 2)
    height = _blended_distance(points, _DEMO_LOBES) + 0.9 * wave
    core = _blended_distance(points, _DEMO_NECROSIS) + 1.6 * wave
    rim_mm = 4.0 + 2.0 * np.sin(points[..., 0] / 11.0 + points[..., 2] / 9.0)
    inner = np.where(core <= 0, 1, np.where(height > -rim_mm, 3, 2))
    return np.where(height <= 0, inner, 0).astype(np.uint16)


def _blended_distance(points: FloatArray, spheres: FloatArray) -> FloatArray:
    """Return about the signed distance to spheres (x, y, z, radius) that melt into one another."""
    blend_mm = 2.0
    total = np.zeros(points.shape[:-1])
    for *center, radius in spheres:
        distance = np.linalg.norm(points - center, axis=-1) - radius
        total += np.exp(-np.clip(distance, -60, 60) / blend_mm)
    return np.asarray(-blend_mm * np.log(total))


def _demo_t2(volume: LabelVolume) -> npt.NDArray[np.float32]:
    """Return signal by habitat, shaded along j, with Gaussian noise of a fixed seed."""
    signal = np.array([240.0, 880.0, 520.0, 690.0])[volume.voxels]
    shading = np.linspace(0.94, 1.06, volume.grid.shape[1])[None, :, None]
    noise = np.random.default_rng(_DEMO_SEED).normal(0.0, 35.0, volume.grid.shape)
    return (signal * shading + noise).astype(np.float32)
