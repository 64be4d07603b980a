"""What is measured on bodies whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from mouldgen.errors import Severity
from mouldgen.meshes import TriangleMesh
from mouldgen.params import PrinterParameters, resolve_parameters
from mouldgen.printability.estimate import estimate_print
from mouldgen.printability.layer_islands import find_islands
from mouldgen.printability.letters import letter_flaws, measure_letters
from mouldgen.printability.measure import measure_part
from mouldgen.printability.overhangs import find_overhangs
from mouldgen.printability.samples import sample_surface
from mouldgen.solids import Solid, union

PRINTER = PrinterParameters()


def box(low, high):
    return Solid.box(low, high, "box")


def joined(*boxes):
    return union([box(low, high) for low, high in boxes], "body")


def measured(solid, printer=PRINTER):
    return measure_part("part", solid.to_mesh(), printer)


def flaw(measures, code):
    return next(flaw for flaw in measures.flaws if flaw.finding.code == code)


def codes(measures):
    return {flaw.finding.code for flaw in measures.flaws}


def wedge(angle_deg, height=20.0, width=30.0):
    """A wall whose one face leans outwards by an angle from the vertical."""
    from shapely import Polygon

    out = height * np.tan(np.radians(angle_deg))
    profile = Polygon([(0, 0), (20, 0), (20 + out, height), (0, height)])
    mesh = Solid.extruded(profile, 0, width, "wedge").to_mesh()
    turned = mesh.vertices_mould[:, [0, 2, 1]]  # the profile stands upright
    return Solid.from_mesh(TriangleMesh(turned, mesh.faces[:, ::-1]), "wedge")


class TestWalls:
    @pytest.mark.parametrize("thickness", [0.9, 1.2, 3.0])
    def test_a_plate_is_as_thick_as_it_is(self, thickness):
        measures = measured(box((0, 0, 0), (60, 40, thickness)))
        assert measures.least_wall_mm == pytest.approx(thickness, abs=1e-5)
        assert "thin_wall" not in codes(measures)

    def test_a_thin_plate_is_found(self):
        measures = measured(box((0, 0, 0), (60, 40, 0.6)))
        assert measures.least_wall_mm == pytest.approx(0.6, abs=1e-5)
        assert "0.60 mm" in flaw(measures, "thin_wall").finding.message

    def test_a_thin_wall_is_found_where_it_stands(self):
        measures = measured(joined(((0, 0, 0), (60, 40, 4)), ((30, 5, 3), (30.5, 15, 14))))
        x, y, z = flaw(measures, "thin_wall").places_mm[0]
        assert 30 <= x <= 30.5
        assert 5 <= y <= 15
        assert 4 <= z <= 14
        assert measures.least_wall_mm == pytest.approx(0.5, abs=1e-5)

    def test_a_wall_thicker_than_the_reach_has_no_figure(self):
        assert measured(box((0, 0, 0), (60, 40, 30))).least_wall_mm is None

    def test_a_fin_of_less_than_a_millimetre_is_relief(self):
        assert "thin_wall" not in codes(
            measured(joined(((0, 0, 0), (60, 40, 4)), ((30, 5, 3), (30.5, 35, 4.8))))
        )

    def test_a_small_film_is_left_out_and_a_large_one_is_a_thin_wall(self):
        def with_sheet(height):
            return measured(joined(((0, 0, 0), (60, 40, 4)), ((30, 5, 3), (30.2, 15, 4 + height))))

        assert {"film"} < codes(with_sheet(8))
        assert "thin_wall" not in codes(with_sheet(8))
        assert "thin_wall" in codes(with_sheet(20))

    def test_the_sharp_edge_of_a_wedge_is_no_thin_wall(self):
        from shapely import Polygon

        sharp = Solid.extruded(Polygon([(0, 0), (40, 0), (0, 10)]), 0, 40, "wedge")
        assert "thin_wall" not in codes(measured(sharp))

    def test_samples_cover_the_surface_evenly_and_are_the_same_each_time(self):
        mesh = joined(((0, 0, 0), (60, 40, 4)), ((10, 10, 3), (20, 30, 14))).to_mesh()
        samples, again = sample_surface(mesh), sample_surface(mesh)
        assert np.array_equal(samples.points_mm, again.points_mm)
        bottom = (samples.points_mm[:, 2] == 0) & (samples.points_mm[:, 0] < 30)
        assert bottom.sum() * samples.mm2_each == pytest.approx(30 * 40, rel=0.02)


class TestSlots:
    @pytest.mark.parametrize("width", [0.5, 1.0, 1.2])
    def test_a_slot_is_as_wide_as_it_is(self, width):
        block = box((0, 0, 0), (60, 40, 30)).minus(box((20, -1, 4), (20 + width, 41, 31)))
        (slot,) = measured(block).slots
        assert slot.width_mm == pytest.approx(width, abs=1e-5)
        assert slot.offset_mm == pytest.approx(20 + width / 2, abs=1e-5)
        assert slot.normal_deg == pytest.approx(0, abs=1e-6)
        assert slot.height_mm == pytest.approx(26, abs=0.5)
        assert slot.length_mm == pytest.approx(40, abs=0.5)

    def test_a_turned_slot_is_found_across_its_own_direction(self):
        block = box((0, 0, 0), (60, 40, 30)).minus(box((20, -1, 4), (21, 41, 31))).to_mesh()
        angle = np.radians(30)
        turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        (slot,) = measured(
            Solid.from_mesh(TriangleMesh(block.vertices_mould @ turn.T, block.faces), "x")
        ).slots
        assert slot.width_mm == pytest.approx(1.0, abs=1e-4)
        assert slot.normal_deg == pytest.approx(30, abs=0.01)

    def test_a_slot_that_closes_while_it_is_printed_is_found(self):
        block = box((0, 0, 0), (60, 40, 30)).minus(box((20, -1, 4), (20.3, 41, 31)))
        message = flaw(measured(block), "narrow_slot").finding.message
        assert "0.30 mm" in message
        assert "narrow_slot" not in codes(measured(block, resolve_parameters(printer="form4").printer))

    def test_the_thinnest_finger_is_found_between_its_slots(self):
        block = box((0, 0, 0), (60, 40, 30))
        for x in (10, 20, 22.5, 40):
            block = block.minus(box((x, -1, 4), (x + 1, 41, 31)))
        measures = measured(block)
        assert measures.least_finger_mm == pytest.approx(1.5, abs=1e-4)
        x, _, _ = flaw(measures, "thin_fingers").places_mm[0]
        assert 21 <= x <= 22.5

    def test_engraved_strokes_are_no_slots(self):
        plate = box((0, 0, 0), (60, 40, 4)).minus(box((10, 10, 3.2), (11, 30, 5)))
        assert measured(plate).slots == ()


class TestOverhangs:
    def test_a_ceiling_between_two_posts_is_a_bridge(self):
        bridge = joined(((0, 0, 0), (10, 20, 12)), ((18, 0, 0), (28, 20, 12)), ((0, 0, 10), (28, 20, 14)))
        measures = measured(bridge)
        assert "8.0 mm" in flaw(measures, "bridge").finding.message
        assert measures.overhang_mm2 == pytest.approx(8 * 20, rel=1e-6)
        assert "overhang" not in codes(measures)

    def test_a_bridge_that_is_too_long_needs_supports(self):
        bridge = joined(((0, 0, 0), (10, 20, 12)), ((30, 0, 0), (40, 20, 12)), ((0, 0, 10), (40, 20, 14)))
        measures = measured(bridge)
        assert "20.0 mm wide" in flaw(measures, "overhang").finding.message

    def test_a_shelf_held_on_one_side_needs_supports(self):
        shelf = joined(((0, 0, 0), (10, 20, 20)), ((8, 0, 16), (18, 20, 20)))
        found = flaw(measured(shelf), "overhang")
        assert found.finding.severity is Severity.WARNING
        x, y, z = found.places_mm[0]
        assert 10 <= x <= 18
        assert 0 <= y <= 20
        assert z == pytest.approx(16)

    @pytest.mark.parametrize(("angle", "hangs"), [(30, False), (44, False), (50, True), (70, True)])
    def test_a_face_that_leans_by_more_than_45_degrees_hangs_over(self, angle, hangs):
        solid = wedge(angle)
        overhangs = find_overhangs(solid.to_mesh(), solid, PRINTER)
        assert len(overhangs) == hangs
        if hangs:
            assert overhangs[0].angle_deg == pytest.approx(angle, abs=0.1)
            assert overhangs[0].area_mm2 == pytest.approx(30 * 20 / np.cos(np.radians(angle)), rel=1e-4)

    def test_resin_prints_what_filament_does_not(self):
        solid = wedge(60)
        assert "overhang" in codes(measured(solid))
        assert "overhang" not in codes(measured(solid, resolve_parameters(printer="form4").printer))

    def test_the_floor_on_the_bed_hangs_nowhere(self):
        assert measured(box((0, 0, 5), (30, 30, 20))).overhang_mm2 == 0


class TestIslands:
    HOOK = (((0, 0, 0), (10, 20, 30)), ((0, 0, 25), (30, 20, 30)), ((24, 5, 12), (30, 12, 26)))

    def test_what_hangs_down_begins_in_the_air(self):
        solid = joined(*self.HOOK)
        (island,) = find_islands(solid.to_mesh(), solid, 0.2)
        assert island.area_mm2 == pytest.approx(6 * 7, rel=1e-6)
        assert island.middle_mm == pytest.approx((27, 8.5, 12.1), abs=0.2)
        assert "island" in codes(measured(solid))

    def test_the_same_upside_down_has_none(self):
        solid = joined(*self.HOOK).to_mesh()
        flipped = TriangleMesh(solid.vertices_mould * (1, -1, -1), solid.faces)
        assert find_islands(flipped, Solid.from_mesh(flipped, "hook"), 0.2) == ()

    def test_the_bottom_of_a_bowl_is_no_island(self):
        bowl = box((0, 0, 0), (40, 40, 20)).minus(box((10, 10, 5), (30, 30, 21)))
        assert find_islands(bowl.to_mesh(), bowl, 0.2) == ()

    def test_what_joins_within_a_layer_is_no_island(self):
        # a step of 0.05 mm under a shelf that begins in the same layer
        solid = joined(((0, 0, 0), (10, 20, 20)), ((8, 0, 16), (18, 20, 20)), ((14, 5, 15.95), (18, 9, 17)))
        assert find_islands(solid.to_mesh(), solid, 0.2) == ()


class TestLetters:
    def engraved(self, stroke, depth):
        plate = box((0, 0, 0), (60, 40, 4))
        cross = joined(
            ((20, 10, 4 - depth), (20 + stroke, 30, 5)), ((10, 20, 4 - depth), (30, 20 + stroke, 5))
        )
        return plate.minus(cross)

    @pytest.mark.parametrize(("stroke", "depth"), [(1.0, 0.8), (0.6, 0.4)])
    def test_stroke_and_depth_are_measured(self, stroke, depth):
        solid = self.engraved(stroke, depth)
        letters = measure_letters(solid.to_mesh(), solid, 4.0)
        assert letters.depth_mm == pytest.approx(depth, abs=1e-5)
        assert letters.stroke_mm == pytest.approx(stroke, abs=1e-5)

    def test_thin_and_shallow_letters_are_found(self):
        solid = self.engraved(0.3, 0.2)
        letters = measure_letters(solid.to_mesh(), solid, 4.0)
        found = {flaw.finding.code for flaw in letter_flaws("base", letters, PRINTER)}
        assert found == {"thin_letters", "shallow_letters"}

    def test_a_plain_plate_has_none(self):
        solid = box((0, 0, 0), (60, 40, 4))
        assert measure_letters(solid.to_mesh(), solid, 4.0) is None


class TestEstimate:
    def test_a_block_filled_wholly_takes_its_own_volume(self):
        solid = box((0, 0, 0), (50, 40, 20))
        full = PRINTER.model_copy(update={"infill_percent": 100.0})
        estimate = estimate_print(solid.to_mesh(), solid, full)
        assert estimate.material_mm3 == pytest.approx(50 * 40 * 20, rel=0.04)

    def test_more_filling_slower_speed_and_finer_layers_take_longer(self):
        solid = box((0, 0, 0), (50, 40, 20))

        def seconds(**changes):
            printer = PRINTER.model_copy(update=changes)
            return estimate_print(solid.to_mesh(), solid, printer).seconds

        assert seconds(infill_percent=40.0) > seconds()
        assert seconds(layer_mm=0.1) > 1.3 * seconds()
        for slower in ("wall", "infill", "top", "first", "travel"):
            assert seconds(**{f"{slower}_speed_mm_s": 10.0}) > seconds()
        assert seconds(acceleration_mm_s2=200.0) > seconds()
        assert seconds(flow_mm3_s=2.0) > seconds()

    def test_resin_takes_its_volume_and_its_layers(self):
        solid = box((0, 0, 0), (50, 40, 20))
        printer = resolve_parameters(printer="form4").printer
        estimate = estimate_print(solid.to_mesh(), solid, printer)
        assert estimate.material_mm3 == pytest.approx(50 * 40 * 20)
        assert estimate.seconds == pytest.approx(200 * 9)


def test_measures_are_plain_values():
    import json

    values = measured(box((0, 0, 0), (60, 40, 3))).to_dict()
    assert json.loads(json.dumps(values)) == values
    assert values["volume_mm3"] == pytest.approx(7200)
    assert values["mass_g"] == pytest.approx(7.2 * 1.24, abs=1e-3)
