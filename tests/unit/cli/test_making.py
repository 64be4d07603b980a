import dataclasses
import json

import pytest

from mouldgen.cli.making import RunChoices, make_case
from mouldgen.errors import CheckFailed, Finding, InputError, OutputError
from mouldgen.params import DesignParameters

ERROR = Finding.error("locked", "12 mm3 are locked")
WARNING = Finding.warning("thin_wall", "a wall is 0.7 mm thin")


@pytest.fixture
def choices(tmp_path):
    return RunChoices(
        folder=tmp_path / "case", overwrite=False, strict=False, quiet=False, json=False, pictures=False
    )


@pytest.fixture
def run(design, choices, monkeypatch):
    """Return a function that makes the case of a design with some findings."""

    def start(*findings, **changes):
        found = dataclasses.replace(design, findings=findings)

        def design_mould(*_arguments, on_mould, **_options):
            on_mould(found.mould)
            return found

        monkeypatch.setattr("mouldgen.pipeline.design_mould", design_mould)
        make_case(
            lambda _on_stage: found.specimen, DesignParameters(), dataclasses.replace(choices, **changes)
        )

    return start


def test_a_case_folder_is_written_and_summarised(run, choices, capsys):
    run(WARNING)
    captured = capsys.readouterr()
    assert captured.out.startswith("case-01  design ")
    assert f"files      {choices.folder}\n" in captured.out
    assert captured.err == ""
    assert (choices.folder / "manifest.json").is_file()


def test_quiet_says_nothing(run, choices, capsys):
    run(WARNING, quiet=True)
    assert capsys.readouterr() == ("", "")
    assert choices.folder.is_dir()


def test_json_is_one_document_with_folder_hash_findings_and_seconds(run, choices, design, capsys):
    run(WARNING, json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["folder"] == str(choices.folder)
    assert document["design_hash"] == design.design_hash
    assert document["findings"] == [
        {"code": "thin_wall", "severity": "warning", "message": "a wall is 0.7 mm thin"}
    ]
    assert {"reading", "bodies"} <= document["seconds"].keys()
    assert all(value >= 0 for value in document["seconds"].values())


@pytest.mark.parametrize(
    ("findings", "strict", "listed"),
    [
        ([ERROR, WARNING], False, [ERROR]),
        ([ERROR, WARNING], True, [ERROR, WARNING]),
        ([WARNING], True, [WARNING]),
    ],
)
def test_a_grave_finding_leaves_no_folder_and_is_listed(run, choices, findings, strict, listed):
    with pytest.raises(CheckFailed) as caught:
        run(*findings, strict=strict)
    assert not list(choices.folder.parent.iterdir())
    for finding in (ERROR, WARNING):
        assert (finding.message in str(caught.value)) is (finding in listed)


def test_a_grave_finding_leaves_an_older_case_as_it_was(run, choices):
    run()
    before = (choices.folder / "manifest.json").read_bytes()
    with pytest.raises(CheckFailed):
        run(ERROR, overwrite=True)
    assert (choices.folder / "manifest.json").read_bytes() == before


def test_a_place_that_is_taken_is_refused_before_anything_is_read(choices):
    choices.folder.mkdir()
    (choices.folder / "notes.txt").touch()

    def read(_on_stage):
        pytest.fail("read although the place is taken")

    with pytest.raises(OutputError, match="exists"):
        make_case(read, DesignParameters(), choices)


def test_input_that_cannot_be_read_leaves_nothing(choices):
    def read(_on_stage):
        message = "truncated"
        raise InputError(message)

    with pytest.raises(InputError, match="truncated"):
        make_case(read, DesignParameters(), choices)
    assert not list(choices.folder.parent.iterdir())
