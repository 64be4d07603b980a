import pytest

from mouldgen.cli.findings import count_findings, fatal_findings, finding_rows, finding_table
from mouldgen.cli.terminal import show
from mouldgen.errors import Finding

INFO = Finding.info("rim_lowered", "the rim was lowered [to 48 %]")
WARNING = Finding.warning("thin_wall", "a wall is 0.7 mm thin")
ERROR = Finding.error("locked", "12 mm3 are locked")


@pytest.mark.parametrize(
    ("strict", "expected"), [(False, (ERROR,)), (True, (WARNING, ERROR))], ids=["plain", "strict"]
)
def test_errors_fail_a_run_and_warnings_only_a_strict_one(strict, expected):
    assert fatal_findings([INFO, WARNING, ERROR], strict=strict) == expected


def test_findings_are_shown_one_a_line_the_gravest_first(capsys):
    show(finding_table([INFO, WARNING, ERROR]))
    assert capsys.readouterr().out.splitlines() == [
        "error    12 mm3 are locked [locked]",
        "warning  a wall is 0.7 mm thin [thin_wall]",
        "info     the rim was lowered [to 48 %] [rim_lowered]",
    ]


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], "no findings"),
        ([INFO], "1 info"),
        ([WARNING, INFO, INFO], "1 warning, 2 info"),
        ([ERROR, ERROR, WARNING, WARNING], "2 errors, 2 warnings"),
    ],
)
def test_findings_are_counted_by_severity(findings, expected):
    assert count_findings(findings) == expected


def test_findings_become_plain_values_in_their_order():
    assert finding_rows([WARNING, ERROR]) == [
        {"code": "thin_wall", "severity": "warning", "message": "a wall is 0.7 mm thin"},
        {"code": "locked", "severity": "error", "message": "12 mm3 are locked"},
    ]
