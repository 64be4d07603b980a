"""The pictures of the documentation can be drawn again, and the pages show the ones that exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
SCRIPTS = sorted((DOCS / "figures").glob("draw_*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_script_draws_the_committed_pictures(script, tmp_path):
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, timeout=240)
    drawn = {path.name for path in tmp_path.iterdir()}
    assert drawn
    assert drawn <= {path.name for path in (DOCS / "images").iterdir()}


def test_every_picture_is_shown_and_every_shown_picture_exists():
    pages = [DOCS.parent / "README.md", *DOCS.glob("*.md")]
    shown = {
        name for page in pages for name in re.findall(r"images/([\w.-]+)", page.read_text(encoding="utf-8"))
    }
    assert shown == {path.name for path in (DOCS / "images").iterdir()}


def test_pictures_are_small():
    assert max(path.stat().st_size for path in (DOCS / "images").iterdir()) < 400_000
