"""Volumes on grids and the specimen they make up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.images import Image, LabelVolume, SliceStack
from mouldgen.specimen import Habitat, HabitatMap, Specimen, habitat_code
from mouldgen.testing.strategies import rotations, voxel_grids


def volume_of(voxels, spacing=(1.0, 1.0, 1.0)):
    return LabelVolume(np.asarray(voxels), VoxelGrid.axis_aligned(np.shape(voxels), spacing, (0, 0, 0)))


def test_labels_leave_background_out():
    voxels = np.zeros((3, 3, 3), np.uint16)
    voxels[0, 0, 0], voxels[2, 1, 0] = 7, 300
    assert volume_of(voxels).labels() == (7, 300)


def test_volume_counts_voxels_of_one_label_or_of_all():
    voxels = np.zeros((4, 4, 4), np.uint16)
    voxels[:2], voxels[2] = 1, 2
    volume = volume_of(voxels, (0.5, 2.0, 3.0))
    assert volume.volume_mm3() == pytest.approx(48 * 3.0)
    assert volume.volume_mm3(2) == pytest.approx(16 * 3.0)
    assert volume.volume_mm3(9) == 0


@given(voxel_grids(most_vox=8), st.data())
def test_cropping_keeps_every_labelled_voxel_where_it_was(grid, data):
    index = tuple(data.draw(st.integers(0, n - 1)) for n in grid.shape)
    other = tuple(data.draw(st.integers(0, n - 1)) for n in grid.shape)
    voxels = np.zeros(grid.shape, np.uint16)
    voxels[index], voxels[other] = 5, 8
    cropped = LabelVolume(voxels, grid).cropped()
    assert cropped.volume_mm3() == pytest.approx(LabelVolume(voxels, grid).volume_mm3(), rel=1e-9)
    expected = sorted(grid.to_points(np.argwhere(voxels)).tolist())
    found = sorted(cropped.grid.to_points(np.argwhere(cropped.voxels)).tolist())
    np.testing.assert_allclose(found, expected, atol=1e-9)
    for axis in range(3):
        others = tuple(n for n in range(3) if n != axis)
        occupied = (cropped.voxels > 0).any(axis=others)
        assert occupied[0]
        assert occupied[-1]


@given(voxel_grids(most_vox=6), rotations())
def test_the_extent_reaches_to_the_furthest_corner_of_a_voxel(grid, axes):
    volume = LabelVolume(np.ones(grid.shape, np.uint16), grid)
    corners = np.stack(np.meshgrid(*[(-0.5, n - 0.5) for n in grid.shape], indexing="ij"), axis=-1)
    heights = grid.to_points(corners).reshape(-1, 3) @ axes.T
    low, high = volume.extent_along(axes)
    np.testing.assert_allclose(low, heights.min(axis=0), atol=1e-8)
    np.testing.assert_allclose(high, heights.max(axis=0), atol=1e-8)


def test_all_background_is_refused():
    with pytest.raises(InputError, match="all background"):
        volume_of(np.zeros((3, 3, 3), np.uint16)).bounds_vox()


def test_voxels_must_fit_their_grid():
    grid = VoxelGrid.axis_aligned((2, 3, 4), (1, 1, 1), (0, 0, 0))
    with pytest.raises(ValueError, match=r"\(4, 3, 2\)"):
        LabelVolume(np.zeros((4, 3, 2), np.uint16), grid)
    with pytest.raises(ValueError, match=r"\(4, 3, 2\)"):
        Image("t2", np.zeros((4, 3, 2), np.float32), grid, SliceStack.along_axis(grid, 2))


def test_voxels_cannot_be_changed_from_outside():
    voxels = np.ones((2, 2, 2), np.uint16)
    volume = volume_of(voxels)
    voxels[:] = 0
    assert volume.volume_mm3() == 8
    with pytest.raises(ValueError, match="read-only"):
        volume.voxels[0, 0, 0] = 0


def test_its_text_says_shape_spacing_and_labels():
    text = repr(volume_of(np.ones((2, 3, 4), np.uint16), (0.5, 1.0, 2.25)))
    assert text == "LabelVolume(shape=(2, 3, 4), spacing=0.5 x 1 x 2.25 mm, labels=(1,))"


@given(voxel_grids(), st.integers(0, 2))
def test_slices_run_through_the_voxel_centres_of_their_axis(grid, axis):
    stack = SliceStack.along_axis(grid, axis)
    middle = (np.array(grid.shape) - 1) / 2
    for number in range(stack.count):
        middle[axis] = number
        np.testing.assert_allclose(
            stack.first_center_mm + number * stack.step_mm, grid.to_points(middle), atol=1e-8
        )
    assert stack.count == grid.shape[axis]
    assert stack.spacing_mm == pytest.approx(grid.spacing_mm[axis])
    np.testing.assert_allclose(stack.normal_lps, grid.directions[:, axis], atol=1e-9)


@pytest.mark.parametrize(
    ("position", "code"),
    [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")],
)
def test_habitat_codes_count_like_columns_of_a_table(position, code):
    assert habitat_code(position) == code


def test_habitat_codes_never_repeat():
    assert len({habitat_code(n) for n in range(2000)}) == 2000


def test_a_habitat_without_a_name_is_called_by_its_label():
    habitat = Habitat.numbered(4, 1)
    assert (habitat.name, habitat.code) == ("habitat 4", "B")
    assert Habitat.numbered(4, 1, "necrosis").name == "necrosis"


def test_neighbouring_habitats_differ_in_colour():
    colors = [Habitat.numbered(n + 1, n).color for n in range(10)]
    assert len(set(colors)) == 10


def test_a_specimen_reports_its_tissue_and_shows_no_paths():
    volume = volume_of(np.ones((10, 10, 10), np.uint16), (2, 1, 1))
    habitats = HabitatMap(volume, (Habitat.numbered(1, 0),))
    specimen = Specimen(volume, SliceStack.along_axis(volume.grid, 2), 2000.0, habitats)
    assert specimen.volume_mm3 == 2000.0
    assert repr(specimen) == "Specimen(2.00 mL, habitats=1, images=[])"
