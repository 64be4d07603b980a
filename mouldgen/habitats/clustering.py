"""Features to habitats: groups of voxels, made into regions, numbered and named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, frozen_array
from mouldgen.habitats.channels import FeatureTable
from mouldgen.habitats.components import Components
from mouldgen.habitats.counting import CaseVoxels, CountChoice, try_counts
from mouldgen.habitats.fitting import FitSettings, fit_components
from mouldgen.habitats.grouping_findings import choice_findings, region_findings, vanished_findings
from mouldgen.habitats.model import HabitatModel, Standardisation, features_of
from mouldgen.habitats.naming import habitat_names
from mouldgen.habitats.regions import Regions, form_regions
from mouldgen.habitats.sample import voxel_sample
from mouldgen.params.habitats import ClusterParameters

__all__ = ["Grouping", "fit_settings", "group_voxels", "library_versions", "regroup_voxels", "standardised"]

WHOLE_TUMOUR = "whole tumour"
"""Name of the one habitat where none were found."""

_LEAST_PROBABILITY = 1e-12


@dataclass(frozen=True, eq=False)
class Grouping:
    """Which habitat every voxel belongs to.

    Parameters
    ----------
    labels
        Shape (N,): the habitat, from 1. Habitats of a given model keep their numbers, so that some may be
        absent.
    posterior
        Shape (N, K): probability of every habitat, given the voxel and its neighbours.
    model
        What tells the habitats apart; its names are those of the habitats.
    choice
        How many were chosen, and why; None where a model was given.
    findings
        What was merged, what vanished, and whether there are habitats at all.
    """

    labels: npt.NDArray[np.uint16]
    posterior: npt.NDArray[np.float32]
    model: HabitatModel
    choice: CountChoice | None
    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", frozen_array(self.labels, np.uint16))
        object.__setattr__(self, "posterior", frozen_array(self.posterior, np.float32))

    @cached_property
    def present(self) -> tuple[int, ...]:
        """Labels that occur, rising."""
        return tuple(int(label) for label in np.unique(self.labels))

    @property
    def is_structured(self) -> bool:
        """Whether the images show more than one kind of tissue; a given model is taken at its word."""
        return self.choice is None or self.choice.is_structured


def group_voxels(
    table: FeatureTable,
    parameters: ClusterParameters,
    *,
    min_region_mm3: float,
    model: HabitatModel | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Grouping:
    """Return the habitats of a tumour.

    Parameters
    ----------
    table
        Features of its voxels.
    parameters
        Method, number or criterion, seed and smoothing.
    min_region_mm3
        Connected parts that are smaller are merged; `parameters.min_region_mm3` wins where it is set.
    model
        Taken instead of a fit. Its habitats keep their numbers and names.
    settings
        Parameters that decided the features, which the fitted model keeps.

    Raises
    ------
    InputError
        If a feature is not finite, or nothing is there.
    ParameterError
        If the model looks at other features.
    MissingExtraError
        If scikit-learn is not installed.
    """
    _check(table)
    smallest_mm3 = min_region_mm3 if parameters.min_region_mm3 is None else parameters.min_region_mm3
    if model is not None:
        return _grouped_by(model, table, parameters, smallest_mm3)
    standard, matrix = standardised(table, parameters.seed)
    choice, components = try_counts(
        [CaseVoxels(matrix, table.tumour)],
        fit_settings(parameters),
        count=parameters.count,
        criterion=parameters.criterion,
    )
    regions = form_regions(
        components.log_densities(matrix), table.tumour, parameters.smoothing_mm, smallest_mm3
    )
    regions, components = _numbered(regions, components, table)
    vanished = choice.count - components.count
    names = _names(regions.labels, components.count, table)
    fitted = HabitatModel(
        method=parameters.method,
        features=features_of(table),
        standardisation=standard,
        components=components,
        names=names,
        settings=settings or {},
        seed=parameters.seed,
        versions=library_versions(),
    )
    findings = (
        *choice_findings(choice),
        *vanished_findings(choice.count, vanished, smallest_mm3),
        *region_findings(regions, names, table, smallest_mm3),
    )
    return _grouping(regions, fitted, choice, findings)


def regroup_voxels(
    table: FeatureTable, parameters: ClusterParameters, min_region_mm3: float
) -> npt.NDArray[np.uint16]:
    """Return labels, from 1 and in any order, of `parameters.count` habitats, without names and findings.

    Raises
    ------
    ValueError
        If no count is given.
    """
    if parameters.count is None:
        message = "expected the number of habitats; got none"
        raise ValueError(message)
    _, matrix = standardised(table, parameters.seed)
    sample = matrix[voxel_sample(len(matrix), parameters.seed)]
    components = fit_components(sample, parameters.count, fit_settings(parameters))
    smallest_mm3 = min_region_mm3 if parameters.min_region_mm3 is None else parameters.min_region_mm3
    regions = form_regions(
        components.log_densities(matrix), table.tumour, parameters.smoothing_mm, smallest_mm3
    )
    return (regions.labels + 1).astype(np.uint16)


def fit_settings(parameters: ClusterParameters) -> FitSettings:
    """Return how fits are done."""
    return FitSettings(parameters.method, parameters.starts, parameters.seed)


def standardised(table: FeatureTable, seed: int) -> tuple[Standardisation, FloatArray]:
    """Return the standardisation by a sample of voxels, and the standardised matrix, shape (N, features)."""
    standard = Standardisation.of(table.matrix[voxel_sample(table.tumour.count, seed)])
    return standard, standard.apply(table.matrix)


def library_versions() -> dict[str, str]:
    """Return the versions of what decides a fit."""
    return {name: version(name) for name in ("numpy", "scipy", "scikit-learn")}


def _check(table: FeatureTable) -> None:
    if table.tumour.count == 0:
        message = (
            "no voxel of the tumour is shown by all images; check that they show the same patient and place"
        )
        raise InputError(message)
    for feature in table.features:
        bad = int(np.count_nonzero(~np.isfinite(feature.scaled)))
        if bad:
            message = (
                f"{feature.name} is not a finite number in {bad} of {feature.scaled.size} voxels of the "
                "tumour; "
                "leave it out, or correct the image"
            )
            raise InputError(message)


def _grouped_by(
    model: HabitatModel, table: FeatureTable, parameters: ClusterParameters, smallest_mm3: float
) -> Grouping:
    regions = form_regions(model.log_densities(table), table.tumour, parameters.smoothing_mm, smallest_mm3)
    return _grouping(regions, model, None, region_findings(regions, model.names, table, smallest_mm3))


def _grouping(
    regions: Regions, model: HabitatModel, choice: CountChoice | None, findings: tuple[Finding, ...]
) -> Grouping:
    return Grouping(
        labels=(regions.labels + 1).astype(np.uint16),
        posterior=regions.posterior.astype(np.float32),
        model=model,
        choice=choice,
        findings=findings,
    )


def _numbered(regions: Regions, components: Components, table: FeatureTable) -> tuple[Regions, Components]:
    """Return habitats numbered by the rising mean of the features, the first leading; without those gone."""
    present = [habitat for habitat in range(components.count) if (regions.labels == habitat).any()]
    order = sorted(present, key=lambda habitat: _means(regions.labels == habitat, table))
    new: dict[int | None, int] = {habitat: position for position, habitat in enumerate(order)}
    labels = np.array([new.get(habitat, -1) for habitat in range(components.count)])[regions.labels]
    posterior = np.maximum(regions.posterior[:, order], _LEAST_PROBABILITY)
    merges = tuple(
        replace(merge, source=new.get(merge.source), target=new[merge.target])
        for merge in regions.merges
        if merge.target in new
    )
    kept = replace(
        regions, labels=labels, posterior=posterior / posterior.sum(axis=1, keepdims=True), merges=merges
    )
    return kept, components.rearranged(order)


def _means(chosen: npt.NDArray[np.bool_], table: FeatureTable) -> tuple[float, ...]:
    return tuple(round(float(feature.values[chosen].mean()), 9) for feature in table.features)


def _names(labels: npt.NDArray[np.int64], count: int, table: FeatureTable) -> tuple[str, ...]:
    if count == 1:
        return (WHOLE_TUMOUR,)
    deviations = np.array([_deviations(labels == habitat, table) for habitat in range(count)])
    return habitat_names(deviations, [feature.name for feature in table.features])


def _deviations(chosen: npt.NDArray[np.bool_], table: FeatureTable) -> FloatArray:
    """Return how far the means in a habitat are from the tumour's, in the tumour's standard deviations."""
    matrix = table.matrix
    scale = matrix.std(axis=0)
    shift = matrix[chosen].mean(axis=0) - matrix.mean(axis=0)
    return np.asarray(shift / np.where(scale > 0, scale, 1.0))
