"""Contours become voxels on the images' lattice where they fit, else on their own; what was done is said."""

import re
from pathlib import Path

import numpy as np
import pytest

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.images import SliceStack
from mouldgen.io.contours import own_grid
from mouldgen.io.contours.contour import Contour
from mouldgen.io.contours.contour_source import ContourSource, RegionOfInterest
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.structures import Structure
from mouldgen.testing.phantoms import rotation_about

GRID = VoxelGrid.axis_aligned((60, 50, 30), (1.0, 1.0, 2.0), (-30.0, -25.0, -30.0))
EVERY_SLICE = np.arange(-10.0, 11.0, 2.0)


def rectangle(z, u0=-10, v0=-6, u1=10, v1=6):
    return np.array([[u0, v0, z], [u1, v0, z], [u1, v1, z], [u0, v1, z]], float) + [0.5, 0.5, 0]


def disc(z, radius=12.0, center=(0.0, 0.0)):
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    around = np.column_stack([np.cos(angle), np.sin(angle)]) * radius + center
    return np.column_stack([around, np.full(120, z)])


def images(grid=GRID, *, uids=(), frame=""):
    slices = SliceStack.along_axis(grid, 2)
    return StoredVolume(
        name="images",
        format_name="images",
        pixel_type="uint8",
        files=(),
        voxels=np.zeros(grid.shape, np.uint8),
        grid=grid,
        file_grid=grid,
        slices=SliceStack(slices.first_center_mm, slices.step_mm, slices.count, tuple(uids)),
        frame_of_reference_uid=frame,
    )


def region(rings, number=1, frame="", lines=()):
    closed = tuple(ring if isinstance(ring, Contour) else Contour(ring) for ring in rings)
    drawn = tuple(Contour(line) for line in lines)
    structure = Structure(number, f"roi {number}")
    return RegionOfInterest.of(structure, closed=closed, open_lines=drawn, frame_of_reference_uid=frame)


def source(*regions, reference=None):
    return ContourSource(
        name="drawn.dcm", format_name="drawn", files=(Path("x"),), regions=regions, reference=reference
    )


def codes(found):
    return [finding.code for finding in found.findings]


def message(found, code):
    return next(finding.message for finding in found.findings if finding.code == code)


def occupied_mm(found, number=1):
    """Return which heights of planes hold voxels, for contours on axial planes."""
    planes = np.flatnonzero((found.labels.voxels == number).any(axis=(0, 1)))
    return [round(float(found.labels.grid.to_points([0, 0, k])[2]), 3) for k in planes]


# --- on the images' own lattice


def test_contours_on_the_slices_of_their_images_are_drawn_on_their_lattice():
    reference = images(uids=[f"2.25.{k}" for k in range(30)])
    found = source(region(map(rectangle, EVERY_SLICE)), reference=reference).voxels_of([1])
    assert found.labels.grid is reference.grid
    assert found.slices is reference.slices
    assert not found.is_cropped
    assert not found.findings
    assert found.labels.volume_mm3() == 20 * 12 * 22
    assert occupied_mm(found) == list(EVERY_SLICE)


def test_labels_are_read_only_and_i_is_fastest_in_memory():
    labels = source(region(map(rectangle, EVERY_SLICE)), reference=images()).voxels_of([1]).labels
    assert not labels.voxels.flags.writeable
    assert labels.voxels.flags.f_contiguous


def test_contours_across_the_slices_but_on_planes_of_voxels_are_drawn_there_too():
    turned = [ring[:, [2, 0, 1]] for ring in map(rectangle, np.arange(-5.0, 6.0))]
    found = source(region(turned), reference=images()).voxels_of([1])
    assert not found.is_cropped
    assert found.slices.normal_lps @ [1, 0, 0] == pytest.approx(1)
    assert found.slices.count == 60


@pytest.mark.parametrize(
    ("rings", "reason"),
    [
        ([rectangle(z + 1) for z in EVERY_SLICE], r"up to 1\.00 mm from the planes"),
        ([rectangle(z) for z in EVERY_SLICE[::2]], r"4\.00 mm apart, the images 2\.00 mm"),
        ([rectangle(z) @ rotation_about([1, 0, 0], 20).T for z in EVERY_SLICE], r"tilted by 20\.0 degrees"),
        ([rectangle(z, u0=-40) for z in EVERY_SLICE], r"9\.0 mm beyond the images"),
        ([rectangle(z) for z in EVERY_SLICE + 30], r"11\.0 mm beyond the images"),
        ([rectangle(z, -0.4, -0.4, 0, 0) for z in EVERY_SLICE], "smaller than the voxels"),
    ],
    ids=["between slices", "every second slice", "tilted", "beyond in plane", "beyond across", "tiny"],
)
def test_contours_that_do_not_fit_their_images_get_a_lattice_of_their_own(rings, reason):
    found = source(region(rings), reference=images()).voxels_of([1])
    assert codes(found) == ["grid_of_contours"]
    assert re.search(reason, found.findings[0].message)
    assert found.is_cropped
    assert found.slices.count == len(rings)
    alone = source(region(rings)).voxels_of([1])
    np.testing.assert_array_equal(found.labels.voxels, alone.labels.voxels)


def test_contours_almost_on_the_slices_are_on_them():
    found = source(region([rectangle(z + 0.15) for z in EVERY_SLICE]), reference=images()).voxels_of([1])
    assert not found.is_cropped


def test_contours_far_from_the_image_that_they_name_are_reported():
    uids = [f"2.25.{k}" for k in range(30)]
    rings = [Contour(rectangle(z), f"2.25.{k + 12}") for k, z in enumerate(EVERY_SLICE)]
    found = source(region(rings), reference=images(uids=uids)).voxels_of([1])
    assert codes(found) == ["contours_off_their_images"]
    assert "11 of 11 contours lie up to 4.0 mm" in found.findings[0].message


def test_a_single_plane_on_images_is_as_thick_as_a_slice():
    found = source(region([rectangle(4.0)]), reference=images()).voxels_of([1])
    assert found.labels.volume_mm3() == 20 * 12 * 2
    assert codes(found) == ["single_plane"]


# --- planes of their own


def test_a_single_plane_without_images_is_refused_but_has_a_centre():
    alone = source(region([rectangle(4.0)]))
    with pytest.raises(InputError, match="single plane, so its thickness is unknown"):
        alone.voxels_of([1])
    np.testing.assert_allclose(alone.center_lps(1), [0.5, 0.5, 4.0], atol=1e-6)


def test_a_box_on_planes_of_its_own_has_its_volume_and_reaches_half_a_plane_beyond_the_outer_ones():
    found = source(region(map(rectangle, EVERY_SLICE))).voxels_of([1])
    low, high = found.labels.extent_along(np.eye(3))
    np.testing.assert_allclose(low, [-9.5, -5.5, -11.0], atol=1e-9)
    np.testing.assert_allclose(high, [10.5, 6.5, 11.0], atol=1e-9)
    assert found.labels.volume_mm3() == pytest.approx(20 * 12 * 22)
    np.testing.assert_allclose(found.slices.step_mm, [0, 0, 2], atol=1e-9)
    np.testing.assert_allclose(found.slices.first_center_mm, [0.5, 0.5, -10])


def test_planes_name_their_images_if_each_names_one_of_its_own():
    rings = [Contour(rectangle(z), f"2.25.{index + 7}") for index, z in enumerate(EVERY_SLICE)]
    found = source(region(rings[::-1])).voxels_of([1])
    assert found.slices.sop_instance_uids == tuple(f"2.25.{index + 7}" for index in range(11))


@pytest.mark.parametrize(
    "uids",
    [["2.25.1"] * 11, [""] + [f"2.25.{k}" for k in range(10)]],
    ids=["one image for all", "one without"],
)
def test_planes_name_no_images_where_that_would_be_uncertain(uids):
    rings = [Contour(rectangle(z), uid) for z, uid in zip(EVERY_SLICE, uids, strict=True)]
    assert source(region(rings)).voxels_of([1]).slices.sop_instance_uids == ()


@pytest.mark.parametrize("reference", [None, images()], ids=["alone", "on images"])
@pytest.mark.parametrize("missing", [1, 2, 3])
def test_up_to_three_missing_planes_are_filled_with_the_shape_between(reference, missing):
    heights = np.delete(EVERY_SLICE, range(4, 4 + missing))
    found = source(region([disc(z, 12 + z / 3) for z in heights]), reference=reference).voxels_of([1])
    assert f"between its planes: 1, of up to {2 * missing + 2}.0 mm" in message(found, "planes_filled")
    assert occupied_mm(found) == list(EVERY_SLICE)
    true_mm3 = sum(np.pi * (12 + z / 3) ** 2 * 2 for z in EVERY_SLICE)
    assert found.labels.volume_mm3() == pytest.approx(true_mm3, rel=0.01)


@pytest.mark.parametrize("reference", [None, images()], ids=["alone", "on images"])
def test_four_missing_planes_are_left_empty(reference):
    heights = np.delete(np.arange(-14.0, 15.0, 2.0), range(5, 9))
    found = source(region([disc(z) for z in heights]), reference=reference).voxels_of([1])
    assert "gaps without contours: 1, of together 8.0 mm" in message(found, "planes_missing")
    assert occupied_mm(found) == list(heights)


@pytest.mark.parametrize("reference", [None, images()], ids=["alone", "on images"])
def test_a_gap_between_parts_that_do_not_overlap_is_left_empty(reference):
    low = [disc(z, 5.0, (-10.0, 0.0)) for z in (-8.0, -6.0, -4.0)]
    high = [disc(z, 5.0, (10.0, 0.0)) for z in (0.0, 2.0, 4.0)]
    found = source(region([*low, *high]), reference=reference).voxels_of([1])
    assert "planes_missing" in codes(found)
    assert occupied_mm(found) == [-8, -6, -4, 0, 2, 4]


def test_uneven_planes_are_interpolated_onto_even_ones_with_the_volume_and_height_kept():
    heights = np.array([0.0, 2.0, 4.0, 7.0, 9.5, 11.5, 13.5])
    found = source(region([disc(z, 10 + z / 4) for z in heights])).voxels_of([1])
    assert "2.00 to 3.00 mm apart" in message(found, "uneven_planes")
    low, high = found.labels.extent_along(np.eye(3))
    np.testing.assert_allclose([low[2], high[2]], [-1.0, 14.5], atol=1e-6)
    true_mm3 = np.pi * 4 / 3 * ((10 + 14.5 / 4) ** 3 - (10 - 1 / 4) ** 3)
    assert found.labels.volume_mm3() == pytest.approx(true_mm3, rel=0.01)
    steps = np.diff(np.flatnonzero(found.labels.voxels.any(axis=(0, 1))))
    assert (steps == 1).all()
    assert found.slices.sop_instance_uids == ()


def test_a_stray_plane_does_not_set_the_distance_of_all_others():
    heights = np.array([0.0, 3.0, 3.4, 6.0, 9.0, 12.0, 15.0])
    found = source(region([disc(z) for z in heights])).voxels_of([1])
    assert found.labels.volume_mm3() == pytest.approx(np.pi * 144 * 18, rel=0.02)
    assert "uneven_planes" in codes(found)


def test_planes_at_rounded_heights_are_even():
    heights = np.round(np.arange(11) * 3.26995 - 700, 1)
    found = source(region([disc(z) for z in heights])).voxels_of([1])
    assert found.slices.spacing_mm == pytest.approx(3.26995, abs=0.01)
    assert codes(found) == ["grid_of_contours"]


# --- several structures


def test_several_structures_share_a_lattice_and_the_first_has_precedence():
    low = region([rectangle(z) for z in EVERY_SLICE[:6]], 1)
    right = region([rectangle(z, u0=0, u1=20) for z in EVERY_SLICE[:6]], 2)
    apart = region([rectangle(z) for z in EVERY_SLICE[8:]], 3)
    for reference in (None, images()):
        found = source(low, right, apart, reference=reference).voxels_of([3, 2, 1])
        voxel_mm3 = found.labels.grid.voxel_mm3
        assert found.labels.volume_mm3(1) == pytest.approx(20 * 12 * 12, rel=5e-3)
        assert found.labels.volume_mm3(2) == pytest.approx(10 * 12 * 12, rel=5e-3)
        assert found.labels.volume_mm3(3) == pytest.approx(20 * 12 * 6, rel=5e-3)
        assert found.overlap_vox * voxel_mm3 == pytest.approx(10 * 12 * 12, rel=5e-3)


def test_a_voxel_of_three_structures_is_counted_once():
    three = [region(map(rectangle, EVERY_SLICE), number) for number in (1, 2, 3)]
    found = source(*three, reference=images()).voxels_of([1, 2, 3])
    assert found.overlap_vox == 20 * 12 * 11


def test_a_structure_on_every_second_plane_of_another_keeps_its_height():
    fine = region(map(rectangle, EVERY_SLICE), 1)
    coarse = region([rectangle(z, 15, -5, 25, 5) for z in EVERY_SLICE[::2]], 2)
    for reference in (None, images()):
        found = source(fine, coarse, reference=reference).voxels_of([1, 2])
        assert "4.00 mm apart" in message(found, "planes_between")
        assert found.labels.volume_mm3(2) == pytest.approx(10 * 10 * 24, rel=0.01)
        assert found.labels.volume_mm3(1) == pytest.approx(20 * 12 * 22, rel=0.01)


def test_structures_on_planes_that_do_not_coincide_keep_place_and_volume():
    one = region([disc(z) for z in EVERY_SLICE], 1)
    other = region([disc(z + 0.7, 8.0, (25.0, 0.0)) for z in EVERY_SLICE], 2)
    found = source(one, other).voxels_of([1, 2])
    assert "uneven_planes" in codes(found)
    assert found.labels.volume_mm3(1) == pytest.approx(np.pi * 144 * 22, rel=5e-3)
    assert found.labels.volume_mm3(2) == pytest.approx(np.pi * 64 * 22, rel=5e-3)
    assert found.labels.centroid_mm(1)[2] == pytest.approx(0, abs=0.05)
    assert found.labels.centroid_mm(2)[2] == pytest.approx(0.7, abs=0.8)


def test_structures_drawn_in_different_directions_are_refused_together_but_not_alone():
    axial = region(map(rectangle, EVERY_SLICE), 1)
    coronal = region([ring[:, [0, 2, 1]] for ring in map(rectangle, EVERY_SLICE)], 2)
    both = source(axial, coronal)
    with pytest.raises(InputError, match=r"different directions.* 90\.0 degrees"):
        both.voxels_of([1, 2])
    for number in (1, 2):
        assert both.voxels_of([number]).labels.volume_mm3() == pytest.approx(20 * 12 * 22, rel=5e-3)


def test_a_structure_too_narrow_for_the_common_voxels_is_missing_with_a_finding():
    wide = region([disc(z, 200.0) for z in EVERY_SLICE], 1)
    sliver = np.array([[0.01, 0, 0], [30.01, 31.7, 0], [30.0101, 31.7, 0]])
    narrow = region([sliver + [0, 0, z] for z in EVERY_SLICE], 2)
    found = source(wide, narrow).voxels_of([1, 2])
    assert "empty_structure" in codes(found)
    with pytest.raises(InputError, match="enclose no voxel"):
        source(narrow).voxels_of([2])


# --- findings about contours, and what is refused


def test_left_out_and_overlapping_contours_are_reported_for_the_chosen_structure_only():
    rings = [rectangle(z) for z in EVERY_SLICE]
    dirty = region(
        [*rings, rings[3][::-1], rings[5][:2], rectangle(0.0, 5, -3, 20, 3)], 1, lines=[[[1, 2, 3]]]
    )
    both = source(dirty, region(rings, 2))
    assert codes(both.voxels_of([2])) == ["grid_of_contours"]
    found = both.voxels_of([1])
    assert set(codes(found)) == {
        "grid_of_contours",
        "degenerate_contours",
        "repeated_contours",
        "overlapping_contours",
        "open_contours",
    }
    assert "(number of planes: 1; 60 mm3)" in message(found, "overlapping_contours")


def test_points_and_open_lines_have_a_centre_but_no_voxels():
    point = region([], 1, lines=[[[1.0, 2.0, 3.0]], [[3.0, 4.0, 5.0]]])
    line = region([np.array([[0, 0, 0], [4, 0, 0]], float)], 2)
    marks = source(point, line)
    assert [structure.is_volume for structure in marks.structures] == [False, False]
    np.testing.assert_allclose(marks.center_lps(1), [2, 3, 4])
    np.testing.assert_allclose(marks.center_lps(2), [2, 0, 0])
    for number in (1, 2):
        with pytest.raises(InputError, match=r"encloses no volume.*points can serve as landmarks"):
            marks.voxels_of([number])


@pytest.mark.parametrize(("numbers", "text"), [([], "no structure"), ([7], r"no structure 7.*1 \(roi 1\)")])
def test_a_choice_that_is_not_there_is_refused_with_what_is(numbers, text):
    with pytest.raises(InputError, match=text):
        source(region(map(rectangle, EVERY_SLICE))).voxels_of(numbers)


@pytest.fixture
def two_frames():
    """Structure 1 in one frame of reference, 2 and 3 in another."""
    frames = {1: "2.25.1", 2: "2.25.2", 3: "2.25.2"}
    return source(*(region(map(rectangle, EVERY_SLICE), number, uid) for number, uid in frames.items()))


def test_the_chosen_structures_decide_on_the_frame_of_reference(two_frames):
    assert two_frames.frame_of_reference_uid == "2.25.2"
    assert codes(two_frames.voxels_of([2, 3])) == ["grid_of_contours"]
    found = two_frames.voxels_of([1])
    assert codes(found) == ["frame_of_reference_differs", "grid_of_contours"]
    assert found.labels.volume_mm3() == pytest.approx(20 * 12 * 22)
    with pytest.raises(InputError, match=r"1 \(roi 1\) and 2 \(roi 2\) of .* lie in different frames"):
        two_frames.voxels_of([2, 1])


def test_a_landmark_of_another_frame_of_reference_is_refused(two_frames):
    np.testing.assert_allclose(two_frames.center_lps(2), [0.5, 0.5, 0], atol=1e-6)
    with pytest.raises(InputError, match=r"1 \(roi 1\) .* another frame of reference than most structures"):
        two_frames.center_lps(1)


def test_images_decide_on_the_frame_of_reference(two_frames):
    drawn = two_frames.drawn_on(images(frame="2.25.1"))
    assert drawn.frame_of_reference_uid == "2.25.1"
    assert drawn.voxels_of([1]).labels.volume_mm3() == 20 * 12 * 22
    with pytest.raises(InputError, match=r"2 \(roi 2\) .* another frame of reference than the images"):
        drawn.voxels_of([2])


def test_the_first_in_the_input_has_precedence_whatever_its_number():
    first, second = (region(map(rectangle, EVERY_SLICE), number) for number in (9, 4))
    assert set(np.unique(source(first, second).voxels_of([4, 9]).labels.voxels)) == {0, 9}


def test_contours_that_cross_themselves_are_reported():
    star = disc(0.0)[::24][[0, 2, 4, 1, 3]]
    found = source(region([star, star + [0, 0, 2], disc(4.0), disc(6.0)])).voxels_of([1])
    assert "that cross themselves: 2;" in message(found, "self_crossing_contours")


@pytest.mark.parametrize("reference", [None, images()], ids=["alone", "on images"])
def test_a_structure_that_is_drawn_twice_is_refused(reference):
    twice = region([disc(z + off) for z in EVERY_SLICE for off in (0, 0.05)])
    with pytest.raises(InputError, match=r"1 \(roi 1\) is drawn twice"):
        source(twice, reference=reference).voxels_of([1])


def test_a_lattice_of_too_many_planes_is_refused(monkeypatch):
    monkeypatch.setattr(own_grid, "MOST_PLANES", 100)
    far = [disc(0.0), disc(2.0), disc(1000.0)]
    with pytest.raises(InputError, match="at most 100 are used"):
        source(region(far)).voxels_of([1])


def test_a_large_lattice_gets_coarser_pixels(monkeypatch):
    monkeypatch.setattr(own_grid, "MOST_VOXELS", 20_000)
    found = source(region([disc(z) for z in EVERY_SLICE])).voxels_of([1])
    assert found.labels.voxels.size < 30_000
    assert found.labels.volume_mm3() == pytest.approx(np.pi * 144 * 22, rel=0.01)
