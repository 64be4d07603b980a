"""Models: the same habitats in all patients, written down, and never applied to other features."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mouldgen.errors import InputError, ParameterError
from mouldgen.habitats.channels import FeatureTable
from mouldgen.habitats.clustering import group_voxels
from mouldgen.habitats.compute import compute_habitats
from mouldgen.habitats.population import HabitatModel, fit_cohort, fit_population
from mouldgen.params import DesignParameters
from mouldgen.params.habitats import ClusterParameters
from mouldgen.testing.habitat_phantoms import habitat_phantom, table_of

sklearn_metrics = pytest.importorskip("sklearn.metrics")

PARAMETERS = DesignParameters(
    trust={"repeats": 0}, clusters={"starts": 5}, channels={"scalings": {"t1": "robust"}}
)


def case(seed, regions=3):
    phantom = habitat_phantom(regions, seed=seed, size=0.8)
    return phantom.tissue, phantom.images


@pytest.fixture(scope="module")
def model():
    return fit_cohort([case(1), case(2)], PARAMETERS)[0]


def test_a_cohort_gives_one_model_that_finds_the_same_habitats_in_a_new_patient(model):
    phantom = habitat_phantom(3, seed=9, size=0.8)
    found = compute_habitats(phantom.tissue, phantom.images, PARAMETERS, model=model)
    labels = found.labels.voxels[found.channels.tumour.inside]
    assert model.cases == 2
    assert sklearn_metrics.adjusted_rand_score(phantom.labels, labels) > 0.95
    assert tuple(habitat.name for habitat in found.habitats) == model.names


def test_a_habitat_that_a_patient_lacks_leaves_a_gap_and_is_reported(model):
    table = table_of(habitat_phantom(3, size=0.8))
    chosen = group_voxels(table, ClusterParameters(), min_region_mm3=126, model=model)
    keep = chosen.labels != 2
    inside = np.array(table.tumour.inside)
    inside[inside] = keep
    part = FeatureTable(
        type(table.tumour)(inside, table.tumour.grid),
        tuple(type(f)(f.channel, f.kind, f.values[keep], f.scaled[keep], f.unit) for f in table.features),
    )
    grouping = group_voxels(part, ClusterParameters(), min_region_mm3=126, model=model)
    assert grouping.present == (1, 3)
    assert "habitat_absent" in {finding.code for finding in grouping.findings}


def test_a_model_survives_json(model):
    text = model.to_json_text()
    read = HabitatModel.from_json_text(text)
    assert read.to_json_text() == text
    table = table_of(habitat_phantom(3, size=0.8))
    assert (read.log_densities(table) == model.log_densities(table)).all()


def test_images_in_another_order_are_refused(model):
    tissue, images = case(3)
    with pytest.raises(ParameterError, match="in the order adc intensity, t1 intensity"):
        compute_habitats(tissue, images[::-1], PARAMETERS, model=model)


def test_a_missing_image_is_named(model):
    tissue, images = case(3)
    table = table_of(habitat_phantom(3, size=0.8))
    with pytest.raises(ParameterError, match="lacks adc intensity"):
        model.log_densities(FeatureTable(table.tumour, table.features[:1]))
    with pytest.raises(ParameterError, match="modality of adc: the model has"):
        compute_habitats(
            tissue, images[:1], PARAMETERS.with_values({"channels": {"scalings": {}}}), model=model
        )


def test_other_parameters_are_named(model):
    tissue, images = case(3)
    other = DesignParameters(channels={"scalings": {"t1": "percentile"}}, trust={"repeats": 0})
    with pytest.raises(ParameterError, match='scaling of t1: the model has "robust", this case "percentile"'):
        compute_habitats(tissue, images, other, model=model)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"format": "other"}, "not a habitat model"),
        ({"format_version": 9}, "format version 9"),
        ({"scale": [0.0, 1.0]}, "damaged"),
        ({"habitats": []}, "damaged"),
        ({"features": [{"channel": "t1", "kind": "colour", "direction": ""}]}, "damaged"),
        ({"center": None}, "damaged"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_damaged_model_is_refused(model, change, expected):
    document = json.loads(model.to_json_text()) | change
    with pytest.raises(InputError, match=expected):
        HabitatModel.from_json_text(json.dumps(document))


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_what_is_no_model_is_refused(text):
    with pytest.raises(InputError, match="habitat model"):
        HabitatModel.from_json_text(text)


def test_a_population_needs_a_tumour():
    with pytest.raises(InputError, match="at least one tumour"):
        fit_population([], ClusterParameters(), {})
