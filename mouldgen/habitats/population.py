"""One model for many patients: habitat 2 then means the same in all of them.

Fit it once to the features of a cohort; `group_voxels` and `compute_habitats` apply it to the tumour they are
given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.habitats.channels import FeatureTable
from mouldgen.habitats.clustering import WHOLE_TUMOUR, fit_settings, library_versions
from mouldgen.habitats.counting import CaseVoxels, CountChoice, try_counts
from mouldgen.habitats.feature_maps import compute_features
from mouldgen.habitats.grouping_findings import choice_findings
from mouldgen.habitats.laying import lay_channels
from mouldgen.habitats.model import HabitatModel, Standardisation, check_same_features, features_of
from mouldgen.habitats.model_settings import model_settings
from mouldgen.habitats.naming import habitat_names
from mouldgen.habitats.sample import FIT_VOXELS, voxel_sample
from mouldgen.images import Image, LabelVolume
from mouldgen.params import DesignParameters
from mouldgen.params.habitats import ClusterParameters

__all__ = ["HabitatModel", "fit_cohort", "fit_population"]


def fit_cohort(
    cases: Sequence[tuple[LabelVolume, Sequence[Image]]], parameters: DesignParameters
) -> tuple[HabitatModel, tuple[Finding, ...]]:
    """Return a model for the tumours of a cohort, and what was found while it was fitted.

    Parameters
    ----------
    cases
        Tumour and images of every patient; images by the same names.
    parameters
        Sections ``channels``, ``features`` and ``clusters``.

    Raises
    ------
    InputError
        If there is no case, or images and tumour of one do not suit each other.
    ParameterError
        If features of a case are not those of the first, or come about otherwise.
    """
    tables, settings = [], []
    for tissue, images in cases:
        laid = lay_channels(tissue, images, parameters.channels)
        settings.append(model_settings(laid, parameters.features))
        tables.append(compute_features(laid.channels, parameters.features))
    model, choice = fit_population(tables, parameters.clusters, settings[0] if settings else {})
    for other in settings[1:]:
        model.check_settings(other)
    return model, choice_findings(choice)


def fit_population(
    tables: Sequence[FeatureTable], parameters: ClusterParameters, settings: Mapping[str, Any]
) -> tuple[HabitatModel, CountChoice]:
    """Return a model for the tumours of a cohort, and how its number of habitats was chosen.

    Every tumour counts as much as another, whatever its size. Habitats are numbered by the rising mean of the
    first feature, and named by how they differ from the mean of the cohort.

    Parameters
    ----------
    tables
        Features of every tumour, the same in the same order.
    parameters
        Method, number or criterion, and seed.
    settings
        Parameters that decided the features; the model keeps them.

    Raises
    ------
    InputError
        If there is no table.
    ParameterError
        If the tables hold different features.
    """
    if not tables:
        message = "a model of a population needs at least one tumour; got none"
        raise InputError(message)
    features = features_of(tables[0])
    for table in tables[1:]:
        check_same_features(features, features_of(table))
    share = max(1, FIT_VOXELS // len(tables))
    standard = Standardisation.of(
        np.concatenate(
            [table.matrix[voxel_sample(table.tumour.count, parameters.seed, share)] for table in tables]
        )
    )
    cases = [CaseVoxels(standard.apply(table.matrix), table.tumour) for table in tables]
    choice, components = try_counts(
        cases, fit_settings(parameters), count=parameters.count, criterion=parameters.criterion
    )
    order = sorted(range(components.count), key=lambda habitat: tuple(components.means[habitat].round(9)))
    components = components.rearranged(order)
    names = (
        (WHOLE_TUMOUR,)
        if components.count == 1
        else habitat_names(components.means, [feature.name for feature in tables[0].features])
    )
    model = HabitatModel(
        method=parameters.method,
        features=features,
        standardisation=standard,
        components=components,
        names=names,
        settings=settings,
        seed=parameters.seed,
        cases=len(tables),
        versions=library_versions(),
    )
    return model, choice
