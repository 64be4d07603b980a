"""Files for other programs, made of real patients: every one names the same points, in the right voxels."""

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk
import slicerio
from scipy import ndimage

from mouldgen.export.annotation_files import write_annotations
from mouldgen.export.case_check import check_case
from mouldgen.export.case_folder import write_case
from mouldgen.export.stored_laboratory import read_laboratory_case
from mouldgen.io.given_sites import read_given_sites
from mouldgen.io.specimen import read_specimen
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould

pytestmark = [pytest.mark.real, pytest.mark.slow]


def glioma(cases, _folder):
    labels = cases / "03_glioma_t1c_flair" / "OTMultiClass.nii.gz"
    return labels, labels


def prostate(cases, _folder):
    labels = cases / "06_prostate_zones_oblique" / "mask_00.nii"
    return labels, labels


def sarcoma(cases, folder):
    labels = cases / "10_sarcoma_cohort" / "STS_031_mask.nii.gz"
    return labels, halves_of(labels, folder)


def halves_of(path, folder):
    """Write a habitat map of two halves by depth below the surface."""
    image = sitk.ReadImage(str(path))
    inside = sitk.GetArrayFromImage(image) > 0
    depth = ndimage.distance_transform_edt(inside, sampling=image.GetSpacing()[::-1])
    halves = np.where(depth > np.median(depth[inside]), 2, inside)
    habitats = sitk.GetImageFromArray(halves.astype(np.uint8))
    habitats.CopyInformation(image)
    sitk.WriteImage(habitats, str(folder / "halves.nii.gz"))
    return folder / "halves.nii.gz"


@pytest.fixture(scope="module", params=[glioma, prostate, sarcoma], ids=lambda case: case.__name__)
def case(request, cases, tmp_path_factory):
    """Return the folder of a case and the habitat map that it was made from."""
    folder = tmp_path_factory.mktemp(request.param.__name__)
    labels, habitats = request.param(cases, folder)
    parameters = DesignParameters(
        orientation={"normal_lps": (0.5, 0.3, 0.8)}, sites={"min_probability": 0.3, "depth": "face"}
    )
    design = design_mould(read_specimen(labels, parameters, habitats=habitats), parameters)
    write_case(design, folder / "case", pictures=False)
    return folder / "case", habitats


def test_the_check_finds_nothing(case):
    folder, _habitats = case
    assert check_case(folder) == ()


def test_every_site_lies_in_its_habitat_in_the_file_that_was_given(case):
    """Looked up by SimpleITK, on a copy in the order in which the patient's file is stored."""
    folder, path = case
    habitats = sitk.ReadImage(str(path))
    document = json.loads((folder / "sampling_map.json").read_text())
    assert document["sites"]
    for site in document["sites"]:
        index = habitats.TransformPhysicalPointToIndex(site["lps_mm"])
        assert habitats[index] == site["habitat"]


def test_every_format_gives_the_same_points(case, tmp_path):
    folder, _habitats = case
    lab = read_laboratory_case(folder)
    meant = {site.id: np.array(site.lps_mm) for site in lab.document.sites}
    for name in ("sites.csv", "slicer/sites.mrk.json"):
        given = {site.name: site.position for site in read_given_sites(folder / name)}
        assert given.keys() == meant.keys()
        assert max(np.abs(given[name] - meant[name]).max() for name in meant) < 1e-6
    write_annotations(lab, tmp_path)
    for slab in lab.document.slabs:
        collection = json.loads((tmp_path / f"{slab.id}.geojson").read_text())
        panels = {panel["plane"]: panel for panel in collection["mouldgen"]["panels"]}
        for feature in collection["features"]:
            properties = feature["properties"]
            if properties["metadata"].get("part") != "center":
                continue
            panel = panels[properties["metadata"]["panel"]]
            lps = np.array(panel["lps_from_px"]) @ [*feature["geometry"]["coordinates"], 1]
            site = next(item for item in lab.document.sites if item.id == properties["name"])
            along_mm = panel["x_mm"] - site.mould_mm[0]
            point = lps - along_mm * np.array(lab.document.frame.cut_normal_lps)
            assert np.abs(point - meant[site.id]).max() < 1e-3


def test_slicer_finds_every_slab_where_its_sites_are(case):
    folder, _habitats = case
    segmentation = slicerio.read_segmentation(str(folder / "slicer" / "slabs.seg.nrrd"))
    numbers = {segment["name"]: segment["labelValue"] for segment in segmentation["segments"]}
    index_from_lps = np.linalg.inv(segmentation["ijkToLPS"])
    with (folder / "sites.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            lps = [float(row[f"lps_{axis}_mm"]) for axis in "xyz"]
            i, j, k = np.round((index_from_lps @ [*lps, 1])[:3]).astype(int)
            around = segmentation["voxels"][i - 1 : i + 2, j - 1 : j + 2, k - 1 : k + 2]
            assert numbers[row["slab"]] in around
