"""Registration finds a known move back, repeats itself, and does not trust what it cannot know."""

import re
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from mouldgen.errors import InputError, Severity
from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.habitats.laying import lay_channels
from mouldgen.habitats.registration import Registration, register_images
from mouldgen.images import Image
from mouldgen.params.habitats import ChannelParameters
from mouldgen.testing.phantoms import covering_grid, rotation_about
from mouldgen.testing.scalar_images import ball_labels, image_of, noise_image

CENTER = np.array([-60.0, 30.0, -400.0])
SPOTS = CENTER + np.random.default_rng(8).uniform(-34, 34, (40, 3))
WIDTHS = np.random.default_rng(9).uniform(3.0, 7.0, 40)
TUMOUR = ball_labels(CENTER, 10.0, (1.5, 1.5, 1.5))


def tissue_like(points):
    """Return spots of several sizes, 0 to about 1."""
    total = np.zeros(points.shape[:-1])
    for spot, width in zip(SPOTS, WIDTHS, strict=True):
        total += np.exp(-((points - spot) ** 2).sum(axis=-1) / (2 * width**2))
    return np.tanh(total)


def other_contrast(points):
    return 300.0 * np.cos(2.0 * tissue_like(points))


GRID = covering_grid(CENTER, [42] * 3, [2.0, 2.0, 2.0])
T1 = image_of(tissue_like, GRID, "t1")
T2 = image_of(other_contrast, covering_grid(CENTER, [40] * 3, [2.2, 2.2, 3.0]), "t2")
TURN = rotation_about([1, -2, 1], 4.0)
MOVE = Rigid.from_parts(TURN, CENTER - TURN @ CENTER + [2.0, -3.0, 1.5])


def moved(image, move):
    return Image(image.name, image.voxels, image.grid.moved(move), image.slices, image.modality)


def test_a_known_move_is_found_back_and_applied_in_the_one_interpolation():
    registrations, findings = register_images(TUMOUR, [T1, moved(T2, MOVE)], "t1")
    assert registrations[0] is None
    found = registrations[1]
    points = TUMOUR.grid.to_points(np.argwhere(TUMOUR.voxels))
    left = found.reference_from_image.apply(MOVE.apply(points)) - points
    assert np.linalg.norm(left, axis=1).max() < 0.3
    assert found.is_applied
    assert found.rotation_deg == pytest.approx(4.0, abs=0.5)
    assert found.shift_mm == pytest.approx(np.linalg.norm(MOVE.apply(CENTER) - CENTER), abs=0.3)
    assert [(finding.code, finding.severity) for finding in findings] == [("registered", Severity.INFO)]
    assert f"{found.shift_mm:.2f} mm at the tumour's centroid" in findings[0].message

    laid = lay_channels(TUMOUR, [T1, moved(T2, MOVE)], ChannelParameters(register_to="t1"))
    still = lay_channels(TUMOUR, [T1, T2], ChannelParameters())
    inside = laid.channels.tumour.inside
    off = (laid.channels.channels[1].values - still.channels.channels[1].values)[inside]
    assert np.abs(off).max() < 0.05 * np.ptp(T2.voxels)
    assert laid.registrations[0].reference_from_image.matrix == pytest.approx(
        found.reference_from_image.matrix, abs=0
    )


def test_an_image_stays_on_itself_and_the_number_of_threads_changes_no_bit():
    usual = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    found = []
    try:
        for threads in (1, 2):
            sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
            found.append(register_images(TUMOUR, [T1, replace(T1, name="again")], "t1")[0][1])
            assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == threads
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(usual)
    one, two = found
    assert one.largest_shift_mm < 0.1
    np.testing.assert_array_equal(one.reference_from_image.matrix, two.reference_from_image.matrix)
    assert one.information_after == two.information_after


def test_nothing_is_moved_unless_asked_for():
    assert register_images(TUMOUR, [T1, T2], None) == ((None, None), ())


def test_noise_stays_where_it_was_and_that_is_said():
    noise = noise_image(GRID, 1.0, "t2", seed=5)
    registrations, findings = register_images(TUMOUR, [T1, noise], "t1")
    assert not registrations[1].is_applied
    assert registrations[1].placed(GRID) is GRID
    assert [(finding.code, finding.severity) for finding in findings] == [
        ("not_registered", Severity.WARNING)
    ]
    assert "stays where it was, because" in findings[0].message


def test_an_image_of_another_place_cannot_be_registered():
    elsewhere = VoxelGrid.axis_aligned((10, 10, 10), (1, 1, 1), (900, 900, 900))
    with pytest.raises(InputError, match="image t2 shows nothing within 30 mm"):
        register_images(TUMOUR, [T1, noise_image(elsewhere, 1.0, "t2")], "t1")


def test_holes_without_a_value_do_not_mislead():
    voxels = T2.voxels.copy()
    voxels[:4] = np.nan
    voxels[20:23, 20:23, 10:13] = np.nan
    holes = moved(Image("t2", voxels, T2.grid, T2.slices), MOVE)
    found = register_images(TUMOUR, [T1, holes], "t1")[0][1]
    points = TUMOUR.grid.to_points(np.argwhere(TUMOUR.voxels))
    left = found.reference_from_image.apply(MOVE.apply(points)) - points
    assert np.linalg.norm(left, axis=1).max() < 0.3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"largest_shift_mm": 0.4}, r"lies there already, to 0\.40 mm"),
        ({"information_after": 0.4}, "do not agree better"),
        ({"largest_shift_mm": 26.0}, "no longer believable"),
        ({"rotation_deg": 21.0}, "no longer believable"),
        ({"doubt_mm": 3.5}, r"ends 3\.5 mm from there"),
    ],
)
def test_a_move_is_only_applied_if_it_is_believable(changes, reason):
    given = Registration("t2", "t1", MOVE, 3.0, 4.0, 4.0, 0.2, 0.4, 0.5)
    tried = replace(given, **changes)
    assert tried.is_applied == (not reason)
    assert (tried.placed(GRID) is GRID) == bool(reason)
    assert re.search(reason, tried.reason_against)
