"""Valid inputs, as small as they can be, of every format that is read."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mouldgen.frames import VoxelGrid
from mouldgen.testing.segment_file import WrittenSegment, write_segment_file
from mouldgen.testing.storage import write_volume

__all__ = ["GRID", "Seed", "all_seeds", "image_values", "stored_seeds", "tissue", "write_tissue"]

GRID = VoxelGrid((7, 6, 5), np.array([[-2.0, 0, 0, 5], [0, 2, 0, -7], [0, 0, 3, 11], [0, 0, 0, 1]]))
"""Columns, rows and slices; two axes run against LPS."""

_TURN = np.array([[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1]])
OBLIQUE = VoxelGrid((7, 6, 5), np.block([[_TURN * 2.0, np.ones((3, 1))], [np.zeros(3), np.ones(1)]]))


@dataclass(frozen=True)
class Seed:
    """One input.

    Parameters
    ----------
    format_name
        Under which its results are counted.
    name
        Of the seed.
    files
        Content by the name within the input's folder.
    entry
        The file that is given to the readers; the folder itself if empty.
    role
        ``segmentation``, ``image`` or ``landmarks``.
    rois
        Structures that are asked for.
    """

    format_name: str
    name: str
    files: Mapping[str, bytes]
    entry: str
    role: str = "segmentation"
    rois: tuple[str, ...] = ()


def all_seeds() -> tuple[Seed, ...]:
    """Return all seeds; they are the same bytes whenever they are made."""
    from dicom_seeds import dicom_seeds

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return (
            *_nifti_seeds(folder),
            *_nrrd_seeds(folder),
            *_meta_seeds(folder),
            *_segment_seeds(folder),
            *_landmark_seeds(),
            *dicom_seeds(folder),
        )


def stored_seeds(folder: Path) -> tuple[Seed, ...]:
    """Return inputs that are kept: files, and folders with the files of one input.

    The name begins with ``image-`` or ``landmarks-`` where it is no segmentation.
    """
    return tuple(_stored(path) for path in sorted(folder.iterdir()))


def _stored(place: Path) -> Seed:
    role = next(
        (role for role in ("image", "landmarks") if place.name.startswith(f"{role}-")), "segmentation"
    )
    if place.is_file():
        rois = ("*",) if place.name.endswith((".seg.nrrd", ".dcm")) else ()
        return Seed(place.name, "stored", {place.name: place.read_bytes()}, place.name, role, rois)
    paths = sorted(path for path in place.rglob("*") if path.is_file())
    files = {str(path.relative_to(place)): path.read_bytes() for path in paths}
    heads = [name for name in files if name.endswith((".nhdr", ".mhd"))]
    return Seed(place.name, "stored", files, *(heads or [""])[:1], role, () if heads else ("*",))


def tissue() -> np.ndarray:
    """Return a mask on `GRID` with one corner missing."""
    mask = np.zeros(GRID.shape, np.uint8)
    mask[2:5, 1:4, 1:4] = 1
    mask[2, 1, 1] = 0
    return mask


def image_values() -> np.ndarray:
    """Return many different values, some of them negative."""
    return np.arange(np.prod(GRID.shape), dtype=np.int16).reshape(GRID.shape) * 7 - 300


def write_tissue(path: Path) -> None:
    """Write the segmentation that images are read with."""
    write_volume(path, tissue(), GRID)


def _nifti_seeds(folder: Path) -> Iterator[Seed]:
    for suffix in (".nii", ".nii.gz"):
        for role, voxels, grid in (
            ("segmentation", tissue(), GRID),
            ("segmentation", tissue().astype(np.float32), OBLIQUE),
            ("image", image_values(), GRID),
        ):
            yield _volume_seed(folder, "NIfTI", f"input{suffix}", (role, voxels, grid))


def _nrrd_seeds(folder: Path) -> Iterator[Seed]:
    yield _volume_seed(folder, "NRRD", "input.nrrd", ("segmentation", tissue(), OBLIQUE))
    yield _volume_seed(folder, "NRRD", "input.nrrd", ("image", image_values(), GRID))
    header = (
        "NRRD0004\n# comment\ntype: unsigned char\ndimension: 3\nspace: left-posterior-superior\n"
        "sizes: 7 6 5\nspace directions: (-2,0,0) (0,2,0) (0,0,3)\nkinds: domain domain domain\n"
        'endian: little\nspace units: "mm" "mm" "mm"\nspace origin: (5,-7,11)\n'
    )
    data = tissue().tobytes(order="F")
    raw = f"{header}encoding: raw\n\n".encode() + data
    yield Seed("NRRD", "raw", {"input.nrrd": raw}, "input.nrrd")
    detached = f"{header}encoding: raw\ndata file: input.raw\n".encode()
    yield Seed("NRRD", "detached", {"input.nhdr": detached, "input.raw": data}, "input.nhdr")


def _meta_seeds(folder: Path) -> Iterator[Seed]:
    yield _volume_seed(folder, "MetaImage", "input.mha", ("segmentation", tissue(), OBLIQUE))
    yield _volume_seed(folder, "MetaImage", "input.mha", ("image", image_values(), GRID))
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        "CompressedData = False\nTransformMatrix = -1 0 0 0 1 0 0 0 1\nOffset = 5 -7 11\n"
        "CenterOfRotation = 0 0 0\nAnatomicalOrientation = LAI\nElementSpacing = 2 2 3\nDimSize = 7 6 5\n"
        "ElementType = MET_UCHAR\nElementDataFile = "
    )
    data = tissue().tobytes(order="F")
    yield Seed("MetaImage", "raw", {"input.mha": f"{header}LOCAL\n".encode() + data}, "input.mha")
    detached = {"input.mhd": f"{header}input.raw\n".encode(), "input.raw": data}
    yield Seed("MetaImage", "detached", detached, "input.mhd")


def _volume_seed(folder: Path, format_name: str, file: str, stored: tuple) -> Seed:
    role, voxels, grid = stored
    write_volume(folder / file, voxels, grid)
    return Seed(format_name, f"{file} {role}", {file: (folder / file).read_bytes()}, file, role)


def _segment_seeds(folder: Path) -> Iterator[Seed]:
    path = folder / "input.seg.nrrd"
    other = np.flip(tissue(), 0)
    shared = np.where(tissue() > 0, 1, other * 2).astype(np.uint8)
    segments = [WrittenSegment("tumour", 1, 0, "2 4 1 3 1 3"), WrittenSegment("Base", 2, 0)]
    apart = [WrittenSegment("tumour", 1, 0), WrittenSegment("Base", 1, 1)]
    image = GRID.cropped([-1, -2, -3], [9, 9, 9])
    for name, layers, described, options in (
        ("shared", [shared], segments, {"list_axis": None}),
        ("listed", [shared], segments, {"is_compressed": False}),
        ("apart", [tissue(), other], apart, {"is_compressed": False}),
        ("last axis", [tissue(), other], apart, {"list_axis": 3}),
        ("cropped", [shared], segments, {"list_axis": None, "image": image, "offset": [1, 2, 3]}),
        ("RAS", [shared], segments, {"space": "right-anterior-superior", "is_compressed": False}),
    ):
        write_segment_file(path, layers, GRID, described, **options)
        yield Seed("seg.nrrd", name, {path.name: path.read_bytes()}, path.name, rois=("tumour",))


def _landmark_seeds() -> Iterator[Seed]:
    for count, system in ((2, "LPS"), (3, "RAS")):
        points = [
            {"id": str(n), "label": f"F-{n}", "position": [1.5, -2.0, 10.0 * n], "positionStatus": "defined"}
            for n in range(count)
        ]
        markups = {
            "type": "Fiducial",
            "coordinateSystem": system,
            "coordinateUnits": "mm",
            "controlPoints": points,
        }
        text = json.dumps({"@schema": "markups-schema-v1.0.3.json#", "markups": [markups]}, indent=1)
        name = "points.mrk.json"
        yield Seed("mrk.json", f"{count} points", {name: text.encode()}, name, "landmarks")
