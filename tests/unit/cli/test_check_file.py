"""``mouldgen check FILE``."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from mouldgen.export.raw_stl import write_raw_stl
from mouldgen.printability.raw_mesh import RawMesh
from mouldgen.solids import Solid


@pytest.fixture(scope="module")
def block():
    """A block of 80 x 60 x 30 mm with one slot of 1 mm."""
    slot = Solid.box((40, -1, 4), (41, 61, 31), "slot")
    return RawMesh.of("block", Solid.box((0, 0, 0), (80, 60, 30), "block").minus(slot).to_mesh())


@pytest.fixture
def good(block, tmp_path):
    return write_raw_stl(block, tmp_path / "good.stl")


@pytest.fixture
def bad(block, tmp_path):
    return write_raw_stl(RawMesh("block", block.corners_mm[1:]), tmp_path / "bad.stl")


def test_a_good_mould_is_summed_up(mouldgen, good):
    said = mouldgen("check", good)
    assert said.code == 0
    first, heading, estimate = said.out.splitlines()
    assert first == (
        "good: 28 faces, 80.0 x 60.0 x 30.0 mm, 142.4 mL, thinnest wall 4.00 mm, 1 slot of 1.00 mm"
    )
    assert heading == "good.stl, to be printed on the Prusa MK4: 1 info"
    assert estimate.startswith("info  good: takes about ")


def test_a_bad_mould_gives_exit_code_6(mouldgen, bad):
    said = mouldgen("check", bad)
    assert said.code == 6
    assert "[open_mesh]" in said.out


def test_json_has_places_and_measures(mouldgen, good, bad):
    document = json.loads(mouldgen("check", good, "--json").out)
    assert set(document) == {"file", "printer", "parts", "findings"}
    (part,) = document["parts"]
    assert part["size_mm"] == [80, 60, 30]
    assert part["measures"]["slots"][0]["width_mm"] == pytest.approx(1.0, abs=1e-3)
    document = json.loads(mouldgen("check", bad, "--json").out)
    assert document["parts"][0]["measures"] is None
    finding = next(row for row in document["findings"] if row["code"] == "open_mesh")
    assert (finding["severity"], finding["part"], len(finding["places_mm"])) == ("error", "bad", 1)


def test_the_printer_decides_what_fits(mouldgen, block, tmp_path):
    large = write_raw_stl(RawMesh("large", block.corners_mm * (4, 1, 1)), tmp_path / "large.stl")
    assert mouldgen("check", large, "--printer", "form4").code == 6
    assert mouldgen("check", large, "--printer", "xl").code == 0


def test_strict_fails_on_a_thin_wall(mouldgen, tmp_path):
    plate = RawMesh.of("plate", Solid.box((0, 0, 0), (60, 40, 0.5), "plate").to_mesh())
    path = write_raw_stl(plate, tmp_path / "plate.stl")
    assert mouldgen("check", path).code == 0
    assert mouldgen("check", path, "--strict").code == 6


def test_the_place_is_drawn(mouldgen, bad, tmp_path):
    picture = tmp_path / "bad.png"
    said = mouldgen("check", bad, "--picture", picture)
    assert said.code == 6
    with Image.open(picture) as image:
        colors = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert (colors == (178, 24, 32)).all(axis=1).sum() > 200


def test_nothing_is_drawn_without_a_place(mouldgen, good, tmp_path):
    said = mouldgen("check", good, "--picture", tmp_path / "good.png")
    assert "[nothing_to_draw]" in said.out
    assert not (tmp_path / "good.png").exists()


def test_a_picture_that_cannot_be_written_is_an_error(mouldgen, bad, tmp_path):
    said = mouldgen("check", bad, "--picture", tmp_path / "none" / "bad.png")
    assert said.code in {3, 6}
    assert "picture" in said.err + said.out


@pytest.mark.parametrize(("name", "code"), [("none.stl", 3), ("none.3mf", 3), ("none", 3)])
def test_what_is_not_there_is_an_input_error(mouldgen, name, code, tmp_path):
    said = mouldgen("check", tmp_path / name)
    assert said.code == code
    assert said.err.startswith("mouldgen: error: ")


def test_the_picture_of_a_case_is_refused(mouldgen, tmp_path):
    said = mouldgen("check", tmp_path, "--picture", tmp_path / "x.png")
    assert said.code == 2
    assert "mould/findings.png" in said.err


def test_no_folder_gets_into_the_output(mouldgen, bad):
    assert str(bad.parent) not in mouldgen("check", bad, "--json").out
