"""Groups of voxels: known answers on phantoms, none on noise, and always the same ones."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from mouldgen.errors import InputError
from mouldgen.habitats.channels import FeatureMap, FeatureTable
from mouldgen.habitats.clustering import group_voxels
from mouldgen.params.habitats import ClusterParameters, FeatureKind
from mouldgen.testing.habitat_phantoms import habitat_phantom, noise_phantom, table_of

sklearn_metrics = pytest.importorskip("sklearn.metrics")

PUNCH_MM3 = 126.0
DEFAULTS = ClusterParameters()


def agreement(truth, labels):
    return sklearn_metrics.adjusted_rand_score(truth, labels)


@pytest.mark.parametrize(
    ("regions", "method"), [(2, "gmm"), (3, "gmm"), (4, "gmm"), (5, "gmm"), (2, "kmeans"), (5, "kmeans")]
)
def test_regions_of_a_phantom_and_their_number_are_found_in_noise_and_a_bias_field(regions, method):
    phantom = habitat_phantom(regions)
    grouping = group_voxels(table_of(phantom), ClusterParameters(method=method), min_region_mm3=PUNCH_MM3)
    assert len(grouping.present) == regions
    assert agreement(phantom.labels, grouping.labels) > 0.95


@pytest.mark.parametrize("criterion", ["silhouette", "stability"])
def test_other_criteria_find_the_number_of_a_phantom_too(criterion):
    phantom = habitat_phantom(3, contrast=6, size=0.8)
    parameters = ClusterParameters(criterion=criterion)
    grouping = group_voxels(table_of(phantom), parameters, min_region_mm3=PUNCH_MM3)
    assert len(grouping.present) == 3
    assert grouping.choice.criterion == criterion


@pytest.mark.parametrize(
    "noise",
    [{}, {"channels": 1}, {"channels": 4}, {"noise_mm": 1.0}, {"noise_mm": 2.0}, {"bias": 0.05}],
    ids=str,
)
def test_noise_alone_is_not_carved_into_habitats(noise):
    grouping = group_voxels(table_of(noise_phantom(size=0.8, **noise)), DEFAULTS, min_region_mm3=PUNCH_MM3)
    assert grouping.present == (1,)
    assert not grouping.is_structured
    assert grouping.model.names == ("whole tumour",)
    assert [finding.code for finding in grouping.findings] == ["no_habitats"]


def test_a_number_asked_for_in_noise_is_warned_of():
    table = table_of(noise_phantom())
    grouping = group_voxels(table, ClusterParameters(count=3), min_region_mm3=PUNCH_MM3)
    assert not grouping.is_structured
    assert "habitats_of_noise" in {finding.code for finding in grouping.findings}


@pytest.mark.parametrize("method", ["gmm", "kmeans"])
def test_one_and_two_threads_give_the_same_bytes(method):
    table = table_of(habitat_phantom(3, size=0.7))
    parameters = ClusterParameters(method=method, starts=5)
    results = []
    for threads in (1, 2, 2):
        with threadpool_limits(limits=threads):
            results.append(group_voxels(table, parameters, min_region_mm3=PUNCH_MM3))
    one, *others = results
    for other in others:
        assert other.labels.tobytes() == one.labels.tobytes()
        assert other.posterior.tobytes() == one.posterior.tobytes()
        assert other.model.to_json_text() == one.model.to_json_text()


def test_habitats_are_numbered_by_the_rising_mean_of_the_first_feature():
    table = table_of(habitat_phantom(5))
    grouping = group_voxels(table, DEFAULTS, min_region_mm3=PUNCH_MM3)
    means = [table.features[0].values[grouping.labels == label].mean() for label in grouping.present]
    assert means == sorted(means)


def test_names_say_what_habitats_look_like():
    grouping = group_voxels(table_of(habitat_phantom(2)), DEFAULTS, min_region_mm3=PUNCH_MM3)
    assert grouping.model.names == ("low t1, low adc", "high t1, high adc")


def test_no_connected_part_is_smaller_than_the_punch_takes():
    phantom = habitat_phantom(4, contrast=2.5)
    table = table_of(phantom)
    parameters = ClusterParameters(count=4, smoothing_mm=0)
    grouping = group_voxels(table, parameters, min_region_mm3=PUNCH_MM3)
    from skimage.measure import label

    volume = table.tumour.labelled(grouping.labels).voxels
    sizes = np.bincount(label(volume, background=0, connectivity=1).ravel())[1:]
    assert sizes.min() >= PUNCH_MM3
    merged = next(finding for finding in grouping.findings if finding.code == "merged_parts")
    assert "too small to be sampled" in merged.message


def test_the_smallest_part_of_the_parameters_wins():
    table = table_of(habitat_phantom(2))
    parameters = ClusterParameters(count=2, smoothing_mm=0, min_region_mm3=0)
    grouping = group_voxels(table, parameters, min_region_mm3=PUNCH_MM3)
    assert not grouping.findings


def test_a_value_that_is_no_number_is_refused_with_the_name_of_its_feature():
    table = table_of(noise_phantom(size=0.5))
    values = np.full(table.tumour.count, np.nan)
    bad = FeatureMap("adc", FeatureKind.CONTRAST, values, values)
    with pytest.raises(InputError, match="adc contrast is not a finite number in"):
        group_voxels(FeatureTable(table.tumour, (bad,)), DEFAULTS, min_region_mm3=PUNCH_MM3)
