"""A structure drawn twice on nearly the same planes is refused; holes, islands and thin walls are not."""

import numpy as np
import pytest

from mouldgen.errors import InputError
from mouldgen.io.contours.contour import Contour
from mouldgen.io.contours.drawn_twice import check_drawn_once
from mouldgen.testing.phantoms import rotation_about

HEIGHTS = np.arange(-10.0, 11.0, 2.0)
NORMALS = {"axial": np.eye(3), "tilted": rotation_about([1, 2, 0.5], 33)}


def disc(z, radius=12.0, center=(0.0, 0.0)):
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    around = np.column_stack([np.cos(angle), np.sin(angle)]) * radius + center
    return np.column_stack([around, np.full(120, z)])


def check(rings, axes=NORMALS["axial"]):
    check_drawn_once("1 (a)", [Contour(ring @ axes.T) for ring in rings], axes[:, 2])


@pytest.mark.parametrize("axes", NORMALS.values(), ids=NORMALS)
@pytest.mark.parametrize(("off_mm", "wider_mm"), [(0.05, 0), (0.15, 0.3), (-0.05, 1), (0, 0.05)])
def test_a_structure_drawn_twice_is_refused_with_the_number_of_contours(off_mm, wider_mm, axes):
    rings = [disc(z, 12) for z in HEIGHTS] + [disc(z + off_mm, 12 + wider_mm) for z in HEIGHTS]
    with pytest.raises(
        InputError, match=r"1 \(a\) is drawn twice.* 11 of its 22 contours lie within 0\.[12]\d mm"
    ):
        check(rings, axes)


def test_one_plane_drawn_twice_at_two_heights_is_refused():
    with pytest.raises(InputError, match=r"1 of its 12 contours"):
        check([*(disc(z) for z in HEIGHTS), disc(0.05)])
    with pytest.raises(InputError, match=r"1 of its 2 contours lie within 0\.10 mm"):
        check([disc(0.0), disc(0.05)])


@pytest.mark.parametrize(
    "others",
    [
        [disc(z + 0.01, 11) for z in HEIGHTS],
        [disc(z + 0.04, 9) for z in HEIGHTS],
        [disc(z + 0.04, 12, (30, 0)) for z in HEIGHTS],
        [disc(z + 0.04, 12, (12, 0)) for z in HEIGHTS],
        [disc(z + 1.0) for z in HEIGHTS],
        [disc(z + 0.4) for z in HEIGHTS],
        [disc(60.0)],
    ],
    ids=["thin wall", "hole", "beside", "overlapping in part", "between", "a fifth off", "far"],
)
def test_other_contours_near_the_same_planes_are_accepted(others):
    check([*(disc(z) for z in HEIGHTS), *others])
