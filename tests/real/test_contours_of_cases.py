"""Contours of real patients: the given masks voxel for voxel, and the given volumes and extents."""

import nibabel
import numpy as np
import pytest

from mouldgen.io.dicom.structure_set import open_structure_set
from mouldgen.io.volumes import read_volume

pytestmark = pytest.mark.real

MODALITIES = ["CT", "MR_T1", "PET"]


@pytest.fixture(scope="module")
def ovary(cases):
    path = cases / "02_ovary_mould_reference" / "AIM_20230126_164344_486_S102.dcm"
    return open_structure_set(path, path.name)


@pytest.fixture(params=MODALITIES)
def sarcoma(request, cases):
    """Return structure set, images and mask of one modality, the mask read by a library of others."""
    case = cases / "04_sarcoma_ct_mr_pet"
    images = read_volume(case / "nifti" / f"{request.param}_image.nii.gz")
    mask = nibabel.load(case / "nifti" / f"{request.param}_mask.nii.gz")
    path = case / "dicom" / request.param / "mask" / "RS.dcm"
    return open_structure_set(path, path.name, images), images, mask


def test_contours_on_their_images_give_the_given_mask_voxel_for_voxel(sarcoma):
    source, images, mask = sarcoma
    found = source.voxels_of([1])
    # nibabel keeps the order of the file and counts in RAS: these files run to left, posterior, superior
    np.testing.assert_allclose(np.diag([-1, -1, 1, 1]) @ mask.affine, images.grid.point_from_index, atol=1e-3)
    np.testing.assert_array_equal(found.labels.voxels > 0, np.asarray(mask.dataobj) > 0)
    assert found.labels.grid is images.grid
    assert not found.is_cropped
    assert not found.findings


def test_the_same_contours_without_images_have_the_volume_and_place_of_the_mask(sarcoma):
    source, images, _mask = sarcoma
    on_images, alone = source.voxels_of([1]).labels, source.drawn_on(None).voxels_of([1]).labels
    assert alone.volume_mm3() == pytest.approx(on_images.volume_mm3(), rel=5e-3)
    pixel_mm = images.grid.spacing_mm[0]
    np.testing.assert_allclose(alone.centroid_mm(1), on_images.centroid_mm(1), atol=0.1 * pixel_mm)
    for one, other in zip(alone.extent_along(np.eye(3)), on_images.extent_along(np.eye(3)), strict=True):
        assert np.abs(one - other).max() <= pixel_mm


@pytest.mark.parametrize(
    ("number", "name", "volume_ml", "tolerance"),
    [
        (1, "Tumour", 45.76, 0.01),
        (2, "Base", 2.28, 0.01),
        (3, "Ref_point_1", 0.44, 0.012),
        (4, "Ref_point_2", 0.51, 0.01),
    ],
)
def test_contours_without_images_have_the_known_volumes(ovary, number, name, volume_ml, tolerance):
    assert ovary.structures[number - 1].name == name
    labels = ovary.voxels_of([number]).labels
    # the reference is given to two decimals
    assert labels.volume_mm3() / 1000 == pytest.approx(volume_ml, rel=tolerance)


def test_the_ovary_lies_where_its_contours_do(ovary):
    found = ovary.voxels_of([1])
    low, high = found.labels.extent_along(np.eye(3))
    np.testing.assert_allclose(low, [-2.8, 33.5, -342.75 - 1.0], atol=0.06)
    np.testing.assert_allclose(high, [39.7, 85.1, -300.75 + 1.0], atol=0.06)
    assert found.slices.count == 22
    assert found.slices.spacing_mm == pytest.approx(2.0)
    assert len(set(found.slices.sop_instance_uids)) == 22
    assert found.is_cropped


def test_structures_chosen_together_have_the_volumes_that_they_have_alone(ovary):
    together = ovary.voxels_of([1, 2, 3, 4])
    shared_mm3 = together.overlap_vox * together.labels.grid.voxel_mm3
    for number in (1, 2, 3, 4):
        alone_mm3 = ovary.voxels_of([number]).labels.volume_mm3()
        assert together.labels.volume_mm3(number) == pytest.approx(alone_mm3, rel=0.01, abs=shared_mm3)


def test_landmarks_have_the_centres_of_their_voxels(ovary):
    for number in (2, 3, 4):
        labels = ovary.voxels_of([number]).labels
        np.testing.assert_allclose(ovary.center_lps(number), labels.centroid_mm(number), atol=1e-6)
