"""mould_from_patient.tfm: the way it maps, by what ITK does with it."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings

from mouldgen.errors import InputError
from mouldgen.export.frame_files import read_transform, transform_text
from mouldgen.export.mould_volumes import write_labels
from mouldgen.frames import Rigid
from mouldgen.testing.phantoms import rotation_about
from mouldgen.testing.strategies import rigid_transforms

TURNED = Rigid.from_parts(rotation_about([1, 2, 3], 40.0), [12.5, -7.25, 30.125])


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "mould_from_patient.tfm"
    path.write_text(transform_text(TURNED))
    return path


def test_itk_maps_patient_points_to_the_mould(stored):
    transform = sitk.ReadTransform(str(stored))
    for point in np.random.default_rng(0).uniform(-300, 300, (20, 3)):
        np.testing.assert_allclose(transform.TransformPoint(point.tolist()), TURNED.apply(point), atol=1e-9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rigid_transforms())
def test_every_digit_survives(tmp_path, transform):
    path = tmp_path / "any.tfm"
    path.write_text(transform_text(transform))
    np.testing.assert_array_equal(read_transform(path), transform.matrix)


def test_resampling_with_it_brings_the_mould_frame_onto_the_patient(design, tmp_path):
    (tmp_path / "t.tfm").write_text(transform_text(design.frame.mould_from_patient))
    write_labels(design.habitats_mould, tmp_path / "habitats.nrrd")
    tissue = design.specimen.tissue
    patient = sitk.GetImageFromArray(tissue.voxels.transpose(2, 1, 0).copy())
    patient.SetSpacing(tissue.grid.spacing_mm.tolist())
    patient.SetOrigin(tissue.grid.origin_mm.tolist())
    transform = sitk.ReadTransform(str(tmp_path / "t.tfm"))
    labels = sitk.ReadImage(str(tmp_path / "habitats.nrrd"))
    brought = sitk.Resample(labels, patient, transform, sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    there = sitk.GetArrayFromImage(brought).transpose(2, 1, 0) > 0
    here = tissue.voxels > 0
    dice = 2 * (there & here).sum() / (there.sum() + here.sum())
    assert dice > 0.95


def test_the_file_says_which_way_it_maps(stored):
    comment = [line for line in stored.read_text().splitlines() if line.startswith("# ")]
    assert "LPS points of the patient to points of the mould" in comment[0]
    assert "3D Slicer" in comment[1]


def test_the_centre_of_rotation_is_taken_into_account(tmp_path):
    turned = sitk.AffineTransform(3)
    turned.SetMatrix(TURNED.rotation.ravel().tolist())
    turned.SetCenter([5.0, 6.0, 7.0])
    sitk.WriteTransform(turned, str(tmp_path / "centred.tfm"))
    matrix = read_transform(tmp_path / "centred.tfm")
    np.testing.assert_allclose(matrix @ [5, 6, 7, 1], [5, 6, 7, 1], atol=1e-9)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "#Insight Transform File V1.0\nTransform: AffineTransform_double_2_2\n"]
)
def test_what_is_no_transform_of_space_is_an_input_error(tmp_path, text):
    path = tmp_path / "broken.tfm"
    path.write_text(text)
    with pytest.raises(InputError, match=r"broken\.tfm"):
        read_transform(path)
