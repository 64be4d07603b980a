"""Images and tumour come onto one grid and one scale, and everything lost on the way is said."""

import re

import numpy as np
import pytest

from mouldgen.errors import InputError, ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.habitats.laying import lay_channels
from mouldgen.images import Image
from mouldgen.params.habitats import ChannelParameters, Modality
from mouldgen.testing.phantoms import covering_grid
from mouldgen.testing.scalar_images import DIRECTIONS, ball_labels, image_of, noise_image, values_at

CENTER = np.array([40.0, -75.0, 610.0])
RADIUS_MM = 12.0


def tumour(directions=DIRECTIONS["straight"], spacing=(0.8, 0.8, 2.5)):
    return ball_labels(CENTER, RADIUS_MM, spacing, directions=directions)


def slope(points):
    return 50.0 + 2.0 * (points[..., 0] - CENTER[0])


def around(spacing, half_mm=26.0, directions=DIRECTIONS["straight"]):
    return covering_grid(CENTER, [half_mm] * 3, spacing, directions=directions)


def codes(laid):
    return [finding.code for finding in laid.findings]


def message_of(laid, code):
    return next(finding.message for finding in laid.findings if finding.code == code)


@pytest.mark.parametrize("directions", DIRECTIONS.values(), ids=DIRECTIONS)
def test_images_on_any_grids_come_to_lie_on_each_other(directions):
    images = [
        image_of(slope, around((0.9, 0.9, 3.0), directions=DIRECTIONS["oblique"]), "ct"),
        image_of(slope, around((0.5, 0.5, 0.5), 24.0), "t1"),
        image_of(slope, around((4.0, 4.0, 3.0), directions=DIRECTIONS["left-handed"]), "adc"),
    ]
    laid = lay_channels(tumour(directions), images)
    inside, grid = laid.channels.tumour.inside, laid.channels.tumour.grid
    np.testing.assert_allclose(grid.directions, directions, atol=1e-12)
    expected = values_at(slope, grid)[inside]
    for channel in laid.channels.channels:
        np.testing.assert_allclose(channel.values[inside], expected, atol=1e-3)
    names = [(channel.name, channel.modality, channel.unit) for channel in laid.channels.channels]
    assert names == [("ct", Modality.CT, "HU"), ("t1", Modality.MR, ""), ("adc", Modality.MAP, "")]
    assert laid.channels.tumour.volume_mm3 == pytest.approx(4 / 3 * np.pi * RADIUS_MM**3, rel=0.01)


def test_defaults_scale_ct_by_its_range_and_others_by_themselves():
    images = [
        noise_image(around((1, 1, 1)), 30.0, "ct", mean=100.0),
        noise_image(around((1, 1, 1)), 7.0, "t2"),
    ]
    ct, t2 = lay_channels(tumour(), images).channels.channels
    np.testing.assert_allclose(ct.scaled, (np.clip(ct.values, -100, 300) - 100) / 50, atol=1e-5)
    inside = lay_channels(tumour(), images).channels.tumour.inside
    assert np.median(t2.scaled[inside]) == pytest.approx(0, abs=1e-5)
    assert np.subtract(*np.percentile(t2.scaled[inside], (75, 25))) == pytest.approx(1.349, abs=1e-3)


def test_parameters_choose_modality_scale_and_grid():
    parameters = ChannelParameters(
        voxel_mm=1.5,
        modalities={"a": "pet", "b": "mr"},
        scalings={"b": "percentile"},
        ranges={"a": (0, 10)},
        percentiles=(10, 90),
    )
    images = [noise_image(around((1, 1, 1)), 1.0, name, mean=5.0) for name in ("a", "b")]
    laid = lay_channels(tumour(), images, parameters)
    a, b = laid.channels.channels
    assert laid.channels.tumour.grid.spacing_mm == pytest.approx([1.5] * 3)
    assert (a.modality, a.unit, b.modality) == (Modality.PET, "SUV", Modality.MR)
    np.testing.assert_allclose(a.scaled, (a.values - 5) / 1.25, atol=1e-5)
    assert np.nanmax(b.scaled) == pytest.approx(1.2816, abs=1e-3)
    assert "by the fixed range 0 to 10 SUV" in message_of(laid, "channel_scale")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"modalities": {"t9": "mr"}}, "channels.modalities names 't9', .* the images are t1, t2"),
        ({"scalings": {"t9": "robust"}}, "channels.scalings names 't9'"),
        ({"ranges": {"t9": (0, 1)}}, "channels.ranges names 't9'"),
        ({"register_to": "ct"}, "channels.register_to names 'ct'"),
        ({"scalings": {"t1": "range"}}, "none is known for MR; set channels.ranges"),
        ({"scalings": {"t1": "robust"}, "ranges": {"t1": (0, 1)}}, "leave one of them out"),
    ],
)
def test_parameters_that_do_not_fit_the_images_are_refused(parameters, reason):
    images = [noise_image(around((1, 1, 1)), 1.0, name) for name in ("t1", "t2")]
    with pytest.raises(ParameterError, match=reason):
        lay_channels(tumour(), images, ChannelParameters(**parameters))


def test_without_an_image_there_is_nothing_to_compute_from():
    with pytest.raises(InputError, match="none is given"):
        lay_channels(tumour(), [])


def test_two_images_of_one_name_are_refused():
    image = noise_image(around((1, 1, 1)), 1.0)
    with pytest.raises(InputError, match="a name of its own; got t1, t1"):
        lay_channels(tumour(), [image, image])


def test_a_tumour_that_is_too_small_is_refused_with_the_least_volume():
    tissue = ball_labels(CENTER, 5.5)
    with pytest.raises(
        InputError, match=r"too small for habitats: the tumour has 0\.\d\d mL; at least 1\.0 mL"
    ):
        lay_channels(tissue, [noise_image(around((1, 1, 1)), 1.0)])


def test_a_grid_that_leaves_too_few_voxels_is_refused():
    with pytest.raises(InputError, match=r"voxels of 3 mm; at least 500 are needed .* smaller spacing"):
        lay_channels(tumour(), [noise_image(around((1, 1, 1)), 1.0)], ChannelParameters(voxel_mm=3.0))


def test_what_an_image_does_not_show_is_left_out_and_said():
    whole = around((1.0, 1.0, 1.0))
    middle = int(whole.to_indices(CENTER)[0])
    cut = whole.cropped((middle - 6, 0, 0), whole.shape)
    images = [noise_image(whole, 1.0, "t1"), image_of(slope, cut, "t2")]
    laid = lay_channels(tumour(spacing=(1, 1, 1)), images)
    tissue, grid = laid.channels.tumour, laid.channels.tumour.grid
    border_mm = cut.origin_mm[0] - 0.5
    assert values_at(lambda p: p[..., 0], grid)[tissue.inside].min() > border_mm
    cap = RADIUS_MM - (CENTER[0] - border_mm)
    cap_mm3 = np.pi * cap**2 * (3 * RADIUS_MM - cap) / 3
    message = message_of(laid, "tumour_not_shown")
    lost_ml = float(re.search(r"image t2 does not show ([\d.]+) mL", message).group(1))
    assert lost_ml == pytest.approx(cap_mm3 / 1000, rel=0.05)
    assert tissue.volume_mm3 + 1000 * lost_ml == pytest.approx(tumour(spacing=(1, 1, 1)).volume_mm3(), abs=10)


def test_voxels_without_a_value_are_left_out_and_said():
    grid = around((1.0, 1.0, 1.0))
    image = noise_image(grid, 1.0)
    voxels = image.voxels.copy()
    hole = np.linalg.norm(values_at(lambda p: p, grid) - CENTER, axis=-1) < 5
    voxels[hole] = np.nan
    laid = lay_channels(tumour(), [Image("t1", voxels, grid, image.slices)])
    kept = laid.channels.tumour.inside
    distance = np.linalg.norm(values_at(lambda p: p, laid.channels.tumour.grid) - CENTER, axis=-1)
    assert distance[kept].min() > 4.0
    assert np.isfinite(laid.channels.channels[0].scaled[kept]).all()
    assert re.search(r"does not show 0\.\d\d mL \(\d\.\d %\)", message_of(laid, "tumour_not_shown"))


def test_too_little_in_all_images_is_refused():
    grid = around((1.0, 1.0, 1.0))
    edge = grid.cropped((0, 0, 0), (int(grid.to_indices(CENTER)[0]) - 8, grid.shape[1], grid.shape[2]))
    with pytest.raises(InputError, match=r"what all images show of the tumour has 0\.\d\d mL"):
        lay_channels(tumour(), [noise_image(grid, 1.0, "t1"), noise_image(edge, 1.0, "t2")])


def test_an_image_of_another_place_is_refused():
    elsewhere = VoxelGrid.axis_aligned((10, 10, 10), (1, 1, 1), (500, 500, 500))
    with pytest.raises(InputError, match="image t1 shows nothing of the tumour"):
        lay_channels(tumour(), [noise_image(elsewhere, 1.0)])


def test_coarse_images_are_pointed_out():
    images = [noise_image(around((1, 1, 1)), 1.0, "t1"), noise_image(around((6, 6, 6)), 1.0, "pet", mean=9.0)]
    assert "image pet has only 3" in message_of(lay_channels(tumour(), images), "image_coarse")


def test_uptake_from_dicom_is_pointed_out_because_it_may_not_be_suv():
    images = [noise_image(around((2, 2, 2)), 1.0, "nuclear", "PT", mean=9.0)]
    assert "Bq/mL" in message_of(lay_channels(tumour(), images), "uptake_unit")


@pytest.mark.parametrize("spacing", [(0.5, 0.5, 0.5), (1.0, 1.0, 4.0), (3.0, 3.0, 3.0)])
def test_fresh_noise_goes_the_way_of_the_image(spacing):
    grid = around(spacing)
    parameters = ChannelParameters(voxel_mm=1.0)
    laid = lay_channels(tumour(), [noise_image(grid, 4.0, seed=2)], parameters)
    noise = laid.images[0].noise
    assert noise == pytest.approx(4.0, rel=0.1)
    fresh = laid.with_noise(1.0, 5).channels[0].values - laid.channels.channels[0].values
    # another noise of the same size, laid as an image would be
    other = (
        lay_channels(tumour(), [noise_image(grid, noise, seed=77)], parameters).channels.channels[0].values
    )
    inside = laid.channels.tumour.inside
    assert fresh[inside].std() == pytest.approx(other[inside].std(), rel=0.06)
    for axis in range(3):
        assert _neighbours(fresh, axis) == pytest.approx(_neighbours(other, axis), abs=0.06)


def _neighbours(values, axis):
    """Return the correlation of neighbours along an axis."""
    moved = np.moveaxis(values, axis, 0)
    both = np.isfinite(moved[1:]) & np.isfinite(moved[:-1])
    return np.corrcoef(moved[1:][both], moved[:-1][both])[0, 1]


def test_fresh_noise_repeats_with_its_seed_and_differs_between_seeds_and_images():
    laid = lay_channels(
        tumour(), [noise_image(around((1, 1, 1)), 2.0, name, seed=4) for name in ("t1", "t2")]
    )
    one, again, other = (laid.with_noise(1.0, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.channels[0].values, again.channels[0].values)
    assert not np.array_equal(one.channels[0].values, other.channels[0].values)
    assert not np.array_equal(one.channels[0].values, one.channels[1].values)
    silent = laid.with_noise(0.0, 1).channels[0]
    np.testing.assert_array_equal(silent.scaled, laid.channels.channels[0].scaled)


def test_the_outline_moves_by_voxels_of_the_grid():
    laid = lay_channels(tumour(spacing=(1, 1, 1)), [noise_image(around((1, 1, 1)), 2.0)])
    inside = laid.channels.tumour.inside
    larger, smaller = (laid.with_outline_moved(by).tumour for by in (1, -1))
    faces = [np.roll(inside, step, axis) for axis in range(3) for step in (-1, 1)]
    np.testing.assert_array_equal(larger.inside, np.logical_or.reduce([inside, *faces]))
    np.testing.assert_array_equal(smaller.inside, np.logical_and.reduce([inside, *faces]))
    np.testing.assert_array_equal(laid.with_outline_moved(0).tumour.inside, inside)
    scaled = laid.with_outline_moved(-1).channels[0].scaled[smaller.inside]
    assert np.median(scaled) == pytest.approx(0, abs=1e-5)
    with pytest.raises(InputError, match="nothing is left"):
        laid.with_outline_moved(-20)


def test_a_larger_outline_stays_within_what_the_images_show():
    grid = around((1.0, 1.0, 1.0), RADIUS_MM - 3.0)
    laid = lay_channels(tumour(spacing=(1, 1, 1)), [noise_image(grid, 2.0)])
    larger = laid.with_outline_moved(2)
    assert np.isfinite(larger.channels[0].values[larger.tumour.inside]).all()
    assert larger.tumour.count >= laid.channels.tumour.count


def test_the_same_comes_out_every_time():
    images = [noise_image(around((0.7, 0.7, 3.0), directions=DIRECTIONS["oblique"]), 2.0)]
    one, again = (lay_channels(tumour(), images) for _ in range(2))
    np.testing.assert_array_equal(one.channels.channels[0].scaled, again.channels.channels[0].scaled)
    assert one.findings == again.findings
