"""Which structures a user means: by number, by name without regard to case, or by pattern."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mouldgen.errors import ParameterError
from mouldgen.io.structures import Structure, StructureSource
from mouldgen.params import DesignParameters

__all__ = ["ChosenStructures", "choose_structures", "match_roi"]

_MOST_LISTED = 40
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class ChosenStructures:
    """What the structures of a segmentation are for.

    Parameters
    ----------
    tissue
        Their union is the specimen.
    landmarks
        They ride along, by the name under which parameters refer to them.
    withheld
        What a user typed that is the file's own spelling of a name that may not leave, and what the
        structures that it means are called instead.
    """

    tissue: tuple[Structure, ...]
    landmarks: tuple[tuple[str, Structure], ...]
    withheld: Mapping[str, tuple[str, ...]]


def choose_structures(source: StructureSource, parameters: DesignParameters) -> ChosenStructures:
    """Return the structures that parameters name.

    Where none is named as the specimen, it is all that no landmark uses; if these are several and each has
    a meaning of its own, the user is asked.

    Raises
    ------
    ParameterError
        If a name is absent, or means several structures, with those that there are.
    """
    landmarks = tuple(_landmarks(source, parameters))
    chosen = parameters.specimen
    named = [
        *(_by_label(label, source) for label in chosen.labels),
        *(found for name in chosen.rois for found in _tissue_match(name, source)),
    ]
    apart = {structure.number for _name, structure in landmarks}
    tissue = tuple(dict.fromkeys(named)) or _all_but(apart, source)
    for structure in tissue:
        _check_volume(structure, source)
    return ChosenStructures(tissue, landmarks, dict(_withheld(source, parameters)))


def match_roi(pattern: str, source: StructureSource, option: str) -> tuple[Structure, ...]:
    """Return the structures that a name or pattern means; a plain name means exactly one.

    Parameters
    ----------
    pattern
        Compared without case; ``*``, ``?`` and ``[...]`` stand for other text, as in file names.
    source
        Whose structures.
    option
        For messages: the option that gave the pattern.

    Raises
    ------
    ParameterError
        If none is meant, with near misses, or a plain name fits several.
    """
    wanted = pattern.strip().casefold()
    exact = _where(source, lambda name: name == wanted)
    if len(exact) > 1:
        numbers = " ".join(f"--label {structure.number}" for structure in exact)
        message = (
            f"{option} {pattern!r} fits {len(exact)} structures of {source.name}: {_listed(exact)}. Choose "
            f"one by its number (--label N); all of them are {numbers}"
        )
        raise ParameterError(message)
    found = exact or (_where(source, lambda name: fnmatchcase(name, wanted)) if _WILD.search(wanted) else ())
    if not found:
        raise _absent(pattern, source, option)
    return found


def _tissue_match(pattern: str, source: StructureSource) -> tuple[Structure, ...]:
    """Return what a name means as tissue: of what a pattern fits, only what has a volume, if anything has."""
    found = match_roi(pattern, source, "--roi")
    return tuple(structure for structure in found if structure.is_volume) or found


def _angle_names(parameters: DesignParameters) -> Iterator[tuple[str, str]]:
    """Yield the structures that give the angle, with their options."""
    angle = parameters.orientation
    yield from (("--axis-rois", name) for name in angle.axis_rois or ())
    yield from (("--blade-rois", name) for name in angle.blade_rois or ())
    if angle.base_roi is not None:
        yield "--base-roi", angle.base_roi


def _landmarks(source: StructureSource, parameters: DesignParameters) -> Iterator[tuple[str, Structure]]:
    """Yield what rides along: each structure once, and each under a name of its own."""
    seen: dict[str, int] = {}
    for option, name in _angle_names(parameters):
        structure = _only(match_roi(name, source, option), name, source, option)
        shown = name if _fits(name, _shown_name(structure)) else _shown_name(structure)
        seen[shown.casefold()] = structure.number
        yield shown, structure
    for pattern in parameters.specimen.landmark_rois:
        for structure in match_roi(pattern, source, "--landmark-roi"):
            shown = _shown_name(structure)
            if structure.number in seen.values():
                continue
            shown = f"{shown} ({structure.number})" if shown.casefold() in seen else shown
            seen[shown.casefold()] = structure.number
            yield shown, structure


def _withheld(source: StructureSource, parameters: DesignParameters) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the names that a user typed which fit only what may not leave, and what to write instead."""
    chosen = parameters.specimen
    angles = (name for _option, name in _angle_names(parameters))
    typed = [*chosen.rois, *chosen.landmark_rois, *parameters.windows.radius_mm, *angles]
    for text in (*typed, *(label for label in chosen.labels if isinstance(label, str))):
        meant = _meant(text, source)
        if meant and not all(_fits(text, _shown_name(structure)) for structure in meant):
            yield text, tuple(map(_shown_name, meant))


def _meant(text: str, source: StructureSource) -> tuple[Structure, ...]:
    return tuple(item for item in source.structures if any(_fits(text, name) for name in _names_of(item)))


def _fits(pattern: str, name: str) -> bool:
    wanted = pattern.strip().casefold()
    return name.casefold() == wanted or bool(_WILD.search(wanted) and fnmatchcase(name.casefold(), wanted))


def _shown_name(structure: Structure) -> str:
    """Return what outputs call a structure."""
    return structure.name or str(structure.number)


def _only(found: Sequence[Structure], name: str, source: StructureSource, option: str) -> Structure:
    if len(found) > 1:
        message = (
            f"{option} {name!r} fits {len(found)} structures of {source.name}: {_listed(found)}; expected one"
        )
        raise ParameterError(message)
    return found[0]


def _where(source: StructureSource, fits: Callable[[str], bool]) -> tuple[Structure, ...]:
    return tuple(structure for structure in source.structures if any(map(fits, _names_of(structure))))


def _names_of(structure: Structure) -> set[str]:
    """Return what a user may call a structure, without case; its number, if it has no name."""
    names = {structure.name, structure.stored_name} - {None, ""}
    return {str(name).strip().casefold() for name in names} or {str(structure.number)}


def _by_label(wanted: int | str, source: StructureSource) -> Structure:
    """Return the structure that ``--label`` means: a number, or a name as it is spelt."""
    structures = source.structures
    found = [item for item in structures if wanted in {item.name, item.stored_name}]
    if isinstance(wanted, int) or wanted.isdecimal():
        found = [item for item in structures if item.number == int(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        message = (
            f"label {wanted} fits {len(found)} structures of {source.name}: {_listed(found)}; give a number"
        )
        raise ParameterError(message)
    has_names = any(item.name is not None for item in structures)
    unnamed = "" if has_names or str(wanted).isdecimal() else ", and its labels have no names"
    message = (
        f"label {wanted} is absent from {source.name}; it holds {_listed(structures)}{unnamed}. Choose one "
        "of these (--label N)"
    )
    raise ParameterError(message)


def _all_but(apart: set[int], source: StructureSource) -> tuple[Structure, ...]:
    """Return all that no landmark uses, unless it must be asked which is meant."""
    rest = tuple(item for item in source.structures if item.number not in apart and item.is_volume)
    if len(rest) == 1 or (rest and not source.asks_for_choice):
        return rest
    left = "no structure is left for the specimen" if not rest else f"{len(rest)} structures could be meant"
    message = (
        f"which structure of {source.name} is the specimen? {left}; it holds {_listed(source.structures)}. "
        "Choose with --roi NAME, repeated for the union of several, or --roi '*' for all of them"
    )
    raise ParameterError(message)


def _check_volume(structure: Structure, source: StructureSource) -> None:
    if not structure.is_volume:
        message = (
            f"the structure {structure} of {source.name} has points but no closed contours, so it is no "
            "tissue; choose another (--roi), and use this one as a landmark (--landmark-roi)"
        )
        raise ParameterError(message)


def _absent(pattern: str, source: StructureSource, option: str) -> ParameterError:
    names = {name: item for item in source.structures for name in _names_of(item)}
    near = difflib.get_close_matches(pattern.strip().casefold(), names, n=3, cutoff=0.6)
    meant = " or ".join(repr(names[name].name or str(names[name].number)) for name in near)
    hint = f" Did you mean {meant}?" if meant else ""
    held = _listed(source.structures)
    message = f"{option} {pattern!r} fits no structure of {source.name}; it holds {held}.{hint}"
    return ParameterError(message)


def _listed(structures: Sequence[Structure]) -> str:
    listed = ", ".join(str(structure) for structure in structures[:_MOST_LISTED])
    more = len(structures) - _MOST_LISTED
    return listed if more <= 0 else f"{listed} and {more} more"
