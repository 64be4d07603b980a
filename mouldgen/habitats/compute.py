"""From a tumour and its images to habitats: what `mouldgen habitats` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.habitats.certainty import label_certainty
from mouldgen.habitats.changes import changes_of
from mouldgen.habitats.channels import FeatureTable
from mouldgen.habitats.clustering import Grouping, group_voxels, regroup_voxels
from mouldgen.habitats.computed import ComputedHabitats, CountTrial, StabilityTrial
from mouldgen.habitats.counting import CountChoice
from mouldgen.habitats.description import describe_habitats
from mouldgen.habitats.feature_maps import compute_features
from mouldgen.habitats.laying import LaidChannels, lay_channels
from mouldgen.habitats.model import HabitatModel
from mouldgen.habitats.model_settings import model_settings
from mouldgen.habitats.stability import instability_findings, try_changes
from mouldgen.images import Image, LabelVolume
from mouldgen.params import DesignParameters
from mouldgen.params.habitats import CountCriterion

__all__ = ["compute_habitats", "smallest_region_mm3"]


def compute_habitats(
    tissue: LabelVolume,
    images: Sequence[Image],
    parameters: DesignParameters,
    *,
    min_region_mm3: float | None = None,
    model: HabitatModel | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> ComputedHabitats:
    """Return the habitats of a tumour.

    Parameters
    ----------
    tissue
        What is not background is tumour, in LPS.
    images
        Each on its own grid, in LPS.
    parameters
        Sections ``channels``, ``features``, ``clusters`` and ``trust``; punch and slab decide the smallest
        region.
    min_region_mm3
        Connected parts that are smaller are merged. Unset: `smallest_region_mm3` of the parameters.
    model
        Fitted before: its habitats keep numbers and names. None fits one to this tumour.
    on_stage
        Called with the name of a stage when it begins.

    Raises
    ------
    InputError
        If images and tumour do not suit each other.
    ParameterError
        If parameters do not suit the images, or a model was fitted with other ones.
    MissingExtraError
        If scikit-learn or numba are not installed.
    """
    begin = on_stage or (lambda _: None)
    begin("images")
    laid = lay_channels(tissue, images, parameters.channels)
    settings = model_settings(laid, parameters.features)
    if model is not None:
        model.check_settings(settings)
    begin("features")
    table = compute_features(laid.channels, parameters.features)
    begin("habitats")
    smallest_mm3 = smallest_region_mm3(parameters) if min_region_mm3 is None else min_region_mm3
    grouping = group_voxels(
        table, parameters.clusters, min_region_mm3=smallest_mm3, model=model, settings=settings
    )
    begin("stability")
    trials = _repeats(laid, table, grouping, parameters, smallest_mm3, is_given=model is not None)
    return _computed(laid, table, grouping, trials, parameters)


def smallest_region_mm3(parameters: DesignParameters) -> float:
    """Return ``clusters.min_region_mm3``, or what a punch takes of a slab where that is unset."""
    given = parameters.clusters.min_region_mm3
    if given is not None:
        return given
    return float(np.pi / 4 * parameters.sites.punch_mm**2 * parameters.cuts.slab_mm)


def _repeats(
    laid: LaidChannels,
    table: FeatureTable,
    grouping: Grouping,
    parameters: DesignParameters,
    smallest_mm3: float,
    *,
    is_given: bool,
) -> tuple[StabilityTrial, ...]:
    """Return the repeats; none where there is one habitat, which is the tumour itself."""
    model = grouping.model
    if model.components.count == 1:
        return ()
    # a given model is not fitted again, so that another seed changes nothing
    changes = [c for c in changes_of(laid, table, parameters) if not (is_given and c.name == "seed")]

    def regroup(changed: FeatureTable, seed: int, more: int) -> npt.NDArray[np.uint16]:
        if is_given:
            return group_voxels(changed, parameters.clusters, min_region_mm3=smallest_mm3, model=model).labels
        count = model.components.count + more
        clusters = parameters.clusters.model_copy(update={"seed": seed, "count": count})
        return regroup_voxels(changed, clusters, smallest_mm3)

    return try_changes(grouping.labels, table.tumour, changes, regroup)


def _computed(
    laid: LaidChannels,
    table: FeatureTable,
    grouping: Grouping,
    trials: tuple[StabilityTrial, ...],
    parameters: DesignParameters,
) -> ComputedHabitats:
    names = {label: grouping.model.names[label - 1] for label in grouping.present}
    certainty = label_certainty(grouping.posterior, grouping.labels)
    least_dice = parameters.trust.least_dice
    habitats = describe_habitats(
        grouping.labels,
        table,
        names,
        certainty,
        trials,
        least_dice=least_dice,
        is_structured=grouping.is_structured,
    )
    findings: tuple[Finding, ...] = (
        *laid.findings,
        *table.findings,
        *grouping.findings,
        *instability_findings(names, trials, least_dice),
    )
    return ComputedHabitats(
        labels=table.tumour.labelled(grouping.labels),
        certainty=np.asarray(table.tumour.spread_out(certainty), np.float32),
        habitats=habitats,
        channels=laid.channels,
        table=table,
        counts=_count_trials(grouping.choice),
        trials=trials,
        registrations=laid.registrations,
        model_text=grouping.model.to_json_text(),
        findings=findings,
    )


def _count_trials(choice: CountChoice | None) -> tuple[CountTrial, ...]:
    """Return how every number did by BIC, and by the criterion asked for where that is another one."""
    if choice is None or choice.criterion is None:
        return ()
    trials = [CountTrial(row.count, "bic", -row.bic, row.count == choice.count) for row in choice.rows]
    if choice.criterion is not CountCriterion.BIC:
        name = str(choice.criterion)
        scores = {row.count: getattr(row, name) for row in choice.rows}
        trials += [
            CountTrial(count, name, score, count == choice.count)
            for count, score in scores.items()
            if score is not None
        ]
    return tuple(trials)
