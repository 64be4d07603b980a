"""Habitats keep their own grid and labels; how they lie in the tissue is measured."""

import numpy as np
import pytest

from mouldgen import DesignParameters, read_specimen
from mouldgen.errors import InputError, ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.io.habitat_map import fit_habitats
from mouldgen.testing.phantoms import rotation_about


def box_volume(spacing_mm, low_mm, high_mm, *, label=1, rotation=None, padding=2):
    """Return a box whose faces are faces of voxels, with background around it."""
    size = np.round((np.array(high_mm) - low_mm) / spacing_mm).astype(int)
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = np.array(low_mm) + np.array(spacing_mm) * (0.5 - padding)
    if rotation is not None:
        affine[:3] = rotation @ affine[:3]
    voxels = np.pad(np.full(size, label, np.uint16), padding)
    return LabelVolume(voxels, VoxelGrid(voxels.shape, affine))


TISSUE = box_volume((1.0, 1.0, 2.0), (0, 0, 0), (20, 20, 20)).cropped()


def codes(findings):
    return [finding.code for finding in findings]


def test_labels_in_rising_order_become_habitats():
    volume = box_volume((1.0, 1.0, 2.0), (0, 0, 0), (20, 20, 20), label=9)
    voxels = volume.voxels.copy()
    voxels[:10][voxels[:10] > 0] = 4
    habitats, findings = fit_habitats("h.nii", LabelVolume(voxels, volume.grid), {4: "necrosis"}, TISSUE)
    assert [(h.label, h.name, h.code) for h in habitats.habitats] == [
        (4, "necrosis", "A"),
        (9, "habitat 9", "B"),
    ]
    assert findings == ()


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 2.0), (5.0, 5.0, 4.0), (0.5, 0.5, 0.5), (10.0, 2.0, 1.0)])
@pytest.mark.parametrize("angle_deg", [0, 30])
def test_a_map_of_the_same_place_neither_overhangs_nor_leaves_tissue(spacing_mm, angle_deg):
    turn = rotation_about([1, 2, 3], angle_deg)
    tissue = box_volume((1.0, 1.0, 2.0), (0, 0, 0), (20, 20, 20), rotation=turn).cropped()
    labels = box_volume(spacing_mm, (0, 0, 0), (20, 20, 20), rotation=turn)
    assert fit_habitats("h.nii", labels, {}, tissue)[1] == ()


def test_coarse_voxels_that_meet_the_tissue_lie_in_it():
    coarse = box_volume((8.0, 8.0, 8.0), (-4, -4, -4), (20, 20, 20))
    habitats, findings = fit_habitats("h.nii", coarse, {}, TISSUE)
    assert findings == ()
    assert habitats.volume.volume_mm3() == 24**3


def test_overhang_is_measured_and_not_cut_off():
    labels = box_volume((1.0, 1.0, 1.0), (0, 0, 0), (25, 20, 20), label=3)
    habitats, findings = fit_habitats("h.nii", labels, {3: "rim"}, TISSUE)
    assert habitats.volume.volume_mm3() == 10_000
    assert findings[0].severity == "warning"
    assert "rim 2000 mm3 (20 %)" in findings[0].message


def test_a_little_overhang_is_only_told():
    labels = box_volume((0.1, 1.0, 1.0), (0, 0, 0), (20.1, 20, 20))
    findings = fit_habitats("h.nii", labels, {}, TISSUE)[1]
    assert (codes(findings), findings[0].severity) == (["habitat_overhang"], "info")


def test_tissue_without_habitat_is_told():
    labels = box_volume((1.0, 1.0, 1.0), (0, 0, 0), (15, 20, 20))
    findings = fit_habitats("h.nii", labels, {}, TISSUE)[1]
    assert "25.0 % of the specimen (2.00 mL)" in findings[0].message
    almost = box_volume((0.1, 1.0, 1.0), (0, 0, 0), (19.9, 20, 20))
    assert fit_habitats("h.nii", almost, {}, TISSUE)[1] == ()


def test_habitats_elsewhere_are_refused_with_both_places():
    labels = box_volume((1.0, 1.0, 1.0), (100, 0, 0), (120, 20, 20))
    message = r"h\.nii do not overlap .* over L 100\.0 to 120\.0, .*, the specimen over L 0\.0 to 20\.0, P"
    with pytest.raises(InputError, match=message):
        fit_habitats("h.nii", labels, {}, TISSUE)


def test_a_habitat_outside_the_specimen_is_named():
    labels = box_volume((1.0, 1.0, 1.0), (0, 0, 0), (30, 20, 20))
    voxels = labels.voxels.copy()
    voxels[25:][voxels[25:] > 0] = 6
    with pytest.raises(
        InputError, match=r"habitat 6 of h\.nii lies outside the specimen; every habitat must meet it"
    ):
        fit_habitats("h.nii", LabelVolume(voxels, labels.grid), {}, TISSUE)


def test_voxels_that_only_share_a_face_with_the_tissue_lie_outside():
    beside = box_volume((1.0, 1.0, 2.0), (20, 0, 0), (30, 20, 20))
    with pytest.raises(InputError, match="do not overlap"):
        fit_habitats("h.nii", beside, {}, TISSUE)


def test_habitats_of_lesions_left_out_leave_the_map_and_are_told():
    other = box_volume((1.0, 1.0, 2.0), (40, 0, 0), (50, 10, 10)).cropped()
    both = box_volume((1.0, 1.0, 2.0), (0, 0, 0), (60, 20, 20))
    x = both.grid.to_points(np.argwhere(both.voxels))[:, 0]
    voxels = np.zeros_like(both.voxels)
    voxels[both.voxels > 0] = np.where(x < 20, 1, np.where((x > 40) & (x < 50), 2, 0))
    y, z = both.grid.to_points(np.argwhere(voxels == 2))[:, 1:].T
    voxels[tuple(np.argwhere(voxels == 2)[(y > 10) | (z > 10)].T)] = 0
    habitats, findings = fit_habitats("h.nii", LabelVolume(voxels, both.grid), {}, TISSUE, other)
    assert habitats.volume.labels() == (1,)
    assert codes(findings) == ["habitats_left_out"]
    assert "1 mL" in findings[0].message


def test_habitats_that_lie_only_in_lesions_left_out_are_refused():
    other = box_volume((1.0, 1.0, 2.0), (40, 0, 0), (50, 10, 10)).cropped()
    with pytest.raises(InputError, match="do not overlap the specimen"):
        fit_habitats("h.nii", box_volume((1.0, 1.0, 2.0), (40, 0, 0), (50, 10, 10)), {}, TISSUE, other)


class TestFromFiles:
    def read(self, segmentation, habitats, **specimen):
        return read_specimen(segmentation, DesignParameters(specimen=specimen), habitats=habitats)

    def test_names_reach_the_habitats(self, write, labels):
        path = write("seg.nii", labels)
        specimen = self.read(path, path, habitat_names={"1": "necrosis"})
        assert specimen.habitats.habitats[0].name == "necrosis"

    def test_names_in_the_file_stand_where_none_is_given(self, write, labels):
        path = write("seg.nrrd", labels)
        names = b"Segment0_LabelValue:=1\nSegment0_Name:=rim\nencoding:"
        path.write_bytes(path.read_bytes().replace(b"encoding:", names))
        assert self.read(path, path).habitats.habitats[0].name == "rim"
        assert self.read(path, path, habitat_names={"1": "core"}).habitats.habitats[0].name == "core"

    def test_a_name_for_an_absent_label_is_refused(self, write, labels):
        path = write("seg.nii", labels)
        with pytest.raises(
            ParameterError, match="habitat 4 is named 'rim' but absent .* it holds 1. Name one of"
        ):
            self.read(path, path, habitat_names={"4": "rim"})

    def test_names_without_a_map_are_refused(self, write, labels):
        with pytest.raises(ParameterError, match="no habitat map is given; give one"):
            self.read(write("seg.nii", labels), None, habitat_names={"1": "rim"})

    def test_an_empty_map_is_refused(self, write, labels):
        with pytest.raises(InputError, match=r"hab\.nii is all background; give a label map"):
            self.read(write("seg.nii", labels), write("hab.nii", 0 * labels))

    def test_a_map_of_fractions_is_refused(self, write, labels):
        with pytest.raises(
            InputError, match=r"hab\.nii is not a label map: 1000 voxels .* fractional, such as 0\.5"
        ):
            self.read(write("seg.nii", labels), write("hab.nii", labels * np.float32(0.5)))
