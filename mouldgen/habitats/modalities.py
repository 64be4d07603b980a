"""What the numbers of an image mean: said, read from DICOM, or told by the image's name."""

from __future__ import annotations

import re

from mouldgen.errors import Finding
from mouldgen.images import Image
from mouldgen.params.habitats import Modality

__all__ = ["UNITS", "find_modality"]

UNITS = {Modality.CT: "HU", Modality.PET: "SUV", Modality.MR: "", Modality.MAP: ""}
"""What values are counted in."""

_OF_DICOM = {"CT": Modality.CT, "PT": Modality.PET, "MR": Modality.MR}

_MAPS = re.compile(
    r"adc|ktrans|kep|ve|vp|ki|r?cb[vf]|mtt|ttp|tmax|att|fa|md|dki|ivim|d0|d|dstar|f|fp|perf(usion)?|k(mean|app)"
    r"|r[12](star|s)?|t[12]star|map|[a-z0-9]+map|tbr|ph|apt|washin|washout|auc|iauc\d*"
)
_NAMES = {
    Modality.PET: re.compile(r"pet|pt|suv[a-z]*|fdg|psma|fet|fmiso|dotatate|petct"),
    Modality.CT: re.compile(r"ct|cta|cect|ncct|hu"),
    Modality.MR: re.compile(
        r"mri?|t[12](w|c|ce|gd|post|pre|fs|wi)*|flair|dwi|dce|dsc|swi|pdw?|b\d+|stir|vibe|space|mprage|adcb\d*"
    ),
}


def find_modality(image: Image, stated: Modality | None = None) -> tuple[Modality, tuple[Finding, ...]]:
    """Return what an image's numbers mean, and what the user should know of how that was found.

    What is stated counts first, then DICOM's Modality, then the image's name. DICOM has no modality for
    parametric maps, so that a name such as ``adc`` makes an image that DICOM calls MR or CT a map.

    Parameters
    ----------
    image
        As read.
    stated
        What the user says.
    """
    named = modality_of_name(image.name)
    stored = _OF_DICOM.get(image.modality)
    if stated is not None:
        return stated, _contradictions(image, stated, stored)
    if stored is None:
        return _by_name_alone(image.name, named)
    if named is Modality.MAP and stored is not Modality.PET:
        return named, (_taken_for_map(image),)
    return stored, _misnamed(image, stored, named)


def modality_of_name(name: str) -> Modality | None:
    """Return what an image's name says about its numbers, or None if it says nothing."""
    words = [word for word in re.split(r"[_-]+", name.lower()) if word]
    if any(_matches(_NAMES[Modality.PET], word) for word in words):
        return Modality.PET
    if any(_matches(_MAPS, word) for word in words):
        return Modality.MAP
    for modality in (Modality.CT, Modality.MR):
        if any(_matches(_NAMES[modality], word) for word in words):
            return modality
    return None


def _matches(pattern: re.Pattern[str], word: str) -> bool:
    """Return whether a word is of a pattern, be it with a number behind: ``ct2`` is a second CT."""
    return bool(pattern.fullmatch(word) or pattern.fullmatch(word.rstrip("0123456789")))


def _by_name_alone(name: str, named: Modality | None) -> tuple[Modality, tuple[Finding, ...]]:
    if named is not None:
        return named, ()
    message = (
        f"neither the file nor the name of image {name} says what its numbers mean; they are taken as those "
        "of an MR sequence, without a unit. If they have one, say so: channels.modalities = "
        f"{{{name} = 'ct'}}, 'pet' or 'map'"
    )
    return Modality.MR, (Finding.warning("modality_assumed", message),)


def _taken_for_map(image: Image) -> Finding:
    return Finding.info(
        "modality_by_name",
        f"image {image.name} is taken as a parametric map by its name; DICOM calls it {image.modality}",
    )


def _contradictions(image: Image, stated: Modality, stored: Modality | None) -> tuple[Finding, ...]:
    if stored is None or stated in {stored, Modality.MAP}:
        return ()
    message = (
        f"image {image.name} is taken as {stated.upper()}, as you say, although DICOM calls it "
        f"{image.modality}"
    )
    return (Finding.warning("modality_contradicts", message),)


def _misnamed(image: Image, stored: Modality, named: Modality | None) -> tuple[Finding, ...]:
    if named is None or named in {stored, Modality.MAP}:
        return ()
    message = (
        f"image {image.name} is taken as {stored.upper()}, as DICOM calls it, although its name sounds like "
        f"{named.upper()}; check that it is the right file"
    )
    return (Finding.warning("modality_contradicts", message),)
