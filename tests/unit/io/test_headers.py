"""Headers that lie about spacing and place are refused, where ITK guesses in silence."""

import math

import numpy as np
import pytest
import SimpleITK as sitk

from mouldgen.errors import InputError
from mouldgen.io.volumes import read_volume

QFORM, SFORM, UNITS = 252, 254, 123
NRRD_DIRECTIONS = "(0.90000000000000002,0,0) (0,1,0) (0,0,3)"
META_SPACING = "ElementSpacing = 0.90000000000000002 1 3"
META_MATRIX = "TransformMatrix = 1 0 0 0 1 0 0 0 1"


@pytest.fixture(autouse=True)
def nothing_on_the_terminal(capfd):
    yield
    assert capfd.readouterr() == ("", "")


def sform(*rows):
    return (280, "12f", *np.ravel(rows))


def codes(path):
    return [finding.code for finding in read_volume(path).findings]


@pytest.mark.parametrize(
    ("spacing", "stated"),
    [((0, 1, 3), "0 x 1 x 3"), ((0.5, 1, -3), "0.5 x 1 x -3"), ((math.nan, 1, 3), "nan x 1 x 3")],
)
class TestImpossibleSpacing:
    def test_in_nifti(self, nifti, spacing, stated):
        with pytest.raises(InputError, match=f"spacing of {stated} mm; every spacing must be above zero"):
            read_volume(nifti((80, "3f", *spacing)))

    def test_in_nrrd(self, header_text, spacing, stated):
        words = " ".join(map(str, spacing))
        path = header_text(
            ".nhdr",
            (f"space directions: {NRRD_DIRECTIONS}", f"spacings: {words}"),
            ("space: left-posterior-superior\n", ""),
            ("space origin: (-10,5,7)\n", ""),
        )
        with pytest.raises(InputError, match=f"spacing of {stated} mm; every spacing must be above zero"):
            read_volume(path)

    def test_in_metaimage(self, header_text, spacing, stated):
        path = header_text(".mhd", (META_SPACING, f"ElementSpacing = {' '.join(map(str, spacing))}"))
        with pytest.raises(InputError, match=f"spacing of {stated} mm; every spacing must be above zero"):
            read_volume(path)


@pytest.mark.parametrize(
    ("suffix", "old", "new"),
    [
        (".nhdr", f"space directions: {NRRD_DIRECTIONS}\n", ""),
        (".mhd", META_SPACING + "\n", ""),
    ],
)
def test_a_header_without_spacing_is_refused(header_text, suffix, old, new):
    with pytest.raises(InputError, match="declares no voxel spacing; export it again"):
        read_volume(header_text(suffix, (old, new)))


@pytest.mark.parametrize(
    ("suffix", "old", "new"),
    [
        (".nhdr", NRRD_DIRECTIONS, "(0.9,0.3,0) (0,1,0) (0,0,3)"),
        (".nhdr", NRRD_DIRECTIONS, "(0.9,0,0) (0.9,0,0) (0,0,3)"),
        (".mhd", META_MATRIX, "TransformMatrix = 1 0.3 0 0 1 0 0 0 1"),
        (".mhd", META_MATRIX, "TransformMatrix = 1 0 0 1 0 0 0 0 1"),
    ],
)
def test_sheared_and_singular_axes_are_refused(header_text, suffix, old, new):
    with pytest.raises(InputError, match=r"sheared by \d+\.\d+ degrees; expected perpendicular axes"):
        read_volume(header_text(suffix, (old, new)))


@pytest.mark.parametrize("qform_code", [0, 1])
@pytest.mark.parametrize(
    "rows",
    [
        [[-0.9, 0.3, 0, 10], [0, -1, 0, -5], [0, 0, 3, 7]],
        [[-0.9, -0.9, 0, 10], [0, 0, 0, -5], [0, 0, 3, 7]],
    ],
)
def test_a_sheared_or_singular_sform_is_refused(nifti, rows, qform_code):
    with pytest.raises(InputError, match=r"sheared|spacing of \[0\.9, 0\.9"):
        read_volume(nifti(sform(*rows), (QFORM, "2h", qform_code, 1)))


def test_a_sform_into_a_template_is_left_alone(nifti):
    path = nifti(sform([-1.1, 0.2, 0, 10], [0, -1.3, 0, -5], [0, 0, 3.3, 7]), (QFORM, "2h", 1, 4))
    volume = read_volume(path)
    np.testing.assert_allclose(volume.grid.spacing_mm, (0.9, 1, 3), rtol=1e-6)
    assert [finding.code for finding in volume.findings] == ["qform_sform_disagree"]


def test_disagreeing_forms_are_a_finding_that_says_which_is_used(nifti):
    path = nifti(sform([-0.9, 0, 0, 40], [0, -1, 0, -5], [0, 0, 3, 7]))
    finding = read_volume(path).findings[0]
    assert finding.code == "qform_sform_disagree"
    assert "up to 30 mm apart; the sform is used" in finding.message
    assert "remove the qform" in finding.message
    np.testing.assert_allclose(read_volume(path).grid.origin_mm, sitk.ReadImage(str(path)).GetOrigin())


def test_a_spacing_that_contradicts_the_sform_is_refused(nifti):
    path = nifti(sform([-0.9, 0, 0, 10], [0, -1, 0, -5], [0, 0, 5, 7]), (QFORM, "2h", 0, 2))
    with pytest.raises(
        InputError, match=r"contradicts itself: its voxel spacing \(0\.9 x 1 x 3\) and its sform .* 38 mm"
    ):
        read_volume(path)


def test_a_header_without_orientation_is_a_warning(nifti, header_text):
    assert codes(nifti((QFORM, "2h", 0, 0))) == ["no_orientation"]
    assert codes(header_text(".nhdr", ("left-posterior-superior", "scanner-xyz"))) == ["no_orientation"]
    assert codes(header_text(".mhd", (META_MATRIX + "\n", ""))) == ["no_orientation"]


def test_directions_of_nrrd_spaces_are_turned_to_lps(header_text):
    volume = read_volume(header_text(".nhdr", ("left-posterior-superior", "right-anterior-superior")))
    np.testing.assert_allclose(volume.file_grid.origin_mm, (10, -5, 7))
    np.testing.assert_allclose(volume.file_grid.directions, np.diag([-1, -1, 1]))


@pytest.mark.parametrize(
    ("code", "factor", "finding"),
    [(1, 0.001, "unit_converted"), (3, 1000.0, "unit_converted"), (0, 1.0, "unit_undeclared")],
)
def test_declared_units_of_nifti_are_followed(nifti, code, factor, finding):
    path = nifti(
        (UNITS, "B", code),
        (80, "3f", *(np.array([0.9, 1.0, 3.0]) * factor)),
        (268, "3f", *(np.array([10.0, -5.0, 7.0]) * factor)),
        sform(*(np.array([[-0.9, 0, 0, 10], [0, -1, 0, -5], [0, 0, 3, 7]]) * factor)),
    )
    volume = read_volume(path)
    np.testing.assert_allclose(volume.grid.spacing_mm, (0.9, 1, 3), rtol=1e-6)
    np.testing.assert_allclose(volume.grid.origin_mm, (-10, 5, 7), rtol=1e-6)
    assert [found.code for found in volume.findings] == [finding]


@pytest.mark.parametrize(
    ("suffix", "old", "new"),
    [
        (".nhdr", "kinds:", 'space units: "um" "um" "um"\nkinds:'),
        (".mhd", "NDims", "DistanceUnits = um\nNDims"),
    ],
)
def test_units_that_itk_ignores_are_refused(header_text, suffix, old, new):
    with pytest.raises(InputError, match=r"lengths in um, .* expected mm\. Convert its header"):
        read_volume(header_text(suffix, (old, new)))


@pytest.mark.parametrize(
    ("spacing_mm", "hint"),
    [
        (
            (0.0009, 0.001, 0.003),
            r"0\.0009 x 0\.001 x 0\.003 mm; .* If these are metres, the spacing is 0\.9 x 1 x 3 mm",
        ),
        (
            (900, 1000, 3000),
            r"900 x 1000 x 3000 mm; .* If these are micrometres, the spacing is 0\.9 x 1 x 3 mm",
        ),
        ((1.0, 1.0, 250.0), r"1 x 1 x 250 mm; expected 0\.005 to 100 mm\. Correct the spacing"),
    ],
)
@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_absurd_spacings_are_refused_with_the_unit_that_was_meant(write, labels, spacing_mm, hint, suffix):
    with pytest.raises(InputError, match=hint):
        read_volume(write(f"volume{suffix}", labels, spacing_mm))


def test_declared_micrometres_are_named_when_the_result_is_absurd(nifti):
    with pytest.raises(
        InputError, match=r"0\.0009 x 0\.001 x 0\.003 mm \(its header declares lengths in um\)"
    ):
        read_volume(nifti((UNITS, "B", 3)))


@pytest.mark.parametrize(
    ("shape", "spacing_mm", "code"),
    [
        ((8, 8, 8), (0.04, 0.04, 1.0), "spacing_unlikely"),
        ((8, 8, 8), (1.0, 1.0, 25.0), "spacing_unlikely"),
        ((70, 70, 20), (0.3, 0.3, 1.0), "field_unlikely"),
        ((160, 4, 4), (18.0, 18.0, 18.0), "field_unlikely"),
        ((128, 128, 12), (1.0, 1.0, 1.0), "spacing_default"),
        ((512, 512, 140), (1.0, 1.0, 1.0), "spacing_default"),
    ],
)
def test_unlikely_sizes_are_findings_with_numbers(write, shape, spacing_mm, code):
    findings = read_volume(write("volume.nii.gz", np.zeros(shape, np.uint8), spacing_mm)).findings
    assert [finding.code for finding in findings] == [code]
    assert " x ".join(f"{step:g}" for step in spacing_mm) in findings[0].message


def test_usual_sizes_are_not(write):
    assert read_volume(write("head.nii.gz", np.zeros((240, 240, 155), np.uint8), (1, 1, 1))).findings == ()
    assert (
        read_volume(write("crop.nii.gz", np.zeros((13, 16, 12), np.uint8), (0.9766, 0.9766, 1))).findings
        == ()
    )


def test_a_place_far_from_any_scanner_is_refused(write, labels):
    with pytest.raises(InputError, match=r"1000 m from the scanner's origin; expected at most 100 m"):
        read_volume(write("volume.nrrd", labels, origin_mm=(0.0, 1e6, 0.0)))


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ((42, "h", 0), "0 x 22 x 20 voxels; every size must be at least 1"),
        ((42, "h", -5), "-5 x 22 x 20 voxels"),
        ((70, "h", 999), "stores data type 999"),
        ((344, "4s", b"xxx\0"), "is cut short or damaged: its header is not whole"),
        ((0, "i", 540), "is NIfTI-2, which is not read; save it as NIfTI-1"),
        ((108, "f", math.nan), "begin at byte nan"),
        ((108, "f", 9e9), "is cut short"),
        ((280, "f", math.nan), "not a finite 4 x 4 matrix"),
    ],
)
def test_other_damage_to_nifti_headers_is_named(nifti, patch, reason):
    with pytest.raises(InputError, match=reason):
        read_volume(nifti(patch))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("dimension: 3", "dimension: 4", "its sizes do not suit its dimension"),
        ("sizes: 24 22 20", "sizes: 24 22 x", "its sizes do not suit its dimension"),
        ("encoding: gzip", "encoding: ascii", "voxels as 'ascii'; expected raw or gzip"),
        ("type: unsigned char", "type: block", "values of type 'block'"),
        ("data file: volume.raw.gz", "data file: slice%03d.raw 1 20 1", "over several files"),
        (NRRD_DIRECTIONS, "(0.9,0) (0,1) (0,0)", "are damaged; export it again"),
        (NRRD_DIRECTIONS, "(0.9,0,0) (0,1,0) none", "has 2 axes of space; expected a 3-D volume"),
        ("(-10,5,7)", "(-10,5)", "are damaged; export it again"),
        ("(-10,5,7)", "(-10,nan,7)", "not a finite 4 x 4 matrix"),
    ],
)
def test_other_damage_to_nrrd_headers_is_named(header_text, old, new, reason):
    with pytest.raises(InputError, match=reason):
        read_volume(header_text(".nhdr", (old, new)))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("NDims = 3", "NDims = 2", "dimensions; expected a 3-D volume"),
        ("DimSize = 24 22 20", "DimSize = 24 22 x", "a number in it cannot be read"),
        ("MET_UCHAR", "MET_FOO", "values of type 'MET_FOO'"),
        ("volume.zraw", "LIST", "over several files"),
        ("BinaryData = True", "BinaryData = False", "stores them as text"),
        ("Offset = -10 5 7", "Offset = nan 5 7", "TransformMatrix or Offset of volume.mhd is damaged"),
        (META_MATRIX, "TransformMatrix = 1 0 0", "TransformMatrix or Offset of volume.mhd is damaged"),
        ("DimSize = 24 22 20", "DimSize = 24 22 10\nElementNumberOfChannels = 2", "2 volumes or values"),
    ],
)
def test_other_damage_to_metaimage_headers_is_named(header_text, old, new, reason):
    with pytest.raises(InputError, match=reason):
        read_volume(header_text(".mhd", (old, new)))
