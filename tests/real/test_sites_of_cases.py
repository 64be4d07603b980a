"""Sites on real patients: their scores against a Monte Carlo, and two simple rules they must beat."""

import importlib.util

import numpy as np
import pytest

from mouldgen.io.specimen import read_specimen
from mouldgen.params import DesignParameters
from mouldgen.testing.plans import planned_sites
from mouldgen.testing.punch_monte_carlo import labels_at, monte_carlo_share

pytestmark = pytest.mark.real

SITES = {
    "through": {},
    "face": {"depth": "face", "punch_mm": 3.0, "sigma_mm": 1.0, "sigma_across_mm": 2.5},
}


@pytest.fixture(scope="module")
def rules(repository):
    path = repository / "docs" / "figures" / "compare_site_rules.py"
    spec = importlib.util.spec_from_file_location("compare_site_rules", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shared(rules, cases, tmp_path_factory):
    found = rules.shared_cases(cases, tmp_path_factory.mktemp("habitats"))
    return {case.name.split(",")[0]: case for case in found}


@pytest.mark.parametrize("name", ["03 glioma", "04 sarcoma", "06 prostate", "STS_025"])
@pytest.mark.parametrize("sites", SITES.values(), ids=SITES.keys())
def test_scores_on_a_patient_agree_with_a_monte_carlo(shared, name, sites):
    parameters = DesignParameters(sites=sites, orientation={"normal_lps": (0.5, 0.3, 0.8)})
    case = shared[name]
    specimen = read_specimen(case.segmentation, parameters, habitats=case.habitats)
    plan, lying = planned_sites(specimen, parameters)
    volume, frame = specimen.habitats.volume, lying.frame.mould_from_patient
    assert plan.sites
    for site in plan.sites:
        truth = monte_carlo_share(site, volume, frame, parameters.sites)
        assert site.hit_probability == pytest.approx(truth, abs=0.01), site.id
        assert labels_at(volume, [site.position_lps])[0] == site.habitat


@pytest.mark.parametrize("name", ["03 glioma", "06 prostate", "STS_041"])
def test_sites_beat_the_centroid_and_the_largest_area(shared, rules, name):
    parameters = DesignParameters()
    case = shared[name]
    specimen = read_specimen(case.segmentation, parameters, habitats=case.habitats)
    planner, *others = rules.scores(specimen, parameters).T
    for other in others:
        assert planner.mean() > other.mean() + 0.05
        assert planner.min() > other.min()
    assert np.all(planner >= parameters.sites.min_probability)
