"""What in a file identifies a patient, so that no text that leaves can carry it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from mouldgen.io.dicom.library import import_pydicom

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["Identity", "identifying_tags"]

_SHORTEST = 3
_SHORTEST_COMPACT = 5
_SHORTEST_IDEOGRAPHIC = 2

_IN_PARTS = (
    "PatientID",
    "OtherPatientIDs",
    "OtherPatientIDsSequence",
    "IssuerOfPatientID",
    "ResponsiblePerson",
)
"""Like names, also looked for by their components."""

_AS_A_WHOLE = (
    "AccessionNumber",
    "AdmissionID",
    "DeviceSerialNumber",
    "FillerOrderNumberImagingServiceRequest",
    "InsurancePlanIdentification",
    "InstitutionAddress",
    "InstitutionName",
    "InstitutionalDepartmentName",
    "MedicalRecordLocator",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "PerformedProcedureStepID",
    "PerformingPhysicianIdentificationSequence",
    "PlacerOrderNumberImagingServiceRequest",
    "ReferringPhysicianIdentificationSequence",
    "RequestAttributesSequence",
    "RequestedProcedureID",
    "ScheduledProcedureStepID",
    "ServiceEpisodeID",
    "StationName",
    "StudyID",
)
_DATES = (
    "AcquisitionDate",
    "ContentDate",
    "InstanceCreationDate",
    "PatientBirthDate",
    "SeriesDate",
    "StructureSetDate",
    "StudyDate",
)
_NOT_SEARCHED = (
    "PerFrameFunctionalGroupsSequence",
    "SharedFunctionalGroupsSequence",
    "ROIContourSequence",
    "ReferencedFrameOfReferenceSequence",
    "PixelData",
)
_DEEPEST = 8


@dataclass(frozen=True)
class Identity:
    """The identifying values of one or more files.

    Parameters
    ----------
    values
        In plain form: lower case, without accents, at least three characters each.
    """

    values: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, dataset: Dataset) -> Identity:
        """Return the identity in a data set: all names of persons, and what the standard lists."""
        return cls(frozenset(_long_enough(_identifying(dataset))))

    @classmethod
    def union(cls, identities: Iterable[Identity]) -> Identity:
        """Return the identity of several files together."""
        return cls(frozenset().union(*(identity.values for identity in identities)))

    def safe(self, text: str, fallback: str) -> str:
        """Return a text if it carries nothing identifying, else the fallback.

        Compared without case, accents and, for values of five or more characters, punctuation.
        """
        plain = _plain(text)
        compact = _compact(plain)
        return fallback if any(_contains(plain, compact, value) for value in self.values) else text


@cache
def identifying_tags() -> tuple[int, ...]:
    """Return the tags to read before `Identity.of`."""
    import_pydicom()
    from pydicom._dicom_dict import DicomDictionary
    from pydicom.datadict import tag_for_keyword

    names = [tag for tag, entry in DicomDictionary.items() if entry[0] == "PN"]
    listed = [tag_for_keyword(keyword) for keyword in (*_IN_PARTS, *_AS_A_WHOLE, *_DATES)]
    return tuple(sorted({*names, *(tag for tag in listed if tag is not None)}))


def _contains(plain: str, compact: str, value: str) -> bool:
    if value in plain:
        return True
    joined = _compact(value)
    return len(joined) >= _SHORTEST_COMPACT and joined in compact


def _identifying(dataset: Dataset, depth: int = 0) -> Iterator[str]:
    """Yield the values that identify, as stored and in parts."""
    for tag in list(dataset.keys()):
        keyword, vr, value = _element(dataset, tag)
        if vr != "SQ":
            for text in _texts(value):
                yield from _forms(keyword, vr, text)
        elif keyword not in _NOT_SEARCHED and depth < _DEEPEST:
            for item in value or ():
                yield from _identifying(item, depth + 1)


def _forms(keyword: str, vr: str, text: str) -> Iterator[str]:
    """Yield the forms in which a value identifies; none where it does not."""
    if vr == "PN" or keyword in _IN_PARTS:
        yield from (text, *re.split(r"[\^=\s,;./_\\-]+", text))
    elif keyword in _AS_A_WHOLE:
        yield text
    elif keyword in _DATES:
        yield from _written_dates(text)


def _element(dataset: Dataset, tag: Any) -> tuple[str, str, Any]:
    """Return keyword, VR and value of an element; a damaged one identifies nobody."""
    try:
        element = dataset[tag]
    except Exception:  # noqa: BLE001  pydicom raises anything here
        return "", "", None
    return element.keyword, element.VR, element.value


def _texts(value: Any) -> Iterator[str]:
    if value is None or isinstance(value, bytes):
        return
    if isinstance(value, str) or not isinstance(value, Iterable) or hasattr(value, "components"):
        yield str(value)
        return
    for part in value:
        yield str(part)


def _written_dates(date: str) -> Iterator[str]:
    """Yield the ways in which people write a date that is stored as YYYYMMDD."""
    yield date
    if not re.fullmatch(r"\d{8}", date):
        return
    year, month, day = date[:4], date[4:6], date[6:]
    for parts in ((year, month, day), (day, month, year), (month, day, year)):
        yield from (mark.join(parts) for mark in ("", "-", ".", "/", " ", "_"))


def _long_enough(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        plain = _plain(text).strip()
        least = _SHORTEST if plain.isascii() else _SHORTEST_IDEOGRAPHIC
        if len(plain) >= least:
            yield plain


def _plain(text: str) -> str:
    """Return a text in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _compact(plain: str) -> str:
    return "".join(letter for letter in plain if letter.isalnum())
