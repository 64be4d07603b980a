"""Which structures a user means: by number, by name without regard to case, or by pattern."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
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
    """

    tissue: tuple[Structure, ...]
    landmarks: tuple[tuple[str, Structure], ...]


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
        *(found for name in chosen.rois for found in match_roi(name, source, "--roi")),
    ]
    apart = {structure.number for _name, structure in landmarks}
    tissue = tuple(dict.fromkeys(named)) or _all_but(apart, source)
    for structure in tissue:
        _check_volume(structure, source)
    return ChosenStructures(tissue, landmarks)


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
        message = (
            f"{option} {pattern!r} fits {len(exact)} structures of {source.name}: {_listed(exact)}. Choose "
            f"one by its number (--label N), or all of them with {option} '{pattern}*'"
        )
        raise ParameterError(message)
    found = exact or (_where(source, lambda name: fnmatchcase(name, wanted)) if _WILD.search(wanted) else ())
    if not found:
        raise _absent(pattern, source, option)
    return found


def _landmarks(source: StructureSource, parameters: DesignParameters) -> Iterable[tuple[str, Structure]]:
    angle = parameters.orientation
    by_option = {
        "--axis-rois": angle.axis_rois or (),
        "--blade-rois": angle.blade_rois or (),
        "--base-roi": () if angle.base_roi is None else (angle.base_roi,),
    }
    seen = set()
    for option, names in by_option.items():
        for name in names:
            seen.add(name.casefold())
            yield name, _only(match_roi(name, source, option), name, source, option)
    for pattern in parameters.specimen.landmark_rois:
        for structure in match_roi(pattern, source, "--landmark-roi"):
            name = structure.name or str(structure.number)
            if name.casefold() not in seen:
                yield name, structure


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
