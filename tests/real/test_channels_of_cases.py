"""Images of real patients on one grid, compared with SimpleITK and with themselves, moved."""

import re

import numpy as np
import pytest
import SimpleITK as sitk

from mouldgen.errors import InputError, Severity
from mouldgen.frames import Rigid
from mouldgen.habitats.common_grid import grid_around, tumour_on
from mouldgen.habitats.laying import lay_channels
from mouldgen.habitats.registration import register_images
from mouldgen.images import Image
from mouldgen.io.specimen import read_specimen
from mouldgen.io.volumes import read_volume
from mouldgen.io.voxel_values import to_labels
from mouldgen.params.habitats import ChannelParameters, Modality
from mouldgen.testing.phantoms import rotation_about

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def sarcoma(cases):
    return cases / "04_sarcoma_ct_mr_pet"


@pytest.fixture(scope="module")
def sarcoma_files(sarcoma):
    folder = sarcoma / "nifti"
    return {
        "ct": folder / "CT_image.nii.gz",
        "pet": folder / "PET_image.nii.gz",
        "t1": folder / "MR_T1_image.nii.gz",
    }


@pytest.fixture(scope="module")
def from_nifti(sarcoma, sarcoma_files):
    specimen = read_specimen(sarcoma / "nifti" / "CT_mask.nii.gz", images=sarcoma_files)
    return lay_channels(specimen.tissue, specimen.images)


@pytest.fixture(scope="module")
def from_dicom(sarcoma):
    folder = sarcoma / "dicom"
    images = {"a": folder / "CT/image", "b": folder / "PET/image", "c": folder / "MR_T1/image"}
    specimen = read_specimen(folder / "CT" / "mask", images=images)
    return lay_channels(specimen.tissue, specimen.images)


def sitk_grid(grid):
    image = sitk.Image([int(size) for size in grid.shape], sitk.sitkFloat32)
    image.SetSpacing(grid.spacing_mm.tolist())
    image.SetOrigin(grid.origin_mm.tolist())
    image.SetDirection(grid.directions.ravel().tolist())
    return image


@pytest.mark.parametrize("name", ["ct", "pet", "t1"])
def test_three_lattices_come_together_as_simpleitk_places_them(from_nifti, sarcoma_files, name):
    grid, inside = from_nifti.channels.tumour.grid, from_nifti.channels.tumour.inside
    assert grid.spacing_mm == pytest.approx([0.9766] * 3, abs=1e-3)
    stored = sitk.ReadImage(str(sarcoma_files[name]), sitk.sitkFloat32)
    resampled = sitk.Resample(stored, sitk_grid(grid), sitk.Transform(), sitk.sitkLinear, float("nan"))
    expected = sitk.GetArrayFromImage(resampled).T[inside]
    values = next(channel.values for channel in from_nifti.channels.channels if channel.name == name)[inside]
    np.testing.assert_allclose(values, expected, atol=1e-4 * np.ptp(expected))


def test_nifti_and_dicom_give_the_same_channels(from_nifti, from_dicom):
    np.testing.assert_array_equal(from_nifti.channels.tumour.inside, from_dicom.channels.tumour.inside)
    inside = from_nifti.channels.tumour.inside
    for one, other in zip(from_nifti.channels.channels, from_dicom.channels.channels, strict=True):
        np.testing.assert_allclose(one.scaled[inside], other.scaled[inside], atol=1e-3)
        assert one.noise == pytest.approx(other.noise, rel=1e-3)


def test_dicom_says_what_images_without_a_name_are(from_dicom):
    found = [(channel.modality, channel.unit) for channel in from_dicom.channels.channels]
    assert found == [(Modality.CT, "HU"), (Modality.PET, "SUV"), (Modality.MR, "")]
    assert not {"modality_assumed", "values_implausible"} & {finding.code for finding in from_dicom.findings}


def test_uptake_does_not_tell_where_a_thigh_lies_and_is_not_moved(sarcoma, sarcoma_files):
    specimen = read_specimen(
        sarcoma / "nifti" / "CT_mask.nii.gz", images={name: sarcoma_files[name] for name in ("ct", "pet")}
    )
    registrations, findings = register_images(specimen.tissue, specimen.images, "ct")
    assert not registrations[1].is_applied
    assert findings[0].severity is Severity.WARNING


@pytest.fixture(scope="module")
def glioma(cases):
    folder = cases / "03_glioma_t1c_flair"
    images = {"t1c": folder / "T1c_subtrMeanDivStd.nii.gz", "flair": folder / "Flair_subtrMeanDivStd.nii.gz"}
    return read_specimen(folder / "OTMultiClass.nii.gz", images=images)


def test_images_on_the_grid_of_the_labels_are_not_interpolated(glioma):
    laid = lay_channels(glioma.tissue, glioma.images)
    tumour = laid.channels.tumour
    assert tumour.volume_mm3 == glioma.volume_mm3
    points = tumour.grid.to_points(tumour.index_vox)
    for image, channel in zip(glioma.images, laid.channels.channels, strict=True):
        index = tuple(np.rint(image.grid.to_indices(points)).astype(int).T)
        np.testing.assert_array_equal(channel.values[tumour.inside], image.voxels[index])


def test_a_known_move_of_one_sequence_is_found_back(glioma):
    t1c, flair = glioma.images
    center = glioma.tissue.centroid_mm(1)
    turn = rotation_about([2, -1, 1], 5.0)
    move = Rigid.from_parts(turn, center - turn @ center + [3.0, -4.0, 2.0])
    moved = Image(flair.name, flair.voxels, flair.grid.moved(move), flair.slices)
    registrations, findings = register_images(glioma.tissue, [t1c, moved], "t1c")
    back = registrations[1].reference_from_image
    assert registrations[1].is_applied
    assert np.linalg.norm(back.apply(move.apply(center)) - center) < 0.3
    left = back.rotation @ move.rotation
    assert np.degrees(np.arccos(min(1.0, (np.trace(left) - 1) / 2))) < 0.5
    assert re.search(r"turned by [45]\.\d\d degrees", findings[0].message)


def test_a_tumour_of_less_than_a_millilitre_is_too_small(cases):
    folder = cases / "05_glioma_oblique_seg"
    images = {"t1c": folder / "3DAXT1postcontrast_MRI", "t2": folder / "3DAXT2SPACE_MRI"}
    specimen = read_specimen(folder / "Tumor_segmentation.dcm", images=images)
    with pytest.raises(
        InputError, match=r"too small for habitats: the tumour has 0\.76 mL; at least 1\.0 mL"
    ):
        lay_channels(specimen.tissue, specimen.images, ChannelParameters())


@pytest.mark.parametrize("grid_mm", [0.9, 1.0, 2.0])
def test_tumours_keep_their_volume(cases, grid_mm):
    files = [
        cases / "04_sarcoma_ct_mr_pet" / "nifti" / "PET_mask.nii.gz",
        *cases.glob("06_prostate_zones_oblique/*.nii"),
        cases / "07_brain_anisotropic_lefthanded" / "brain1_label.nrrd",
    ]
    for path in files:
        tissue, _ = to_labels(read_volume(path))
        grid = grid_around(tissue, grid_mm, 2.0)
        volume_mm3 = np.count_nonzero(tumour_on(grid, tissue)) * grid.voxel_mm3
        assert volume_mm3 == pytest.approx(tissue.volume_mm3(), rel=0.001), path.name
