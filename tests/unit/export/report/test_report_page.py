"""The report as text: one file, nothing from outside, no name ends its data early, the same bytes again."""

import base64
import dataclasses
import hashlib
import html
import json
import re

import numpy as np
import pytest

from mouldgen.errors import Severity
from mouldgen.export.case_writers import write_bodies
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.report import page, webgl_library, write_report
from mouldgen.export.report.face_paths import path_data
from mouldgen.export.report.scene_geometry import packed_positions


@pytest.fixture(scope="module")
def lab(design):
    return LaboratoryCase.of_design(design)


@pytest.fixture(scope="module")
def folder(design, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    (folder / "mould").mkdir()
    write_bodies(design.mould, design.parameters.files.formats, folder)
    return folder


@pytest.fixture(scope="module")
def text(lab, folder):
    assert write_report(lab, folder) == ()
    return (folder / page.REPORT_NAME).read_text(encoding="utf-8")


def scripts_of(text):
    return re.findall(r"<script>(.*?)</script>", text, re.DOTALL)


def data_of(text):
    return json.loads(re.search(r'id="case-data">(.*?)</script>', text, re.DOTALL)[1])


def test_no_attribute_points_out_of_the_file(text):
    library, _own = scripts_of(text)
    rest = text.replace(library, "")

    assert not re.findall(r"https?:", rest.replace("http://www.w3.org/2000/svg", ""))
    assert re.findall(r"""(?:src|href)\s*=\s*["']([^"'#]+)""", rest.partition("<script")[0]) == ["data:,"]
    assert "@import" not in rest
    assert "url(" not in rest.partition("</style>")[0].replace("url(#", "")


def test_the_policy_allows_its_own_scripts_and_style_and_no_connection(text):
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1])
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'"
        for part in (*scripts_of(text), style)
    ]

    assert policy.startswith("default-src 'none';")
    assert all(source in policy for source in hashes)
    assert "unsafe" not in policy
    assert "connect-src" not in policy


def test_three_js_keeps_its_licence(text):
    assert "Copyright 2010-2022 Three.js Authors\n * SPDX-License-Identifier: MIT" in scripts_of(text)[0]


def test_names_cannot_end_the_data(lab, folder):
    name = "</script><script>alert(1)</script><!-- {{DATA}} \u2028"
    document = lab.document
    habitat = document.habitats[0].model_copy(update={"name": name})
    changed = document.model_copy(update={"habitats": [habitat, *document.habitats[1:]], "case_id": name})
    written = page.report_text(dataclasses.replace(lab, document=changed), folder, None)

    assert data_of(written)["habitats"][0]["name"] == name
    assert written.count("<script") == 3
    assert name not in written


def test_the_same_case_gives_the_same_bytes(lab, folder, text):
    again = page.report_text(dataclasses.replace(lab), folder, webgl_library.webgl_library())

    assert again == text


def test_nothing_tells_where_the_case_lay(text, folder):
    assert str(folder) not in text
    assert folder.name not in text


def test_data_is_the_sampling_map(text, lab):
    data, document = data_of(text), lab.document

    assert [slab["id"] for slab in data["slabs"]] == [slab.id for slab in document.slabs]
    assert data["sites"] == [site.model_dump(mode="json") for site in document.sites]
    assert data["frame"]["mould_from_patient"] == [list(row) for row in document.frame.mould_from_patient]
    assert {one["key"]: one["value"] for one in data["parameters"]}["cuts.kerf_mm"] == document.kerf_mm
    assert data["slabs"][0]["images"][0]["name"] == "t2"


def test_without_the_library_the_report_says_so(lab, folder, monkeypatch):
    monkeypatch.setattr(page, "webgl_library", lambda: None)
    (finding,) = write_report(lab, folder)
    data = data_of((folder / page.REPORT_NAME).read_text(encoding="utf-8"))

    assert finding.severity is Severity.WARNING
    assert data["scene"] is None
    assert data["findings"][-1]["code"] == finding.code == "report_without_3d"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:40],
        lambda text: text.replace("Three.js Authors", "Others"),
        lambda text: text.replace("t.WebGLRenderer=", "t.Renderer="),
        lambda text: text.replace("__esModule", "other"),
    ],
)
def test_another_page_of_trimesh_is_not_taken_for_the_library(damage):
    library = webgl_library.webgl_library()
    stored = f"<html><script>{library}\nvar viewer;</script></html>"

    assert webgl_library._library_in(stored) == library
    assert webgl_library._library_in(damage(stored)) is None


def test_paths_hold_places_to_a_hundredth_of_a_millimetre():
    ring = np.array([[0.004, 1.0], [10.126, 1.0], [10.126, 7.5], [-3.333, 7.5], [0.004, 1.0]])
    numbers = [int(number) for number in re.findall(r"-?\d+", path_data((ring,)))]
    places = np.cumsum(np.array(numbers).reshape(-1, 2), axis=0) / 100

    assert path_data((ring,)).startswith("M0 100l")
    assert np.abs(places - ring[:-1]).max() <= 0.00501


def test_many_small_steps_do_not_drift():
    angle = np.linspace(0, 2 * np.pi, 3001)
    ring = 40.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    numbers = [int(number) for number in re.findall(r"-?\d+", path_data((ring,)))]
    places = np.cumsum(np.array(numbers).reshape(-1, 2), axis=0) / 100

    assert np.abs(np.linalg.norm(places, axis=1) - 40.0).max() < 0.0071


def test_packed_positions_are_within_half_a_step():
    points = np.random.default_rng(3).uniform(-150, 150, (500, 3))
    packed = packed_positions(points)
    steps = np.frombuffer(base64.b64decode(packed["positions"]), "<u2").reshape(-1, 3)

    assert (
        np.abs(np.array(packed["low"]) + steps * packed["step"] - points).max() <= packed["step"] / 2 + 1e-9
    )
    assert packed["step"] < 0.005
