"""What the report's 3-D picture is drawn from: triangles, packed as text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.report.slab_surfaces import SlabSurface, cut_into_slabs
from mouldgen.export.stl_files import read_stl
from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.orientation import MouldFrame
from mouldgen.simplification import collapsed_to
from mouldgen.specimen import Specimen

__all__ = ["packed_positions", "scene_geometry"]

MOULD_FACES = 25_000
SPECIMEN_FACES = 15_000

_LARGEST = np.iinfo(np.uint16).max
_INWARD_STEPS = (0.5, 1.0, 1.5)
"""How far below the surface a vertex looks for its habitat, in voxels: border voxels may lack one."""


def scene_geometry(lab: LaboratoryCase, folder: Path) -> dict[str, Any]:
    """Return the mould at the size of the plastic, and every slab's surface at imaging size.

    The mould and the specimen are read from the STL files of the case folder, so that the picture shows
    what is printed. Both have fewer triangles than the files.

    Parameters
    ----------
    lab
        The case.
    folder
        Holds ``mould/``.
    """
    plastic = read_stl(folder / "mould" / "specimen.stl")
    bottom_mm = float(plastic.bounds_mm[0, 2])
    specimen = collapsed_to(_at_imaging_size(plastic, lab.document.frame.scale), SPECIMEN_FACES)
    mould = collapsed_to(read_stl(folder / lab.document.mould.base_part), MOULD_FACES)
    return {
        "bottom_mm": round(bottom_mm, 4),
        "mould": _packed_faces(mould.vertices_mould, mould.faces),
        "slabs": list(_packed_slabs(lab, specimen)),
    }


def _at_imaging_size(plastic: TriangleMesh, scale: tuple[float, float, float]) -> TriangleMesh:
    """Undo the scale of the plastic, which keeps x = 0, y = 0 and the specimen's lowest point."""
    fixed = np.array([0.0, 0.0, plastic.bounds_mm[0, 2]])
    return TriangleMesh((plastic.vertices_mould - fixed) / np.array(scale) + fixed, plastic.faces)


def _packed_slabs(lab: LaboratoryCase, specimen: TriangleMesh) -> Iterator[dict[str, Any]]:
    for surface in cut_into_slabs(specimen, lab.plan.slabs):
        packed = _packed_faces(surface.vertices_mould, surface.faces)
        packed["normals"] = _text(np.round(surface.normals * 127).astype(np.int8))
        packed["habitats"] = _text(_habitat_numbers(lab.specimen, lab.frame, surface))
        yield packed


def _habitat_numbers(specimen: Specimen, frame: MouldFrame, surface: SlabSurface) -> npt.NDArray[np.uint8]:
    """Return for every vertex which habitat lies below it, from 1 in the order of the map; 0 for none."""
    if specimen.habitats is None or not len(surface.faces):
        return np.zeros(len(surface.vertices_mould), np.uint8)
    volume = specimen.habitats.volume
    voxel_mm = float(volume.grid.spacing_mm.max())
    labels = np.zeros(len(surface.vertices_mould), np.uint16)
    for step in _INWARD_STEPS:
        points = surface.vertices_mould - surface.normals * step * voxel_mm
        index = np.round(volume.grid.to_indices(frame.patient_from_mould.apply(points))).astype(int)
        inside = ((index >= 0) & (index < volume.grid.shape)).all(axis=1) & (labels == 0)
        labels[inside] = volume.voxels[tuple(index[inside].T)]
    numbers = np.zeros(np.iinfo(np.uint16).max + 1, np.uint8)
    for position, habitat in enumerate(specimen.habitats.habitats[: np.iinfo(np.uint8).max]):
        numbers[habitat.label] = position + 1
    return numbers[labels]


def _packed_faces(vertices_mould: FloatArray, faces: npt.NDArray[np.int32]) -> dict[str, Any]:
    index_type = np.uint16 if len(vertices_mould) <= _LARGEST else np.uint32
    return {
        **packed_positions(vertices_mould),
        "faces": _text(faces.astype(index_type)),
        "wide": index_type is np.uint32,
    }


def packed_positions(points: FloatArray) -> dict[str, Any]:
    """Return points in steps of 16 bits from their lowest corner: 0.005 mm for a mould of 300 mm."""
    if not len(points):
        return {"low": [0.0, 0.0, 0.0], "step": 1.0, "positions": ""}
    low = np.floor(points.min(axis=0) * 1000) / 1000
    step = max(float(np.ceil((points.max(axis=0) - low).max() / _LARGEST * 1e6)), 1.0) / 1e6
    steps = np.round((points - low) / step).astype(np.uint16)
    return {"low": [round(float(v), 3) for v in low], "step": round(step, 6), "positions": _text(steps)}


def _text(values: npt.NDArray[Any]) -> str:
    """Return numbers as base64, lowest byte first."""
    return b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode("ascii")
