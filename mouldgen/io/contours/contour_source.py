"""Structures that were drawn as contours, and their voxels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray
from mouldgen.images import LabelVolume
from mouldgen.io.contours.contour import Contour, encloses_area, outlining_contours
from mouldgen.io.contours.contour_grid import ContourGrid, grid_of_images, judge_named_images
from mouldgen.io.contours.contour_planes import common_normal
from mouldgen.io.contours.contour_voxels import OutlinedStructure, PaintedStructures, paint_structures
from mouldgen.io.contours.drawn_twice import check_drawn_once
from mouldgen.io.contours.own_grid import grid_of_contours
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import Structure, StructureVoxels

__all__ = ["ContourSource", "RegionOfInterest"]

_ANY_THICKNESS_MM = 1.0


@dataclass(frozen=True, eq=False)
class RegionOfInterest:
    """A structure as it was drawn.

    Parameters
    ----------
    structure
        Its number and name.
    closed
        Closed contours, in any order.
    open_lines
        Points and open lines, which outline nothing.
    frame_of_reference_uid
        Of its coordinates.
    """

    structure: Structure
    closed: tuple[Contour, ...]
    open_lines: tuple[Contour, ...] = ()
    frame_of_reference_uid: str = ""

    @classmethod
    def of(
        cls,
        structure: Structure,
        *,
        closed: tuple[Contour, ...],
        open_lines: tuple[Contour, ...] = (),
        frame_of_reference_uid: str = "",
    ) -> RegionOfInterest:
        """Return the region of a structure, which is a volume if any closed contour encloses an area."""
        is_volume = any(encloses_area(contour) for contour in closed)
        return cls(replace(structure, is_volume=is_volume), closed, open_lines, frame_of_reference_uid)


@dataclass(frozen=True, eq=False, kw_only=True)
class ContourSource:
    """An input that holds structures as contours; a `StructureSource`.

    Parameters
    ----------
    name
        What messages on the terminal call the input.
    format_name
        For people.
    files
        What was read.
    regions
        In the input's order, none without points; at least one.
    referenced_series_uids
        Series that the contours were drawn on.
    reference
        That series, None where it is absent.
    findings
        What opening found.
    """

    name: str
    format_name: str
    files: tuple[Path, ...]
    regions: tuple[RegionOfInterest, ...]
    referenced_series_uids: tuple[str, ...] = ()
    reference: StoredVolume | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def structures(self) -> tuple[Structure, ...]:
        """All structures, in the input's order."""
        return tuple(region.structure for region in self.regions)

    @property
    def asks_for_choice(self) -> bool:
        """A structure set holds organs beside the tumour."""
        return True

    @property
    def frame_of_reference_uid(self) -> str:
        """That of the reference if any structure has it, else that of most structures."""
        uids = Counter(region.frame_of_reference_uid for region in self.regions)
        return self._reference_frame_uid if self._reference_frame_uid in uids else uids.most_common(1)[0][0]

    @property
    def _reference_frame_uid(self) -> str:
        return "" if self.reference is None else self.reference.frame_of_reference_uid

    @property
    def image_uids(self) -> frozenset[str]:
        """SOP instance UIDs of all images that contours name."""
        contours = (c for region in self.regions for c in (*region.closed, *region.open_lines))
        return frozenset(contour.image_uid for contour in contours) - {""}

    def drawn_on(self, reference: StoredVolume | None) -> ContourSource:
        """Return the same contours with the images that they were drawn on."""
        return replace(self, reference=reference)

    def voxels_of(self, numbers: Collection[int]) -> StructureVoxels:
        """Return the voxels of structures.

        They lie on the lattice of the reference where the contours lie on its planes, else on one of their
        own. They may lie in another frame of reference than most structures, which is then reported.

        Raises
        ------
        InputError
            If they have none, are not drawn in parallel planes or drawn twice, if their thickness is unknown,
            or if they lie in different frames of reference or in another than that of the reference.
        """
        outlined, findings = self._outlined(numbers)
        painted, lattice = self._painted(outlined)
        return StructureVoxels(
            labels=painted.labels,
            slices=lattice.slices,
            is_cropped=lattice.is_cropped,
            overlap_vox=painted.overlap_vox,
            findings=(
                *findings,
                *self._judged_frame(numbers),
                *self._judged_images(outlined),
                *lattice.findings,
                *painted.findings,
                *_lost(outlined, painted),
            ),
        )

    def center_lps(self, number: int) -> FloatArray:
        """Return the centroid of a structure's volume, or the mean of its points; shape (3,), LPS mm.

        Raises
        ------
        InputError
            If its contours are not drawn in parallel planes, or lie in another frame of reference than
            `frame_of_reference_uid`.
        """
        region = self._region(number)
        self._check_usual_frame(region)
        if not region.structure.is_volume:
            points = [contour.points_lps for contour in (*region.open_lines, *region.closed)]
            return np.asarray(np.concatenate(points).mean(axis=0))
        outlined, _findings = self._outlined([number])
        contours = _by_subject(outlined)
        # on planes of its own: a landmark may be smaller than the voxels of the images
        lattice = grid_of_contours(contours, common_normal(contours), "", lone_plane_mm=_ANY_THICKNESS_MM)
        painted = paint_structures(outlined, lattice)
        _check_any(outlined, painted)
        return _centroid_lps(painted.labels)

    def _outlined(self, numbers: Collection[int]) -> tuple[list[OutlinedStructure], tuple[Finding, ...]]:
        """Return the contours of structures that outline something, in the input's order."""
        regions = self._chosen(numbers)
        outlined: list[OutlinedStructure] = []
        findings: list[Finding] = []
        for region in regions:
            subject = str(region.structure)
            contours, left_out = outlining_contours(subject, region.closed)
            if not contours:
                raise _no_volume(self.name, region)
            outlined.append(OutlinedStructure(region.structure.number, subject, contours))
            findings.extend((*left_out, *_unused_lines(region)))
        if not outlined:
            message = f"no structure of {self.name} was chosen; choose at least one of {self._listed()}"
            raise InputError(message)
        return outlined, tuple(findings)

    def _region(self, number: int) -> RegionOfInterest:
        region = next((region for region in self.regions if region.structure.number == number), None)
        if region is None:
            message = f"{self.name} has no structure {number}; choose one of {self._listed()}"
            raise InputError(message)
        return region

    def _chosen(self, numbers: Collection[int]) -> list[RegionOfInterest]:
        """Return structures in the input's order, which all lie in one frame of reference."""
        chosen = {self._region(number).structure.number for number in numbers}
        regions = [region for region in self.regions if region.structure.number in chosen]
        if len({region.frame_of_reference_uid for region in regions}) > 1:
            listed = " and ".join(str(region.structure) for region in regions)
            message = (
                f"structures {listed} of {self.name} lie in different frames of reference, so how they lie "
                "to each other is unknown. Choose structures of one frame, or export them on the same images"
            )
            raise InputError(message)
        if self._reference_frame_uid:
            for region in regions:
                self._check_usual_frame(region)
        return regions

    def _check_usual_frame(self, region: RegionOfInterest) -> None:
        if region.frame_of_reference_uid == self.frame_of_reference_uid:
            return
        others = "the images" if self._reference_frame_uid else "most structures there"
        message = (
            f"structure {region.structure} of {self.name} lies in another frame of reference than {others}, "
            "so its place among them is unknown. Export it on the same images"
        )
        raise InputError(message)

    def _judged_frame(self, numbers: Collection[int]) -> Iterator[Finding]:
        if any(
            region.frame_of_reference_uid != self.frame_of_reference_uid for region in self._chosen(numbers)
        ):
            yield Finding.warning(
                "frame_of_reference_differs",
                "the chosen structures lie in another frame of reference than most structures of their "
                "input; images, habitats and landmarks fit them only if they are of the same. Check on the "
                "slab pictures that they fit",
            )

    def _judged_images(self, outlined: Sequence[OutlinedStructure]) -> tuple[Finding, ...]:
        return () if self.reference is None else judge_named_images(_by_subject(outlined), self.reference)

    def _listed(self) -> str:
        return ", ".join(str(structure) for structure in self.structures) or "none: it is empty"

    def _painted(self, outlined: Sequence[OutlinedStructure]) -> tuple[PaintedStructures, ContourGrid]:
        contours = _by_subject(outlined)
        normal = common_normal(contours)
        for structure in outlined:
            check_drawn_once(structure.subject, structure.contours, normal)
        reason = "there are no images with the contours"
        if self.reference is not None:
            on_images, reason = grid_of_images(contours, normal, self.reference)
            if on_images is not None:
                painted = paint_structures(outlined, on_images)
                if all(painted.voxels_of.values()):
                    return painted, on_images
                reason = "a structure is smaller than the voxels of the images"
        lattice = grid_of_contours(contours, normal, reason)
        painted = paint_structures(outlined, lattice)
        _check_any(outlined, painted)
        return painted, lattice


def _by_subject(outlined: Sequence[OutlinedStructure]) -> dict[str, tuple[Contour, ...]]:
    return {structure.subject: structure.contours for structure in outlined}


def _no_volume(name: str, region: RegionOfInterest) -> InputError:
    message = (
        f"structure {region.structure} of {name} encloses no volume: it consists of points or open lines. "
        "Choose one with closed contours; points can serve as landmarks"
    )
    return InputError(message)


def _unused_lines(region: RegionOfInterest) -> tuple[Finding, ...]:
    if not region.open_lines:
        return ()
    return (
        Finding.info(
            "open_contours",
            f"points and open lines of structure {region.structure} are not part of its volume: "
            f"{len(region.open_lines)}",
        ),
    )


def _centroid_lps(labels: LabelVolume) -> FloatArray:
    """Return the mean of the centres of all labelled voxels, shape (3,); from sums, which are quick."""
    present = labels.voxels > 0
    counts = [present.sum(axis=tuple(other for other in range(3) if other != axis)) for axis in range(3)]
    return labels.grid.to_points([np.average(np.arange(len(count)), weights=count) for count in counts])


def _check_any(outlined: Sequence[OutlinedStructure], painted: PaintedStructures) -> None:
    if any(painted.voxels_of.values()):
        return
    listed = " and ".join(structure.subject for structure in outlined)
    message = f"the contours of structure {listed} enclose no voxel; choose another, or draw it again"
    raise InputError(message)


def _lost(outlined: Sequence[OutlinedStructure], painted: PaintedStructures) -> Iterator[Finding]:
    for structure in outlined:
        if not painted.voxels_of[structure.number]:
            yield Finding.warning(
                "empty_structure",
                f"the contours of structure {structure.subject} are too narrow to enclose a voxel; it is "
                "missing. Choose it by itself",
            )
