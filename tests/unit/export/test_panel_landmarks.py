"""Landmarks stand on the slab that they lie in, at their place."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Picture

from mouldgen.export.panel_landmarks import draw_landmarks, landmarks_by_face
from mouldgen.export.panel_window import PanelWindow
from mouldgen.sampling.contents import MappedLandmark
from mouldgen.slicing import Slab

SLABS = (Slab(1, -20.0, -10.5), Slab(2, -9.5, 9.5), Slab(3, 10.5, 20.0))
WINDOW = PanelWindow(y_low_mm=-50.0, z_high_mm=60.0, px_mm=0.2, width_px=500, height_px=300)


def at(x, y=0.0, z=30.0, name="hilum"):
    return MappedLandmark(name, np.zeros(3), np.array([x, y, z]), None)


@pytest.mark.parametrize(
    ("x_mm", "slab", "face"),
    [(-15, 1, 1), (0, 2, 1), (-60, 1, 0), (90, 3, 2), (-10.1, 1, 2), (-9.9, 2, 0), (9.5, 2, 2)],
)
def test_every_landmark_is_on_one_face_of_one_slab(x_mm, slab, face):
    found = {
        (other.index, position)
        for other in SLABS
        for position, marks in enumerate(landmarks_by_face([at(x_mm)], SLABS, other))
        if marks
    }
    assert found == {(slab, face)}


def dark_middle(panel):
    """Return the middle of what is drawn, without the number beside it, in mm."""
    dark = np.array(panel.convert("L")) < 60
    columns = np.flatnonzero(dark.sum(axis=0) >= 20)
    rows = np.flatnonzero(dark.sum(axis=1) >= 20)
    return WINDOW.column_y_mm(columns).mean(), WINDOW.row_z_mm(rows).mean()


def test_a_cross_stands_where_the_landmark_lies():
    panel = Picture.new("RGB", (WINDOW.width_px, WINDOW.height_px), "white")
    draw_landmarks(panel, WINDOW, [at(0, y=12.0, z=25.0)])
    assert dark_middle(panel) == pytest.approx((12.0, 25.0), abs=0.2)


def test_a_landmark_outside_the_picture_is_marked_at_its_edge():
    inside = Picture.new("RGB", (WINDOW.width_px, WINDOW.height_px), "white")
    draw_landmarks(inside, WINDOW, [at(0, y=500.0, z=25.0)])
    columns = np.flatnonzero((np.array(inside.convert("L")) < 60).any(axis=0))
    assert columns.min() > WINDOW.width_px - 60
