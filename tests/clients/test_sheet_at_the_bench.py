"""What the sheet says to the person at the bench, as it stands on paper."""

import dataclasses
import shutil
import subprocess

import numpy as np
import pdfplumber
import pytest
import shapely

from mouldgen.errors import Severity
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.map_document import FindingEntry
from mouldgen.export.section_shapes import SectionPlane
from mouldgen.export.sheet import SHEET_NAME, write_sheet
from mouldgen.export.sheet.bench import bench_slabs
from mouldgen.export.sheet.block_cells import block_cells
from mouldgen.export.sheet.face_strips import face_window
from mouldgen.export.sheet.face_view import FaceView
from mouldgen.export.sheet.insertion_picture import InsertionPicture
from mouldgen.export.sheet.site_marks import label_places
from mouldgen.frames import AxisLetters
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.testing.phantoms import chiral_specimen

pytestmark = pytest.mark.client

MM = 72 / 25.4
SHRUNK = (0.95, 0.9, 0.92)
NOT_PRINTABLE = "site P1 aims at habitat 9 (منطقة), which the specimen does not have"


@pytest.fixture(scope="module")
def lab():
    """A case with blocks, replicates, a scaled mould, bare tissue and findings in several scripts."""
    parameters = DesignParameters(
        case="case-42182e43",
        cuts={"slab_mm": 8.0},
        surface={"grid_mm": 1.0},
        fit={"scale": SHRUNK},
        orientation={"normal_lps": (0.5, 0.3, 0.8), "base": "posterior"},
        sites={"per_habitat": 6, "replicates": 3, "punch_mm": 3.0, "sigma_mm": 1.0},
        blocks={"cassette": "small", "length_mm": 20.0, "width_mm": 14.0},
    )
    lab = LaboratoryCase.of_design(design_mould(chiral_specimen(), parameters))
    return dataclasses.replace(lab, document=changed(lab.document))


def changed(document):
    """Return the document with a nearly certain site, bare tissue in S03, and one more finding."""
    sites = [site.model_copy(update={"hit_probability": 0.9966}) for site in document.sites[:1]]
    volumes = {label: 0.7 * volume for label, volume in document.slabs[2].habitat_volume_mm3.items()}
    slabs = list(document.slabs)
    slabs[2] = slabs[2].model_copy(update={"habitat_volume_mm3": volumes})
    finding = FindingEntry(code="site_unknown_habitat", severity=Severity.WARNING, message=NOT_PRINTABLE)
    changes = {
        "sites": [*sites, *document.sites[1:]],
        "slabs": slabs,
        "findings": [*document.findings, finding],
    }
    return document.model_copy(update=changes)


@pytest.fixture(scope="module")
def sheet(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    write_sheet(lab, folder)
    return folder / SHEET_NAME


@dataclasses.dataclass(frozen=True)
class Page:
    """What a page says, and its dotted lines."""

    text: str
    words: list
    dotted: list


@pytest.fixture(scope="module")
def pages(sheet):
    with pdfplumber.open(sheet) as pdf:
        return [
            Page(
                " ".join((page.extract_text() or "").split()),
                page.extract_words(),
                [curve for curve in page.curves if is_dotted(curve)],
            )
            for page in pdf.pages
        ]


def is_dotted(curve):
    dashes = (curve.get("dash") or [[]])[0]
    return len(dashes) == 2 and dashes[0] == 0 and curve["width"] > 0


def pages_of(pages, slab_id):
    return [page for page in pages if f"Slab {slab_id}" in page.text]


def test_every_tube_and_block_is_listed_with_its_whole_name(lab, pages):
    listed = [
        word["text"]
        for page in pages
        for word in page.words
        if "Chain of custody" in page.text and word["text"].startswith("case-42182e43-")
    ]
    document = lab.document
    assert sorted(listed) == sorted([site.tube for site in document.sites] + [b.id for b in document.blocks])
    assert len(set(listed)) == len(listed) > 40


def test_page_1_names_the_slabs_that_the_score_slot_does_not_mark(lab, pages):
    unmarked = [slab.id for slab in lab.document.slabs if not slab.has_score_mark]
    assert unmarked == ["S01", "S05"]
    wanted = "S01, S05: no mark; mark their top at the score line by hand before cutting."
    assert wanted in pages[0].text


def steps(document, **changes):
    letters = AxisLetters(x=("I", "S"), y=("R", "L"), z=("P", "A"))
    return " ".join(InsertionPicture(document.model_copy(update=changes), letters).steps)


def test_a_case_without_cuts_is_not_told_to_cut(lab):
    marked = lab.document.slabs[1]
    said = steps(lab.document, cuts=[], slabs=[marked.model_copy(update={"id": "S01", "index": 1})])
    assert "cut through" not in said
    assert "no mark" not in said
    assert "There is no cut" in said


def test_a_case_without_marks_is_marked_by_hand(lab):
    slabs = [slab.model_copy(update={"has_score_mark": False}) for slab in lab.document.slabs]
    said = steps(lab.document, slabs=slabs)
    assert "it marks the top of the slabs" not in said
    assert "by hand before cutting" in said


def test_page_1_and_tables_say_the_punch_in_words(lab, pages):
    assert "A punch 3 mm in diameter goes through the slab." in pages[0].text
    assert "with a probability of 0.8 or more" in pages[0].text
    assert "registration error of 1 mm within a slab" in pages[0].text
    for slab_id in {site.slab for site in lab.document.sites}:
        said = " ".join(page.text for page in pages_of(pages, slab_id))
        assert "Punch 3 mm in diameter, through the slab. Registration error 1 mm." in said
        assert "Wanted probability of taking the habitat: 0.8 or more." in said
        assert "Ø 3, " in said


def test_no_probability_is_printed_as_certain(pages):
    text = " ".join(page.text for page in pages if "hit prob." in page.text)
    assert "> 99 %" in text
    assert "100 %" not in text.replace("print at 100 %", "")


def test_page_1_says_which_figures_have_the_size_of_the_mould(pages):
    assert (
        "Drawings and lengths of this sheet are at the size of the mould; volumes are those" in pages[0].text
    )


def test_tissue_without_habitat_has_a_name_where_it_is(pages):
    assert "no habitat" in pages[0].text
    assert "no habitat" in pages_of(pages, "S03")[0].text
    assert "no habitat" not in pages_of(pages, "S02")[0].text


def test_findings_lose_only_the_words_that_cannot_be_printed(pages):
    text = pages[0].text + pages[1].text
    assert "site P1 aims at habitat 9 ([not printable]), which the specimen does not have" in text
    assert "site_unknown_habitat" not in text


def test_habitats_out_of_reach_are_said_once(lab, pages):
    assert any(finding.code == "sites_unreachable" for finding in lab.document.findings)
    text = pages[0].text + pages[1].text
    assert text.count(lab.document.unreachable[0].reason) == 1
    assert "no punch can be planned" not in text


def test_tubes_begin_below_the_drawings_under_a_head_on_every_page(lab, pages):
    for slab_id in {site.slab for site in lab.document.sites}:
        tubes = [site.tube for site in lab.document.sites if site.slab == slab_id]
        first, *others = pages_of(pages, slab_id)
        assert "UPPER FACE" in first.text
        assert "hit prob." in first.text
        for page in (first, *others):
            has_rows = any("deep" in word["text"] for word in page.words)
            assert ("hit prob." in page.text) == has_rows
        assert tubes


def faces_of(lab):
    for slab in bench_slabs(lab):
        for face in (slab.upper, slab.lower):
            yield slab, face, FaceView(face_window(slab), face.plane, 40.0, 60.0)


def test_names_of_blocks_keep_off_outline_sites_and_each_other(lab):
    seen = 0
    for slab, face, view in faces_of(lab):
        outline = shapely.union_all([shapely.LinearRing(ring) for ring in view.rings(face.outline)])
        circles = [
            shapely.Point(view.to_page([s.right_mm, s.above_mm])).buffer(s.radius_mm) for s in slab.sites
        ]
        cells = block_cells(view, slab, face, [(*c.centroid.coords[0], 1.5) for c in circles], [])
        areas = [cell.box.to_area() for cell in cells]
        for cell, area in zip(cells, areas, strict=True):
            assert cell.name[0] in "AB"
            assert outline.distance(area) > 0.2
            assert all(circle.intersection(area).area < 1e-6 for circle in circles)
            assert shapely.Polygon(cell.corners).covers(area)
            assert sum(area.intersects(other) for other in areas) == 1
            seen += 1
    assert seen > 20


def test_marks_cover_nothing_and_none_could_be_taken_for_another_site_s(lab):
    seen = 0
    for slab, _, view in faces_of(lab):
        middles = [view.to_page([site.right_mm, site.above_mm]) for site in slab.sites]
        circles = [
            shapely.Point(middle).buffer(site.radius_mm)
            for middle, site in zip(middles, slab.sites, strict=True)
        ]
        areas = [box.to_area() for box in label_places(view, slab.sites, [])]
        for n, area in enumerate(areas):
            others = [*circles[:n], *circles[n + 1 :]]
            assert area.disjoint(shapely.union_all([*others, *areas[:n]]))
            assert area.distance(shapely.union_all(others)) > min(1.0, area.distance(circles[n]))
            seen += 1
    assert seen > 20


def test_names_of_blocks_stand_in_the_upper_left_corner_where_nothing_is_in_their_way(lab):
    corner = 0
    for slab, face, view in faces_of(lab):
        for cell in block_cells(view, slab, face, [], []):
            left, top = cell.corners.min(axis=0)
            corner += bool(np.hypot(cell.box.left - left, cell.box.top - top) < 1.0)
    assert corner > 10


def test_sure_regions_are_dotted_on_both_faces_at_the_size_of_the_mould(lab, pages):
    found = 0
    for slab in lab.document.slabs:
        drawn = [
            (c["width"] / MM, c["height"] / MM) for page in pages_of(pages, slab.id) for c in page.dotted
        ]
        for rings in slab.hit_regions_mm.values():
            for ring in rings:
                extent = np.ptp(np.array(ring), axis=0) * SHRUNK[1:]
                near = [one for one in drawn if np.abs(np.array(one) - extent).max() < 0.02]
                assert len(near) >= 2
                found += 1
    assert found >= 3
    assert "dotted: within it the middle of a punch takes the habitat with 0.8 or more" in pages[0].text


def test_sure_regions_for_punches_into_a_face_are_dotted_on_that_face_only(lab):
    document = lab.document
    sampling = document.sampling.model_copy(update={"depth": "face"})
    sites = [site.model_copy(update={"face": "upper"}) for site in document.sites]
    into = dataclasses.replace(
        lab, document=document.model_copy(update={"sampling": sampling, "sites": sites})
    )
    for slab in bench_slabs(into):
        entered = {site.entry.habitat for site in slab.sites}
        assert slab.hit_regions_at(SectionPlane.LOWER) == {}
        assert set(slab.hit_regions_at(SectionPlane.UPPER)) <= entered


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_words_do_not_lie_over_each_other(sheet, pages):
    subprocess.run(["pdftotext", sheet, "-"], capture_output=True, check=True)
    for page in pages:
        corners = np.array([[w["x0"], w["top"] + 1, w["x1"], w["bottom"] - 1] for w in page.words])
        boxes = shapely.box(*corners.T)
        pairs = shapely.STRtree(boxes).query(boxes, predicate="intersects").T.tolist()
        over = [(page.words[one]["text"], page.words[other]["text"]) for one, other in pairs if one < other]
        assert over == [], page.text[:200]
