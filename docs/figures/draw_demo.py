"""Make the demo case and keep its overview and one slab picture."""

from __future__ import annotations

import tempfile
from pathlib import Path

import scene
from PIL import Image

from mouldgen import DesignParameters, design_mould, write_case
from mouldgen.testing.phantoms import demo_specimen


def main() -> None:
    """Draw what ``mouldgen demo`` draws."""
    design = design_mould(demo_specimen(), DesignParameters(case="demo"))
    with tempfile.TemporaryDirectory() as scratch:
        case = Path(scratch) / "case"
        write_case(design, case)
        for source, name in (("mould/overview.png", "overview.png"), ("slabs/S04.png", "slab.png")):
            picture = Image.open(case / source).convert("RGB")
            picture.thumbnail((1400, 1400))
            scene.save_small(picture, name)


if __name__ == "__main__":
    main()
