"""Every part of ten shared cases through PrusaSlicer: ``python tests/record/parts_through_prusaslicer.py``.

Each case is made with lid and tie, a window, inlays of habitats, drains, finger holes, feet, and all extras,
for a bed of 250 x 210 x 210 mm, on which the large ones are split. Of every file that it writes:

- ``--info`` repairs nothing and counts one body (as many as there are, in a replica), of our size and volume;
- the layers of ``--export-sla`` have the areas of our own sections within 0.5 % (or 0.5 mm2);
- every plate becomes G-code without supports, with the parts by their names;
- lib3mf reads plates and ``mould.3mf`` in its strict mode, and PrusaSlicer keeps the names of the latter.

This is a recorded run, not part of pytest. It needs the shared cases and prusa-slicer; it returns 1 if
anything does not hold.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

_HERE = Path(__file__).resolve().parent
if str(_HERE) not in sys.path:
    sys.path.insert(0, str(_HERE))

from shared_cases import ALL_CASES, with_landmark, with_thirds  # noqa: E402

from mouldgen import DesignParameters, design_mould, write_case  # noqa: E402
from mouldgen.errors import Severity  # noqa: E402
from mouldgen.export.stl_files import read_stl  # noqa: E402
from mouldgen.export.threemf_files import read_threemf  # noqa: E402
from mouldgen.mould.parts import Part  # noqa: E402
from mouldgen.mould.plates import parts_to_print  # noqa: E402
from mouldgen.pipeline import MouldDesign  # noqa: E402
from mouldgen.solids import Solid  # noqa: E402
from mouldgen.testing.prusaslicer import (  # noqa: E402
    REPAIRS,
    exported_layer_areas_mm2,
    object_facts,
    printed_objects,
    resin_settings,
    run_prusaslicer,
)

BED_MM = (250.0, 210.0, 210.0)
DISPLAY_MM = 400.0
PIXEL_MM = 0.1
MOST_LAYERS = 120
AREA_SHARE, LEAST_AREA_MM2 = 0.005, 100.0
ON_A_FACE_MM = 0.002
"""A layer cut within this of a level face may have either of its areas."""

FILAMENT = """
printer_technology = FFF
bed_shape = 0x0,250x0,250x210,0x210
max_print_height = 210
nozzle_diameter = 0.4,0.4
filament_diameter = 1.75,1.75
layer_height = 0.3
first_layer_height = 0.3
support_material = 0
support_material_auto = 0
fill_density = 5%
gcode_label_objects = 1
"""


@dataclass(frozen=True)
class Wish:
    """How a case is cut, and where its window is."""

    orientation: dict[str, Any]
    slab_mm: float = 10.0
    window: tuple[str, float] = ("vessel", 6.0)
    vessel_lps: tuple[float, float, float] = (1.0, 0.2, 0.1)
    grid_mm: float = 0.5


WISHES: dict[str, Wish] = {
    "02 ovary": Wish({"normal_lps": (0.3, -0.5, 0.8)}, 5.0, ("Ref_point_1", 6.0)),
    "03 glioma": Wish({"plane": "coronal", "tilt_deg": (11, -17)}, 8.0, vessel_lps=(0.2, 1.0, -0.4)),
    "06 prostate": Wish({"plane": "image", "tilt_deg": (0, 8), "base": "posterior"}, 5.0),
    "07 brain lesion": Wish({"normal_lps": (0.7, 0.7, -0.2)}, 6.0, vessel_lps=(0.0, 0.3, 1.0)),
    "08 kidney tumour": Wish({"plane": "sagittal", "tilt_deg": (-23, 31)}, 5.0, vessel_lps=(-1.0, 0.0, 0.3)),
    "STS_007": Wish({"plane": "axial", "tilt_deg": (14, 9)}, vessel_lps=(0.3, -1.0, 0.0), grid_mm=1.0),
    "STS_009": Wish({"plane": "axial", "tilt_deg": (3, -6)}, 15.0, vessel_lps=(-1.0, 0.4, 0.0), grid_mm=1.0),
    "STS_013": Wish({"plane": "axial", "tilt_deg": (5, 4)}, 15.0, vessel_lps=(1.0, 1.0, 0.5), grid_mm=1.0),
    "STS_017": Wish({"normal_lps": (0.2, 0.9, 0.4)}, 12.0, vessel_lps=(0.0, 0.0, -1.0), grid_mm=1.0),
    "STS_031": Wish({"normal_lps": (-0.5, 0.3, 0.8)}, vessel_lps=(0.5, 0.5, -0.7)),
}


@dataclass
class Row:
    """What was seen of one part."""

    part: str
    faces: int
    size_mm: float = 0.0
    volume: float = 0.0
    layers: int = 0
    worst_area: float = 0.0
    plate: str = "-"
    faults: list[str] = field(default_factory=list)


def parameters_of(name: str) -> DesignParameters:
    """Return the parameters of a case: everything on."""
    wish = WISHES[name]
    return DesignParameters(
        case=re.sub(r"\W", "-", name),
        specimen=ALL_CASES[name].section,
        orientation=wish.orientation,
        cuts={"slab_mm": wish.slab_mm},
        lid={"enabled": True},
        guides={"tie": True},
        windows={"radius_mm": dict([wish.window])},
        inlays={"inlays_of": "habitats"},
        openings={"drains": 4, "finger_holes": True},
        edges={"feet": True},
        extras={"parts": ("replica", "ring", "coupon", "tray")},
        printer={"name": "Original Prusa", "bed_mm": BED_MM},
        surface={"grid_mm": wish.grid_mm},
    )


def design_of(name: str) -> MouldDesign:
    """Return the design of a case, with thirds for habitats where it has none."""
    specimen = with_landmark(with_thirds(ALL_CASES[name].read()), np.array(WISHES[name].vessel_lps))
    return design_mould(specimen, parameters_of(name))


def check_part(part: Part, path: Path, scratch: Path) -> Row:
    """Return what PrusaSlicer says about one file, beside what we say."""
    row = Row(part.name, len(part.mesh.faces))
    bodies = len(Solid.from_mesh(part.mesh, part.name).pieces())
    row.faults += _info_faults(row, part, path, bodies)
    row.faults += _area_faults(row, path, scratch)
    return row


def _info_faults(row: Row, part: Part, path: Path, bodies: int) -> Iterator[str]:
    (facts,) = object_facts(path)
    if facts["manifold"] != "yes":
        yield "not manifold"
    yield from (f"{repair} = {facts[repair]}" for repair in REPAIRS if repair in facts)
    if int(facts["number_of_parts"]) != bodies:
        yield f"{facts['number_of_parts']} parts instead of {bodies}"
    if bodies > 1 and not part.name.startswith(("specimen", "replica", "ring")):
        yield f"{bodies} bodies"
    if int(facts["number_of_facets"]) != row.faces:
        yield f"{facts['number_of_facets']} faces instead of {row.faces}"
    sizes = [float(facts[f"size_{axis}"]) for axis in "xyz"]
    row.size_mm = float(np.abs(np.ptp(part.mesh.bounds_mm, axis=0) - sizes).max())
    row.volume = abs(float(facts["volume"]) / part.mesh.volume_mm3 - 1)
    if row.size_mm > 0.01:
        yield f"size off by {row.size_mm:.4f} mm"
    if row.volume > 1e-4:
        yield f"volume off by {row.volume:.1e}"


def _area_faults(row: Row, path: Path, scratch: Path) -> Iterator[str]:
    mesh = read_stl(path)
    height = float(np.ptp(mesh.bounds_mm[:, 2]))
    layer_mm = max(0.5, np.ceil(height / MOST_LAYERS * 20) / 20)
    settings, layers = scratch / "resin.ini", scratch / "layers.sl1"
    settings.write_text(resin_settings(DISPLAY_MM, PIXEL_MM, layer_mm))
    middle = f"{DISPLAY_MM / 2:g},{DISPLAY_MM / 2:g}"
    run_prusaslicer("--export-sla", "--load", settings, "--center", middle, "-o", layers, path)
    solid = Solid.from_mesh(mesh, row.part)
    bottom = float(mesh.bounds_mm[0, 2])
    printed = exported_layer_areas_mm2(layers, PIXEL_MM)
    layers.unlink()
    for number, area in enumerate(printed):
        z = (number + 0.5) * layer_mm
        if z >= height:
            continue
        ours = [solid.section_rings(bottom + z + off, 0.0)[1] for off in (-ON_A_FACE_MM, 0.0, ON_A_FACE_MM)]
        off = max(min(ours) - area, area - max(ours), 0.0) / max(*ours, LEAST_AREA_MM2)
        row.layers += 1
        row.worst_area = max(row.worst_area, off)
        if off > AREA_SHARE:
            yield f"layer at {z:.2f} mm: {area:.2f} instead of {ours[1]:.2f} mm2"
    if row.layers < min(3, height / layer_mm - 1):
        yield f"only {row.layers} layers"


def check_plates(design: MouldDesign, folder: Path, scratch: Path, rows: dict[str, Row]) -> list[str]:
    """Slice every plate, note in the rows who lies on which, and return what does not hold."""
    by_title = {part.title: part.name for part in design.mould.parts}
    settings, faults = scratch / "filament.ini", []
    settings.write_text(FILAMENT)
    for plate in sorted((folder / "mould").glob("plate-*.3mf")):
        read_threemf(plate)  # strict: raises on a warning
        gcode = scratch / "plate.gcode"
        run_prusaslicer("-g", "--load", settings, "--dont-arrange", "-o", gcode, plate)
        text = gcode.read_text()
        titles = printed_objects(text)
        if "Support material" in text.partition("; prusaslicer_config")[0]:
            faults.append(f"{plate.name}: supports")
        strangers = set(titles) - set(by_title)
        if strangers or len(titles) != len(object_facts(plate)):
            faults.append(f"{plate.name}: names {titles}")
        for title in set(titles) & set(by_title):
            rows[by_title[title]].plate = plate.stem.removeprefix("plate-")
    on_no_plate = (part.name for part in parts_to_print(design.mould) if rows[part.name].plate == "-")
    return [*faults, *(f"{name} is on no plate" for name in on_no_plate)]


def check_mould_3mf(design: MouldDesign, folder: Path, scratch: Path) -> list[str]:
    """Return what does not hold of the file with all parts."""
    path, again = folder / "mould" / "mould.3mf", scratch / "again.3mf"
    stored = {body.name: body for body in read_threemf(path)}
    faults = (
        [] if set(stored) == {part.name for part in design.mould.parts} else ["other bodies in mould.3mf"]
    )
    run_prusaslicer("--export-3mf", "--dont-arrange", "-o", again, path)
    with zipfile.ZipFile(again) as package:
        config = package.read("Metadata/Slic3r_PE_model.config").decode()
    names = set(re.findall(r'type="object" key="name" value="([^"]*)"', config))
    if names != {part.title for part in design.mould.parts}:
        faults.append(f"names in mould.3mf: {sorted(names)}")
    return faults


def check_case(name: str, scratch: Path) -> tuple[list[Row], list[str]]:
    """Make a case and return the rows of its parts, and what else does not hold."""
    design = design_of(name)
    errors = [f"{f.code}: {f.message}" for f in design.findings if f.severity is Severity.ERROR]
    warnings = [f for f in design.findings if f.severity is Severity.WARNING]
    folder = scratch / "case"
    write_case(design, folder, pictures=False)
    rows = {}
    for part in design.mould.parts:
        rows[part.name] = check_part(part, folder / "mould" / f"{part.name}.stl", scratch)
    faults = errors + check_plates(design, folder, scratch, rows) + check_mould_3mf(design, folder, scratch)
    for finding in warnings:
        print(f"  warning {finding.code}: {finding.message[:160]}")  # noqa: T201
    return list(rows.values()), faults


def _print_rows(name: str, rows: list[Row], faults: list[str], seconds: float) -> None:
    for row in rows:
        figures = (
            f"{row.faces:8}{row.size_mm:9.4f}{row.volume:10.1e}{row.layers:7}{100 * row.worst_area:9.3f}"
        )
        print(f"{name:17}{row.part:14}{figures}{row.plate:>7}  {'; '.join(row.faults[:3]) or 'ok'}")  # noqa: T201
    print(f"{name:17}{seconds:.0f} s; {'; '.join(faults) or 'plates and mould.3mf ok'}", flush=True)  # noqa: T201


def _print_summary(seen: dict[str, list[Row]]) -> None:
    """Print the table for docs/verification.md."""
    print("| case | parts | pieces | layers | size, mm | volume | layer area | faults |")  # noqa: T201
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")  # noqa: T201
    for name, rows in seen.items():
        pieces = sum(row.part.startswith(("base-", "lid-")) for row in rows)
        worst = f"{max(row.size_mm for row in rows):.4f} | {max(row.volume for row in rows):.0e}"
        area = f"{100 * max(row.worst_area for row in rows):.2f} %"
        layers, faults = sum(row.layers for row in rows), sum(bool(row.faults) for row in rows)
        print(f"| {name} | {len(rows)} | {pieces or '-'} | {layers} | {worst} | {area} | {faults} |")  # noqa: T201


def main() -> int:
    """Run, print a row for every part and a summary; return 1 if anything does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", action="append", choices=list(WISHES), help="only this one; repeatable")
    arguments = parser.parse_args()
    titles = ("case", "part", "faces", "size mm", "volume", "layers", "area %", "plate")
    print("{:17}{:14}{:>8}{:>9}{:>10}{:>7}{:>9}{:>7}".format(*titles))  # noqa: T201
    seen, is_sound = {}, True
    for name in arguments.case or WISHES:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="prusaslicer-") as scratch:
            rows, faults = check_case(name, Path(scratch))
        _print_rows(name, rows, faults, time.perf_counter() - started)
        seen[name] = rows
        is_sound &= not faults and not any(row.faults for row in rows)
    _print_summary(seen)
    return int(not is_sound)


if __name__ == "__main__":
    sys.exit(main())
