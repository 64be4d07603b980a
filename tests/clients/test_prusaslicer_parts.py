"""PrusaSlicer on every part beside the mould, on pieces of a split one, and on plates."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from mouldgen import DesignParameters, design_mould, write_case
from mouldgen.io.specimen import read_specimen
from mouldgen.testing.phantoms import chiral_specimen
from mouldgen.testing.prusaslicer import REPAIRS, object_facts, printed_objects, run_prusaslicer

SLICER = shutil.which("prusa-slicer")
EXTRAS = {"parts": ("replica", "ring", "coupon", "tray")}
TWO_EXTRUDERS = """
printer_technology = FFF
bed_shape = 0x0,250x0,250x210,0x210
max_print_height = 220
nozzle_diameter = 0.4,0.4
filament_diameter = 1.75,1.75
layer_height = 0.3
first_layer_height = 0.3
support_material = 0
fill_density = 5%
gcode_label_objects = 1
"""

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.skipif(
        SLICER is None and not os.environ.get("MOULDGEN_REQUIRE_CLIENTS"),
        reason="prusa-slicer is not installed; set MOULDGEN_REQUIRE_CLIENTS to insist on it",
    ),
]


def assert_clean(facts, part):
    assert facts["manifold"] == "yes"
    assert facts["number_of_parts"] == "1"
    assert not set(REPAIRS) & set(facts)
    assert int(facts["number_of_facets"]) == len(part.mesh.faces)
    assert float(facts["volume"]) == pytest.approx(part.mesh.volume_mm3, rel=1e-4)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """Return a phantom in a mould that is split, with every extra."""
    parameters = DesignParameters(
        case="chiral",
        orientation={"normal_lps": (0.5, 0.3, 0.8)},
        printer={"name": "Small", "bed_mm": (110, 70, 100)},
        extras=EXTRAS,
    )
    design = design_mould(chiral_specimen(), parameters)
    folder = tmp_path_factory.mktemp("client") / "chiral"
    write_case(design, folder, pictures=False)
    return folder, design


def test_every_part_is_clean(case):
    folder, design = case
    names = [part.name for part in design.mould.parts]
    assert {"base-1", "base-2", "replica", "ring", "coupon"} <= set(names)
    for part in design.mould.parts:
        (facts,) = object_facts(folder / "mould" / f"{part.name}.stl")
        assert_clean(facts, part)


def test_plates_load_with_all_parts_and_their_names(case, tmp_path):
    folder, design = case
    parts = {part.title: part for part in design.mould.parts}
    (tmp_path / "printer.ini").write_text(TWO_EXTRUDERS)
    seen = []
    for plate in sorted((folder / "mould").glob("plate-*.3mf")):
        gcode = tmp_path / f"{plate.stem}.gcode"
        run_prusaslicer("-g", "--load", tmp_path / "printer.ini", "--dont-arrange", "-o", gcode, plate)
        titles = printed_objects(gcode.read_text())
        by_size = sorted(object_facts(plate), key=lambda facts: float(facts["volume"]))
        for facts, part in zip(
            by_size, sorted((parts[t] for t in titles), key=lambda p: p.mesh.volume_mm3), strict=True
        ):
            assert_clean(facts, part)
        seen += titles
    printed = {part.title for part in design.mould.parts if part.name not in {"base", "specimen"}}
    assert sorted(seen) == sorted(printed)


@pytest.mark.real
@pytest.mark.parametrize("name", ["STS_013", "STS_009"])
def test_the_largest_tumours_are_printable_on_a_mk3s(cases, name, tmp_path):
    values = {
        "case": name,
        "printer": {"name": "Prusa MK3S", "bed_mm": (250.0, 210.0, 210.0)},
        "surface": {"grid_mm": 1.0},
        "extras": EXTRAS,
    }
    parameters = DesignParameters(**values)
    path = cases / "10_sarcoma_cohort" / f"{name}_mask.nii.gz"
    design = design_mould(read_specimen(str(path), parameters), parameters)
    write_case(design, tmp_path / "case", pictures=False)
    printed = [part for part in design.mould.parts if part.name not in {"base", "specimen"}]
    assert {"base-1", "base-2"} <= {part.name for part in printed}
    for part in printed:
        size = np.ptp(part.mesh.bounds_mm, axis=0)
        assert (np.sort(size[:2]) <= (210, 250)).all()
        assert size[2] <= 210
        (facts,) = object_facts(tmp_path / "case" / "mould" / f"{part.name}.stl")
        assert_clean(facts, part)
