"""Files to a specimen: which tissue goes into the mould, its habitats, and images of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError, ParameterError
from mouldgen.images import HabitatMap, Image, LabelArray, LabelVolume, Source, Specimen
from mouldgen.io.borders import check_borders, touched_borders
from mouldgen.io.habitat_map import read_habitats
from mouldgen.io.lesions import choose_lesions, find_lesions
from mouldgen.io.margin import add_margin
from mouldgen.io.plausibility import judge_specimen
from mouldgen.io.scalar_images import check_image_names, read_image
from mouldgen.io.stored_data import file_hashes
from mouldgen.io.volumes import StoredVolume, read_volume
from mouldgen.io.voxel_values import count_labels, judge_labels, to_labels
from mouldgen.params import DesignParameters, SpecimenParameters

__all__ = ["read_specimen"]

Mask = npt.NDArray[np.bool_]


def read_specimen(
    segmentation: str | Path,
    parameters: DesignParameters | None = None,
    *,
    habitats: str | Path | None = None,
    images: Mapping[str, str | Path] | None = None,
) -> Specimen:
    """Read a specimen from files.

    Parameters
    ----------
    segmentation
        Label map: NIfTI, NRRD or MetaImage.
    parameters
        Which labels and lesions, margin, names of habitats: section ``specimen``. All defaults if left out.
    habitats
        Label map of the habitats, on a grid of its own.
    images
        Scalar images by name, each on a grid of its own.

    Raises
    ------
    InputError
        If a file cannot be used, or does not belong to the segmentation.
    ParameterError
        If a label, lesion or name does not suit the files.

    Examples
    --------
    >>> read_specimen("tumour.nii.gz", habitats="habitats.nii.gz")  # doctest: +SKIP
    """
    chosen = (parameters or DesignParameters()).specimen
    images = images or {}
    check_image_names(images)
    if chosen.habitat_names and habitats is None:
        message = (
            "habitats are named but no habitat map is given; give one (--habitats FILE), or leave the "
            "names out"
        )
        raise ParameterError(message)
    log = _ReadingLog()
    volume = log.read("segmentation", segmentation)
    segmented, left_out = _segmented(volume, chosen, log)
    tissue, findings = add_margin(segmented, chosen.margin_mm)
    log.add("segmentation", (*findings, *_judged(tissue)))
    habitat_map = None if habitats is None else _habitats(habitats, chosen, tissue, left_out, log)
    return Specimen(
        tissue=tissue,
        slices=volume.slices,
        segmented_mm3=segmented.volume_mm3(),
        habitats=habitat_map,
        images=tuple(_image(name, path, tissue, log) for name, path in images.items()),
        sources=tuple(log.sources),
        findings=tuple(log.findings),
    )


@dataclass
class _ReadingLog:
    """Collects, file after file, where voxels came from and what was found."""

    sources: list[Source] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def read(self, role: str, path: str | Path) -> StoredVolume:
        """Read a volume and note its hash and findings."""
        volume = read_volume(path)
        self.sources.extend(Source(role, digest, size) for digest, size in file_hashes(volume.header.files))
        self.add(role, volume.findings)
        return volume

    def add(self, role: str, findings: Iterable[Finding]) -> None:
        """Note findings, each with the input that it is about."""
        subject = role.replace(":", " ")
        self.findings.extend(
            replace(finding, message=f"{subject}: {finding.message}") for finding in findings
        )


def _segmented(
    volume: StoredVolume, chosen: SpecimenParameters, log: _ReadingLog
) -> tuple[LabelVolume, LabelVolume | None]:
    """Return the chosen lesions, cropped, and what was segmented but not chosen, if anything."""
    labels, findings = to_labels(volume)
    log.add("segmentation", findings)
    present = count_labels(labels.voxels)
    log.add("segmentation", judge_labels(present))
    union, start = _union(volume, labels, present, chosen.labels)
    found = find_lesions(union.voxels > 0, union.grid)
    kept, findings = choose_lesions(found, chosen.lesion)
    log.add("segmentation", findings)
    lesions = LabelVolume(kept.astype(np.uint16), union.grid)
    low, _high = lesions.bounds_vox()
    segmented = lesions.cropped()
    corner = (start[0] + low[0], start[1] + low[1], start[2] + low[2])
    borders = tuple(touched_borders(segmented.voxels > 0, labels.grid, corner))
    log.add("segmentation", check_borders(volume.name, borders, is_cropped=chosen.cropped))
    others = (found.parts > 0) & ~kept
    left_out = LabelVolume(others.astype(np.uint16), union.grid) if others.any() else None
    return segmented, left_out


def _union(
    volume: StoredVolume, labels: LabelVolume, present: Mapping[int, int], wanted: tuple[int | str, ...]
) -> tuple[LabelVolume, tuple[int, int, int]]:
    """Return the union of the wanted labels, cropped, and where it begins in the volume."""
    if not present:
        message = f"{volume.name} is all background; give a segmentation with at least one label above 0"
        raise InputError(message)
    numbers = {_label_number(label, volume, present) for label in wanted} or set(present)
    union = LabelVolume(_belonging(labels.voxels, numbers, present).astype(np.uint16), labels.grid)
    return union.cropped(), union.bounds_vox()[0]


def _belonging(voxels: LabelArray, numbers: set[int], present: Mapping[int, int]) -> Mask:
    """Return where any of several labels is."""
    if numbers == set(present):
        return voxels > 0
    mask = np.zeros_like(voxels, bool)
    for number in numbers:
        mask |= voxels == number
    return mask


def _label_number(wanted: int | str, volume: StoredVolume, present: Mapping[int, int]) -> int:
    """Return the number of a label that is given by number or name."""
    names = volume.header.label_names
    numbers = [label for label, name in names.items() if name == wanted]
    if isinstance(wanted, int) or wanted.isdecimal():
        numbers = [int(wanted)]
    if numbers and numbers[0] in present:
        return numbers[0]
    listed = ", ".join(f"{label} ({names[label]})" if label in names else str(label) for label in present)
    unnamed = "" if names or numbers else ", and its labels have no names"
    message = (
        f"label {wanted} is absent from {volume.name}; it holds {listed}{unnamed}. Choose one of these "
        "(--label N)"
    )
    raise ParameterError(message)


def _judged(tissue: LabelVolume) -> Iterator[Finding]:
    """Yield what is unlikely about the tissue's size, and its holes."""
    yield from judge_specimen(tissue.volume_mm3(), tissue.grid.spacing_mm * tissue.grid.shape)
    count, voxels = _holes(tissue.voxels > 0)
    if count:
        volume_mm3 = voxels * tissue.grid.voxel_mm3
        yield Finding.info(
            "holes",
            f"the specimen encloses holes: {count}, of together {volume_mm3:.3g} mm3; the mould's surface "
            "closes them, the map does not count them as tissue",
        )


def _holes(mask: Mask) -> tuple[int, int]:
    """Return the number of enclosed holes (background that faces only tissue) and of their voxels."""
    from scipy import ndimage

    background = ~np.pad(mask, 1)
    parts, count = ndimage.label(background)
    outside = int(np.count_nonzero(parts == parts[0, 0, 0]))
    return count - 1, int(np.count_nonzero(background)) - outside


def _habitats(
    path: str | Path,
    chosen: SpecimenParameters,
    tissue: LabelVolume,
    left_out: LabelVolume | None,
    log: _ReadingLog,
) -> HabitatMap:
    volume = log.read("habitats", path)
    habitats, findings = read_habitats(volume, chosen.habitat_names, tissue, left_out)
    log.add("habitats", findings)
    return habitats


def _image(name: str, path: str | Path, tissue: LabelVolume, log: _ReadingLog) -> Image:
    role = f"image:{name}"
    image, findings = read_image(log.read(role, path), name, tissue)
    log.add(role, findings)
    return image
