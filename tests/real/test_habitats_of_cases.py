"""Habitats computed from images of real patients: against given classes, on three grids, and too small."""

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from mouldgen.errors import InputError
from mouldgen.io.computed_habitats import compute_for_specimen
from mouldgen.io.specimen import read_specimen
from mouldgen.io.volumes import read_volume
from mouldgen.params import DesignParameters

pytestmark = [pytest.mark.real, pytest.mark.slow]

NECROSIS, OEDEMA, NON_ENHANCING, ENHANCING = 1, 2, 3, 4


@pytest.fixture(scope="module")
def glioma(cases):
    """Return the habitats of a glioma, and the class that readers gave each of its voxels."""
    folder = cases / "03_glioma_t1c_flair"
    classes = folder / "OTMultiClass.nii.gz"
    images = {"t1c": folder / "T1c_subtrMeanDivStd.nii.gz", "flair": folder / "Flair_subtrMeanDivStd.nii.gz"}
    parameters = DesignParameters(specimen={"lesion": "all"}, trust={"repeats": 1})
    computed, _ = compute_for_specimen(read_specimen(classes, parameters, images=images), parameters)
    given, tumour = read_volume(classes), computed.channels.tumour
    index = np.rint(given.grid.to_indices(tumour.grid.to_points(tumour.index_vox))).astype(int)
    return computed, np.rint(given.voxels[tuple(index.T)]).astype(int)


def test_habitats_of_a_glioma_follow_the_classes_that_its_images_show(glioma):
    computed, classes = glioma
    labels = computed.labels.voxels[computed.channels.tumour.inside]
    assert len(computed.habitats) == 3
    assert adjusted_rand_score(classes[classes > 0], labels[classes > 0]) > 0.65
    counts = {number: np.bincount(labels[classes == number], minlength=4) for number in (1, 2, 4)}
    homes = [int(counts[number].argmax()) for number in (NECROSIS, OEDEMA, ENHANCING)]
    assert len(set(homes)) == 3
    assert counts[OEDEMA].max() > 0.9 * counts[OEDEMA].sum()
    assert counts[ENHANCING].max() > 0.95 * counts[ENHANCING].sum()


def test_habitats_of_a_glioma_are_named_by_what_its_classes_look_like(glioma):
    computed, classes = glioma
    labels = computed.labels.voxels[computed.channels.tumour.inside]
    names = {habitat.label: habitat.name for habitat in computed.habitats}
    enhancing = np.bincount(labels[classes == ENHANCING]).argmax()
    assert "high t1c" in names[int(enhancing)]


def test_habitats_of_a_glioma_stay_under_noise_and_another_outline(glioma):
    computed, _ = glioma
    assert {trial.change for trial in computed.trials} == {"noise", "seed", "eroded", "dilated"}
    assert all(habitat.is_stable and habitat.stability > 0.9 for habitat in computed.habitats)


def test_a_sarcoma_on_three_grids_becomes_a_case_that_an_independent_check_accepts(cases, verifier, tmp_path):
    folder = cases / "04_sarcoma_ct_mr_pet" / "nifti"
    images = {"ct": "CT_image", "t1": "MR_T1_image", "pet": "PET_image"}
    given = [part for name, file in images.items() for part in ("--image", f"{name}={folder / file}.nii.gz")]
    options = ["--count", "3", "--normal", "0.2", "-0.4", "0.9", "--set=trust.repeats=1"]
    command = [sys.executable, "-m", "mouldgen", "make", folder / "CT_mask.nii.gz", *given, *options]
    subprocess.run([*command, "--habitats", "auto", "-q", "-o", tmp_path / "case"], check=True, timeout=300)
    document = json.loads((tmp_path / "case" / "sampling_map.json").read_text())
    assert document["specimen"]["habitats_computed_from"] == ["ct", "t1", "pet"]
    assert len(document["habitats"]) == 3
    total = sum(habitat["volume_mm3"] for habitat in document["habitats"])
    assert total == pytest.approx(document["specimen"]["volume_mm3"], rel=0.005)
    habitats = tmp_path / "case" / "slicer" / "habitats.seg.nrrd"
    check = [sys.executable, verifier, tmp_path / "case", folder / "CT_mask.nii.gz", "--habitats", habitats]
    checked = subprocess.run(
        [*map(str, check), "--normal", "0.2", "-0.4", "0.9"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_tumour_that_is_too_small_for_habitats_is_refused_with_its_volume(cases):
    folder = cases / "05_glioma_oblique_seg"
    parameters = DesignParameters(specimen={"cropped": True})
    labels = folder / "Tumor_segmentation.dcm"
    series = folder / "3DAXT1postcontrast_MRI"
    specimen = read_specimen(labels, parameters, images={"t1c": series})
    with pytest.raises(InputError, match=r"too small for habitats: .*0\.76 mL"):
        compute_for_specimen(specimen, parameters)
