"""manifest.json: what made the folder and what is in it, and nothing about who or where."""

import getpass
import hashlib
import json
import platform
import re

import pytest

from mouldgen.errors import Finding, InputError
from mouldgen.export.manifest import is_case_folder, list_outputs, manifest_of, read_manifest


@pytest.fixture
def manifest(design, case):
    findings = [Finding.info("a", "x"), Finding.info("b", "x"), Finding.error("c", "x")]
    return manifest_of(design, case, findings=findings, seconds={"read": 1.23456})


def test_every_file_but_the_manifest_is_listed_with_its_hash(manifest, contents, case):
    files = contents(case)
    del files["manifest.json"]
    assert [output.path for output in manifest.outputs] == sorted(files)
    for output in manifest.outputs:
        assert output.sha256 == hashlib.sha256(files[output.path]).hexdigest()
        assert output.size_bytes == len(files[output.path])


def test_inputs_are_told_by_role_and_hash(manifest, design):
    told = [(entry.role, entry.sha256, entry.size_bytes) for entry in manifest.inputs]
    assert told == [(source.role, source.sha256, source.size_bytes) for source in design.specimen.sources]


def test_findings_are_counted(manifest):
    assert manifest.findings == {"info": 2, "warning": 0, "error": 1}


def test_versions_are_those_that_run(manifest):
    assert manifest.versions["python"] == platform.python_version()
    assert {"mouldgen", "numpy", "SimpleITK", "manifold3d", "lib3mf"} <= manifest.versions.keys()


def test_parameters_are_resolved(manifest, design):
    assert manifest.parameters == design.parameters.to_dict()


def test_seconds_are_rounded(manifest):
    assert manifest.seconds == {"read": 1.235}


def test_no_path_host_user_or_date_is_told(manifest, case):
    text = manifest.to_text()
    for word in (str(case.parent), platform.node(), f'"{getpass.getuser()}"'):
        assert word not in text
    assert not re.search(r"20\d\d-[01]\d-[0-3]\d", text)


def test_the_text_round_trips(manifest, case):
    (case / "manifest.json").write_text(manifest.to_text())
    assert read_manifest(case) == manifest


def test_outputs_do_not_depend_on_the_order_of_the_disk(case, monkeypatch):
    expected = list_outputs(case)
    files = sorted(case.rglob("*"), reverse=True)
    monkeypatch.setattr(type(case), "rglob", lambda _self, _pattern: files)
    assert list_outputs(case) == expected


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"program": "other"})])
def test_what_is_no_manifest_of_ours_is_an_input_error(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json"):
        read_manifest(tmp_path)
    assert not is_case_folder(tmp_path)


def test_a_folder_without_manifest_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="not a case folder"):
        read_manifest(tmp_path)


def test_a_manifest_of_another_version_still_marks_a_case(tmp_path):
    (tmp_path / "manifest.json").write_text('{"program": "mouldgen", "schema_version": "9.0"}')
    assert is_case_folder(tmp_path)
