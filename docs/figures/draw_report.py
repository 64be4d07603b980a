"""Open the demo case's report in headless Chromium and keep what it shows at first."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

import scene
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from mouldgen import DesignParameters, design_mould
from mouldgen.export.case_writers import write_bodies
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.report import write_report
from mouldgen.testing.phantoms import demo_specimen

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PAGE_PX = (1440, 900)
PATIENCE_STEPS = 400


def write_demo_report(folder: Path) -> Path:
    """Return the path of the demo's report."""
    design = design_mould(demo_specimen(), DesignParameters(case="demo"))
    (folder / "mould").mkdir()
    write_bodies(design.mould, design.parameters.files.formats, folder)
    write_report(LaboratoryCase.of_design(design), folder)
    return folder / "report.html"


def browser_path() -> str:
    """Return where a browser of the system lies."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        message = f"no browser to draw the report with; install one of {', '.join(BROWSERS)}"
        raise SystemExit(message)
    return found


def wait_until_drawn(page: Page) -> None:
    """Wait until the page says that all is drawn."""
    for _ in range(PATIENCE_STEPS):
        if page.evaluate("document.documentElement.dataset.settled === 'yes'"):
            return
        page.wait_for_timeout(50)
    message = "the report was not drawn in 20 seconds"
    raise SystemExit(message)


def screenshot(report: Path) -> Image.Image:
    """Return the first screen of a report."""
    width, height = PAGE_PX
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
        page.goto(report.as_uri())
        wait_until_drawn(page)
        page.wait_for_timeout(300)
        picture = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(picture)).convert("RGB")


def main() -> None:
    """Draw it."""
    with tempfile.TemporaryDirectory() as scratch:
        picture = screenshot(write_demo_report(Path(scratch)))
    reduced = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    reduced.save(scene.image_folder() / "report.png", optimize=True)


if __name__ == "__main__":
    main()
