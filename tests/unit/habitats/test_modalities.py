"""What numbers mean comes from the user, from DICOM, or from the name, in this order."""

import pytest

from mouldgen.frames import VoxelGrid
from mouldgen.habitats.modalities import find_modality
from mouldgen.params.habitats import Modality
from mouldgen.testing.scalar_images import noise_image

GRID = VoxelGrid.axis_aligned((4, 4, 4), (1, 1, 1), (0, 0, 0))


def found(name, dicom="", stated=None):
    modality, findings = find_modality(noise_image(GRID, 1.0, name, dicom), stated)
    return modality, [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("modality", "names"),
    [
        (Modality.CT, ["ct", "CT2", "ct_portal", "CECT"]),
        (Modality.PET, ["pet", "suv", "FDG", "pet_fdg", "SUVbw", "suv_map", "pet-ct"]),
        (Modality.MAP, ["adc", "ADC_b800", "ktrans", "rCBV", "ve", "t1map", "t2_map", "perfusion", "ivim-d"]),
        (Modality.MR, ["t1", "t1c", "T1ce", "t2w", "FLAIR", "dwi_b800", "t2_fs", "dce", "mr", "mr2"]),
    ],
)
def test_names_of_the_field_are_understood(modality, names):
    assert {name: found(name) for name in names} == {name: (modality, []) for name in names}


@pytest.mark.parametrize("name", ["scan", "a", "x1", "actual", "carpet", "contrast"])
def test_a_name_that_says_nothing_is_taken_as_mr_and_said(name):
    assert found(name) == (Modality.MR, ["modality_assumed"])


@pytest.mark.parametrize(("dicom", "modality"), [("CT", "ct"), ("PT", "pet"), ("MR", "mr")])
def test_dicom_says_what_a_name_does_not(dicom, modality):
    assert found("scan", dicom) == (modality, [])


def test_dicom_counts_more_than_the_name_and_the_contradiction_is_said():
    assert found("ct", "PT") == (Modality.PET, ["modality_contradicts"])


@pytest.mark.parametrize("dicom", ["MR", "CT"])
def test_a_map_is_known_by_its_name_because_dicom_has_no_modality_for_it(dicom):
    assert found("adc", dicom) == (Modality.MAP, ["modality_by_name"])


@pytest.mark.parametrize(("dicom", "codes"), [("", []), ("CT", []), ("MR", ["modality_contradicts"])])
def test_what_is_stated_counts_most(dicom, codes):
    assert found("t1", dicom, Modality.CT) == (Modality.CT, codes)


def test_other_modalities_of_dicom_leave_it_to_the_name():
    assert found("adc", "US") == (Modality.MAP, [])
