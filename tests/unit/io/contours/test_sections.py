"""What is said about the distances between the planes of a structure is true."""

import numpy as np
import pytest

from mouldgen.io.contours.contour_planes import PlaneDistances
from mouldgen.io.contours.sections import Sections

SQUARE = np.array([[2, 2], [8, 2], [8, 8], [2, 8]], float)


@pytest.mark.parametrize(
    ("levels", "text"),
    [
        ([0, 2, 4, 6, 9, 11, 13, 15], "1, of up to 3.0 mm;"),
        ([0, 2, 4, 8, 10, 16, 18], "2, of up to 6.0 mm;"),
    ],
)
def test_wider_distances_that_are_filled_are_counted_and_measured(levels, text):
    planes = PlaneDistances.of(np.array(levels, float), 1.0)
    sections = Sections(planes, [[SQUARE]] * len(levels), (10, 10), np.ones(2))
    finding = next(one for one in sections.findings("1 (a)", 1.0) if one.code == "planes_filled")
    assert f"structure 1 (a) has wider distances than usual between its planes: {text}" in finding.message
