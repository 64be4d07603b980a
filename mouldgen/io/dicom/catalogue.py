"""What a folder of DICOM files offers: numbered series to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from mouldgen.errors import Finding, InputError, Severity
from mouldgen.io.dicom.folders import DicomFiles, find_files
from mouldgen.io.dicom.headers import FileHeader, Kind, read_header
from mouldgen.io.dicom.identity import Identity
from mouldgen.io.dicom.image_stacks import ImageStack, part_into_stacks
from mouldgen.io.dicom.pixels import pixel_digest

__all__ = ["Catalogue", "Series", "read_catalogue"]

_SHORTEST_UID_END = 4
_LARGEST_NUMBER = 2**31


@dataclass(frozen=True, eq=False, kw_only=True)
class Series:
    """One entry of a catalogue: a stack of images, a segmentation, or a structure set.

    Parameters
    ----------
    number
        In the catalogue, from 1.
    kind
        What it is.
    modality
        ``CT``, ``MR``, ``PT``, ``SEG``, ``RTSTRUCT``, ...
    description
        Of the series; empty where there is none or where it would tell who the patient is.
    stored_description
        As stored, to compare with what a user types; it never leaves.
    uid
        Series instance UID. Entries share it where one series holds several stacks or files.
    headers
        Files that belong to it, for images in the order of slices.
    image
        The stack of slices, for images only.
    """

    number: int
    kind: Kind
    modality: str
    description: str
    stored_description: str = field(repr=False)
    uid: str
    headers: tuple[FileHeader, ...]
    image: ImageStack | None = None

    @property
    def refusal(self) -> str:
        """Why it cannot be read, as far as that is known; empty where nothing is against it."""
        return "" if self.image is None else self.image.refusal

    @property
    def frame_of_reference_uid(self) -> str:
        """Empty where the files have none."""
        return self.headers[0].frame_of_reference_uid

    @property
    def sop_instance_uids(self) -> frozenset[str]:
        """Of all its files; contours name the images that they were drawn on by them."""
        return frozenset(header.sop_instance_uid for header in self.headers if header.sop_instance_uid)

    def __str__(self) -> str:
        label = self.description or "(no description)"
        part = f", {self.image.part}" if self.image is not None and self.image.part else ""
        return f"{self.number}  {self.modality or '?'}  {label}{part}  {self.extent}"

    @property
    def extent(self) -> str:
        """Slices, pixels and spacing of images, what else it is, or why it cannot be read."""
        if self.image is None:
            return self.kind.value
        if self.image.stack is None:
            return f"{len(self.image.slices)} images, cannot be read: {self.image.refusal}"
        grid = self.image.stack.grid
        columns, rows, slices = grid.shape
        spacing = " x ".join(f"{step:.3g}" for step in grid.spacing_mm)
        return f"{slices} slices of {columns} x {rows}, {spacing} mm"


@dataclass(frozen=True, eq=False, kw_only=True)
class Catalogue:
    """The DICOM series of an input.

    Parameters
    ----------
    name
        What messages on the terminal call the input.
    series
        In the order of their series numbers, then of their UIDs.
    identity
        What identifies the patient in any of the files.
    ignored_count
        Files that are no DICOM, or DICOM of another kind.
    findings
        What is missing or damaged; messages name no file.
    """

    name: str
    series: tuple[Series, ...]
    identity: Identity
    ignored_count: int = 0
    findings: tuple[Finding, ...] = ()

    def of_kind(self, kind: Kind) -> tuple[Series, ...]:
        """Return the entries of one kind."""
        return tuple(entry for entry in self.series if entry.kind is kind)

    def excuses(self) -> str:
        """Return what may be why something is not found: the warnings, without a file name; empty if none."""
        warnings = (finding for finding in self.findings if finding.severity is Severity.WARNING)
        return "; ".join(finding.message for finding in warnings)

    def listing(self, kind: Kind | None = None) -> str:
        """Return one line an entry, safe to show: number, modality, description, slices, size, spacing."""
        entries = self.series if kind is None else self.of_kind(kind)
        return "\n".join(f"  {entry}" for entry in entries)

    def choose(self, choice: str, kind: Kind | None = None) -> Series:
        """Return the entry that a text names.

        Parameters
        ----------
        choice
            Its number in the listing, the series instance UID or its end, or the description: without regard
            to case, and with ``*`` and ``?`` for any letters.
        kind
            Choose among these only.

        Raises
        ------
        InputError
            If it names none or several, with the listing.
        """
        entries = self.series if kind is None else self.of_kind(kind)
        if not entries:
            what = "DICOM series" if kind is None else f"DICOM {kind.value}"
            message = f"{self.name} holds no {what}; check the folder"
            raise InputError(message)
        found = next((list(chosen) for chosen in _chosen(entries, choice.strip()) if chosen), [])
        if len(found) == 1:
            return found[0]
        reason = "names none" if not found else f"names {len(found)}"
        message = (
            f"{choice!r} {reason} of the series in {self.name}; choose one by its number, its UID or its "
            f"description:\n{self.listing(kind)}"
        )
        raise InputError(message)


def read_catalogue(path: Path, *, recursive: bool = True) -> Catalogue:
    """Read what DICOM series there are; pixels are read only where images share a position.

    Parameters
    ----------
    path
        A folder, a DICOMDIR, or one file.
    recursive
        Whether a folder is searched with all folders in it.

    Raises
    ------
    InputError
        If it does not exist, or is a file that is no DICOM or damaged.
    MissingExtraError
        If pydicom is not installed.
    """
    path = Path(path)
    name = path.name or path.resolve().name
    files = find_files(path, recursive=recursive)
    headers, damaged = _headers(files, is_single=path.is_file(), name=name)
    identity = Identity.union(header.identity for header in headers)
    used = [header for header in headers if header.kind is not Kind.OTHER]
    entries, findings = _entries(used)
    ordered = [
        replace(
            entry,
            number=number,
            modality=identity.safe(entry.modality, ""),
            description=identity.safe(entry.stored_description, ""),
        )
        for number, entry in enumerate(entries, start=1)
    ]
    return Catalogue(
        name=name,
        series=tuple(ordered),
        identity=identity,
        ignored_count=files.ignored_count + len(headers) - len(used),
        findings=(*files.findings, *damaged, *findings),
    )


def _headers(
    files: DicomFiles, *, is_single: bool, name: str
) -> tuple[list[FileHeader], tuple[Finding, ...]]:
    """Read all headers; one damaged file among many becomes a finding."""
    headers, damaged = [], []
    total = len(files.paths)
    for number, path in enumerate(files.paths, start=1):
        try:
            headers.append(
                read_header(path, name if total == 1 and is_single else f"file {number} of {total}")
            )
        except InputError:
            if is_single and total == 1:
                raise
            damaged.append(number)
    if not damaged:
        return headers, ()
    which = ", ".join(str(number) for number in damaged[:5]) + (", ..." if len(damaged) > 5 else "")
    finding = Finding.warning(
        "files_damaged",
        f"{len(damaged)} of {total} DICOM files cannot be read and are left out (in the order of names: "
        f"{which}). Copy or export them again",
    )
    return headers, (finding,)


def _entries(headers: Iterable[FileHeader]) -> tuple[list[Series], tuple[Finding, ...]]:
    by_series: dict[tuple[Kind, str], list[FileHeader]] = {}
    for header in headers:
        by_series.setdefault((header.kind, header.series_uid), []).append(header)
    ordered = sorted(by_series.values(), key=_series_order)
    placed = [[header for header in group if _has_place(header)] for group in ordered]
    entries = [entry for group in placed for entry in _entries_of(group)]
    return entries, tuple(_placeless(ordered, placed))


def _placeless(
    groups: Sequence[Sequence[FileHeader]], placed: Sequence[Sequence[FileHeader]]
) -> Iterator[Finding]:
    """Yield what was left out; a warning where a volume may want for it."""
    count = sum(map(len, groups)) - sum(map(len, placed))
    if not count:
        return
    is_torn = any(0 < len(kept) < len(group) for group, kept in zip(groups, placed, strict=True))
    has_images = any(kept and kept[0].kind is Kind.IMAGE for kept in placed)
    finding = Finding.warning if is_torn or not has_images else Finding.info
    yield finding(
        "images_without_place",
        f"{count} images do not say where in the patient they lie, as X-ray images and screenshots do not, "
        "and are left out",
    )


def _has_place(header: FileHeader) -> bool:
    return header.kind is not Kind.IMAGE or any(frame.plane is not None for frame in header.frames)


def _series_order(headers: Sequence[FileHeader]) -> tuple[object, ...]:
    first = headers[0]
    number = _LARGEST_NUMBER if first.series_number is None else first.series_number
    return (number, first.series_uid, first.kind.value)


def _entries_of(headers: Sequence[FileHeader]) -> Iterator[Series]:
    """Yield the stacks of an image series, or each file of another one."""
    ordered = sorted(headers, key=_file_order)
    if not ordered:
        return
    if ordered[0].kind is not Kind.IMAGE:
        seen: set[tuple[str, str]] = set()
        for header in ordered:
            key = (header.patient_key, header.sop_instance_uid)
            if not header.sop_instance_uid or key not in seen:
                yield _entry((header,))
            seen.add(key)
        return
    owners = _by_owner(ordered)
    for number, group in enumerate(owners, start=1):
        for stack in part_into_stacks(group, lambda image: pixel_digest(image.header, image.frame.index)):
            files = {image.header.path: image.header for image in stack.slices}
            yield _entry(tuple(files.values()), _told_apart(stack, number, len(owners)))


def _by_owner(headers: Sequence[FileHeader]) -> list[list[FileHeader]]:
    """Part the images of one series UID by study and patient, who may share it where UIDs were made up.

    A file that names none belongs to the only one there is.
    """
    studies = {header.study_uid for header in headers} - {""}
    patients = {header.patient_key for header in headers} - {""}
    only_study = next(iter(studies)) if len(studies) == 1 else ""
    only_patient = next(iter(patients)) if len(patients) == 1 else ""
    owners: dict[tuple[str, str], list[FileHeader]] = {}
    for header in headers:
        key = (header.study_uid or only_study, header.patient_key or only_patient)
        owners.setdefault(key, []).append(header)
    return list(owners.values())


def _told_apart(stack: ImageStack, number: int, count: int) -> ImageStack:
    if count == 1:
        return stack
    finding = Finding.warning(
        "series_of_several_patients",
        f"the files of this series are of {count} different patients or studies, by their patient IDs and "
        "study UIDs, and only those of one are taken; check that it is the right one",
    )
    part = f"patient or study {number} of {count}"
    return replace(
        stack,
        part=f"{part}, {stack.part}" if stack.part else part,
        findings=(finding, *stack.findings),
    )


def _file_order(header: FileHeader) -> tuple[object, ...]:
    number = _LARGEST_NUMBER if header.instance_number is None else header.instance_number
    return (number, header.sop_instance_uid, header.path)


def _entry(headers: tuple[FileHeader, ...], image: ImageStack | None = None) -> Series:
    first = headers[0]
    return Series(
        number=0,
        kind=first.kind,
        modality=first.modality,
        description=first.description,
        stored_description=first.stored_description,
        uid=first.series_uid,
        headers=headers,
        image=image,
    )


def _chosen(entries: Sequence[Series], choice: str) -> Iterator[list[Series]]:
    """Yield what a text names, by one way of naming after another; the first that names any counts."""
    if choice.isdecimal() and len(choice) < _SHORTEST_UID_END + 2:
        yield [entry for entry in entries if entry.number == int(choice)]
    yield [entry for entry in entries if entry.uid == choice]
    yield [entry for entry in entries if entry.headers[0].sop_instance_uid == choice]
    wanted = choice.casefold()
    yield [entry for entry in entries if entry.stored_description.casefold() == wanted]
    yield [entry for entry in entries if fnmatchcase(entry.stored_description.casefold(), wanted)]
    if len(choice) >= _SHORTEST_UID_END:
        yield [entry for entry in entries if entry.uid.endswith(choice)]
