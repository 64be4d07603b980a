"""Real patients' files, as found in public repositories."""

import time

import numpy as np
import pytest
import SimpleITK as sitk

from mouldgen import DesignParameters, read_specimen
from mouldgen.errors import InputError, ParameterError
from mouldgen.io.inspection import inspect_input
from mouldgen.io.volumes import read_volume

pytestmark = pytest.mark.real

GLIOMA = "03_glioma_t1c_flair/OTMultiClass.nii.gz"
PROSTATE = "06_prostate_zones_oblique/mask_00.nii"
BRAIN = "07_brain_anisotropic_lefthanded/brain1_label.nrrd"
KIDNEY = "08_kidney_permuted_axes/segmentation.nii.gz"
COHORT = "10_sarcoma_cohort"


def parameters(**specimen):
    return DesignParameters(specimen=specimen)


def codes(specimen):
    return [finding.code for finding in specimen.findings]


def test_every_file_is_read_at_the_points_of_itk(cases):
    paths = [path for path in cases.rglob("*") if path.name.endswith((".nii", ".nii.gz", ".nrrd"))]
    assert len(paths) > 40
    for path in paths:
        volume, image = read_volume(path), sitk.ReadImage(str(path))
        for index in np.random.default_rng(0).integers(0, volume.grid.shape, (5, 3)):
            point = volume.grid.to_points(index).tolist()
            there = image.TransformPhysicalPointToIndex(point)
            assert image[there] == volume.voxels[tuple(index)]
            np.testing.assert_allclose(image.TransformIndexToPhysicalPoint(there), point, atol=1e-6)


@pytest.mark.parametrize(
    ("file", "axes", "handed", "oblique_deg", "volumes_ml"),
    [
        (GLIOMA, "LPS", True, 0.0, {1: 26.371, 2: 53.050, 3: 0.818, 4: 31.485}),
        (PROSTATE, "RAS", True, 16.8, {1: 8.37, 2: 38.93}),
        (BRAIN, "LAS", False, 0.0, {1: 16.41}),
        (KIDNEY, "IPL", True, 0.0, {1: 211.90, 2: 32.35}),
    ],
)
def test_reports_agree_with_what_is_known(cases, file, axes, *, handed, oblique_deg, volumes_ml):
    report = inspect_input(cases / file)
    assert (report.axes, report.is_right_handed) == (axes, handed)
    assert report.oblique_deg == pytest.approx(oblique_deg, abs=0.05)
    assert {label.label: label.volume_ml for label in report.labels} == pytest.approx(volumes_ml, abs=0.006)


def test_parts_names_and_borders_are_reported(cases):
    assert [label.parts for label in inspect_input(cases / GLIOMA).labels][2] == 112
    assert [label.parts for label in inspect_input(cases / KIDNEY).labels] == [3, 1]
    assert inspect_input(cases / PROSTATE).labels[1].borders == ("inferior",)
    chest = inspect_input(cases / "09_chest_segnrrd/Segmentation.seg.nrrd")
    assert [label.name for label in chest.labels][4:6] == ["right lung", "left lung"]


def test_the_glioma_drops_its_speck_and_keeps_its_habitats(cases):
    folder = (cases / GLIOMA).parent
    images = {name: folder / f"{name}_subtrMeanDivStd.nii.gz" for name in ("T1c", "Flair")}
    specimen = read_specimen(cases / GLIOMA, habitats=cases / GLIOMA, images=images)
    assert specimen.volume_mm3 == pytest.approx(111_722)
    assert [habitat.label for habitat in specimen.habitats.habitats] == [1, 2, 3, 4]
    assert {"labels_rounded", "specks_dropped", "holes", "habitats_left_out"} <= set(codes(specimen))
    assert not [finding for finding in specimen.findings if finding.severity != "info"]


def test_the_prostate_is_cut_by_its_volume(cases):
    specimen = read_specimen(cases / PROSTATE, habitats=cases / PROSTATE)
    finding = next(finding for finding in specimen.findings if finding.code == "cut_by_border")
    assert "inferior (571 voxels" in finding.message
    assert specimen.volume_mm3 / 1000 == pytest.approx(47.30, abs=0.006)


def test_two_brain_lesions_are_asked_about(cases):
    with pytest.raises(ParameterError, match=r"1: 13\.98 mL, 36\.7 x 26\.6 x 39\.0 mm; 2: 2\.43 mL"):
        read_specimen(cases / BRAIN)
    assert read_specimen(cases / BRAIN, parameters(lesion="all")).volume_mm3 / 1000 == pytest.approx(
        16.41, abs=0.006
    )


def test_the_kidney_is_sliced_along_its_first_axis(cases):
    tumour = read_specimen(cases / KIDNEY, parameters(labels=[2]))
    assert tumour.volume_mm3 / 1000 == pytest.approx(32.35, abs=0.006)
    assert (tumour.slices.count, tumour.slices.spacing_mm) == (94, pytest.approx(5.0))
    np.testing.assert_allclose(tumour.slices.normal_lps, (0, 0, -1), atol=1e-6)
    with pytest.raises(ParameterError, match="2 separate lesions"):
        read_specimen(cases / KIDNEY)


def test_pet_habitats_and_images_fit_a_tumour_drawn_on_mr(cases):
    folder = cases / COHORT
    specimen = read_specimen(
        folder / "STS_003_mask.nii.gz",
        habitats=folder / "STS_003_PET_mask.nii.gz",
        images={"pet": folder / "STS_003_PET_image.nii.gz"},
    )
    assert specimen.volume_mm3 / 1000 == pytest.approx(80.12, abs=0.006)
    assert codes(specimen) == ["unlabelled_tissue"]


def test_another_patient_is_noticed(cases):
    folder = cases / COHORT
    with pytest.raises(InputError, match="do not overlap the specimen"):
        read_specimen(folder / "STS_003_mask.nii.gz", habitats=folder / "STS_015_PET_mask.nii.gz")
    with pytest.raises(InputError, match="does not show the specimen"):
        read_specimen(folder / "STS_009_mask.nii.gz", images={"pet": folder / "STS_015_PET_image.nii.gz"})


def test_a_phantom_that_fills_its_file_is_read_if_cropped_on_purpose(cases):
    path = cases / "11_ibsi_digital_phantom/mask.nii.gz"
    with pytest.raises(InputError, match="touches all six borders"):
        read_specimen(path)
    assert read_specimen(path, parameters(cropped=True)).volume_mm3 == pytest.approx(74 * 8)


def test_the_largest_tumour_is_read_at_once(cases):
    path = cases / COHORT / "STS_009_mask.nii.gz"
    read_specimen(path)
    begin = time.perf_counter()
    specimen = read_specimen(path)
    assert time.perf_counter() - begin < 0.5
    assert specimen.volume_mm3 / 1000 == pytest.approx(1981.17, abs=0.006)
