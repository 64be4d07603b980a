"""Labels -> a smooth signed distance, and closed surfaces of it in the mould frame.

The distance is built on the labels' own lattice and resampled once:

1. Thick slices: a signed distance within every slice, kept within half a slice spacing, splined
   between slices (shape-based interpolation; Raya and Udupa 1990, doi:10.1109/42.52980). The limit
   decides how far the surface may cut the corners of the labels' steps (docs: decisions).
   Otherwise: a distance in three dimensions.
2. A Gaussian of under a voxel, and of at most 1.5 mm, removes the lattice's noise.
3. The level is moved until the enclosed volume is that of the labels.
4. Near the surface the values are replaced by the distance to its triangles, so that an offset of
   one millimetre is one millimetre.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from skimage.measure import find_contours, marching_cubes

from mouldgen.errors import GeometryError
from mouldgen.frames import FloatArray, Rigid, VoxelGrid, frozen_array
from mouldgen.images import LabelVolume
from mouldgen.meshes import TriangleMesh
from mouldgen.resampling import resample

__all__ = [
    "DistanceField",
    "build_distance",
    "extract_surface",
    "iso_surface",
    "resample_distance",
    "section_rings",
]

FieldArray = npt.NDArray[np.float32]

THICK_SLICE_RATIO = 1.6
SLICE_DISTANCE_LIMIT = 0.5
SMOOTHING_VOX = 0.75
MOST_SMOOTHING_MM = 1.5
"""Coarser voxels are smoothed no more: their corners would be lost to the plastic."""

UPSAMPLED_SLICE_MM = 1.0
REFINED_MM = 1.5
VOLUME_TOLERANCE = 5e-4
_LEVEL_STEPS = 6


@dataclass(frozen=True, eq=False)
class DistanceField:
    """Signed distance to the specimen's surface, negative inside.

    Exact to some hundredths of a millimetre from just inside the surface to `reach_mm` outside it;
    further away only its sign and the fact that it is further away count.

    Parameters
    ----------
    values_mm
        Shape ``grid.shape``.
    grid
        In LPS on the labels' lattice, or in the mould frame after `resample_distance`.
    reach_mm
        Largest distance outside the surface that is exact.
    enclosed_mm3
        What the surface has to enclose: the labels, with their holes filled.
    """

    values_mm: FieldArray
    grid: VoxelGrid
    reach_mm: float
    enclosed_mm3: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "values_mm", frozen_array(self.values_mm, np.float32))

    @cached_property
    def shell_points(self) -> FloatArray:
        """Shape (N, 3): voxel centres just inside the surface, in the frame of the grid."""
        step = float(self.grid.spacing_mm.max())
        return self.grid.to_points(np.argwhere((self.values_mm < 0) & (self.values_mm > -1.5 * step)))

    def moved(self, transform: Rigid) -> DistanceField:
        """Return the same field, seen from the frame that `transform` leads to."""
        return replace(self, grid=self.grid.moved(transform))


def build_distance(tissue: LabelVolume, *, reach_mm: float) -> DistanceField:
    """Return the signed distance to the smooth surface of a label volume, on its own lattice.

    Parameters
    ----------
    tissue
        Specimen voxels, cropped or not.
    reach_mm
        How far outside the surface distances must be exact.

    Raises
    ------
    GeometryError
        If the specimen is too small for its voxels to give a surface.
    """
    solid = _without_holes(tissue)
    enclosed_mm3 = solid.volume_mm3()
    implicit, grid = _implicit_function(solid, reach_mm)
    mesh, level = _surface_of_volume(implicit, grid, enclosed_mm3)
    values = _distance_to_mesh(implicit - level, grid, mesh, reach_mm)
    return DistanceField(values, grid, reach_mm, enclosed_mm3)


def resample_distance(
    field: DistanceField, lying_from_patient: Rigid, *, spacing_mm: float, pad_mm: float
) -> DistanceField:
    """Resample a field once, linearly, onto an axis-aligned grid of another frame.

    Parameters
    ----------
    field
        On the labels' lattice, in LPS.
    lying_from_patient
        The frame to go to.
    spacing_mm
        Of the new grid.
    pad_mm
        Space around the specimen that the grid covers.
    """
    grid = _covering_grid(field, lying_from_patient, spacing_mm, pad_mm)
    values = resample(
        field.values_mm,
        field.grid.moved(lying_from_patient),
        grid,
        nearest=False,
        outside=float(field.values_mm.max()),
    )
    return DistanceField(values, grid, field.reach_mm, field.enclosed_mm3)


def extract_surface(field: DistanceField) -> tuple[TriangleMesh, float]:
    """Return the surface at distance zero and the level that was taken for it.

    The level differs from zero by some micrometres, so that linear interpolation on the grid does
    not cost volume.

    Parameters
    ----------
    field
        In the mould frame.

    Raises
    ------
    GeometryError
        If the specimen is too thin for the grid.
    """
    level = 0.0
    mesh = iso_surface(field.values_mm, field.grid, level)
    missing = field.enclosed_mm3 - mesh.volume_mm3
    if abs(missing) > VOLUME_TOLERANCE * field.enclosed_mm3:
        level = missing / mesh.area_mm2
        spacing_mm = float(field.grid.spacing_mm.max())
        if abs(level) > spacing_mm:
            message = (
                f"the specimen is too thin for a grid of {spacing_mm:g} mm: to enclose the volume of the "
                f"labels, its surface would have to move by {abs(level):.1f} mm, more than a step of the "
                "grid. Use a finer grid (surface.grid_mm), or, where the specimen is hardly thicker than a "
                "voxel, a segmentation with smaller voxels"
            )
            raise GeometryError(message)
        mesh = iso_surface(field.values_mm, field.grid, level)
    return mesh, level


def section_rings(field: DistanceField, x_mm: float, level_mm: float = 0.0) -> tuple[FloatArray, ...]:
    """Return the closed rings in which the plane ``x = x_mm`` meets the surface.

    Each has shape (N, 2), [y, z], its first point repeated at its end; outer rings run
    counterclockwise seen from +X, holes clockwise. Empty where the plane misses the specimen.
    """
    origin, spacing = field.grid.origin_mm, field.grid.spacing_mm
    position = float((x_mm - origin[0]) / spacing[0])
    lower = int(np.floor(position))
    if not 0 <= lower < field.grid.shape[0] - 1:
        return ()
    share = np.float32(position - lower)
    plane = (1 - share) * field.values_mm[lower] + share * field.values_mm[lower + 1]
    rings = find_contours(plane, level_mm, positive_orientation="low")
    closed = [ring for ring in rings if len(ring) > 3 and np.array_equal(ring[0], ring[-1])]
    return tuple(ring * spacing[1:] + origin[1:] for ring in closed)


def _implicit_function(tissue: LabelVolume, reach_mm: float) -> tuple[FieldArray, VoxelGrid]:
    spacing = tissue.grid.spacing_mm
    slice_axis = int(np.argmax(spacing))
    middle, thickest = np.sort(spacing)[1:]
    if thickest > THICK_SLICE_RATIO * middle:
        padded = _padded(tissue, reach_mm)
        return _between_slices(_slice_distance(padded, slice_axis), padded.grid, slice_axis)
    return _solid_distance(_padded(_refined(tissue), reach_mm), spacing)


def _without_holes(tissue: LabelVolume) -> LabelVolume:
    """Return the tissue with enclosed holes filled: no plastic can be inside a specimen."""
    from scipy import ndimage

    return LabelVolume(ndimage.binary_fill_holes(tissue.voxels > 0).astype(np.uint16), tissue.grid)


def _padded(tissue: LabelVolume, reach_mm: float) -> LabelVolume:
    start, stop = tissue.bounds_vox()
    pads = np.ceil((reach_mm + 2.0) / tissue.grid.spacing_mm).astype(int) + 2
    box = tuple(slice(low, high) for low, high in zip(start, stop, strict=True))
    voxels = np.pad(tissue.voxels[box], [(int(pad), int(pad)) for pad in pads])
    grid = tissue.grid.cropped(np.array(start) - pads, np.array(stop) + pads)
    return LabelVolume(voxels, grid)


def _refined(tissue: LabelVolume) -> LabelVolume:
    """Return the same voxels, cut along coarse axes until all spacings are alike and about 1.5 mm at most."""
    spacing = tissue.grid.spacing_mm
    repeats = np.maximum(np.round(spacing / min(spacing.min(), REFINED_MM)).astype(int), 1)
    if (repeats == 1).all():
        return tissue
    voxels = tissue.voxels
    for axis, count in enumerate(repeats):
        voxels = np.repeat(voxels, count, axis=axis)
    affine = tissue.grid.point_from_index.copy()
    affine[:3, :3] /= repeats
    affine[:3, 3] = tissue.grid.to_points((1 / repeats - 1) / 2)
    shape = (voxels.shape[0], voxels.shape[1], voxels.shape[2])
    return LabelVolume(voxels, VoxelGrid(shape, affine))


def _slice_distance(tissue: LabelVolume, slice_axis: int) -> FieldArray:
    """Return the signed distance within every slice, limited to half the slice spacing."""
    spacing = tissue.grid.spacing_mm
    apart = spacing.copy()
    apart[slice_axis] = 1e5
    half_voxel = float(np.delete(spacing, slice_axis).mean()) / 2
    limit = SLICE_DISTANCE_LIMIT * spacing[slice_axis]
    distance = np.clip(_signed_distance(tissue.voxels > 0, apart, half_voxel), -limit, limit)
    sigma_vox = _smoothing_mm(spacing) / spacing
    sigma_vox[slice_axis] = 0.0
    return _smoothed(distance, sigma_vox)


def _solid_distance(tissue: LabelVolume, stored_spacing_mm: FloatArray) -> tuple[FieldArray, VoxelGrid]:
    spacing = tissue.grid.spacing_mm
    distance = _signed_distance(tissue.voxels > 0, spacing, float(spacing.mean()) / 2)
    return _smoothed(distance, _smoothing_mm(stored_spacing_mm) / spacing), tissue.grid


def _smoothing_mm(stored_spacing_mm: FloatArray) -> FloatArray:
    return np.minimum(SMOOTHING_VOX * stored_spacing_mm, MOST_SMOOTHING_MM)


def _signed_distance(
    inside: npt.NDArray[np.bool_], spacing_mm: FloatArray, half_voxel_mm: float
) -> FieldArray:
    """Return the distance to the border between voxels, which is half a voxel from the centres."""
    outward = _distance_to(inside, spacing_mm)
    inward = _distance_to(~inside, spacing_mm)
    return np.where(inside, half_voxel_mm - inward, outward - half_voxel_mm).astype(np.float32)


def _distance_to(target: npt.NDArray[np.bool_], spacing_mm: FloatArray) -> FieldArray:
    """Return every voxel's distance to the nearest centre of a target voxel."""
    # inside the target the map is negative; border voxels and all others outside it are exact
    return np.asarray(np.sqrt(np.maximum(_distance_map(target, spacing_mm, squared=True), 0)), np.float32)


def _distance_map(inside: npt.NDArray[np.bool_], spacing_mm: FloatArray, *, squared: bool) -> FieldArray:
    """Return the signed distance to the centres of the border voxels, negative inside."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.ascontiguousarray(inside.T).view(np.uint8))
    image.SetSpacing(spacing_mm.tolist())
    signed = sitk.SignedMaurerDistanceMap(
        image, insideIsPositive=False, squaredDistance=squared, useImageSpacing=True
    )
    return np.asarray(sitk.GetArrayFromImage(signed).T, np.float32)


def _smoothed(values: FieldArray, sigma_vox: FloatArray) -> FieldArray:
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(values, sigma_vox, truncate=3.0), np.float32)


def _between_slices(values: FieldArray, grid: VoxelGrid, slice_axis: int) -> tuple[FieldArray, VoxelGrid]:
    """Return the field with slices splined in between, about a millimetre apart."""
    count = int(np.ceil(grid.spacing_mm[slice_axis] / UPSAMPLED_SLICE_MM))
    if count == 1:
        return values, grid
    weights = _spline_weights(grid.shape[slice_axis], count)
    dense = np.tensordot(weights, np.moveaxis(values, slice_axis, 0), axes=1)
    affine = grid.point_from_index.copy()
    affine[:3, slice_axis] /= count
    result = np.moveaxis(dense, 0, slice_axis)
    return result, VoxelGrid((result.shape[0], result.shape[1], result.shape[2]), affine)


def _spline_weights(slice_count: int, per_slice: int) -> FieldArray:
    """Return the share of every slice in every splined one: a cubic spline of unit impulses."""
    from scipy import ndimage

    dense_count = (slice_count - 1) * per_slice + 1
    return np.asarray(
        ndimage.affine_transform(
            np.eye(slice_count),
            np.array([1 / per_slice, 1.0]),
            output_shape=(dense_count, slice_count),
            order=3,
            mode="mirror",
        ),
        np.float32,
    )


def _surface_of_volume(values: FieldArray, grid: VoxelGrid, volume_mm3: float) -> tuple[TriangleMesh, float]:
    """Return the iso-surface that encloses `volume_mm3` and its level, by Newton's method."""
    level = 0.0
    mesh = iso_surface(values, grid, level)
    for _ in range(_LEVEL_STEPS):
        missing = volume_mm3 - mesh.volume_mm3
        if abs(missing) < VOLUME_TOLERANCE / 10 * volume_mm3:
            break
        level += missing / mesh.area_mm2
        mesh = iso_surface(values, grid, level)
    return mesh, level


def iso_surface(values: FieldArray, grid: VoxelGrid, level: float) -> TriangleMesh:
    """Return the closed surface at a level, wound outwards, in the frame of the grid."""
    if not values.min() < level < values.max():
        step = " x ".join(f"{side:.3g}" for side in grid.spacing_mm)
        message = (
            f"the specimen is too small for a lattice of {step} mm: no surface is left after smoothing. Use "
            "a segmentation with smaller voxels; if the grid is the coarser, a finer one (surface.grid_mm)"
        )
        raise GeometryError(message)
    planes = _planes_for_reading(values)
    vertices, faces, _, _ = marching_cubes(planes, level, mask=_crossed_cells(planes, level))
    # reversing the axes mirrors, which turns the triangles inside out
    outward = faces[:, ::-1] if grid.is_right_handed else faces
    return TriangleMesh(grid.to_points(vertices[:, ::-1]), outward)


def _crossed_cells(planes: FieldArray, level: float) -> npt.NDArray[np.bool_]:
    """Return which cells of eight values the level crosses, each at its last corner, as skimage wants it."""
    crossed = np.zeros(planes.shape, bool)
    before = _corners_above(planes[0], level)
    for row in range(1, len(planes)):
        here = _corners_above(planes[row], level)
        corners = before + here
        crossed[row, 1:, 1:] = (corners > 0) & (corners < 8)
        before = here
    return crossed


def _corners_above(plane: FieldArray, level: float) -> npt.NDArray[np.uint8]:
    """Return how many corners of every square in a plane lie above the level."""
    above = (plane > level).view(np.uint8)
    pairs = above[:-1] + above[1:]
    return pairs[:, :-1] + pairs[:, 1:]


def _planes_for_reading(values: FieldArray) -> FieldArray:
    """Return the values with the last axis first, as planes of equal z lie in memory.

    skimage only reads, but wants an array that could be written to; a field of 100 MB is not copied
    for that if its owner can be unlocked for the moment.
    """
    planes = values.T
    owner = values.base
    if isinstance(owner, np.ndarray) and owner.flags.owndata and owner.shape == planes.shape:
        owner.flags.writeable = True
        planes = owner.view()
        owner.flags.writeable = False
    return planes if planes.flags.writeable and planes.flags.c_contiguous else planes.copy()


def _distance_to_mesh(values: FieldArray, grid: VoxelGrid, mesh: TriangleMesh, reach_mm: float) -> FieldArray:
    """Replace the values from just inside the surface to `reach_mm` outside by true distances.

    The distance to the nearest of many points on the triangles is corrected to the plane of its
    triangle: the error is of second order in the points' spacing.
    """
    from scipy.spatial import cKDTree

    step = float(grid.spacing_mm.max())
    rough = _distance_map(values < 0, grid.spacing_mm, squared=False)  # within a voxel
    result = np.clip(rough, -2 * step, reach_mm + 2 * step)
    near = np.argwhere((rough > -1.75 * step) & (rough < reach_mm + 1.5 * step))
    points, normals = _surface_points(mesh)
    queries = grid.to_points(near)
    tree = cKDTree(points, balanced_tree=False, compact_nodes=False)
    distance, nearest = tree.query(queries, workers=-1)
    height = np.einsum("ij,ij->i", queries - points[nearest], normals[nearest])
    # beside a convex edge or a far point the plane is no measure any more; the point is
    along = np.sqrt(np.maximum(distance**2 - height**2, 0))
    signed = np.where(along < 0.7 * step, height, np.copysign(distance, values[tuple(near.T)]))
    result[tuple(near.T)] = np.clip(signed, -2 * step, reach_mm + 2 * step)
    return result


def _surface_points(mesh: TriangleMesh) -> tuple[FloatArray, FloatArray]:
    """Return the middle of every triangle that has an area, and its outward unit normal."""
    a, b, c = mesh.corner_points
    normals = np.cross(b - a, c - a)
    lengths = np.linalg.norm(normals, axis=1)
    real = lengths > 1e-6 * lengths.mean()
    return (a[real] + b[real] + c[real]) / 3, normals[real] / lengths[real, None]


def _covering_grid(field: DistanceField, transform: Rigid, spacing_mm: float, pad_mm: float) -> VoxelGrid:
    """Return an axis-aligned grid that holds all that is inside, and `pad_mm` around it."""
    points = transform.apply(field.shell_points)
    margin = pad_mm + float(field.grid.spacing_mm.max())
    low = np.floor((points.min(axis=0) - margin) / spacing_mm)
    high = np.ceil((points.max(axis=0) + margin) / spacing_mm)
    shape = (high - low + 1).astype(int)
    return VoxelGrid.axis_aligned(shape.tolist(), [spacing_mm] * 3, (low * spacing_mm).tolist())
