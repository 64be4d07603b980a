"""Cut plans: slabs and kerf fill the specimen, and no slab is a sliver."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import GeometryError, ParameterError
from mouldgen.frames import Rigid
from mouldgen.orientation import MouldFrame
from mouldgen.params import CutParameters
from mouldgen.slicing import plan_cuts, plan_specimen, snap_positions
from mouldgen.testing.phantoms import chiral_specimen, demo_specimen, rotation_about

EXTENTS = st.tuples(st.floats(-100, 100), st.floats(5, 260)).map(lambda pair: (pair[0], pair[0] + pair[1]))
SLABS = st.floats(2.0, 40.0)
KERFS = st.floats(0.0, 0.8)


@given(EXTENTS, SLABS, KERFS)
def test_slabs_and_kerf_fill_the_extent(extent, slab_mm, kerf_mm):
    plan = plan_cuts(*extent, slab_mm=slab_mm, kerf_mm=kerf_mm)
    filled = sum(slab.thickness_mm for slab in plan.slabs) + kerf_mm * len(plan.cuts)
    assert filled == pytest.approx(extent[1] - extent[0], abs=1e-9)
    assert plan.slabs[0].x_lower_mm == extent[0]
    assert plan.slabs[-1].x_upper_mm == extent[1]
    assert len(plan.slabs) == len(plan.cuts) + 1


@given(EXTENTS, SLABS, KERFS)
def test_every_cut_lies_in_the_middle_between_two_slabs(extent, slab_mm, kerf_mm):
    plan = plan_cuts(*extent, slab_mm=slab_mm, kerf_mm=kerf_mm)
    for cut, below, above in zip(plan.cuts, plan.slabs[:-1], plan.slabs[1:], strict=True):
        assert above.x_lower_mm - below.x_upper_mm == pytest.approx(kerf_mm, abs=1e-9)
        assert (above.x_lower_mm + below.x_upper_mm) / 2 == pytest.approx(cut.x_mm, abs=1e-9)


@given(EXTENTS, SLABS, KERFS)
def test_inner_slabs_are_as_thick_as_asked_and_end_slabs_never_thinner_than_half(extent, slab_mm, kerf_mm):
    slabs = plan_cuts(*extent, slab_mm=slab_mm, kerf_mm=kerf_mm).slabs
    for slab in slabs[1:-1]:
        assert slab.thickness_mm == pytest.approx(slab_mm, abs=1e-9)
    if len(slabs) > 1:
        for slab in (slabs[0], slabs[-1]):
            assert (slab_mm - kerf_mm) / 2 - 1e-9 <= slab.thickness_mm <= slab_mm + 1e-9
        assert slabs[0].thickness_mm == pytest.approx(slabs[-1].thickness_mm, abs=1e-9)


@given(EXTENTS, SLABS)
def test_without_kerf_no_slab_is_thinner_than_half(extent, slab_mm):
    slabs = plan_cuts(*extent, slab_mm=slab_mm).slabs
    if len(slabs) > 1:
        assert min(slab.thickness_mm for slab in slabs) >= slab_mm / 2 - 1e-9


@given(EXTENTS, SLABS, SLABS, KERFS)
def test_thicker_slabs_never_give_more_slabs(extent, one_mm, other_mm, kerf_mm):
    thin, thick = sorted([one_mm, other_mm])
    many = plan_cuts(*extent, slab_mm=thin, kerf_mm=kerf_mm)
    few = plan_cuts(*extent, slab_mm=thick, kerf_mm=kerf_mm)
    assert len(few.slabs) <= len(many.slabs)


@given(EXTENTS, SLABS, KERFS)
def test_names_and_numbers_run_from_the_first_to_the_last(extent, slab_mm, kerf_mm):
    plan = plan_cuts(*extent, slab_mm=slab_mm, kerf_mm=kerf_mm)
    assert [slab.index for slab in plan.slabs] == list(range(1, len(plan.slabs) + 1))
    assert [cut.index for cut in plan.cuts] == list(range(1, len(plan.cuts) + 1))
    assert plan.slabs[0].id == "S01"
    assert (np.diff(plan.edges_mm) >= -1e-9).all()
    assert plan.edges_mm.shape == (2 * len(plan.slabs),)


def test_an_extent_of_whole_slabs_is_cut_into_exactly_these():
    plan = plan_cuts(-25.0, 25.0, slab_mm=10.0)
    assert [cut.x_mm for cut in plan.cuts] == pytest.approx([-15, -5, 5, 15])


def test_kerf_counts_between_whole_slabs_only():
    plan = plan_cuts(0.0, 32.0, slab_mm=10.0, kerf_mm=1.0)
    assert [slab.thickness_mm for slab in plan.slabs] == pytest.approx([10, 10, 10])


def test_a_specimen_thinner_than_a_slab_stays_whole():
    plan = plan_cuts(0.0, 8.0, slab_mm=10.0)
    assert not plan.cuts
    assert plan.slabs[0].x_mid_mm == 4.0


def test_given_positions_are_used_in_rising_order():
    plan = plan_cuts(0.0, 30.0, slab_mm=10.0, positions_mm=[21.0, 4.5], kerf_mm=0.5)
    assert [cut.x_mm for cut in plan.cuts] == [4.5, 21.0]
    assert plan.slabs[1].x_lower_mm == 4.75
    assert plan.slabs[1].x_upper_mm == 20.75


@pytest.mark.parametrize("position", [-0.1, 0.0, 30.0, 31.0])
def test_a_cut_beside_the_specimen_is_refused_with_its_place(position):
    with pytest.raises(ParameterError, match=r"does not meet the specimen.* 0\.00 to 30\.00 mm"):
        plan_cuts(0.0, 30.0, slab_mm=10.0, positions_mm=[position])


def test_cuts_that_leave_nothing_between_them_are_refused_with_the_slab():
    with pytest.raises(ParameterError, match=r"S02 would be 0\.10 mm thick.* at 10\.00 and 10\.10 mm apart$"):
        plan_cuts(0.0, 30.0, slab_mm=10.0, positions_mm=[10.0, 10.1])


def test_a_kerf_wider_than_the_slab_between_cuts_is_refused():
    with pytest.raises(ParameterError, match=r"S02 would be lost in the kerf; .*reduce the kerf of 3 mm"):
        plan_cuts(0.0, 30.0, slab_mm=10.0, positions_mm=[10.0, 12.0], kerf_mm=3.0)


@pytest.mark.parametrize(
    ("position", "words"),
    [
        (0.1, "S01 .* cut at 0.10 mm away from .* end at 0.00 mm$"),
        (29.9, "S02 .* cut at 29.90 mm away from .* end at 30.00 mm$"),
    ],
)
def test_a_cut_too_near_to_an_end_is_refused_with_both_places(position, words):
    with pytest.raises(ParameterError, match=words):
        plan_cuts(0.0, 30.0, slab_mm=10.0, positions_mm=[position])


def test_too_many_cuts_are_refused():
    with pytest.raises(GeometryError, match="Use thicker slabs"):
        plan_cuts(0.0, 250.0, slab_mm=0.5)


@given(
    st.lists(st.floats(-80, 80), min_size=1, max_size=12),
    st.floats(-200, 200),
    st.floats(0.5, 8.0),
    st.booleans(),
)
def test_snapped_cuts_lie_on_slices_and_moved_at_most_half_a_spacing(positions, first, spacing, falling):
    step = -spacing if falling else spacing
    snapped = np.array(snap_positions(positions, first, step))
    index = (snapped - first) / step
    np.testing.assert_allclose(index, np.round(index), atol=1e-6)
    nearest = np.abs(np.array(positions)[:, None] - snapped[None, :]).min(axis=1)
    assert (nearest <= spacing / 2 + 1e-6).all()
    assert len(set(snapped.tolist())) == len(snapped) <= len(positions)


@given(st.lists(st.floats(-80, 80), min_size=1, max_size=12), st.floats(0.5, 8.0))
def test_snapping_does_not_depend_on_which_way_slices_are_counted(positions, spacing):
    rising = snap_positions(positions, -100 * spacing, spacing)
    falling = snap_positions(positions, 100 * spacing, -spacing)
    doubtful = np.abs((np.array(positions) / spacing) % 1 - 0.5).min() < 1e-6
    if not doubtful:
        np.testing.assert_allclose(sorted(rising), sorted(falling), atol=1e-9)


def test_cuts_rise_whichever_way_the_slices_that_they_snap_to_are_counted():
    plan = plan_cuts(0.0, 30.0, slab_mm=10.0, positions_mm=snap_positions([1.0, 11.2, 21.0], 50.0, -2.0))
    assert [cut.x_mm for cut in plan.cuts] == [2.0, 12.0, 22.0]


def axial_frame(tilt_deg=0.0, shift_mm=40.0):
    """Return a frame whose +X runs to superior, or so many degrees beside it."""
    to_superior = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    turn = to_superior @ rotation_about([1, 0, 0], tilt_deg)
    return MouldFrame(Rigid.from_parts(turn, [shift_mm, 0, 0]), 0.0)


def test_the_plan_reaches_from_the_first_voxel_corner_to_the_last_or_to_the_surface():
    specimen, frame = chiral_specimen(), axial_frame()
    voxel_z = specimen.tissue.grid.to_points(np.argwhere(specimen.tissue.voxels))[:, 2]
    low, high = voxel_z.min() - 1.0 + 40, voxel_z.max() + 1.0 + 40
    plan = plan_specimen(specimen, frame, (low + 0.5, high + 0.7), CutParameters())
    assert plan.slabs[0].x_lower_mm == pytest.approx(low, abs=1e-9)
    assert plan.slabs[-1].x_upper_mm == pytest.approx(high + 0.7, abs=1e-9)


@pytest.mark.parametrize("slab_mm", [5.0, 7.3, 10.0])
def test_snapped_cuts_fall_on_slices_of_the_segmentation(slab_mm):
    specimen, frame = chiral_specimen(), axial_frame(tilt_deg=0.3)
    plan = plan_specimen(specimen, frame, (0.0, 1.0), CutParameters(slab_mm=slab_mm, snap="labels"))
    first = frame.mould_from_patient.apply(specimen.slices.first_center_mm)[0]
    steps = (np.array([cut.x_mm for cut in plan.cuts]) - first) / specimen.slices.spacing_mm
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    assert len(plan.cuts) >= 2


def test_cuts_do_not_snap_to_slices_at_an_angle():
    with pytest.raises(ParameterError, match=r"4\.0 degrees from the cut planes"):
        plan_specimen(chiral_specimen(), axial_frame(tilt_deg=4.0), (0.0, 1.0), CutParameters(snap="labels"))


def test_snapping_to_an_unknown_image_names_those_that_there_are():
    with pytest.raises(ParameterError, match="known: labels, t2"):
        plan_specimen(demo_specimen(), axial_frame(), (0.0, 1.0), CutParameters(snap="t1"))
