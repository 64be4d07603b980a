"""A real patient's mould with every part, checked by another program, by PrusaSlicer and from its files."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import trimesh

pytestmark = [pytest.mark.real, pytest.mark.slow]

SLICER = shutil.which("prusa-slicer")
REPAIRS = ("open_edges", "facets_reversed", "degenerate_facets", "facets_removed", "backwards_edges")
EVERYTHING = [
    "--lid",
    "--window",
    "1=8",
    "--inlays",
    "landmarks",
    "--drains",
    "4",
    "--finger-holes",
    "--feet",
]


@pytest.fixture(scope="module")
def labels(cases):
    return cases / "06_prostate_zones_oblique" / "mask_00.nii"


@pytest.fixture(scope="module")
def case(labels, tmp_path_factory):
    """Return the folder of the transition zone of a prostate, the peripheral zone its landmark."""
    folder = tmp_path_factory.mktemp("parts") / "case"
    chosen = ["--label", "2", "--landmark-roi", "1", *EVERYTHING]
    command = [sys.executable, "-m", "mouldgen", "make", str(labels), *chosen, "-o", str(folder)]
    done = subprocess.run([*command, "--no-pictures", "-q"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def parts(case):
    return json.loads((case / "sampling_map.json").read_text())["mould"]["parts"]


def test_the_independent_check_passes(case, labels, verifier):
    command = [sys.executable, str(verifier), str(case), str(labels), "--label", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout


def test_the_map_lists_every_file(case, parts):
    names = {"base", "specimen", "lid", "inlay-1", "foot-left", "foot-right"}
    assert {part["file"] for part in parts} == {f"mould/{name}.stl" for name in names}
    assert {path.stem for path in (case / "mould").glob("*.stl")} == names
    assert [part["printable"] for part in parts].count(False) == 1


def test_the_files_put_together_by_the_map_do_not_meet(case, parts):
    """No point on the surface of one body lies inside another by more than a tenth of a millimetre."""
    bodies = {part["file"]: trimesh.load_mesh(case / part["file"]) for part in parts}
    for part in parts:
        bodies[part["file"]].apply_transform(part["mould_from_part"])
    for name, body in bodies.items():
        points, faces = trimesh.sample.sample_surface(body, 3000, seed=3)
        inward = points - 0.1 * body.face_normals[faces]
        for other_name, other in bodies.items():
            if other_name != name:
                both = body.contains(inward) & other.contains(inward)
                assert not both.any(), (name, other_name, inward[both][:3])


def test_every_part_stands_on_the_bed_as_it_is_printed(case, parts):
    for part in parts:
        if part["printable"]:
            assert trimesh.load_mesh(case / part["file"]).bounds[0, 2] == pytest.approx(0.0, abs=1e-4)
        matrix = np.array(part["mould_from_part"])
        assert np.linalg.det(matrix) == pytest.approx(1.0)


@pytest.mark.client
@pytest.mark.skipif(SLICER is None, reason="prusa-slicer is not installed")
def test_prusaslicer_repairs_nothing_in_any_part(case, parts):
    for part in parts:
        command = [SLICER, "--info", str(case / part["file"])]
        text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
        facts = dict(re.findall(r"^(\w+) = +(\S+)$", text, re.MULTILINE))
        assert (facts["manifold"], facts["number_of_parts"]) == ("yes", "1"), part["file"]
        assert not set(REPAIRS) & set(facts), part["file"]


@pytest.mark.client
@pytest.mark.skipif(SLICER is None, reason="prusa-slicer is not installed")
def test_lid_and_pins_slice_without_supports(case, tmp_path):
    for name in ("lid", "inlay-1", "foot-left"):
        gcode = tmp_path / f"{name}.gcode"
        settings = ["--layer-height", "0.3", "--first-layer-height", "0.3", "--center", "125,105"]
        command = [SLICER, "-g", *settings, "-o", str(gcode), str(case / "mould" / f"{name}.stl")]
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
        assert ";TYPE:Support material" not in gcode.read_text()
