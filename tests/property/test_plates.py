"""Whatever is to be printed: on the plates nothing overlaps, nothing is lost, and nothing hangs over."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.meshes import TriangleMesh
from mouldgen.mould.packing import pack_rectangles
from mouldgen.mould.parts import Part
from mouldgen.mould.plates import arrange_plates
from mouldgen.params import DesignParameters

SIDE = st.floats(1.0, 120.0)
SIZES = st.lists(st.tuples(SIDE, SIDE), max_size=14)
SHEETS = st.tuples(st.floats(40.0, 250.0), st.floats(40.0, 250.0))
GAPS = st.floats(0.0, 10.0)
CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0.0]])
FACES = np.array([[0, 2, 1], [1, 2, 4], [0, 1, 3], [1, 4, 3], [4, 2, 3], [2, 0, 3]], np.int32)


def box_of(size, spot):
    width, depth = size[::-1] if spot.is_turned else size
    return spot.x_mm, spot.y_mm, spot.x_mm + width, spot.y_mm + depth


def apart(one, other, gap):
    """Return whether two boxes keep a gap along X or along Y."""
    return any(
        one[axis + 2] + gap <= other[axis] + 1e-6 or other[axis + 2] + gap <= one[axis] + 1e-6
        for axis in (0, 1)
    )


@given(SIZES, SHEETS, GAPS)
def test_rectangles_never_overlap_and_stay_on_their_sheet(sizes, sheet, gap):
    spots = pack_rectangles(sizes, sheet, gap)
    placed = [(spot.sheet, box_of(size, spot)) for size, spot in zip(sizes, spots, strict=True) if spot]
    for _, box in placed:
        assert min(box[:2]) >= -1e-6
        assert box[2] <= sheet[0] + 1e-6
        assert box[3] <= sheet[1] + 1e-6
    for (sheet_one, one), (sheet_other, other) in combinations(placed, 2):
        assert sheet_one != sheet_other or apart(one, other, gap)


@given(SIZES, SHEETS, GAPS)
def test_only_what_is_larger_than_a_sheet_is_left_out_and_no_sheet_is_empty(sizes, sheet, gap):
    spots = pack_rectangles(sizes, sheet, gap)
    for size, spot in zip(sizes, spots, strict=True):
        fits = any(w <= sheet[0] and d <= sheet[1] for w, d in (size, size[::-1]))
        assert (spot is not None) == fits
    sheets = {spot.sheet for spot in spots if spot}
    assert sheets == set(range(len(sheets)))
    assert spots == pack_rectangles(sizes, sheet, gap)


def test_equal_squares_fill_sheets_completely():
    spots = pack_rectangles([(50.0, 50.0)] * 8, (100.0, 100.0), 0.0)
    assert {spot.sheet for spot in spots} == {0, 1}


def part_of(size, n, shift):
    mesh = TriangleMesh(CORNERS * [*size, 5.0] + shift, FACES)
    return Part(f"part-{n}", f"Part {n}", mesh, "#808080")


@given(SIZES, st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(0, 50)))
def test_parts_stand_on_the_bed_wherever_they_were_in_the_mould(sizes, shift):
    bed = (200.0, 180.0, 100.0)
    parameters = DesignParameters(printer={"name": "P", "bed_mm": bed})
    parts = [part_of(size, n, shift) for n, size in enumerate(sizes)]
    plates = arrange_plates(parts, parameters)
    assert sorted(p.part.name for plate in plates for p in plate.placements) == sorted(p.name for p in parts)
    for plate in plates:
        boxes = []
        for placed in plate.placements:
            points = placed.part.mesh.vertices_mould @ placed.rotation.T + placed.shift_mm
            assert points[:, 2].min() == pytest.approx(0, abs=1e-9)
            assert points.min() >= -1e-6
            assert (points.max(axis=0) <= np.array(bed) + 1e-6).all()
            assert np.linalg.det(placed.rotation) == pytest.approx(1)
            boxes.append((*points.min(axis=0)[:2], *points.max(axis=0)[:2]))
        assert all(apart(a, b, parameters.files.plate_gap_mm - 0.021) for a, b in combinations(boxes, 2))
