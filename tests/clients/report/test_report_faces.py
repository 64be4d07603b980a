"""Drawn faces against independent sections of specimen.stl: as named, and the lower one mirrored."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from shapely import Polygon
from shapely.affinity import scale

from mouldgen.export.panel_inks import HATCH_COUNT, hatch_cover
from mouldgen.export.report.hatch_tiles import hatch_tile

pytestmark = pytest.mark.client

LOWEST_MIRROR_SHARE = 0.05


def drawn_polygon(page, plane):
    """Return the outline of a face as the screen shows it, in the drawing's millimetres: right, up."""
    rings = page.evaluate(
        """(plane) => {
          const path = document.querySelector(`.panel-${plane} svg .outline`);
          if (!path) return [];
          const toDrawing = path.ownerSVGElement.getScreenCTM().inverse().multiply(path.getScreenCTM());
          return path.getAttribute("d").split("z").filter(Boolean).map((part) => {
            const steps = part.match(/-?\\d+/g).map(Number);
            let [x, y] = [0, 0];
            const ring = [];
            for (let n = 0; n < steps.length; n += 2) {
              x += steps[n]; y += steps[n + 1];
              const at = new DOMPoint(x, y).matrixTransform(toDrawing);
              ring.push([at.x, -at.y]);
            }
            return ring;
          });
        }""",
        plane,
    )
    return united(rings)


def united(rings):
    """Return the area within rings, holes left out by their overlap."""
    area = Polygon()
    for ring in rings:
        area = area.symmetric_difference(Polygon(ring).buffer(0))
    return area


def section_of_file(folder, document, x_mm):
    """Return trimesh's section of specimen.stl, at imaging size, as [y, z]."""
    mesh = trimesh.load(folder / "mould" / "specimen.stl")
    factors = np.array(document.frame.scale)
    bottom = np.array([0.0, 0.0, mesh.bounds[0, 2]])
    mesh.vertices = (mesh.vertices - bottom) / factors + bottom
    section = mesh.section(plane_origin=[x_mm, 0, 0], plane_normal=[1, 0, 0])
    return united([loop[:, 1:] for loop in section.discrete]) if section is not None else Polygon()


def mirrored(area):
    return scale(area, xfact=-1, origin=(0, 0))


def difference_share(one, other):
    return one.symmetric_difference(other).area / max(one.area, other.area)


def test_the_upper_face_is_as_seen_and_the_lower_one_mirrored(opened, chiral):
    lab, path = chiral
    page = opened(path)
    page.keyboard.press("Home")
    proofs = 0
    for slab in lab.document.slabs:
        for plane, x_mm, expected in (
            ("upper", slab.x_upper_mm, lambda area: area),
            ("lower", slab.x_lower_mm, mirrored),
            ("mid", (slab.x_lower_mm + slab.x_upper_mm) / 2, lambda area: area),
        ):
            drawn = drawn_polygon(page, plane)
            truth = section_of_file(path.parent, lab.document, x_mm)
            if drawn.is_empty:
                assert truth.area < 1.0
                continue
            assert difference_share(drawn, expected(truth)) < 0.02
            proofs += difference_share(drawn, mirrored(expected(truth))) > LOWEST_MIRROR_SHARE
        page.keyboard.press("ArrowRight")

    assert proofs >= 6


def test_letters_of_the_sides_change_places_on_the_lower_face(opened, chiral):
    lab, path = chiral
    page = opened(path)
    rotation = np.array(lab.document.frame.mould_from_patient)[:3, :3]
    for plane, across in (("upper", 1), ("lower", -1)):
        letters = {
            side: page.locator(f".panel-{plane} [data-side={side}] .side-letter").text_content().strip("*")
            for side in ("left", "right", "top", "bottom")
        }
        for side, direction in (("right", [0, across, 0]), ("left", [0, -across, 0]), ("top", [0, 0, 1])):
            lps = rotation.T @ np.array(direction, float)
            ways = {"L": lps[0], "R": -lps[0], "P": lps[1], "A": -lps[1], "S": lps[2], "I": -lps[2]}
            assert ways[letters[side]] > 0.5


def test_a_site_stands_right_of_the_score_line_on_the_upper_face_and_left_on_the_lower(page, demo):
    lab, _ = demo
    site = max(lab.document.sites, key=lambda one: abs(one.right_of_score_mm))
    page.locator(f"#site-table tr[data-site='{site.id}']").click()
    slab = next(slab for slab in lab.document.slabs if slab.id == site.slab)
    for plane, across in (("upper", 1), ("lower", -1)):
        circle = page.locator(f".panel-{plane} .site[data-site='{site.id}'] .punch")
        x, y, radius = (float(circle.get_attribute(name)) for name in ("cx", "cy", "r"))
        assert x == pytest.approx(across * site.right_of_score_mm, abs=1e-6)
        assert -y == pytest.approx(slab.base_line_z_mm + site.above_base_mm, abs=1e-5)
        assert radius == pytest.approx(site.punch_diameter_mm / 2)


def test_punches_are_circles_on_the_screen_to_the_scale_of_the_bar(page, demo):
    lab, _ = demo
    site = lab.document.sites[0]
    page.locator(f"#site-table tr[data-site='{site.id}']").click()
    punch = page.locator(f".panel-upper .site[data-site='{site.id}'] .halo").evaluate(
        "(node) => [node.getScreenCTM().a, node.getScreenCTM().d].map((px) => px * 2 * node.r.baseVal.value)"
    )
    bar = page.locator(".panel-upper .scale-bar")
    bar_mm = float(bar.locator("text").text_content().split()[0])
    bar_px = bar.locator("path").evaluate(
        "(node) => { const box = node.getBBox(); return box.width * node.getScreenCTM().a; }"
    )

    assert punch[0] == pytest.approx(punch[1])
    assert punch[0] / site.punch_diameter_mm == pytest.approx(bar_px / bar_mm, rel=1e-3)


def test_hatchings_are_those_of_the_slab_pictures(chromium):
    page = chromium.new_page()
    for position in range(HATCH_COUNT):
        tile = hatch_tile(position)
        pixels = page.evaluate(
            """({ path, width }) => {
              const canvas = new OffscreenCanvas(24, 24);
              const pen = canvas.getContext("2d");
              pen.lineCap = "round"; pen.lineWidth = width;
              if (width) pen.stroke(new Path2D(path)); else pen.fill(new Path2D(path));
              return [...pen.getImageData(0, 0, 24, 24).data].filter((_, n) => n % 4 === 3);
            }""",
            {"path": tile.path, "width": tile.width},
        )
        cover = np.array(pixels).reshape(24, 24) / 255
        assert np.corrcoef(cover.ravel(), hatch_cover(position).ravel())[0, 1] > 0.93, position
        assert cover.mean() == pytest.approx(hatch_cover(position).mean(), abs=0.05), position
    page.close()
