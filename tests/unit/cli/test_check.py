import json

import pytest

from mouldgen.errors import Finding

INFO = Finding.info("older", "written by an older version")
WARNING = Finding.warning("file_unknown", "notes.txt is not ours")
ERROR = Finding.error("file_missing", "mould/base.stl is missing")


@pytest.fixture
def check(mouldgen, monkeypatch):
    """Return a function that checks a case folder in which some findings are found."""

    def run(*findings, options=()):
        monkeypatch.setattr("mouldgen.export.case_check.check_case", lambda _folder, **_options: findings)
        return mouldgen("check", "case", *options)

    return run


def test_a_folder_in_order_is_said_to_be(check):
    said = check()
    assert (said.out, said.code) == ("case: all files are whole, unchanged and in agreement\n", 0)


@pytest.mark.parametrize(
    ("findings", "options", "code"),
    [
        ([INFO], [], 0),
        ([WARNING], [], 0),
        ([WARNING], ["--strict"], 6),
        ([ERROR], [], 6),
        ([INFO], ["--strict"], 0),
    ],
)
def test_errors_and_with_strict_warnings_give_exit_code_6(check, findings, options, code):
    assert check(*findings, options=options).code == code


def test_findings_are_listed(check):
    assert check(WARNING, ERROR).out.splitlines() == [
        "case: 1 error, 1 warning",
        "error    mould/base.stl is missing [file_missing]",
        "warning  notes.txt is not ours [file_unknown]",
    ]


def test_findings_are_also_json(check):
    said = check(ERROR, options=["--json"])
    assert said.code == 6
    assert json.loads(said.out) == {
        "folder": "case",
        "findings": [{"code": "file_missing", "severity": "error", "message": "mould/base.stl is missing"}],
    }
