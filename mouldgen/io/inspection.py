"""What a file holds, for a look before the work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import AxisLetters, VoxelGrid, anatomical_name
from mouldgen.images import LabelVolume
from mouldgen.io.borders import touched_borders
from mouldgen.io.lesions import find_lesions
from mouldgen.io.opening import InputPlace
from mouldgen.io.segment_file import is_segment_file, open_segment_file
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import Structure, StructureSource
from mouldgen.io.volumes import read_volume
from mouldgen.io.voxel_values import MANY_LABELS, count_labels, find_labels, to_image

if TYPE_CHECKING:
    from mouldgen.io.dicom.catalogue import Catalogue, Series

__all__ = ["FolderReport", "LabelReport", "SeriesRow", "ValueReport", "VolumeReport", "inspect_input"]

UNEVEN_SPACING = 3.0
OBLIQUE_DEG = 1.0


@dataclass(frozen=True)
class LabelReport:
    """One label of a label map.

    Parameters
    ----------
    label
        Its number.
    name
        Where the file has names.
    voxels, volume_ml
        How much of it there is.
    extent_mm
        Of its bounding box along the axes nearest to left, posterior and superior.
    parts
        How many pieces hang together by faces, edges or corners of voxels.
    borders
        Sides of the volume that it touches.
    """

    label: int
    name: str | None
    voxels: int
    volume_ml: float
    extent_mm: tuple[float, float, float]
    parts: int
    borders: tuple[str, ...]


@dataclass(frozen=True)
class ValueReport:
    """The finite values of a scalar image."""

    minimum: float
    maximum: float
    mean: float


@dataclass(frozen=True)
class SeriesRow:
    """One series of a folder.

    Parameters
    ----------
    number
        By which it can be chosen.
    kind
        ``image``, ``segmentation``, ``structure set`` or ``other``.
    modality, description
        Of the series; the description is empty where it would name the patient.
    extent
        Slices, pixels and spacing of images; for others what they are.
    files
        How many it has.
    uid
        SeriesInstanceUID.
    """

    number: int
    kind: str
    modality: str
    description: str
    extent: str
    files: int
    uid: str


@dataclass(frozen=True)
class FolderReport:
    """The series in a folder.

    Parameters
    ----------
    folder
        Its name, without the folders above.
    series
        What each is, in the order of its numbers.
    findings
        What looks odd.
    """

    folder: str
    series: tuple[SeriesRow, ...]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class VolumeReport:
    """What a volume file holds.

    Parameters
    ----------
    file
        Its name, without folders.
    format
        ``NIfTI-1``, ``NRRD`` or ``MetaImage``.
    size, spacing_mm
        Along the file's own axes.
    axes
        The direction, of L R A P S I, that each of the file's axes runs nearest to.
    oblique_deg
        Largest angle between an axis and that direction.
    is_right_handed
        Handedness of the file's axes.
    origin_lps
        Centre of the file's first voxel.
    pixel_type
        As stored.
    labels
        Empty for an image.
    values
        None for a label map.
    findings
        What looks odd.
    """

    file: str
    format: str
    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    axes: str
    oblique_deg: float
    is_right_handed: bool
    origin_lps: tuple[float, float, float]
    pixel_type: str
    labels: tuple[LabelReport, ...]
    values: ValueReport | None
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def inspect_input(place: str | Path) -> VolumeReport | FolderReport:
    """Report what a file or folder holds.

    Parameters
    ----------
    place
        A file, a folder of DICOM files, or ``FOLDER#CHOICE``.

    Raises
    ------
    InputError
        If nothing in it can be read.
    MissingExtraError
        If it is DICOM and the extra for it is not installed.
    """
    where = InputPlace.of(place)
    if where.is_dicom:
        return _inspect_dicom(where)
    if is_segment_file(where.path):
        return _inspect_structures(open_segment_file(where.path))
    return _inspect_volume(read_volume(where.path))


def _inspect_dicom(where: InputPlace) -> VolumeReport | FolderReport:
    from mouldgen.io.dicom.catalogue import Catalogue
    from mouldgen.io.dicom.opening import open_dicom

    found = open_dicom(where.path, where.choice)
    if isinstance(found, Catalogue):
        return FolderReport(where.path.name, tuple(_series_rows(found)), found.findings)
    return _inspect_volume(found) if isinstance(found, StoredVolume) else _inspect_structures(found)


def _series_rows(catalogue: Catalogue) -> Iterator[SeriesRow]:
    for series in catalogue.series:
        yield SeriesRow(
            number=series.number,
            kind=series.kind.value,
            modality=series.modality,
            description=_description(series),
            extent=series.extent,
            files=len(series.headers),
            uid=series.uid,
        )


def _description(series: Series) -> str:
    """Return the series description, and which part of the series it is where that holds several stacks."""
    parts = (series.description, "" if series.image is None else series.image.part)
    return ", ".join(part for part in parts if part)


def _inspect_volume(volume: StoredVolume) -> VolumeReport:
    """Report what a volume holds; more than 64 different values, or fractions, make it a scalar image."""
    labels, values, findings = _content(volume)
    return _report(
        volume,
        volume.file_grid,
        pixel_type=volume.pixel_type,
        labels=labels,
        values=values,
        findings=(*volume.findings, *findings),
    )


def _inspect_structures(source: StructureSource) -> VolumeReport:
    """Report every structure as it would be read; the grid is that of the first that has voxels."""
    reports: list[LabelReport] = []
    findings = list(source.findings)
    grid = None
    for structure in source.structures:
        if not structure.is_volume:
            reports.append(_point_report(structure, source))
            continue
        try:
            voxels = source.voxels_of([structure.number])
        except InputError as error:
            findings.append(Finding.warning("structure_unreadable", f"structure {structure.number}: {error}"))
            continue
        grid = grid or voxels.labels.grid
        names = {structure.number: structure.name} if structure.name else {}
        reports.extend(_label_reports(voxels.labels, count_labels(voxels.labels.voxels), names))
        findings.extend(finding for finding in voxels.findings if finding not in findings)
    if grid is None:
        message = f"{source.name} holds no structure that has a volume; give a segmentation of the tumour"
        raise InputError(message)
    return _report(
        source, grid, pixel_type="structures", labels=tuple(reports), values=None, findings=tuple(findings)
    )


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def format_name(self) -> str: ...


def _report(
    source: _Named,
    grid: VoxelGrid,
    *,
    pixel_type: str,
    labels: tuple[LabelReport, ...],
    values: ValueReport | None,
    findings: tuple[Finding, ...],
) -> VolumeReport:
    i, j, k = (float(step) for step in grid.spacing_mm)
    x, y, z = (float(position) for position in grid.origin_mm)
    return VolumeReport(
        file=source.name,
        format=source.format_name,
        size=grid.shape,
        spacing_mm=(i, j, k),
        axes=_axes(grid),
        oblique_deg=_oblique_deg(grid),
        is_right_handed=grid.is_right_handed,
        origin_lps=(x, y, z),
        pixel_type=pixel_type,
        labels=labels,
        values=values,
        findings=(*findings, *_odd_grid(grid)),
    )


def _content(volume: StoredVolume) -> tuple[tuple[LabelReport, ...], ValueReport | None, tuple[Finding, ...]]:
    """Return the labels, or else the values, and what was found."""
    found = find_labels(volume)
    counts = count_labels(found[0].voxels) if found else {}
    if found is None or len(counts) > MANY_LABELS:
        image, findings = to_image(volume, "image")
        mean = float(image.voxels.mean(dtype=np.float64))
        return (), ValueReport(float(image.voxels.min()), float(image.voxels.max()), mean), findings
    labels, findings = found
    if not counts:
        findings = (*findings, Finding.warning("all_background", "every voxel is 0"))
    return tuple(_label_reports(labels, counts, volume.label_names)), None, findings


def _label_reports(
    labels: LabelVolume, counts: Mapping[int, int], names: Mapping[int, str]
) -> Iterator[LabelReport]:
    from scipy import ndimage

    boxes = ndimage.find_objects(labels.voxels)
    for label, voxels in counts.items():
        box = boxes[label - 1]
        mask = labels.voxels[box] == label
        yield LabelReport(
            label=label,
            name=names.get(label),
            voxels=voxels,
            volume_ml=round(voxels * labels.grid.voxel_mm3 / 1000, 6),
            extent_mm=_extent_mm(mask, labels.grid),
            parts=_part_count(mask, labels.grid),
            borders=tuple(
                border.side
                for border in touched_borders(mask, labels.grid, (box[0].start, box[1].start, box[2].start))
            ),
        )


def _point_report(structure: Structure, source: StructureSource) -> LabelReport:
    x, y, z = (round(float(position), 4) for position in source.center_lps(structure.number))
    name = f"{structure.name or structure.number} (points around {x:g}, {y:g}, {z:g} mm)"
    return LabelReport(structure.number, name, 0, 0.0, (0.0, 0.0, 0.0), 0, ())


def _extent_mm(mask: npt.NDArray[np.bool_], grid: VoxelGrid) -> tuple[float, float, float]:
    i, j, k = (round(float(size * step), 4) for size, step in zip(mask.shape, grid.spacing_mm, strict=True))
    return i, j, k


def _part_count(mask: npt.NDArray[np.bool_], grid: VoxelGrid) -> int:
    found = find_lesions(mask, grid)
    return len(found.lesions) + found.speck_count


def _axes(grid: VoxelGrid) -> str:
    """Return one letter for each axis, each pair of directions once."""
    letters = AxisLetters.of(grid.directions.T)
    return "".join(toward[0] for _away, toward in (letters.x, letters.y, letters.z))


def _oblique_deg(grid: VoxelGrid) -> float:
    return max(anatomical_name(direction)[1] for direction in grid.directions.T)


def _odd_grid(grid: VoxelGrid) -> Iterator[Finding]:
    spacing = grid.spacing_mm
    angle_deg = _oblique_deg(grid)
    if angle_deg > OBLIQUE_DEG:
        yield Finding.info("oblique", f"the axes are turned by {angle_deg:.1f} degrees against the patient's")
    if not grid.is_right_handed:
        yield Finding.info(
            "left_handed", "the axes form a left-handed system; the volume is reordered, not mirrored"
        )
    ratio = float(spacing.max() / spacing.min())
    if ratio > UNEVEN_SPACING:
        yield Finding.info(
            "thick_slices",
            f"voxels are {ratio:.1f} times as long as wide; between slices the surface is an interpolation",
        )
