"""``mouldgen make`` on clinical files of real patients, against truths made without mouldgen."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from skimage.draw import polygon2mask

from mouldgen.testing.measures import surface_distance_mm

pydicom = pytest.importorskip("pydicom")
pytestmark = [pytest.mark.real, pytest.mark.slow]

TILTED = ("0.5", "0.3", "0.8")
STRUCTURES = "02_ovary_mould_reference/AIM_20230126_164344_486_S102.dcm"
OBLIQUE = "05_glioma_oblique_seg"
CHEST = "09_chest_segnrrd/Segmentation.seg.nrrd"
MODALITIES = {"CT": "ct", "MR_T1": "mr", "PET": "pt"}


def run(*command):
    return subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, timeout=300, check=False
    )


def make(folder, *arguments):
    """Run ``mouldgen make`` and return its map."""
    made = run("-m", "mouldgen", "make", *arguments, "-o", folder)
    assert made.returncode == 0, made.stderr + made.stdout
    return json.loads((folder / "sampling_map.json").read_text())


def verify(verifier, folder, labels, *options):
    checked = run(verifier, folder, labels, *options)
    print(checked.stdout)  # noqa: T201 - the figures are worth reading also where all is well
    assert checked.returncode == 0, (
        "\n".join(line for line in checked.stdout.splitlines() if "FAIL" in line) + checked.stderr
    )


def codes(document):
    return {finding["code"] for finding in document["findings"]}


def write_volume(path: Path, voxels, origin, spacing, direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)) -> Path:
    """Write an array, [k, j, i], as a volume that the independent check can read."""
    image = sitk.GetImageFromArray(voxels.astype(np.uint8))
    image.SetOrigin([float(value) for value in origin])
    image.SetSpacing([float(value) for value in spacing])
    image.SetDirection(np.asarray(direction, float).ravel().tolist())
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture(scope="module")
def ovary(cases, tmp_path_factory):
    """Return the tumour of case 02 as a label map: its contours filled by another library, every 0.25 mm."""
    dataset = pydicom.dcmread(cases / STRUCTURES)
    number = next(roi.ROINumber for roi in dataset.StructureSetROISequence if roi.ROIName == "Tumour")
    contours = next(roi for roi in dataset.ROIContourSequence if roi.ReferencedROINumber == number)
    rings = [np.array(item.ContourData, float).reshape(-1, 3) for item in contours.ContourSequence]
    points = np.concatenate(rings)
    low, high = points.min(axis=0) - 3, points.max(axis=0) + 3
    step, thickness = 0.25, 2.0
    shape = [int(np.ceil(size / step)) for size in (high - low)[:2]]
    first = points[:, 2].min() - thickness
    voxels = np.zeros((round(np.ptp(points[:, 2]) / thickness) + 3, shape[1], shape[0]), bool)
    for ring in rings:
        level = round((ring[0, 2] - first) / thickness)
        voxels[level] ^= polygon2mask(tuple(shape), (ring[:, :2] - low[:2]) / step).T
    folder = tmp_path_factory.mktemp("ovary")
    return write_volume(folder / "tumour.nrrd", voxels, (*low[:2], first), (step, step, thickness))


@pytest.fixture(scope="module")
def glioma(cases, tmp_path_factory):
    """Return the SEG of case 05 as a label map, frame by frame from its own fields."""
    dataset = pydicom.dcmread(cases / OBLIQUE / "Tumor_segmentation.dcm")
    frames = dataset.PerFrameFunctionalGroupsSequence
    shared = dataset.SharedFunctionalGroupsSequence[0]
    row, column = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float).reshape(2, 3)
    spacing = shared.PixelMeasuresSequence[0].PixelSpacing
    positions = np.array([f.PlanePositionSequence[0].ImagePositionPatient for f in frames], float)
    normal = np.cross(row, column)
    order = np.argsort(positions @ normal)
    step = np.diff(np.sort(positions @ normal)).mean()
    voxels = np.pad(dataset.pixel_array[order], 1)
    direction = np.column_stack([row, column, normal])
    spacing = (float(spacing[1]), float(spacing[0]), float(step))
    origin = positions[order[0]] - direction @ np.array(spacing)
    path = tmp_path_factory.mktemp("glioma") / "tumour.nrrd"
    return write_volume(path, voxels, origin, spacing, direction)


@pytest.mark.parametrize("normal", [("0", "0", "1"), TILTED])
def test_contours_without_images(cases, verifier, ovary, tmp_path, normal):
    options = ("--roi", "tumour", "--normal", *normal)
    document = make(tmp_path / "case", cases / STRUCTURES, *options)
    assert document["specimen"]["volume_mm3"] == pytest.approx(45_760, rel=0.01)
    assert document["specimen"]["structures"][0]["name"] == "Tumour"
    verify(verifier, tmp_path / "case", ovary, "--normal", *normal)


def test_a_mould_oriented_by_structures_as_it_was_published(cases, verifier, ovary, tmp_path):
    """Axial slabs; the line of the two reference points lies level, and the base faces the baseplate."""
    rois = ("--blade-rois", "Ref_point_1", "Ref_point_2", "--base-roi", "Base")
    document = make(tmp_path / "case", cases / STRUCTURES, *rois)
    verify(verifier, tmp_path / "case", ovary, "--normal", "0", "0", "1")
    marks = {mark["name"]: np.array(mark["mould_mm"]) for mark in document["landmarks"]}
    assert marks["Ref_point_1"][2] == pytest.approx(marks["Ref_point_2"][2], abs=1e-3)
    assert marks["Base"][2] < document["mould"]["rim_z_mm"] / 2
    assert all((tmp_path / "case" / "slabs" / f"{slab['id']}.png").is_file() for slab in document["slabs"])


def test_a_mould_cut_along_the_axis_of_two_structures(cases, verifier, ovary, tmp_path):
    rois = ("--axis-rois", "ref_point_1", "ref_point_2", "--base-roi", "base")
    document = make(tmp_path / "case", cases / STRUCTURES, *rois)
    first, last = (
        next(np.array(mark["lps_mm"]) for mark in document["landmarks"] if mark["name"] == name)
        for name in ("ref_point_1", "ref_point_2")
    )
    normal = (last - first) / np.linalg.norm(last - first)
    assert document["frame"]["cut_normal_lps"] == pytest.approx(normal, abs=1e-6)
    verify(verifier, tmp_path / "case", ovary, "--normal", *normal)


@pytest.mark.parametrize("modality", MODALITIES)
def test_dicom_and_nifti_give_the_same_mould_and_map(cases, verifier, tmp_path, modality):
    sarcoma = cases / "04_sarcoma_ct_mr_pet"
    mask = sarcoma / "nifti" / f"{modality}_mask.nii.gz"
    dicom = make(tmp_path / "dicom", sarcoma / "dicom" / modality, "--normal", *TILTED, "--no-pictures")
    nifti = make(tmp_path / "nifti", mask, "--normal", *TILTED, "--no-pictures")
    verify(verifier, tmp_path / "dicom", mask, "--normal", *TILTED)
    volumes = [[slab["tissue_volume_mm3"] for slab in document["slabs"]] for document in (dicom, nifti)]
    assert volumes[0] == pytest.approx(volumes[1], rel=1e-5)
    for one, other in zip(dicom["slabs"], nifti["slabs"], strict=True):
        assert one["mid_plane"]["point_lps"] == pytest.approx(other["mid_plane"]["point_lps"], abs=1e-3)
    base, other_base = (tmp_path / name / "mould" / "base.stl" for name in ("dicom", "nifti"))
    assert surface_distance_mm(base, other_base) < 0.05
    nearest = dicom["slabs"][1]["nearest_slices"]
    assert [item["image"] for item in nearest] == ["labels", MODALITIES[modality]]
    assert nearest[1]["sop_instance_uid"].count(".") > 4
    assert nearest[1]["instance_number"] >= 1


@pytest.mark.parametrize("normal", [("0", "0", "1"), TILTED])
def test_an_oblique_segmentation_with_images_of_another_frame(cases, verifier, glioma, tmp_path, normal):
    folder = cases / OBLIQUE
    images = (
        "--image",
        f"t1c={folder / '3DAXT1postcontrast_MRI'}",
        "--image",
        f"t2={folder / '3DAXT2SPACE_MRI'}",
    )
    options = ("--normal", *normal, "--slab", "4")
    document = make(tmp_path / "case", folder / "Tumor_segmentation.dcm", *images, *options)
    assert document["specimen"]["volume_mm3"] == pytest.approx(762, rel=0.005)
    assert "frame_of_reference_differs" in codes(document)
    verify(verifier, tmp_path / "case", glioma, "--normal", *normal)


def test_a_folder_takes_the_segmentation_and_the_series_it_was_drawn_on(cases, tmp_path):
    document = make(tmp_path / "case", cases / OBLIQUE, "--slab", "4", "--no-pictures")
    assert {"series_taken", "series_left"} <= codes(document)
    assert [item["image"] for item in document["slabs"][0]["nearest_slices"]] == ["labels", "mr"]


@pytest.mark.parametrize(("name", "value"), [("left lung", 6), ("LUMBAR*", 4)])
def test_one_organ_by_name(cases, verifier, tmp_path, name, value):
    labels = cases / CHEST
    options = ("--roi", name, "--lesion", "largest", "--normal", *TILTED, "--no-pictures")
    make(tmp_path / "case", labels, *options)
    image = sitk.ReadImage(str(labels))
    parts = sitk.RelabelComponent(sitk.ConnectedComponent(image == value, True))  # noqa: FBT003
    truth = tmp_path / "organ.nrrd"
    sitk.WriteImage(sitk.Cast(parts == 1, sitk.sitkUInt8), str(truth))
    verify(verifier, tmp_path / "case", truth, "--normal", *TILTED)


def test_several_organs_without_a_choice_are_asked_about(cases, tmp_path):
    made = run("-m", "mouldgen", "make", cases / CHEST, "-o", tmp_path / "case")
    assert made.returncode == 4
    assert "left lung" in made.stderr
    assert "--roi" in made.stderr
