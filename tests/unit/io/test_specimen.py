"""Files become the specimen that the parameters describe, and nothing is lost in silence."""

import hashlib
import json

import numpy as np
import pytest

from mouldgen import DesignParameters, read_specimen
from mouldgen.errors import InputError, ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.testing.phantoms import chiral_specimen
from mouldgen.testing.storage import ALL_AXIS_ORDERS, write_specimen, write_volume

BOX_MM3 = 1000 * 0.9 * 1.0 * 3.0


def parameters(**specimen):
    return DesignParameters(specimen=specimen)


def codes(specimen):
    return [finding.code for finding in specimen.findings]


def message_of(specimen, code):
    return next(finding.message for finding in specimen.findings if finding.code == code)


@pytest.fixture
def two_labels(labels):
    """Return the box with its upper half as label 2."""
    voxels = labels.copy()
    voxels[:, :, 10:] *= 2
    return voxels


def test_all_labels_are_the_specimen_if_none_is_chosen(write, two_labels):
    specimen = read_specimen(write("seg.nii.gz", two_labels))
    assert specimen.volume_mm3 == pytest.approx(BOX_MM3)
    assert specimen.segmented_mm3 == specimen.volume_mm3
    assert specimen.tissue.grid.shape == (10, 10, 10)
    assert specimen.tissue.labels() == (1,)
    assert specimen.tissue.voxels.dtype == np.uint16
    np.testing.assert_allclose(specimen.tissue.grid.origin_mm, (-10 + 6 * 0.9, 5 + 6, 7 + 5 * 3), rtol=1e-6)
    assert (specimen.slices.count, specimen.findings) == (20, ())


@pytest.mark.parametrize(("wanted", "share"), [([1], 0.5), (["2"], 0.5), ([1, 2], 1.0)])
def test_chosen_labels_are_united(write, two_labels, wanted, share):
    specimen = read_specimen(write("seg.nrrd", two_labels), parameters(labels=wanted))
    assert specimen.volume_mm3 == pytest.approx(share * BOX_MM3)


def test_labels_are_chosen_by_the_names_in_the_file(write, two_labels):
    path = write("seg.nrrd", two_labels)
    names = b"Segment0_LabelValue:=2\nSegment0_Name:=upper half\nencoding:"
    path.write_bytes(path.read_bytes().replace(b"encoding:", names))
    assert read_specimen(path, parameters(labels=["upper half"])).volume_mm3 == pytest.approx(BOX_MM3 / 2)
    with pytest.raises(ParameterError, match=r"label lower half is absent .* holds 2 \(upper half\)"):
        read_specimen(path, parameters(labels=["lower half"]))


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (7, r"label 7 is absent from seg\.nii; it holds 1, 2\. Choose one"),
        ("tumour", "label tumour is absent .* 1, 2, and its labels have no names"),
    ],
)
def test_an_absent_label_is_refused_with_those_present(write, two_labels, wanted, reason):
    with pytest.raises(ParameterError, match=reason):
        read_specimen(write("seg.nii", two_labels), parameters(labels=[1, wanted]))


def test_all_background_is_refused(write, labels):
    with pytest.raises(InputError, match=r"seg\.nii is all background; give a label map"):
        read_specimen(write("seg.nii", 0 * labels))


def test_several_lesions_are_asked_about_and_chosen(write, labels):
    labels[1:5, 1:5, 1:3] = 1
    path = write("seg.nii", labels)
    with pytest.raises(ParameterError, match=r"2 separate lesions .* --lesion largest"):
        read_specimen(path)
    assert read_specimen(path, parameters(lesion="2")).volume_mm3 == pytest.approx(32 * 2.7)
    assert read_specimen(path, parameters(lesion="all")).volume_mm3 == pytest.approx(BOX_MM3 + 32 * 2.7)


def test_specks_and_holes_are_reported(write, labels):
    labels[1, 1, 1] = 1
    labels[8:10, 8, 8] = 0
    specimen = read_specimen(write("seg.nii", labels))
    assert codes(specimen) == ["specks_dropped", "holes"]
    assert "segmentation: the specimen encloses holes: 1, of together 5.4 mm3" in message_of(
        specimen, "holes"
    )
    assert specimen.volume_mm3 == pytest.approx(BOX_MM3 - 5.4)


def test_a_channel_to_the_outside_is_no_hole(write, labels):
    labels[8, 8, 8:] = 0
    assert codes(read_specimen(write("seg.nii", labels))) == []


def test_a_cut_label_is_a_finding_by_side(write, labels):
    labels[6:16, 6:16, :6] = 1
    message = message_of(read_specimen(write("seg.nii", labels)), "cut_by_border")
    assert "inferior (100 voxels, 90 mm2)" in message


def test_only_the_chosen_lesion_counts_at_the_border(write, labels):
    labels[:4, :4, :3] = 1
    assert codes(read_specimen(write("seg.nii", labels), parameters(lesion="largest"))) == [
        "lesions_left_out"
    ]


def test_a_label_that_fills_its_volume_is_refused_unless_cropped(write):
    path = write("seg.nii", np.ones((12, 12, 12), np.uint8))
    with pytest.raises(InputError, match="touches all six borders.*--cropped"):
        read_specimen(path)
    assert codes(read_specimen(path, parameters(cropped=True))) == []


def test_a_margin_is_added_beyond_the_volume(write):
    voxels = np.zeros((12, 12, 12), np.uint8)
    voxels[:, 3:9, 3:9] = 1
    specimen = read_specimen(write("seg.nii", voxels), parameters(margin_mm=3.0))
    assert specimen.segmented_mm3 == pytest.approx(12 * 36 * 2.7)
    assert specimen.volume_mm3 > specimen.segmented_mm3
    extent_mm = np.array(specimen.tissue.grid.shape) * specimen.tissue.grid.spacing_mm
    assert extent_mm == pytest.approx(np.array([12, 6, 16.2]) + 6, abs=2.7)
    assert codes(specimen) == ["cut_by_border", "margin_added"]


@pytest.mark.parametrize(
    ("spacing_mm", "code", "numbers"),
    [
        ((0.3, 0.3, 0.3), "specimen_small", "0.027 mL and 3 x 3 x 3 mm"),
        ((18.0, 18.0, 90.0), "specimen_large", "180 x 180 x 900 mm"),
    ],
)
def test_unlikely_specimens_are_findings_with_numbers(write, labels, spacing_mm, code, numbers):
    assert numbers in message_of(read_specimen(write("seg.nii", labels, spacing_mm)), code)


def test_labels_stored_as_numbers_with_fractions_are_said(write, labels):
    specimen = read_specimen(write("seg.nii", labels.astype(np.float32)))
    assert codes(specimen) == ["labels_rounded"]


def test_an_image_in_place_of_the_segmentation_is_refused(write):
    noise = np.random.default_rng(0).normal(size=(12, 12, 12)).astype(np.float32)
    with pytest.raises(InputError, match="not a label map.*give a segmentation rather than an image"):
        read_specimen(write("t2.nii", noise))


def test_an_image_of_whole_numbers_is_a_warning(write, labels):
    labels[7:15, 7:15, 6:14] = 1 + np.arange(512).reshape(8, 8, 8) % 100
    assert codes(read_specimen(write("t2.nii", labels))) == ["many_labels"]


def test_sources_are_hashed_by_role_and_name_no_file(write, labels):
    paths = [write(f"patient_doe_{name}.nii.gz", labels) for name in ("seg", "hab", "t2")]
    specimen = read_specimen(paths[0], habitats=paths[1], images={"t2": paths[2]})
    assert [source.role for source in specimen.sources] == ["segmentation", "habitats", "image:t2"]
    for path, source in zip(paths, specimen.sources, strict=True):
        assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert source.size_bytes == path.stat().st_size
    assert "doe" not in repr((specimen.findings, specimen.sources, specimen))


def test_findings_name_no_file_and_say_which_input_they_are_about(write, labels):
    labels[6:16, 6:16, :6] = 1
    wide = np.pad(labels.astype(np.float32), 3)
    specimen = read_specimen(
        write("patient_doe.nii", labels),
        habitats=write("doe_habitats.nii", labels.astype(np.float32)),
        images={"t2": write("doe_t2.nii", np.where(wide > 0, np.nan, wide))},
    )
    assert {finding.message.split(":")[0] for finding in specimen.findings} == {
        "segmentation",
        "habitats",
        "image t2",
    }
    assert "doe" not in json.dumps([finding.message for finding in specimen.findings])


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_48_ways_of_storing_give_one_specimen(tmp_path, suffix):
    truth = chiral_specimen(spacing_mm=(3.0, 3.0, 4.0))
    for axes in ALL_AXIS_ORDERS[:: 1 if suffix == ".nrrd" else 7]:
        stored = write_specimen(truth, tmp_path, axes, suffix=suffix)
        specimen = read_specimen(stored.segmentation, habitats=stored.habitats)
        np.testing.assert_array_equal(specimen.tissue.voxels, truth.tissue.cropped().voxels)
        np.testing.assert_allclose(
            specimen.tissue.grid.point_from_index, truth.tissue.cropped().grid.point_from_index, atol=1e-4
        )
        np.testing.assert_array_equal(specimen.habitats.volume.voxels, truth.habitats.volume.cropped().voxels)
        assert specimen.slices.spacing_mm == pytest.approx(4.0)


def test_oblique_volumes_keep_their_place(tmp_path):
    angle = np.radians(25)
    affine = np.eye(4)
    affine[:3, :3] = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    affine[:3, 3] = (40, -30, 20)
    grid = VoxelGrid((20, 20, 20), affine)
    voxels = np.zeros(grid.shape, np.uint8)
    voxels[4:16, 5:15, 6:14] = 1
    write_volume(tmp_path / "seg.nrrd", voxels, grid)
    specimen = read_specimen(tmp_path / "seg.nrrd")
    np.testing.assert_allclose(specimen.tissue.grid.center_mm, grid.to_points([9.5, 9.5, 9.5]), atol=1e-9)
    np.testing.assert_allclose(specimen.slices.normal_lps, affine[:3, 2], atol=1e-12)
