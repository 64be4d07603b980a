"""Child process: the least that the main job must do, with the fastest library calls; prints JSON.

The same files read, one distance map, one resampling into a turned frame, one iso-surface, one
boolean, one write: no smoothing, no volume or clearance that is right, no map, no checks.

python -m benchmarks.floor_once SEGMENTATION HABITATS GRID_MM FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.design_once import Stopwatch
from mouldgen.testing.phantoms import rotation_about

PAD_MM = 6.0
LEVEL_MM = 0.05
"""Not zero: the map is exactly zero on border voxels, where triangles would have no area."""


def main(segmentation: str, habitats: str, grid_mm: str, folder: str) -> None:
    """Time every step; libraries load before the first one is timed."""
    import manifold3d  # noqa: F401 - loaded here so that no step pays for it
    import SimpleITK  # noqa: F401
    import vtkmodules.vtkFiltersCore  # noqa: F401

    watch = Stopwatch()
    watch.begin("reading")
    mask = _cropped_mask(segmentation, habitats)
    watch.begin("distance map")
    distance = _distance(mask)
    watch.begin("resampling")
    field = _resampled(distance, float(grid_mm))
    watch.begin("iso-surface")
    vertices, faces = _iso_surface(field)
    watch.begin("boolean")
    solid = _block_without(vertices, faces)
    watch.begin("writing")
    _write_stl(solid, Path(folder) / "floor.stl")
    sys.stdout.write(watch.report())


def _cropped_mask(segmentation: str, habitats: str) -> Any:
    import SimpleITK as sitk

    sitk.ReadImage(habitats)
    mask = sitk.ReadImage(segmentation) > 0
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.Execute(mask)
    box = shape.GetBoundingBox(1)
    pads = [int(np.ceil(PAD_MM / spacing)) for spacing in mask.GetSpacing()]
    cropped = sitk.RegionOfInterest(mask, box[3:], box[:3])
    return sitk.ConstantPad(cropped, pads, pads, 0)


def _distance(mask: Any) -> Any:
    import SimpleITK as sitk

    return sitk.SignedMaurerDistanceMap(mask, squaredDistance=False, useImageSpacing=True)


def _resampled(distance: Any, grid_mm: float) -> Any:
    import SimpleITK as sitk

    rotation = rotation_about([1, 2, 3], 40)
    spacing, origin = np.array(distance.GetSpacing()), np.array(distance.GetOrigin())
    axes = np.array(distance.GetDirection()).reshape(3, 3) * spacing
    inside = np.argwhere(sitk.GetArrayViewFromImage(distance) <= 0)[:, ::-1]
    points = (inside @ axes.T + origin) @ rotation
    low, high = points.min(axis=0) - PAD_MM / 2, points.max(axis=0) + PAD_MM / 2
    return sitk.Resample(
        distance,
        np.ceil((high - low) / grid_mm).astype(int).tolist(),
        sitk.Transform(),
        sitk.sitkLinear,
        (rotation @ low).tolist(),
        [grid_mm] * 3,
        rotation.ravel().tolist(),
        PAD_MM,
    )


def _iso_surface(field: Any) -> tuple[Any, Any]:
    import SimpleITK as sitk
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    values = sitk.GetArrayViewFromImage(field)
    volume = vtkImageData()
    volume.SetDimensions(*field.GetSize())
    volume.SetSpacing(*field.GetSpacing())
    volume.GetPointData().SetScalars(numpy_to_vtk(values.ravel()))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(volume)
    edges.ComputeNormalsOff()
    edges.SetValue(0, LEVEL_MM)
    edges.Update()
    surface = edges.GetOutput()
    faces = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return vtk_to_numpy(surface.GetPoints().GetData()), np.ascontiguousarray(faces[:, ::-1])


def _block_without(vertices: Any, faces: Any) -> Any:
    import manifold3d

    mesh = manifold3d.Mesh(vertices.astype(np.float32), faces.astype(np.uint32))
    mesh.merge()
    specimen = manifold3d.Manifold(mesh)
    if specimen.volume() <= 0:
        sys.exit(f"the floor's surface is no solid: {specimen.status()}")
    low, high = vertices.min(axis=0) - 10, vertices.max(axis=0) + 10
    size = (high - low) * [1.0, 1.0, 0.6]
    block = manifold3d.Manifold.cube(size.tolist()).translate(low.tolist())
    return (block - specimen).to_mesh()


def _write_stl(mesh: Any, path: Path) -> None:
    corners = np.asarray(mesh.vert_properties)[np.asarray(mesh.tri_verts)]
    records = np.zeros(len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    records["corners"] = corners
    path.write_bytes(bytes(80) + np.uint32(len(corners)).tobytes() + records.tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
