"""Sites that a user gave: where they stay, and what is said of them."""

from dataclasses import replace

import numpy as np
import pytest

from mouldgen.images import LabelVolume
from mouldgen.params import DesignParameters
from mouldgen.sampling.site_plan import Face, SiteOrigin
from mouldgen.specimen import GivenSite
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import covering_grid, rotation_about, two_habitat_ellipsoid
from mouldgen.testing.plans import lying_slabs, planned_sites

ROTATION = rotation_about([1, 2, 3], 33)


@pytest.fixture(scope="module")
def specimen():
    body = Ellipsoid(np.zeros(3), np.array([30.0, 24.0, 20.0]))
    grid = covering_grid(np.zeros(3), [30, 24, 20], [1.0, 1.0, 2.0])
    return two_habitat_ellipsoid(body, HalfSpace(np.array([0.0, 0.0, 1.0]), 0.0), grid)


def plan_with(specimen, *given, cuts=None, **sites):
    parameters = DesignParameters(sites={"per_habitat": 0} | sites, cuts=cuts or {})
    plan, lying = planned_sites(replace(specimen, given_sites=given), parameters, ROTATION)
    return plan, lying


def codes(plan):
    return sorted(finding.code for finding in plan.findings)


def lps(name, *position, habitat=None):
    return GivenSite(name, np.array(position, float), habitat=habitat)


def test_a_site_keeps_its_name_and_place_in_either_frame(specimen):
    _, lying = plan_with(specimen)
    in_lps = np.array([3.25, -1.5, -9.0])
    in_mould = lying.frame.mould_from_patient.apply(in_lps)
    one, _ = plan_with(specimen, GivenSite("core 7", in_lps))
    other, _ = plan_with(specimen, GivenSite("core 7", in_mould, in_mould=True))
    for plan in (one, other):
        (site,) = plan.sites
        assert (site.id, site.tube, site.origin, site.habitat) == (
            "core 7",
            "case-core 7",
            SiteOrigin.GIVEN,
            1,
        )
        assert np.allclose(site.position_mould[1:], in_mould[1:])
        assert plan.findings == ()
    assert one.sites[0].hit_probability == pytest.approx(other.sites[0].hit_probability)


def test_given_sites_count_and_keep_planned_ones_away(specimen):
    plan, _ = plan_with(specimen, lps("mine", 0, 0, -9), per_habitat=2)
    in_first = [site for site in plan.sites if site.habitat == 1]
    assert [site.origin for site in in_first].count(SiteOrigin.PLANNED) == 1
    mine = next(site for site in plan.sites if site.id == "mine")
    for site in plan.sites:
        if site is not mine and site.slab_id == mine.slab_id:
            assert np.linalg.norm((site.position_mould - mine.position_mould)[1:]) >= 6.0 - 1e-6


def test_names_stay_unique_also_from_planned_ids(specimen):
    plan, _ = plan_with(specimen, lps("a", 0, 0, -9), lps("A", 0, 9, -9))
    assert sorted(site.id for site in plan.sites) == ["A-2", "a"]
    assert codes(plan) == ["site_renamed"]
    first, _ = plan_with(specimen, per_habitat=1)
    name = first.sites[0].id
    plan, _ = plan_with(specimen, lps(name, 0, 0, -9), per_habitat=3)
    ids = [site.id for site in plan.sites]
    assert len(set(ids)) == len(ids)


QUESTIONS = {
    "site_outside_tissue": ([lps("x", 0, 0, 21)], {}),
    "site_other_habitat": ([lps("x", 0, 0, -9, habitat=2)], {}),
    "site_unknown_habitat": ([lps("x", 0, 0, -9, habitat=40)], {}),
    "site_unlikely": ([lps("x", 0, 0, -9)], {"sigma_mm": 12.0}),
    "site_in_reserved": ([lps("x", 0, 0, -12)], {"reserve_mm": 9.0}),
    "site_too_close": ([lps("x", 0, 0, -9), lps("y", 0, 3, -9)], {}),
    "site_outside_slabs": ([lps("x", 90, 90, 90)], {}),
}


@pytest.mark.parametrize("code", QUESTIONS)
def test_what_is_wrong_with_a_site_is_said(specimen, code):
    given, sites = QUESTIONS[code]
    plan, _ = plan_with(specimen, *given, **sites)
    assert code in codes(plan)
    message = next(finding.message for finding in plan.findings if finding.code == code)
    assert given[-1].name in message


def test_a_site_in_a_cut_is_left_out_and_said(specimen):
    _, lying = plan_with(specimen, cuts={"kerf_mm": 2.0})
    slabs = [content.slab for content in lying.sampling.slabs]
    x_mm = (slabs[1].x_upper_mm + slabs[2].x_lower_mm) / 2
    position = np.array([x_mm, 0.0, 30.0])
    plan, _ = plan_with(specimen, GivenSite("lost", position, in_mould=True), cuts={"kerf_mm": 2.0})
    assert plan.sites == ()
    assert codes(plan) == ["site_in_kerf"]


def test_a_site_in_unlabelled_tissue_is_scored_against_tissue(specimen):
    volume = specimen.habitats.volume
    partly = LabelVolume(np.where(volume.voxels == 2, 0, volume.voxels), volume.grid)
    bare = replace(specimen, habitats=replace(specimen.habitats, volume=partly, habitats=()))
    bare = replace(bare, habitats=replace(bare.habitats, habitats=specimen.habitats.habitats[:1]))
    plan, _ = plan_with(bare, lps("x", 0, 0, 9))
    (site,) = plan.sites
    assert site.habitat is None
    assert site.hit_probability > 0.9
    assert codes(plan) == ["site_no_habitat"]


def test_a_given_depth_decides_the_face(specimen):
    lying = lying_slabs(specimen, DesignParameters(), ROTATION)
    slab = lying.sampling.slabs[len(lying.sampling.slabs) // 2].slab
    faces = {}
    for x_mm in (slab.x_lower_mm + 1, slab.x_mid_mm, slab.x_upper_mm - 1):
        given = GivenSite("x", np.array([x_mm, 0.0, 25.0]), in_mould=True)
        plan, _ = plan_with(specimen, given, depth="face", face_depth_mm=3.0)
        faces[x_mm] = plan.sites[0].face
        assert ("site_too_deep" in codes(plan)) == (x_mm == slab.x_mid_mm)
    assert faces[slab.x_lower_mm + 1] is Face.LOWER
    assert faces[slab.x_upper_mm - 1] is Face.UPPER
