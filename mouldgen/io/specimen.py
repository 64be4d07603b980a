"""Files to a specimen: which tissue goes into the mould, its habitats, and images of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, ParameterError, Severity
from mouldgen.images import Image, LabelVolume, SliceStack
from mouldgen.io.borders import check_borders, touched_borders
from mouldgen.io.certainty import read_certainty
from mouldgen.io.choosing import ChosenStructures, choose_structures
from mouldgen.io.habitat_map import read_habitats
from mouldgen.io.lesions import LesionMap, choose_lesions, find_lesions
from mouldgen.io.margin import add_margin
from mouldgen.io.opening import OpenedSegmentation, open_image, open_segmentation
from mouldgen.io.plausibility import judge_specimen
from mouldgen.io.scalar_images import check_image_names, differ, read_image
from mouldgen.io.site_inputs import add_site_inputs
from mouldgen.io.stored_data import file_hashes
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import StructureSource
from mouldgen.params import DesignParameters, SpecimenParameters
from mouldgen.specimen import HabitatMap, Landmark, Source, Specimen

__all__ = ["read_specimen"]

_ABOUT_RIDING_IMAGES = {"series_taken", "series_left", "patient_differs"}
"""Findings about images that are not carried along with habitats."""

Mask = npt.NDArray[np.bool_]
Noted = TypeVar("Noted")


def read_specimen(
    segmentation: str | Path,
    parameters: DesignParameters | None = None,
    *,
    habitats: str | Path | None = None,
    certainty: str | Path | None = None,
    images: Mapping[str, str | Path] | None = None,
    reserved: str | Path | None = None,
    sites: str | Path | None = None,
) -> Specimen:
    """Read a specimen from files.

    Parameters
    ----------
    segmentation
        Label map (NIfTI, NRRD, MetaImage), ``.seg.nrrd``, DICOM SEG or RTSTRUCT, or a folder that holds one
        of the latter and its images; ``FOLDER#2`` chooses one by number, series UID or description.
    parameters
        Which labels and lesions, margin, names of habitats: section ``specimen``; which structures give the
        angle: section ``orientation``. All defaults if left out.
    habitats
        Habitats, on a grid of their own, in any format that segmentations have.
    certainty
        How sure their labels are, voxel by voxel: an image on any grid, from 0 to 1.
    images
        Scalar images by name, each on a grid of its own: files, or folders of DICOM series.
    reserved
        A segmentation of the tissue that stays for diagnosis, in any format.
    sites
        ``.mrk.json`` or CSV with sites of the user's own.

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
    parameters = parameters or DesignParameters()
    chosen = parameters.specimen
    images = images or {}
    check_image_names(images)
    if chosen.habitat_names and habitats is None:
        message = (
            "habitats are named but no habitat map is given; give one (--habitats FILE), or leave the "
            "names out"
        )
        raise ParameterError(message)
    if certainty is not None and habitats is None:
        message = (
            "a map of certainty is given but no habitat map that it could be of; give one (--habitats FILE), "
            "or leave the certainty out"
        )
        raise ParameterError(message)
    log = _ReadingLog()
    given = {name: log.noted(f"image:{name}", open_image(path)) for name, path in images.items()}
    opened = open_segmentation(segmentation, given)
    source = log.noted("segmentation", opened.source)
    log.add("segmentation", opened.findings)
    segmented = _segmented(source, choose_structures(source, parameters), chosen, log)
    tissue, findings = add_margin(segmented.tissue, chosen.margin_mm)
    log.add("segmentation", (*findings, *_judged(tissue)))
    habitat_map = None
    if habitats is not None:
        opened_habitats = open_segmentation(habitats, given)
        log.add("habitats", _belonging(opened_habitats, opened))
        habitat_map = _habitats(opened_habitats.source, parameters, tissue, segmented.left_out, log)
        if certainty is not None:
            habitat_map = _with_certainty(habitat_map, log.noted("certainty", open_image(certainty)), log)
    riding = {name: log.noted(f"image:{name}", volume) for name, volume in opened.images.items()}
    volumes = {**given, **riding}
    frame_uid = source.frame_of_reference_uid
    specimen = Specimen(
        tissue=tissue,
        slices=segmented.slices,
        segmented_mm3=segmented.tissue.volume_mm3(),
        habitats=habitat_map,
        images=tuple(_image(name, volumes.pop(name), tissue, frame_uid, log) for name in tuple(volumes)),
        structures=segmented.structures,
        landmarks=segmented.landmarks,
        withheld=segmented.withheld,
        sources=tuple(log.sources),
        findings=tuple(log.findings),
    )
    return add_site_inputs(specimen, reserved=reserved, sites=sites)


Opened = TypeVar("Opened", bound="_Readable")


class _Readable(Protocol):
    """What was opened: a volume or structures."""

    @property
    def files(self) -> tuple[Path, ...]: ...

    @property
    def findings(self) -> tuple[Finding, ...]: ...


@dataclass
class _ReadingLog:
    """Collects, input after input, where voxels came from and what was found."""

    sources_by_role: dict[str, list[Source]] = field(default_factory=dict)
    findings_by_role: dict[str, list[Finding]] = field(default_factory=dict)

    def noted(self, role: str, opened: Opened) -> Opened:
        """Note the hashes and findings of an input, and return it."""
        self.sources_by_role[role] = [
            Source(role, digest, size) for digest, size in file_hashes(opened.files)
        ]
        self.add(role, opened.findings)
        return opened

    def add(self, role: str, findings: Iterable[Finding]) -> None:
        """Note findings, each with the input that it is about."""
        subject = role.replace(":", " ")
        self.findings_by_role.setdefault(role, []).extend(
            replace(finding, message=f"{subject}: {finding.message}") for finding in findings
        )

    @property
    def sources(self) -> Iterator[Source]:
        """All sources: segmentation, habitats, certainty, images."""
        return chain.from_iterable(_in_order(self.sources_by_role))

    @property
    def findings(self) -> Iterator[Finding]:
        """All findings: segmentation, habitats, certainty, images."""
        return chain.from_iterable(_in_order(self.findings_by_role))


def _in_order(by_role: Mapping[str, list[Noted]]) -> Iterator[list[Noted]]:
    """Yield what was noted, role by role; images in the order in which they were opened."""
    first = [role for role in ("segmentation", "habitats", "certainty") if role in by_role]
    for role in (*first, *(role for role in by_role if role not in first)):
        yield by_role[role]


@dataclass(frozen=True, eq=False)
class _Segmented:
    """The chosen lesions, cropped, and what was segmented but not chosen, if anything."""

    tissue: LabelVolume
    left_out: LabelVolume | None
    slices: SliceStack
    structures: tuple[tuple[str, str], ...]
    landmarks: tuple[Landmark, ...]
    withheld: Mapping[str, tuple[str, ...]]


def _segmented(
    source: StructureSource, structures: ChosenStructures, chosen: SpecimenParameters, log: _ReadingLog
) -> _Segmented:
    voxels = source.voxels_of([structure.number for structure in structures.tissue])
    log.add("segmentation", voxels.findings)
    union, start = voxels.labels.cropped(), voxels.labels.bounds_vox()[0]
    found = find_lesions(union.voxels > 0, union.grid)
    kept, findings = _chosen_lesions(found, chosen.lesion, log)
    log.add("segmentation", findings)
    lesions = LabelVolume(kept.astype(np.uint16), union.grid)
    low, _high = lesions.bounds_vox()
    segmented = lesions.cropped()
    corner = (start[0] + low[0], start[1] + low[1], start[2] + low[2])
    borders = tuple(touched_borders(segmented.voxels > 0, voxels.labels.grid, corner))
    is_cropped = chosen.cropped or voxels.is_cropped
    log.add("segmentation", check_borders(source.name, borders, is_cropped=is_cropped))
    others = (found.parts > 0) & ~kept
    return _Segmented(
        tissue=segmented,
        left_out=LabelVolume(others.astype(np.uint16), union.grid) if others.any() else None,
        slices=voxels.slices,
        structures=tuple((item.name or "", item.terminology) for item in structures.tissue if item.name),
        landmarks=tuple(
            Landmark(name, source.center_lps(structure.number)) for name, structure in structures.landmarks
        ),
        withheld=structures.withheld,
    )


def _chosen_lesions(found: LesionMap, choice: str, log: _ReadingLog) -> tuple[Mask, tuple[Finding, ...]]:
    """Return the chosen lesions; a refusal also says what was found before, which may be the reason."""
    try:
        return choose_lesions(found, choice)
    except ParameterError as error:
        warnings = [item.message for item in log.findings if item.severity is Severity.WARNING]
        message = "\n".join([str(error), *(f"  note that {warning}" for warning in warnings)])
        raise ParameterError(message) from None


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


def _belonging(habitats: OpenedSegmentation, segmentation: OpenedSegmentation) -> Iterator[Finding]:
    """Yield what opening habitats found, and whether they are of another frame or patient."""
    yield from (finding for finding in habitats.findings if finding.code not in _ABOUT_RIDING_IMAGES)
    if differ(habitats.source.frame_of_reference_uid, segmentation.source.frame_of_reference_uid):
        yield Finding.warning(
            "frame_of_reference_differs",
            "the habitats and the segmentation carry different frames of reference; they are taken as "
            "registered. Check on the slab pictures that they fit",
        )
    if differ(habitats.patient_key, segmentation.patient_key):
        yield Finding.warning(
            "patient_differs",
            "the habitats carry another patient ID than the segmentation; check that both are of the same "
            "patient",
        )


def _habitats(
    source: StructureSource,
    parameters: DesignParameters,
    tissue: LabelVolume,
    left_out: LabelVolume | None,
    log: _ReadingLog,
) -> HabitatMap:
    log.noted("habitats", source)
    names, least = parameters.specimen.habitat_names, parameters.trust.least_dice
    habitats, findings = read_habitats(source, names, tissue, left_out, least_stability=least)
    log.add("habitats", findings)
    return habitats


def _with_certainty(habitats: HabitatMap, volume: StoredVolume, log: _ReadingLog) -> HabitatMap:
    certainty, findings = read_certainty(volume, habitats.volume)
    log.add("certainty", findings)
    return replace(habitats, certainty=certainty)


def _image(
    name: str, volume: StoredVolume, tissue: LabelVolume, frame_of_reference_uid: str, log: _ReadingLog
) -> Image:
    image, findings = read_image(volume, name, tissue, frame_of_reference_uid)
    log.add(f"image:{name}", findings)
    return image
