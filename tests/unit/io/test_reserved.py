"""Reserved tissue is the union of what a segmentation outlines, and lies where the specimen does."""

import numpy as np
import pytest
import SimpleITK as sitk

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.io.reserved import read_reserved
from mouldgen.testing.segment_file import WrittenSegment, write_segment_file

GRID = VoxelGrid.axis_aligned((20, 20, 10), (1.0, 1.0, 2.0), (0.0, 0.0, 0.0))


def ball():
    i, j, k = np.meshgrid(*map(np.arange, GRID.shape), indexing="ij")
    inside = (i - 9.5) ** 2 + (j - 9.5) ** 2 + (2 * k - 9) ** 2 < 49
    return LabelVolume(inside.astype(np.uint16), GRID)


def box(start, stop, label=1):
    voxels = np.zeros(GRID.shape, np.uint8)
    voxels[tuple(slice(low, high) for low, high in zip(start, stop, strict=True))] = label
    return voxels


@pytest.fixture
def write(tmp_path):
    def write_layers(*layers, grid=GRID):
        path = tmp_path / "kept.seg.nrrd"
        segments = [WrittenSegment(f"part {n}", 1, n) for n in range(len(layers))]
        write_segment_file(path, layers, grid, segments)
        return path

    return write_layers


def codes(region):
    return [finding.code for finding in region.findings]


def test_segments_that_overlap_are_one_region(write):
    path = write(box((4, 4, 2), (9, 9, 5)), box((7, 7, 3), (12, 12, 6)))
    region = read_reserved(path, ball())
    expected = (box((4, 4, 2), (9, 9, 5)) + box((7, 7, 3), (12, 12, 6))) > 0
    assert region.volume.labels() == (1,)
    assert region.volume.volume_mm3() == np.count_nonzero(expected) * GRID.voxel_mm3
    np.testing.assert_array_equal(region.volume.grid.origin_mm, GRID.to_points((4, 4, 2)))
    assert region.volume.voxels.shape == (8, 8, 4)
    assert region.files == (path,)
    assert not region.findings


def test_a_label_map_stored_left_handed_comes_in_patient_order(tmp_path):
    voxels = box((4, 4, 2), (9, 9, 5), 3)
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels[::-1].transpose(2, 1, 0)))
    image.SetSpacing(GRID.spacing_mm.tolist())
    image.SetDirection([-1, 0, 0, 0, 1, 0, 0, 0, 1])
    image.SetOrigin((19.0, 0.0, 0.0))
    sitk.WriteImage(image, str(tmp_path / "kept.nii.gz"))
    region = read_reserved(tmp_path / "kept.nii.gz", ball())
    np.testing.assert_allclose(region.volume.grid.origin_mm, (4.0, 4.0, 4.0), atol=1e-6)
    assert region.volume.voxels.shape == (5, 5, 3)
    assert region.volume.voxels.all()


def test_a_region_elsewhere_is_refused_with_both_ranges(write):
    far = VoxelGrid.axis_aligned(GRID.shape, (1, 1, 2), (100.0, 0.0, 0.0))
    path = write(box((4, 4, 2), (9, 9, 5)), grid=far)
    with pytest.raises(InputError, match=r"beside the specimen: it reaches over L 103\.5 to 108\.5"):
        read_reserved(path, ball())


def test_a_region_in_the_corner_of_the_box_is_a_warning(write):
    region = read_reserved(write(box((0, 0, 0), (4, 4, 2))), ball())
    assert codes(region) == ["site_reserved_outside"]


def test_a_region_smaller_than_a_voxel_of_the_tissue_is_no_warning(write):
    fine = VoxelGrid.axis_aligned(GRID.shape, (0.1, 0.1, 0.1), (9.1, 9.1, 8.1))
    region = read_reserved(write(box((0, 0, 0), (2, 2, 2)), grid=fine), ball())
    assert not region.findings


def test_nearly_all_of_the_specimen_is_a_warning(write):
    region = read_reserved(write(box((0, 0, 0), (20, 20, 10))), ball())
    assert codes(region) == ["site_reserved_most"]


def test_findings_name_no_file(write):
    region = read_reserved(write(box((0, 0, 0), (4, 4, 2))), ball())
    assert not any("kept" in finding.message for finding in region.findings)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_reserved(tmp_path / "absent.nii.gz", ball())
