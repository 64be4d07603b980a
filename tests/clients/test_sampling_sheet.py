"""The sheet as poppler prints it, as zxing-cpp reads its codes, and as its own vectors say."""

import dataclasses
import io
import itertools
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pdfplumber
import pytest
import shapely
import trimesh
import zxingcpp
from pdfminer.pdftypes import resolve1
from PIL import Image, ImageFilter
from scipy import ndimage
from shapely.affinity import scale, translate

from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.map_of_sites import with_sites
from mouldgen.export.sheet import SHEET_NAME, write_sheet
from mouldgen.export.stl_files import write_part_stls
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.sampling.site_plan import Face, Site, SiteOrigin, SitePlan
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import chiral_specimen, covering_grid, ellipsoid_specimen

pytestmark = [
    pytest.mark.client,
    pytest.mark.skipif(
        shutil.which("pdftoppm") is None and not os.environ.get("MOULDGEN_REQUIRE_CLIENTS"),
        reason="poppler is not installed; set MOULDGEN_REQUIRE_CLIENTS to insist on it",
    ),
]

MM = 72 / 25.4
DPI = 1200
DOT_MM = 25.4 / DPI
DIRECTIONS = {
    "L": (1, 0, 0),
    "R": (-1, 0, 0),
    "P": (0, 1, 0),
    "A": (0, -1, 0),
    "S": (0, 0, 1),
    "I": (0, 0, -1),
}
OUTLINE = (20, 20, 20)
OUTLINE_MM, PUNCH_MM, BASE_MM, SCORE_MM = 0.4, 0.3, 0.5, 0.3


@dataclasses.dataclass(frozen=True)
class ReadPage:
    """What one page of the PDF says, read once."""

    text: str
    words: list
    curves: list
    frames: list
    size_mm: tuple


@dataclasses.dataclass(frozen=True)
class Printed:
    """A case, its sheet, and its specimen as an STL file."""

    lab: LaboratoryCase
    sheet: str
    stl: str
    pages: list

    def slab_page(self, slab_id):
        return next(n for n, page in enumerate(self.pages) if f"Slab {slab_id}" in page.text)


def read_page(page):
    widths = (OUTLINE_MM, PUNCH_MM, BASE_MM)
    curves = [
        c
        for c in (*page.curves, *page.lines)
        if c["stroke"] and any(abs(c["linewidth"] - width * MM) < 1e-3 for width in widths)
    ]
    frames = [
        r
        for r in page.rects
        if r["stroke"] and abs(r["linewidth"] - 0.15 * MM) < 1e-3 and min(r["width"], r["height"]) > 15 * MM
    ]
    size_mm = (page.width / MM, page.height / MM)
    return ReadPage(page.extract_text(), page.extract_words(), curves, frames, size_mm)


def printed(lab, design, folder):
    folder.mkdir(exist_ok=True)
    write_sheet(lab, folder)
    write_part_stls(design.mould, folder)
    with pdfplumber.open(folder / SHEET_NAME) as pdf:
        pages = [read_page(page) for page in pdf.pages]
    return Printed(lab, str(folder / SHEET_NAME), str(folder / "specimen.stl"), pages)


def with_sites_by_hand(lab):
    """Return the case with sites that go through, enter the upper face, and enter the lower face in turn."""
    sites = []
    for content in lab.sampling.slabs[1:-1]:
        slab = content.slab
        both = area_of(content.outlines.lower).intersection(area_of(content.outlines.upper)).buffer(-2.5)
        low_y, low_z, high_y, high_z = both.bounds
        for y in np.arange(low_y + 0.7, high_y, 7.3):
            for z in np.arange(low_z + 0.4, high_z, 6.1):
                if both.contains(shapely.Point(y, z)):
                    sites.append(site_by_hand(lab, slab, len(sites), (y, z)))
    plan = SitePlan(tuple(sites))
    return dataclasses.replace(lab, document=with_sites(lab.document, plan, lab.parameters.sites))


def site_by_hand(lab, slab, number, point):
    face = (Face.THROUGH, Face.UPPER, Face.LOWER)[number % 3]
    x_from = slab.x_upper_mm - 4 if face is Face.UPPER else slab.x_lower_mm
    x_to = slab.x_lower_mm + 4 if face is Face.LOWER else slab.x_upper_mm
    mould = np.array([(x_from + x_to) / 2, *point])
    name = f"{slab.id}-A{number + 1}"
    return Site(
        id=name,
        slab_id=slab.id,
        habitat=1 + number % 3,
        position_mould=mould,
        position_lps=lab.frame.patient_from_mould.apply(mould),
        x_from_mm=x_from,
        x_to_mm=x_to,
        punch_mm=3.0,
        punch_tissue_mm=3.0,
        face=face,
        purity=0.9,
        hit_probability=0.8,
        destination="",
        tube=f"chiral-{name}",
        cassette=f"chiral-{name}",
        origin=SiteOrigin.PLANNED,
    )


def area_of(rings):
    total = shapely.Polygon()
    for ring in rings:
        total = total.symmetric_difference(shapely.Polygon(ring).buffer(0))
    return total


@pytest.fixture(scope="module", params=["a4", "letter"])
def chiral(request, tmp_path_factory):
    parameters = DesignParameters(
        case="chiral",
        cuts={"slab_mm": 8.0},
        surface={"grid_mm": 1.0},
        orientation={"normal_lps": (0.5, 0.3, 0.8), "base": "posterior"},
        sites={"per_habitat": 0},
        sheet={"paper": request.param},
    )
    design = design_mould(chiral_specimen(), parameters)
    lab = with_sites_by_hand(LaboratoryCase.of_design(design))
    assert len(lab.document.sites) >= 6
    return printed(lab, design, tmp_path_factory.mktemp(request.param))


def rendered(sheet, page, dpi, *, box_mm=None):
    """Return a page, or left, top, width and height of it, as poppler renders it: rows, columns, 3."""
    command = ["pdftoppm", "-r", str(dpi), "-f", str(page + 1), "-l", str(page + 1)]
    if box_mm:
        x, y, w, h = (str(round(value / 25.4 * dpi)) for value in box_mm)
        command += ["-x", x, "-y", y, "-W", w, "-H", h]
    output = subprocess.run([*command, sheet], capture_output=True, check=True).stdout
    return np.asarray(Image.open(io.BytesIO(output)).convert("RGB"))


def longest_run(dark):
    """Return the length of the longest run of true values in any row."""
    best = 0
    for row in dark[dark.sum(axis=1) > dark.shape[1] // 4]:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))
        best = max(best, int((edges[1::2] - edges[::2]).max(initial=0)))
    return best


def is_wide(curve, width_mm):
    return abs(curve["linewidth"] - width_mm * MM) < 1e-3


def middle_of(curve):
    return (curve["x0"] + curve["x1"]) / 2, (curve["top"] + curve["bottom"]) / 2


class FaceOnPaper:
    """What the vectors of one face of a slab say: lengths from its datum lines, in mm."""

    def __init__(self, page, title):
        pairs = itertools.pairwise(page.words)
        (heading,) = [word for word, after in pairs if (word["text"], after["text"]) == (title, "FACE")]
        below = [
            frame
            for frame in page.frames
            if frame["top"] > heading["top"] and abs(frame["x0"] - heading["x0"] - 10 * MM) < 1
        ]
        self.frame = min(below, key=lambda frame: frame["top"])
        inside = [curve for curve in page.curves if self._holds(curve)]
        self.base_y = self._line(inside, BASE_MM, "width")["top"]
        self.score_x = self._line(inside, SCORE_MM, "height")["x0"]
        self.sign = -1 if title == "LOWER" else 1
        self.outlines = [self.from_datums(c["pts"]) for c in inside if is_wide(c, OUTLINE_MM)]
        self.circles = [
            curve
            for curve in inside
            if is_wide(curve, PUNCH_MM)
            and len(curve["pts"]) > 4
            and abs(curve["width"] - curve["height"]) < 1e-2
        ]

    def _holds(self, curve):
        x, y = middle_of(curve)
        frame = self.frame
        return frame["x0"] < x < frame["x1"] and frame["top"] < y < frame["bottom"]

    def _line(self, curves, width_mm, along):
        (line,) = [
            curve
            for curve in curves
            if is_wide(curve, width_mm) and len(curve["pts"]) == 2 and curve[along] > 20 * MM
        ]
        return line

    def from_datums(self, points):
        x, y = np.asarray(points).T
        return np.column_stack([self.sign * (x - self.score_x), self.base_y - y]) / MM

    def area(self):
        return area_of(self.outlines)

    def sites(self):
        return {
            tuple(self.from_datums([middle_of(circle)])[0].round(3)): circle["width"] / MM
            for circle in self.circles
        }


def section_of_stl(stl, x_mm):
    """Return the section of a mesh at x as an area of [y, z], by trimesh."""
    section = trimesh.load(stl).section((1, 0, 0), (x_mm, 0, 0))
    return area_of([ring[:, 1:] for ring in section.discrete])


def faces(case, slab):
    page = case.pages[case.slab_page(slab.id)]
    return {title: FaceOnPaper(page, title) for title in ("UPPER", "LOWER")}


def hausdorff_mm(one, other):
    return shapely.hausdorff_distance(one.boundary.segmentize(0.5), other.boundary.segmentize(0.5))


def test_ruler_is_100_mm_and_its_words_say_so(chiral):
    picture = rendered(chiral.sheet, 0, DPI, box_mm=(5, 70, 130, 8))
    assert longest_run((picture < 128).all(axis=2)) * DOT_MM == pytest.approx(100, abs=0.1)
    text = chiral.pages[0].text
    assert "Measure this line: it must be 100.0 mm." in text
    assert "without 'fit to page'" in text


def test_page_has_the_size_of_the_paper_and_asks_not_to_be_scaled(chiral):
    size = {"a4": (210, 297), "letter": (215.9, 279.4)}[chiral.lab.parameters.sheet.paper]
    for page in chiral.pages:
        assert page.size_mm == pytest.approx(size, abs=0.01)
    with pdfplumber.open(chiral.sheet) as pdf:
        assert resolve1(pdf.doc.catalog["ViewerPreferences"])["PrintScaling"].name == "None"


def inner_slab(case):
    """Return the slab with the largest section, which is cut on both sides."""
    return max(case.lab.document.slabs[1:-1], key=lambda slab: slab.tissue_volume_mm3)


def test_outline_measures_right_when_printed(chiral):
    slab = inner_slab(chiral)
    page = chiral.slab_page(slab.id)
    frame = FaceOnPaper(chiral.pages[page], "UPPER").frame
    box = frame["x0"] / MM, frame["top"] / MM, frame["width"] / MM, frame["height"] / MM
    ink = (rendered(chiral.sheet, page, DPI, box_mm=box) == OUTLINE).all(axis=2)
    core = ndimage.binary_erosion(ink, iterations=6)  # letters are thinner than the outline
    extent = [(np.ptp(np.flatnonzero(core.any(axis=axis))) + 13) * DOT_MM - OUTLINE_MM for axis in (0, 1)]
    low_y, low_z, high_y, high_z = section_of_stl(chiral.stl, slab.x_upper_mm).bounds
    assert extent == pytest.approx([high_y - low_y, high_z - low_z], abs=0.1)


def test_punch_circles_measure_right_when_printed(chiral):
    measured = 0
    for slab in chiral.lab.document.slabs:
        page = chiral.slab_page(slab.id)
        sites = [s for s in chiral.lab.document.sites if s.slab == slab.id and s.face is not Face.LOWER]
        if not sites:
            continue
        face = FaceOnPaper(chiral.pages[page], "UPPER")
        for site in sites[:4]:
            if abs(site.right_of_score_mm) < 3 or site.above_base_mm < 3:
                continue
            x = face.score_x / MM + site.right_of_score_mm
            y = face.base_y / MM - site.above_base_mm
            reach = site.punch_diameter_mm / 2 + 0.4
            ink = (
                rendered(chiral.sheet, page, DPI, box_mm=(x - reach, y - reach, 2 * reach, 2 * reach)) == 0
            ).all(axis=2)
            extent = [np.ptp(np.flatnonzero(ink.any(axis=axis))) * DOT_MM - PUNCH_MM for axis in (0, 1)]
            assert extent == pytest.approx([site.punch_diameter_mm] * 2, abs=0.1)
            measured += 1
    assert measured >= 2


def test_faces_are_the_sections_of_the_specimen_and_the_lower_one_is_mirrored(chiral):
    for slab in chiral.lab.document.slabs[1:-1]:
        drawn = faces(chiral, slab)
        planes = {"UPPER": slab.x_upper_mm, "LOWER": slab.x_lower_mm}
        lowest = min(
            section_of_stl(chiral.stl, x).bounds[1]
            for x in (slab.x_lower_mm, (slab.x_lower_mm + slab.x_upper_mm) / 2, slab.x_upper_mm)
        )
        for title, x_mm in planes.items():
            truth = translate(section_of_stl(chiral.stl, x_mm), yoff=-lowest)
            other_x_mm = planes["LOWER" if title == "UPPER" else "UPPER"]
            other = translate(section_of_stl(chiral.stl, other_x_mm), yoff=-lowest)
            mirrored = scale(truth, xfact=-1.0, origin=(0, 0))
            assert hausdorff_mm(drawn[title].area(), truth) < 0.2
            assert hausdorff_mm(drawn[title].area(), mirrored) > 1.0
            assert hausdorff_mm(drawn[title].area(), other) > 1.0


def test_letters_beside_the_faces_name_the_sides_of_the_patient(chiral):
    rotation = np.array(chiral.lab.document.frame.mould_from_patient)[:3, :3]
    slab = inner_slab(chiral)
    page = chiral.pages[chiral.slab_page(slab.id)]
    for title, across in (("UPPER", rotation[1]), ("LOWER", -rotation[1])):
        frame = FaceOnPaper(page, title).frame
        (letter,) = [
            word["text"].strip("*")
            for word in page.words
            if frame["x1"] < word["x0"] < frame["x1"] + 7 * MM
            and frame["top"] < word["top"] < frame["bottom"]
        ]
        assert np.dot(DIRECTIONS[letter], across) > 0.5


def test_every_site_on_paper_is_the_site_of_the_map(chiral):
    document = chiral.lab.document
    to_patient = np.linalg.inv(np.array(document.frame.mould_from_patient))
    found = 0
    for slab in document.slabs:
        expected = {site.id: site for site in document.sites if site.slab == slab.id}
        if not expected:
            continue
        for title, face in faces(chiral, slab).items():
            read = face.sites()
            assert len(read) == len(expected)
            for site in expected.values():
                right, above = min(
                    read, key=lambda at: np.hypot(at[0] - site.right_of_score_mm, at[1] - site.above_base_mm)
                )
                assert read[right, above] == pytest.approx(site.punch_diameter_mm, abs=0.01), title
                mould = [site.mould_mm[0], right, above + slab.base_line_z_mm, 1.0]
                assert np.linalg.norm((to_patient @ mould)[:3] - site.lps_mm) < 0.1
                found += 1
    assert found == 2 * len(document.sites)


def test_punches_into_the_other_face_are_dashed(chiral):
    drawn = {slab.id: faces(chiral, slab) for slab in chiral.lab.document.slabs[1:-1]}
    for site in chiral.lab.document.sites:
        for title, face in drawn[site.slab].items():
            circle = min(
                face.circles,
                key=lambda c: np.linalg.norm(
                    face.from_datums([middle_of(c)])[0] - (site.right_of_score_mm, site.above_base_mm)
                ),
            )
            dashes = circle["dash"][0] if circle.get("dash") else []
            assert bool(dashes) == (site.face not in (Face.THROUGH, title.lower()))


def test_text_can_be_selected_and_every_font_is_embedded(chiral):
    text = subprocess.run(["pdftotext", chiral.sheet, "-"], capture_output=True, check=True, text=True).stdout
    document = chiral.lab.document
    for site in document.sites:
        assert site.tube in text
    for slab in document.slabs:
        assert f"{slab.tissue_volume_mm3 / 1000:.2f}" in text
    fonts = subprocess.run(["pdffonts", chiral.sheet], capture_output=True, check=True, text=True).stdout
    rows = fonts.splitlines()[2:]
    assert rows
    assert all(row.split()[-5:-3] == ["yes", "yes"] for row in rows)  # embedded, and only what is needed


def codes(picture):
    formats = zxingcpp.BarcodeFormat.DataMatrix
    found = zxingcpp.read_barcodes(picture, formats=formats, try_invert=False, try_downscale=False)
    return {code.text for code in found}


def expected_codes(case):
    document = case.lab.document
    by_page = {0: {f"{document.case_id} {document.design_hash}"}}
    for number, page in enumerate(case.pages[1:-1], start=1):
        lines = page.text.split()
        by_page[number] = {site.tube for site in document.sites if site.tube in lines}
    assert {code for found in by_page.values() for code in found} >= {site.tube for site in document.sites}
    return {number: found for number, found in by_page.items() if found}


def test_every_code_reads_as_the_id_beside_it(chiral):
    for number, expected in expected_codes(chiral).items():
        assert codes(rendered(chiral.sheet, number, 300)) == expected


def test_codes_can_be_read_from_a_photograph(chiral):
    for number, expected in itertools.islice(expected_codes(chiral).items(), 3):
        page = Image.fromarray(rendered(chiral.sheet, number, 300)).rotate(7, expand=True, fillcolor="white")
        stream = io.BytesIO()
        page.filter(ImageFilter.GaussianBlur(1.2)).save(stream, "JPEG", quality=55)
        assert codes(np.asarray(Image.open(stream))) == expected


def test_same_case_gives_the_same_bytes(chiral, tmp_path):
    write_sheet(dataclasses.replace(chiral.lab), tmp_path)
    assert (tmp_path / SHEET_NAME).read_bytes() == Path(chiral.sheet).read_bytes()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """An ellipsoid of 40 x 230 x 100 mm: its slabs are wider than a page."""
    center, half = np.zeros(3), np.array([20.0, 115.0, 50.0])
    grid = covering_grid(center, half, (2.0, 2.0, 2.0))
    parameters = DesignParameters(
        case="large",
        cuts={"slab_mm": 20.0},
        surface={"grid_mm": 2.0},
        orientation={"plane": "sagittal", "base": "inferior"},
        sites={"per_habitat": 0},
    )
    design = design_mould(ellipsoid_specimen(Ellipsoid(center, half), grid), parameters)
    return printed(LaboratoryCase.of_design(design), design, tmp_path_factory.mktemp("large"))


def test_tiles_of_a_large_face_join(large):
    slab = large.lab.document.slabs[0]
    pages = [page for page in large.pages if "Slab S01" in page.text and "toward S02, tile" in page.text]
    assert len(pages) == 2
    outlines, edges = [], []
    for page in pages:
        heading = next(word for word in page.words if word["text"] == "UPPER")
        frame = min((f for f in page.frames if f["top"] > heading["top"]), key=lambda f: f["top"])
        (outline,) = [np.array(c["pts"]) for c in page.curves if is_wide(c, OUTLINE_MM)]
        outlines.append(outline)
        edges.append(frame)
    joined = outlines[1] + (edges[0]["x1"] - edges[1]["x0"], edges[0]["top"] - edges[1]["top"])
    assert np.abs(joined - outlines[0]).max() / MM < 0.1
    shown_mm = sum(frame["width"] for frame in edges) / MM
    low, _, high, _ = section_of_stl(large.stl, slab.x_upper_mm - 0.01).bounds
    assert shown_mm >= high - low
    assert "1:1" in pages[0].text


def test_nothing_is_cut_off_and_no_words_lie_over_each_other(chiral):
    for page in chiral.pages:
        width, height = page.size_mm
        for word in page.words:
            assert 10 * MM < word["x0"] < word["x1"] < (width - 10) * MM
            assert 10 * MM < word["top"] < word["bottom"] < (height - 8) * MM
        corners = np.array([[w["x0"], w["top"] + 1, w["x1"], w["bottom"] - 1] for w in page.words])
        boxes = shapely.box(*corners.T)
        pairs = shapely.STRtree(boxes).query(boxes, predicate="intersects").T.tolist()
        over = [(page.words[one]["text"], page.words[other]["text"]) for one, other in pairs if one < other]
        assert over == []
