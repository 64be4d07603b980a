"""A cohort's table names the files of every patient."""

from __future__ import annotations

import pytest

from mouldgen.errors import InputError
from mouldgen.io.cohort_table import read_cohort_table


def table(tmp_path, text):
    path = tmp_path / "cohort.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_files_are_relative_to_the_table_and_rows_keep_their_order(tmp_path):
    rows = read_cohort_table(
        table(tmp_path, "case,segmentation,adc,t1\nB,b/s.nrrd,b/adc.nrrd,b/t1.nrrd\n,a.nrrd,x,y\n\n")
    )
    assert [row.case for row in rows] == ["B", "row 3"]
    assert rows[0].segmentation == tmp_path / "b" / "s.nrrd"
    assert dict(rows[0].images) == {"adc": tmp_path / "b" / "adc.nrrd", "t1": tmp_path / "b" / "t1.nrrd"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "columns none"),
        ("segmentation\na.nrrd\n", "one for every image"),
        ("adc,t1\na,b\n", "segmentation"),
        ("segmentation,adc,adc\na,b,c\n", "each once"),
        ("segmentation,adc\n", "holds no patient"),
        ("segmentation,adc\na.nrrd,\n", "row 2: adc is empty"),
        ("segmentation,adc\na.nrrd\n", "row 2: adc is empty"),
        ('segmentation,adc\n"a\n', "no CSV"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_the_place(tmp_path, text, word):
    with pytest.raises(InputError, match=word):
        read_cohort_table(table(tmp_path, text))


def test_a_table_that_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cohort\.csv cannot be read"):
        read_cohort_table(tmp_path / "cohort.csv")
