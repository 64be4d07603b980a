"""Sites on the slab pictures: circles at their place and size, on the planes that a punch reaches."""

import numpy as np
import pytest
from PIL import Image

from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.panel_sites import draw_sites, reaching, short_id, site_boxes
from mouldgen.export.panel_window import PanelWindow
from mouldgen.export.slab_pictures import SlabArtist, write_slab_pictures
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.testing.phantoms import chiral_specimen

WINDOW = PanelWindow(y_low_mm=-20.0, z_high_mm=40.0, px_mm=0.1, width_px=500, height_px=400)


@pytest.fixture(scope="module")
def lab():
    parameters = DesignParameters(
        case="chiral",
        cuts={"slab_mm": 8.0},
        surface={"grid_mm": 1.0},
        orientation={"plane": "axial", "base": "posterior"},
        sites={"punch_mm": 3.0, "sigma_mm": 1.0, "min_probability": 0.6},
    )
    return LaboratoryCase.of_design(design_mould(chiral_specimen(), parameters))


def placed(site, y_mm, z_mm, **changes):
    return site.model_copy(update={"mould_mm": (site.mould_mm[0], y_mm, z_mm), **changes})


def drawn(sites):
    panel = Image.new("RGB", (WINDOW.width_px, WINDOW.height_px), (200, 160, 120))
    draw_sites(panel, WINDOW, sites)
    return np.asarray(panel).astype(int)


def is_dark(pixels):
    return (pixels < 90).all(axis=-1)


def test_a_circle_is_as_wide_as_the_punch_and_lies_at_the_site(lab):
    site = placed(lab.document.sites[0], 5.0, 20.0, punch_tissue_mm=8.0)
    dark = is_dark(drawn([site]))
    row, column = 200, 250  # (40 - 20) / 0.1 and (5 + 20) / 0.1
    across = np.flatnonzero(dark[row, : column - 20])  # the name stands to the right
    assert across.mean() + 0.5 == pytest.approx(column - 40, abs=0.8)
    down = np.flatnonzero(dark[:, column])
    upper, lower = down[down < row - 20], down[down > row + 20]
    assert (upper.mean() + lower.mean()) / 2 + 0.5 == pytest.approx(row, abs=0.6)
    assert lower.mean() - upper.mean() == pytest.approx(80, abs=1.0)


def test_every_site_of_a_case_is_marked_on_all_planes_of_its_slab(lab, tmp_path):
    layout = SlabArtist.for_case(lab).layout
    window = layout.window
    assert len(lab.document.sites) >= 4
    for content, path in zip(lab.sampling.slabs, write_slab_pictures(lab, tmp_path), strict=True):
        page = np.asarray(Image.open(path).convert("RGB")).astype(int)
        for left in layout.panel_lefts_px:
            panel = page[layout.panels_top_px : layout.panels_bottom_px, left : left + window.width_px]
            for site in (site for site in lab.document.sites if site.slab == content.slab.id):
                column, row = np.floor(window.to_px(site.mould_mm[1:])).astype(int)
                middle = panel[row - 1 : row + 2, column - 1 : column + 2]
                ring = round(site.punch_tissue_mm / 2 / window.px_mm)
                left_end = panel[row, column - ring - 2 : column - ring + 3]
                assert is_dark(middle).any()
                assert is_dark(left_end).any()


def test_a_punch_into_a_face_is_shown_on_the_planes_that_it_reaches(lab):
    site = lab.document.sites[0]
    slab = next(slab for slab in lab.plan.slabs if slab.id == site.slab)
    upper = site.model_copy(update={"x_from_mm": slab.x_upper_mm - 2.0, "x_to_mm": slab.x_upper_mm})
    faces = (slab.x_lower_mm, slab.x_mid_mm, slab.x_upper_mm)
    assert [bool(reaching([site], slab.id, x)) for x in faces] == [True, True, True]
    assert [bool(reaching([upper], slab.id, x)) for x in faces] == [False, False, True]
    assert not reaching([upper], "S99", slab.x_upper_mm)


def test_names_stand_clear_of_other_circles_and_of_the_edge(lab):
    site = lab.document.sites[0]
    pair = [placed(site, 0.0, 20.0), placed(site, 5.0, 20.0)]
    first, second = site_boxes(WINDOW, pair)
    assert first[2] < 250 - 15  # its name is on the left, since the other circle is on the right
    assert second[0] > 200 + 15
    at_the_edge = placed(site, 27.5, 20.0)
    assert site_boxes(WINDOW, [at_the_edge])[0][2] <= WINDOW.width_px


def test_within_a_slab_a_site_goes_by_its_short_name(lab):
    site = lab.document.sites[0]
    assert f"{site.slab}-{short_id(site)}" == site.id
    assert short_id(site.model_copy(update={"id": "biopsy 4"})) == "biopsy 4"


def test_letters_of_habitats_keep_clear_of_sites(lab):
    artist = SlabArtist.for_case(lab)
    content = lab.sampling.slabs[len(lab.sampling.slabs) // 2]
    args = (content.slab.x_mid_mm, content.outlines.mid)
    plain = np.asarray(artist.sections.draw(*args, bare_tissue=False)).astype(int)
    box = (0.0, 0.0, float(artist.layout.window.width_px), artist.layout.window.height_px / 2)
    clear = np.asarray(artist.sections.draw(*args, bare_tissue=False, taken_px=[box])).astype(int)
    changed = (plain != clear).any(axis=2)
    assert changed.any()
    white = (clear == 255).all(axis=2) & ~(plain == 255).all(axis=2)  # halos of letters that moved
    assert not white[: int(box[3]) - 40].any()
