"""PrusaSlicer as a judge: what it says about a file, the areas of the layers it prints, and its G-code.

Its exit code is 0 for most broken meshes, so that what it prints is what counts. Written for PrusaSlicer 2.5.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np

__all__ = [
    "REPAIRS",
    "exported_layer_areas_mm2",
    "object_facts",
    "printed_objects",
    "resin_settings",
    "run_prusaslicer",
]

REPAIRS = ("open_edges", "facets_reversed", "degenerate_facets", "facets_removed", "backwards_edges")
"""Lines of ``--info`` that there must not be: each counts what was repaired while loading."""

_LONGEST_S = 900


def run_prusaslicer(*arguments: str | Path) -> str:
    """Run PrusaSlicer and return what it prints.

    Raises
    ------
    RuntimeError
        If it is not installed, or fails.
    """
    program = shutil.which("prusa-slicer")
    if program is None:
        message = "prusa-slicer is not installed; apt-get install prusa-slicer"
        raise RuntimeError(message)
    command = [program, "--loglevel", "1", *map(str, arguments)]
    done = subprocess.run(  # noqa: S603  a fixed program on our own files
        command, capture_output=True, text=True, timeout=_LONGEST_S, check=False
    )
    if done.returncode:
        message = f"prusa-slicer ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}"
        raise RuntimeError(message)
    return done.stdout


def object_facts(path: Path) -> list[dict[str, str]]:
    """Return what ``--info`` says about every object in a file, such as ``manifold`` and ``volume``."""
    blocks = run_prusaslicer("--info", path).split(f"[{path.name}]")[1:]
    return [dict(re.findall(r"^(\w+) = +(\S+)$", block, re.MULTILINE)) for block in blocks]


def resin_settings(bed_mm: float, pixel_mm: float, layer_mm: float) -> str:
    """Return a configuration file with which ``--export-sla`` draws every layer as it is, once per pixel.

    Parameters
    ----------
    bed_mm
        Side of a square display.
    pixel_mm
        Side of its pixels.
    layer_mm
        Height of all layers; each is cut in its middle.
    """
    pixels = round(bed_mm / pixel_mm)
    settings: dict[str, object] = {
        "printer_technology": "SLA",
        "display_width": f"{bed_mm:g}",
        "display_height": f"{bed_mm:g}",
        "display_pixels_x": pixels,
        "display_pixels_y": pixels,
        "display_mirror_x": 0,
        "display_mirror_y": 0,
        "display_orientation": "landscape",
        "bed_shape": f"0x0,{bed_mm:g}x0,{bed_mm:g}x{bed_mm:g},0x{bed_mm:g}",
        "max_print_height": 500,
        "layer_height": layer_mm,
        "initial_layer_height": layer_mm,
        "supports_enable": 0,
        "pad_enable": 0,
        "elefant_foot_compensation": 0,
        "relative_correction_x": 1,
        "relative_correction_y": 1,
        "relative_correction_z": 1,
    }
    return "".join(f"{key} = {value}\n" for key, value in settings.items())


def exported_layer_areas_mm2(path: Path, pixel_mm: float) -> list[float]:
    """Return the printed area of every layer of an ``.sl1`` file, bottom first."""
    from PIL import Image

    areas = []
    with zipfile.ZipFile(path) as layers:
        for name in sorted(name for name in layers.namelist() if re.fullmatch(r"[^/]*\d+\.png", name)):
            picture = np.asarray(Image.open(io.BytesIO(layers.read(name))).convert("L"))
            areas.append(float(picture.sum(dtype=np.int64)) / 255 * pixel_mm**2)
    return areas


def printed_objects(gcode: str) -> list[str]:
    """Return the names of the objects in labelled G-code, in the order in which they are begun."""
    return list(dict.fromkeys(re.findall(r"; printing object (.+) id:", gcode)))
