"""Habitats of a specimen that are computed from its images instead of read from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mouldgen.errors import Finding, InputError, ParameterError
from mouldgen.habitats.compute import compute_habitats
from mouldgen.habitats.computed import ComputedHabitats
from mouldgen.habitats.model import HabitatModel
from mouldgen.habitats.population import fit_cohort
from mouldgen.images import CertaintyVolume
from mouldgen.io.cohort_table import CohortRow
from mouldgen.io.specimen import read_specimen
from mouldgen.params import DesignParameters
from mouldgen.specimen import Habitat, HabitatMap, Source, Specimen

__all__ = ["compute_for_specimen", "fit_to_cohort", "habitat_map", "with_computed_habitats"]


def compute_for_specimen(
    specimen: Specimen,
    parameters: DesignParameters,
    *,
    model: Path | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> tuple[ComputedHabitats, tuple[Source, ...]]:
    """Return the habitats of a specimen, computed from its images, and all that they were made from.

    Parameters
    ----------
    specimen
        With at least one image.
    parameters
        Sections ``channels``, ``features``, ``clusters`` and ``trust``; punch and slab decide the smallest
        region.
    model
        File of a model that was fitted before; None fits one to this specimen.
    on_stage
        Called when a stage begins.

    Raises
    ------
    InputError
        If images or model cannot be used.
    ParameterError
        If parameters do not suit them.
    """
    if model is None:
        fitted, sources = None, specimen.sources
    else:
        fitted, source = _read_model(model)
        sources = (*specimen.sources, source)
    computed = compute_habitats(specimen.tissue, specimen.images, parameters, model=fitted, on_stage=on_stage)
    return computed, sources


def fit_to_cohort(
    rows: Sequence[CohortRow],
    parameters: DesignParameters,
    *,
    on_stage: Callable[[str], None] | None = None,
) -> tuple[HabitatModel, tuple[Finding, ...]]:
    """Return one model for the patients of a cohort, and what was found; each finding names its patient.

    Parameters
    ----------
    rows
        Their files.
    parameters
        As for every one of them.
    on_stage
        Called when a patient is read, and when the model is fitted.

    Raises
    ------
    InputError
        If files of a patient cannot be used; the message names the patient.
    ParameterError
        If features of a patient are not those of the first.
    """
    begin = on_stage or (lambda _stage: None)
    cases, findings = [], []
    for row in rows:
        begin(f"reading {row.case}")
        try:
            specimen = read_specimen(row.segmentation, parameters, images=row.images)
        except InputError as error:
            message = f"{row.case}: {error}"
            raise InputError(message) from None
        findings += [replace(item, message=f"{row.case}: {item.message}") for item in specimen.findings]
        cases.append((specimen.tissue, specimen.images))
    begin("habitats")
    model, found = fit_cohort(cases, parameters)
    return model, (*findings, *found)


def _read_model(path: Path) -> tuple[HabitatModel, Source]:
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}; give a model that mouldgen wrote"
        raise InputError(message) from None
    source = Source("model", hashlib.sha256(content).hexdigest(), len(content))
    return HabitatModel.from_json_text(content.decode(errors="replace")), source


def habitat_map(computed: ComputedHabitats, names: Mapping[str, str] | None = None) -> HabitatMap:
    """Return computed habitats as a habitat map with its certainty, cropped.

    Parameters
    ----------
    computed
        The habitats.
    names
        By label; where none is given, the habitat says what it is like.

    Raises
    ------
    ParameterError
        If a name is given to a label that is absent.
    """
    names = names or {}
    labels = [str(habitat.label) for habitat in computed.habitats]
    unknown = [label for label in names if label not in labels]
    if unknown:
        message = (
            f"habitat {unknown[0]} is named {names[unknown[0]]!r} but was not found in the images; there are "
            f"{', '.join(labels)}. Name one of these"
        )
        raise ParameterError(message)
    certainty = CertaintyVolume(computed.certainty, computed.labels.grid)
    images = tuple(channel.name for channel in computed.channels.channels)
    return HabitatMap(computed.labels, tuple(_habitats(computed, names)), certainty, images).cropped()


def with_computed_habitats(
    specimen: Specimen, computed: ComputedHabitats, names: Mapping[str, str] | None = None
) -> Specimen:
    """Return the specimen with habitats that were computed, and with what was found on the way.

    Images that were moved onto another one are carried along where they were moved to, so that pictures show
    what the habitats were made from.
    """
    # the design says itself which of its habitats are unstable
    told = (item for item in computed.findings if item.code != "habitat_unstable")
    found = tuple(replace(item, message=f"habitats: {item.message}") for item in told)
    moves = {move.image: move for move in computed.registrations}
    images = tuple(
        replace(image, grid=moves[image.name].placed(image.grid)) if image.name in moves else image
        for image in specimen.images
    )
    habitats = habitat_map(computed, names)
    return replace(specimen, habitats=habitats, images=images, findings=(*specimen.findings, *found))


def _habitats(computed: ComputedHabitats, names: Mapping[str, str]) -> Iterator[Habitat]:
    for position, habitat in enumerate(computed.habitats):
        named = Habitat.numbered(habitat.label, position, names.get(str(habitat.label), habitat.name))
        yield replace(named, stability=habitat.stability, is_stable=habitat.is_stable)
