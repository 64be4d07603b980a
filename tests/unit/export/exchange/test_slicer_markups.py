"""slicer/*.mrk.json: points and planes where 3D Slicer will show them, by its own arithmetic."""

import json

import numpy as np
import pytest

from mouldgen.export.slicer_markups import cut_planes_text, site_markups_text, write_slicer_markups
from mouldgen.io.given_sites import read_given_sites
from mouldgen.io.landmarks import read_landmarks

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0])


@pytest.fixture(scope="module")
def sites(lab):
    (markup,) = json.loads(site_markups_text(lab))["markups"]
    return markup


@pytest.fixture(scope="module")
def planes(lab):
    return json.loads(cut_planes_text(lab))["markups"]


def test_points_are_the_sites_in_lps(sites, lab):
    assert (sites["type"], sites["coordinateSystem"], sites["coordinateUnits"]) == ("Fiducial", "LPS", "mm")
    assert len(sites["controlPoints"]) == len(lab.document.sites)
    for point, site in zip(sites["controlPoints"], lab.document.sites, strict=True):
        assert point["label"] == site.id
        assert point["position"] == list(site.lps_mm)
        assert point["positionStatus"] == "defined"
        assert f"hit probability {site.hit_probability:.2f}" in point["description"]
        assert f"tube {site.tube}" in point["description"]


def test_identifiers_are_unique(sites):
    ids = [point["id"] for point in sites["controlPoints"]]
    assert len(set(ids)) == len(ids)


def test_our_own_readers_read_them(lab, tmp_path):
    write_slicer_markups(lab, tmp_path)
    given = read_given_sites(tmp_path / "sites.mrk.json")
    for site, entry in zip(given, lab.document.sites, strict=True):
        assert site.name == entry.id
        assert site.position.tolist() == list(entry.lps_mm)
    three = lab.document.model_copy(update={"sites": lab.document.sites[:3]})
    write_slicer_markups(type(lab)(**{**fields_of(lab), "document": three}), tmp_path)
    assert read_landmarks(str(tmp_path / "sites.mrk.json")) == tuple(site.lps_mm for site in three.sites)


def fields_of(lab):
    return {name: getattr(lab, name) for name in lab.__dataclass_fields__}


def as_slicer_reads(matrix):
    """Return a matrix of an LPS file in Slicer's RAS: it changes the sign of the first two rows."""
    read = np.array(matrix).reshape(4, 4)
    read[:2] *= -1
    return read


def test_every_cut_has_its_plane(planes, lab):
    assert [plane["name"] for plane in planes] == [f"cut {cut.index}" for cut in lab.document.cuts]
    for plane, cut in zip(planes, lab.document.cuts, strict=True):
        center = lab.frame.mould_from_patient.apply(plane["center"])
        assert center[0] == pytest.approx(cut.x_tissue_mm, abs=2e-6)
        np.testing.assert_allclose(plane["normal"], lab.document.frame.cut_normal_lps, atol=1e-12)
        assert plane["controlPoints"][0]["position"] == plane["center"]


def test_slicer_places_the_planes_in_ras_where_the_cuts_are(planes, lab):
    for plane, cut in zip(planes, lab.document.cuts, strict=True):
        np.testing.assert_array_equal(as_slicer_reads(plane["objectToBase"]), np.eye(4))
        base = as_slicer_reads(plane["baseToNode"])
        assert np.linalg.det(base[:3, :3]) == pytest.approx(1.0)
        half_width, half_height = np.array(plane["size"])[:2] / 2
        corners = np.array(
            [(a, b, 0, 1) for a in (-half_width, half_width) for b in (-half_height, half_height)]
        )
        corners_lps = (corners @ base.T)[:, :3] @ RAS_FROM_LPS
        corners_mould = lab.frame.mould_from_patient.apply(corners_lps)
        np.testing.assert_allclose(corners_mould[:, 0], cut.x_tissue_mm, atol=1e-5)


def test_planes_are_as_large_as_the_specimen(planes, lab):
    rings = [
        ring
        for slab in lab.sampling.slabs
        for outline in (slab.outlines.lower, slab.outlines.mid, slab.outlines.upper)
        for ring in outline
    ]
    size_mm = np.ptp(np.concatenate(rings), axis=0)
    for plane in planes:
        np.testing.assert_allclose(plane["size"], [*(size_mm + 10), 0], atol=1e-5)
        assert plane["planeBounds"][1] * 2 == plane["size"][0]


def test_files_name_their_schema(lab):
    for text in (site_markups_text(lab), cut_planes_text(lab)):
        assert json.loads(text)["@schema"].endswith("markups-schema-v1.0.3.json#")
