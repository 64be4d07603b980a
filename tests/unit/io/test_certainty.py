"""A map of certainty comes onto the habitats' voxels, and what is no certainty is refused with its value."""

import hashlib

import numpy as np
import pytest

from mouldgen import DesignParameters, read_specimen
from mouldgen.errors import InputError, ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.images import CertaintyVolume, LabelVolume
from mouldgen.specimen import Habitat, HabitatMap
from mouldgen.testing.phantoms import chiral_specimen
from mouldgen.testing.punch_monte_carlo import certainties_at
from mouldgen.testing.segment_file import WrittenSegment, write_segment_file
from mouldgen.testing.storage import ALL_AXIS_ORDERS, write_specimen, write_volume

SPECIMEN = chiral_specimen((1.5, 1.75, 2.0))
GRID = SPECIMEN.habitats.volume.grid


def falling(points_lps):
    """Certainty that differs along every axis, from 0.1 to 0.9."""
    return np.clip(0.5 + points_lps @ [0.01, 0.02, 0.012], 0.1, 0.9).astype(np.float32)


def certainty_on(grid):
    return falling(grid.to_points(np.indices(grid.shape).transpose(1, 2, 3, 0)))


def around(spacing_mm, pad_mm=3.0):
    """Return a grid of a spacing that covers the habitats."""
    low, high = SPECIMEN.habitats.volume.extent_along(np.eye(3))
    shape = np.ceil((high - low + 2 * pad_mm) / spacing_mm).astype(int)
    return VoxelGrid.axis_aligned(
        shape.tolist(), [spacing_mm] * 3, (low - pad_mm + 0.47 * spacing_mm).tolist()
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_specimen(SPECIMEN, tmp_path_factory.mktemp("specimen"))


@pytest.fixture
def read(files, tmp_path):
    """Read the specimen with a certainty of these values on this grid."""

    def read_with(voxels, grid=GRID, name="certainty.nrrd", axes=ALL_AXIS_ORDERS[0]):
        write_volume(tmp_path / name, voxels, grid, axes)
        return read_specimen(files.segmentation, habitats=files.habitats, certainty=tmp_path / name)

    return read_with


def codes(specimen):
    return [finding.code for finding in specimen.findings]


@pytest.mark.parametrize("axes", ALL_AXIS_ORDERS[::11], ids=str)
def test_every_voxel_of_a_habitat_gets_its_own_certainty_however_the_map_is_stored(read, axes):
    habitats = read(certainty_on(GRID), axes=axes).habitats
    volume, certainty = habitats.volume, habitats.certainty
    indices = np.argwhere(volume.voxels)
    expected = falling(volume.grid.to_points(indices))
    assert certainty.voxels[tuple(indices.T)] == pytest.approx(expected, abs=1e-6)
    assert not certainty.voxels[volume.voxels == 0].any()


@pytest.mark.parametrize("spacing_mm", [0.9, 4.0])
def test_on_another_grid_each_voxel_takes_what_its_centre_lies_in(read, spacing_mm):
    grid = around(spacing_mm)
    voxels = certainty_on(grid)
    specimen = read(voxels, grid)
    volume, certainty = specimen.habitats.volume, specimen.habitats.certainty
    indices = np.argwhere(volume.voxels)
    expected = certainties_at(CertaintyVolume(voxels, grid), volume.grid.to_points(indices))
    assert certainty.voxels[tuple(indices.T)] == pytest.approx(expected, abs=1e-6)
    assert "certainty_resampled" in codes(specimen)


def test_the_same_grid_is_not_called_resampled(read):
    assert not [code for code in codes(read(certainty_on(GRID))) if "certainty" in code]


def changed(index, value):
    voxels = certainty_on(GRID)
    voxels[index] = value
    return voxels


INSIDE = tuple(np.argwhere(SPECIMEN.habitats.volume.voxels)[500])
OUTSIDE = tuple(np.argwhere(SPECIMEN.habitats.volume.voxels == 0)[0])


@pytest.mark.parametrize(
    ("voxels", "name", "message"),
    [
        (100 * certainty_on(GRID), "a.nrrd", r"holds 90, and values from 10 to 90 .* percent by 100"),
        (changed(OUTSIDE, -0.25), "a.nrrd", r"holds -0\.25"),
        (changed(INSIDE, 1.01), "a.nii.gz", r"holds 1\.01"),
        (changed(OUTSIDE, np.inf), "a.nrrd", r"holds inf"),
        (changed(INSIDE, np.nan), "a.nrrd", r"is NaN in 1 of \d+ voxels of habitats"),
        (changed(INSIDE, np.nan), "a.nii", r"is NaN or 0, which this format does not tell apart, in 1 of"),
    ],
)
def test_what_is_no_certainty_is_refused_with_its_value(read, voxels, name, message):
    with pytest.raises(InputError, match=message):
        read(voxels, name=name)


def test_a_map_that_does_not_cover_the_habitats_is_refused(read):
    grid = GRID.cropped((0, 0, 0), (GRID.shape[0] // 2, *GRID.shape[1:]))
    with pytest.raises(InputError, match=r"does not cover the habitats: \d+ of their \d+ voxels"):
        read(certainty_on(grid), grid)


@pytest.mark.parametrize("name", ["a.nrrd", "a.nii"])
def test_nothing_is_asked_of_voxels_without_a_habitat(read, name):
    expected = read(certainty_on(GRID)).habitats.certainty.voxels
    certainty = read(changed(OUTSIDE, np.nan), name=name).habitats.certainty
    assert certainty.voxels == pytest.approx(expected, abs=1e-6)


def test_rounding_above_one_is_taken_as_one(read):
    certainty = read(np.full(GRID.shape, 1 + 2e-6, np.float32)).habitats.certainty
    assert certainty.voxels.max() == 1


def test_a_map_that_knows_nothing_of_a_habitat_is_a_warning(read):
    voxels = np.where(SPECIMEN.habitats.volume.voxels == 1, 0, 0.9).astype(np.float32)
    specimen = read(voxels)
    share = (SPECIMEN.habitats.volume.voxels == 1).sum() / (SPECIMEN.habitats.volume.voxels > 0).sum()
    (message,) = [item.message for item in specimen.findings if item.code == "certainty_zero"]
    assert f"{100 * share:.1f} %" in message


def test_a_map_without_habitats_is_refused(files):
    with pytest.raises(ParameterError, match="no habitat map that it could be of"):
        read_specimen(files.segmentation, certainty=files.habitats)


def test_its_bytes_are_noted_behind_those_of_the_habitats(read, tmp_path):
    specimen = read(certainty_on(GRID))
    assert [source.role for source in specimen.sources] == ["segmentation", "habitats", "certainty"]
    digest = hashlib.sha256((tmp_path / "certainty.nrrd").read_bytes()).hexdigest()
    assert specimen.sources[2].sha256 == digest


def test_a_habitat_map_takes_only_a_certainty_on_its_grid_and_crops_both():
    habitats = (Habitat.numbered(1, 0),)
    grid = VoxelGrid.axis_aligned((6, 7, 8), (1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    labels = np.zeros(grid.shape, np.uint16)
    labels[2:4, 3:6, 1:3] = 1
    values = np.random.default_rng(1).random(grid.shape, np.float32)
    whole = HabitatMap(LabelVolume(labels, grid), habitats, CertaintyVolume(values, grid))
    cropped = whole.cropped()
    assert cropped.certainty.grid is cropped.volume.grid
    np.testing.assert_array_equal(cropped.certainty.voxels, values[2:4, 3:6, 1:3])
    np.testing.assert_array_equal(cropped.volume.grid.origin_mm, grid.to_points((2, 3, 1)))
    assert cropped.mean_certainty(1) == pytest.approx(values[2:4, 3:6, 1:3].mean())
    other = VoxelGrid.axis_aligned(grid.shape, (1.0, 2.0, 3.0), (4.0, 5.0, 7.0))
    with pytest.raises(ValueError, match="one grid"):
        HabitatMap(whole.volume, habitats, CertaintyVolume(values, other))


@pytest.mark.parametrize("value", [-0.01, 1.01, np.nan])
def test_a_volume_of_certainty_holds_only_zero_to_one(value):
    voxels = np.full((2, 2, 2), value, np.float32)
    with pytest.raises(ValueError, match="from 0 to 1"):
        CertaintyVolume(voxels, VoxelGrid.axis_aligned((2, 2, 2), (1, 1, 1), (0, 0, 0)))


# --- stability, which the tags of a segmentation bring along


@pytest.fixture
def read_tagged(files, tmp_path):
    """Read habitats whose first one has these tags."""

    def read_with(tags, parameters=None):
        volume = SPECIMEN.habitats.volume
        path = tmp_path / "habitats.nrrd"
        segments = [WrittenSegment(f"habitat {n}", n, 0) for n in volume.labels()]
        pairs = {"Segment0_Tags": tags}
        write_segment_file(path, [volume.voxels], volume.grid, segments, list_axis=None, pairs=pairs)
        text = path.read_bytes().replace(b"Segment0_Tags:=Segmentation.Status:inprogress", b"Was:=x", 1)
        path.write_bytes(text)
        return read_specimen(files.segmentation, parameters, habitats=path)

    return read_with


def test_names_and_stability_come_with_a_segmentation_that_is_called_nrrd(read_tagged):
    habitats = read_tagged("Segmentation.Status:completed|mouldgen.Stability:0.55|").habitats.habitats
    assert [habitat.name for habitat in habitats] == ["habitat 1", "habitat 2", "habitat 3"]
    assert [habitat.stability for habitat in habitats] == [0.55, None, None]
    assert [habitat.is_stable for habitat in habitats] == [False, True, True]


def test_the_least_stability_is_a_parameter(read_tagged):
    parameters = DesignParameters(trust={"least_dice": 0.5})
    assert read_tagged("mouldgen.Stability:0.55|", parameters).habitats.habitats[0].is_stable


@pytest.mark.parametrize("text", ["1.2", "high", "-0.1", "nan", "1e-1"])
def test_a_stability_that_is_no_share_is_refused(read_tagged, text):
    with pytest.raises(InputError, match="stability .* no number from 0 to 1"):
        read_tagged(f"mouldgen.Stability:{text}|")
