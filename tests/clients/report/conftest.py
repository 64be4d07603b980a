"""Reports of several cases, opened from disk in headless Chromium that may not use the network."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time

import numpy as np
import pytest

from mouldgen.export.case_writers import write_bodies
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.report import write_report
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.specimen import Habitat, HabitatMap
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import (
    chiral_specimen,
    covering_grid,
    demo_specimen,
    ellipsoid_specimen,
    specimen_of_labels,
    voxelise,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
STRANGE_NAMES = {
    1: "</script><script>document.title = 'taken'</script>",
    2: "壞死的腫瘤核心區域",
    3: "Νεκρωτικός πυρήνας του όγκου με διηθητικά όρια και οίδημα",
    4: "a name of sixty characters, all of them counted and all there"[:60],
    5: "ورم صلب",
    6: "\"quoted\" & 'quoted' <b>bold</b>",
    7: "<img src=x onerror=alert(1)>",
    8: "${DATA} {{SCRIPT}} \\u003c",
    9: "ñ",
}
SETTLED_SECONDS = 20


def case_of(specimen, folder, parameters=None, **changes):
    """Write the report of a specimen into `folder`; `changes` are made to the document."""
    (folder / "mould").mkdir(parents=True)
    design = design_mould(specimen, parameters or DesignParameters(case="case-01"))
    write_bodies(design.mould, design.parameters.files.formats, folder)
    lab = LaboratoryCase.of_design(design)
    if changes:
        lab = dataclasses.replace(lab, document=lab.document.model_copy(update=changes))
    assert write_report(lab, folder) == ()
    return lab


def many_habitats_specimen():
    """Return an ellipsoid 80 mm long with nine habitats, parted by angle."""
    center = np.zeros(3)
    body = Ellipsoid(center, np.array([20.0, 17.0, 39.8]))
    grid = covering_grid(center, [20.0, 17.0, 39.8], [1.25, 1.25, 1.5])

    def labels(points):
        angle = np.arctan2(points[..., 1], points[..., 0]) + points[..., 2] / 40
        return np.where(
            body.contains(points), 1 + np.floor((angle % (2 * np.pi)) / (2 * np.pi) * 9), 0
        ).astype(np.uint16)

    specimen = specimen_of_labels(voxelise(labels, grid), habitats=True)
    habitats = tuple(
        Habitat.numbered(label, n, STRANGE_NAMES[label]) for n, label in enumerate(sorted(STRANGE_NAMES))
    )
    return dataclasses.replace(specimen, habitats=HabitatMap(specimen.habitats.volume, habitats))


@pytest.fixture(scope="session")
def report_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="session")
def demo(report_folder):
    """The demo: six slabs, three habitats, an image, sites."""
    folder = report_folder / "demo"
    return case_of(demo_specimen(), folder), folder / "report.html"


@pytest.fixture(scope="session")
def chiral(report_folder):
    """A body unlike its mirror image, cut obliquely, with a kerf, in plastic of another size."""
    parameters = DesignParameters(
        case="chiral",
        orientation={"normal_lps": (0.5, 0.3, 0.8)},
        cuts={"slab_mm": 8.0, "kerf_mm": 0.6},
        fit={"scale": (0.9, 0.95, 1.05)},
    )
    folder = report_folder / "chiral"
    return case_of(chiral_specimen(), folder, parameters), folder / "report.html"


@pytest.fixture(scope="session")
def one_slab(report_folder):
    """One slab, no habitats."""
    center = np.array([5.0, 5.0, 5.0])
    radii = np.array([12.0, 10.0, 8.0])
    specimen = ellipsoid_specimen(Ellipsoid(center, radii), covering_grid(center, radii, [1.0, 1.0, 1.0]))
    folder = report_folder / "one"
    parameters = DesignParameters(case="one", cuts={"slab_mm": 60.0}, surface={"grid_mm": 1.0})
    return case_of(specimen, folder, parameters), folder / "report.html"


@pytest.fixture(scope="session")
def crowded(report_folder):
    """27 slabs, nine habitats with strange names, and a case called in Chinese and Greek."""
    folder = report_folder / "crowded"
    parameters = DesignParameters(case="crowded", cuts={"slab_mm": 3.0}, surface={"grid_mm": 1.0})
    name = "案例 </script> Περίπτωση " + "x" * 40
    return case_of(many_habitats_specimen(), folder, parameters, case_id=name), folder / "report.html"


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None and not os.environ.get("MOULDGEN_REQUIRE_CLIENTS"):
        pytest.skip("chromium is not installed; set MOULDGEN_REQUIRE_CLIENTS to insist on it")
    if not os.environ.get("MOULDGEN_REQUIRE_CLIENTS"):
        pytest.importorskip("playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Witness:
    """Hears what pages complain of and ask for."""

    def __init__(self):
        self.complaints, self.requests = [], []

    def open(self, browser, path, **options):
        """Return a page with a report, all drawn."""
        options = {"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce"} | options
        page = browser.new_page(**options)
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri())
        wait_until_settled(page)
        assert self.requests.pop(0) == path.as_uri()
        return page

    def check(self):
        assert not self.complaints
        assert not self.requests


@pytest.fixture
def opened(chromium):
    """Open a report; the test fails if the page complains or asks for anything but itself."""
    witness, pages = Witness(), []

    def open_report(path, **options):
        pages.append(witness.open(chromium, path, **options))
        return pages[-1]

    yield open_report
    for page in pages:
        page.close()
    witness.check()


@pytest.fixture(scope="session")
def lasting_page(chromium, demo):
    witness = Witness()
    page = witness.open(chromium, demo[1])
    yield page, witness
    page.close()


@pytest.fixture
def page(lasting_page):
    """The report of the demo, as it was opened; it is one page for all tests, put back before each."""
    page, witness = lasting_page
    page.evaluate("document.activeElement.blur()")
    page.locator("#explode").fill("55")
    page.evaluate("document.activeElement.blur()")
    for key in ("Escape", "Home", "ArrowRight", "ArrowRight", "ArrowRight", "r"):
        page.keyboard.press(key)
    page.evaluate("scrollTo(0, 0)")
    wait_until_settled(page)
    yield page
    witness.check()


def wait_until_settled(page):
    """Wait until all that is shown has been drawn; the page's policy forbids evaluating in its own realm."""
    end = time.monotonic() + SETTLED_SECONDS
    while not page.evaluate("document.documentElement.dataset.settled === 'yes'"):
        assert time.monotonic() < end, "the report is still drawing"
        page.wait_for_timeout(30)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture
def settled():
    return wait_until_settled
