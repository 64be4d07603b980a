"""Valid DICOM inputs, as small as they can be."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pydicom
from dicom_elements import Element, encode, parse, walk
from seeds import GRID, Seed, image_values, tissue

from mouldgen.frames import VoxelGrid
from mouldgen.testing.dicom_segments import write_segmentation
from mouldgen.testing.dicom_series import SeriesTexts, write_enhanced, write_series
from mouldgen.testing.dicom_structures import DrawnContour, StructureSetFile, write_structure_set

__all__ = ["dicom_seeds"]

_RLE, _JPEG_LS, _JPEG_2000 = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"
_STANDARD = b"1.2.840.10008."
_OWN = "1.2.826.0.1.3680043.8.498."
_FIXED = {b"DA": b"20240101", b"TM": b"120000", b"DT": b"20240101120000"}
_OUTER = ((2, 1), (5, 1), (5, 4), (2, 4))
_INNER = ((3, 2), (4, 2), (4, 3), (3, 3))
_WIDE = VoxelGrid((32, 32, 2), GRID.point_from_index)
"""JPEG 2000 needs that many pixels."""

_TEXTS = SeriesTexts(
    series_uid="2.25.1002",
    study_uid="2.25.1004",
    frame_of_reference_uid="2.25.1001",
    description="axial",
    attributes={"PatientName": "Doe^Jane", "PatientID": "4711", "SliceThickness": "3"},
)
_COPIED = dict.fromkeys(("PatientBirthDate", "PatientSex", "ReferringPhysicianName", "AccessionNumber"), "")
_COPIED |= {"StudyDate": "20240101", "StudyTime": "120000", "StudyID": "1"}
"""What a SEG takes over from its images."""


def dicom_seeds(folder: Path) -> Iterator[Seed]:
    """Yield all seeds; `folder` is for files on the way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in (
            *_series_seeds(folder / "series"),
            *_frame_seeds(folder / "frames"),
            *_segment_seeds(folder / "segments"),
            *_contour_seeds(folder / "contours"),
            *_listed_seeds(folder / "listed"),
        ):
            yield Seed(seed.format_name, seed.name, _repeatable(seed.files), seed.entry, seed.role, seed.rois)


def _series_seeds(folder: Path) -> Iterator[Seed]:
    for modality in ("CT", "MR", "PT"):
        scales = [(2.0, -1000.0 + n) for n in range(GRID.shape[2])] if modality == "PT" else [(2.0, -1000.0)]
        files = _series(folder / modality, modality=modality, scales=scales * (5 // len(scales)))
        yield Seed("DICOM series", modality, files, "", "image")
    files = {**_series(folder / "CT"), "notes.txt": b"text"}
    yield Seed("DICOM series", "among texts", files, "", "image")
    for syntax in (_RLE, _JPEG_LS):
        yield Seed("DICOM compressed", syntax, _series(folder / syntax, syntax), "", "image")
    wide = np.resize(image_values(), _WIDE.shape)
    files = _written(
        folder / "wide", lambda place: write_series(place, wide, _WIDE, transfer_syntax=_JPEG_2000)
    )
    yield Seed("DICOM compressed", "JPEG 2000", files, "", "image")


def _frame_seeds(folder: Path) -> Iterator[Seed]:
    values, name = image_values(), "enhanced.dcm"
    for modality, syntax in (("CT", "1.2.840.10008.1.2.1"), ("MR", _RLE)):
        files = _written(
            folder / modality,
            lambda place, modality=modality, syntax=syntax: write_enhanced(
                place / name, values, GRID, modality=modality, transfer_syntax=syntax, texts=_TEXTS
            ),
        )
        yield Seed("DICOM multi-frame", modality, files, name, "image")


def _segment_seeds(folder: Path) -> Iterator[Seed]:
    name = "seg.dcm"
    for kind in ("BINARY", "FRACTIONAL", "LABELMAP"):
        files = _written(
            folder / kind,
            lambda place, kind=kind: write_segmentation(
                place / name, [tissue()], ["tumour"], GRID, kind=kind
            ),
        )
        yield Seed("DICOM SEG", kind, files, name)
    series = _series(folder / "CT")
    images = [pydicom.dcmread(path) for path in sorted((folder / "CT").iterdir())]
    for image in images:
        image.update(_item(**_COPIED))
    masks = [tissue(), np.flip(tissue(), 0)]
    files = _written(
        folder / "both",
        lambda place: write_segmentation(place / name, masks, ["tumour", "Base"], GRID, images=images),
    )
    yield Seed("DICOM SEG", "with series", {**files, **series}, "", rois=("tumour",))


def _contour_seeds(folder: Path) -> Iterator[Seed]:
    alone = _structures(folder / "alone")
    yield Seed("DICOM RTSTRUCT", "alone", alone, "rs.dcm", rois=("tumour",))
    both = {**alone, **_series(folder / "CT")}
    yield Seed("DICOM RTSTRUCT", "with series", both, "", rois=("tumour",))
    yield Seed("DICOM RTSTRUCT", "beside series", both, "rs.dcm", rois=("tumour",))


def _listed_seeds(folder: Path) -> Iterator[Seed]:
    files = {**_series(folder / "CT"), **_structures(folder / "RS")}
    stored = {f"DICOM/S1/{name.partition('.')[0].upper()}": content for name, content in files.items()}
    records = [
        _item(
            OffsetOfTheNextDirectoryRecord=0,
            RecordInUseFlag=0xFFFF,
            OffsetOfReferencedLowerLevelDirectoryEntity=0,
            DirectoryRecordType="RT STRUCTURE SET" if name.endswith("RS") else "IMAGE",
            ReferencedFileID=name.split("/"),
            ReferencedTransferSyntaxUIDInFile="1.2.840.10008.1.2.1",
        )
        for name in stored
    ]
    listing = _item(FileSetID="DISC", FileSetConsistencyFlag=0, DirectoryRecordSequence=records)
    listing.file_meta = pydicom.dataset.FileMetaDataset()
    listing.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    listing.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    listing.file_meta.MediaStorageSOPInstanceUID = "2.25.1009"
    content = io.BytesIO()
    listing.save_as(content, enforce_file_format=True)
    files = {"DICOMDIR": content.getvalue(), **stored}
    yield Seed("DICOMDIR", "folder", files, "", rois=("tumour",))
    yield Seed("DICOMDIR", "file", files, "DICOMDIR", rois=("tumour",))


def _series(folder: Path, syntax: str = "1.2.840.10008.1.2.1", **options: object) -> dict[str, bytes]:
    voxels = image_values()
    return _written(
        folder,
        lambda place: write_series(
            place, voxels, GRID, texts=_TEXTS, transfer_syntax=syntax, name="IM{:04d}.dcm".format, **options
        ),
    )


def _structures(folder: Path) -> dict[str, bytes]:
    """Return a structure set with a volume that has a hole, and a point."""
    drawn = [_drawn(_OUTER, k) for k in (1, 2, 3)] + [_drawn(_INNER, 2)]
    rois = {"tumour": drawn, "Ref_point_1": [DrawnContour(GRID.to_points(np.array([[3, 2, 1]])), "POINT")]}
    about = StructureSetFile(frame_of_reference_uid="2.25.1001", series_uids=("2.25.1002",))
    return _written(folder, lambda place: write_structure_set(place / "rs.dcm", rois, about))


def _drawn(corners: tuple[tuple[int, int], ...], index: int) -> DrawnContour:
    return DrawnContour(GRID.to_points(np.array([(*corner, index) for corner in corners])))


def _item(**values: object) -> pydicom.Dataset:
    item = pydicom.Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _written(folder: Path, write: object) -> dict[str, bytes]:
    """Return the files that are in a folder after something was written to it."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def _repeatable(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files with UIDs and times that are the same whenever they are made."""
    uids: dict[bytes, bytes] = {}
    trees = {name: parse(files[name]) for name in sorted(files) if files[name][128:132] == b"DICM"}
    for tree in trees.values():
        for place, index in walk(tree):
            element = place[index]
            if element.vr == b"UI" and element.value and not element.value.startswith(_STANDARD):
                new = f"{_OWN}{len(uids) + 1001}".encode()
                element.value = uids.setdefault(element.value.rstrip(b"\0"), new + b"\0" * (len(new) % 2))
            elif element.value:
                element.value = _FIXED.get(element.vr, element.value)
        tree[0].value = struct.pack("<L", _meta_length(tree))
    return {name: encode(trees[name]) if name in trees else files[name] for name in sorted(files)}


def _meta_length(tree: list[Element]) -> int:
    return len(encode([element for element in tree[1:] if element.tag >> 16 == 2], has_preamble=False))
