"""sampling_map.csv: tidy rows that add up, and that no spreadsheet evaluates."""

import csv
import io

import pytest

from mouldgen.export.map_csv import COLUMNS, map_csv_text
from mouldgen.export.map_of_design import map_of_design


@pytest.fixture(scope="module")
def document(design):
    return map_of_design(design)


def rows_of(document):
    return list(csv.DictReader(io.StringIO(map_csv_text(document))))


def renamed(document, name):
    habitats = [habitat.model_copy(update={"name": name}) for habitat in document.habitats]
    return document.model_copy(update={"habitats": habitats})


def test_every_slab_has_a_row_for_every_habitat_and_one_for_the_rest(document):
    rows = rows_of(document)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(document.slabs) * (len(document.habitats) + 1)
    assert [row["habitat_label"] for row in rows[:3]] == ["1", "2", ""]


def test_rows_of_a_slab_add_up_to_its_tissue(document):
    rows = rows_of(document)
    for slab in document.slabs:
        own = [row for row in rows if row["slab"] == slab.id]
        assert sum(float(row["volume_mm3"]) for row in own) == pytest.approx(slab.tissue_volume_mm3, abs=1e-3)
        assert {float(row["slab_tissue_mm3"]) for row in own} == {slab.tissue_volume_mm3}


def test_without_habitats_all_tissue_is_the_rest(document):
    rows = rows_of(document.model_copy(update={"habitats": []}))
    assert [float(row["volume_mm3"]) for row in rows] == [slab.tissue_volume_mm3 for slab in document.slabs]


@pytest.mark.parametrize(
    "name", ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=x", "\r\n+x", "  =1", "\uff1d1"]
)
def test_a_name_that_looks_like_a_formula_is_text(document, name):
    written = {row["habitat_name"] for row in rows_of(renamed(document, name)) if row["habitat_label"]}
    assert all(value.startswith("'") for value in written)


@pytest.mark.parametrize("name", ["necrosis", "Ödem, 50 %", 'a "b"', "a=b"])
def test_other_names_stay_as_they_are(document, name):
    written = {row["habitat_name"] for row in rows_of(renamed(document, name)) if row["habitat_label"]}
    assert written == {name}


def test_a_name_of_several_lines_takes_one(document):
    written = {
        row["habitat_name"] for row in rows_of(renamed(document, "two\r\nlines\0")) if row["habitat_label"]
    }
    assert written == {"two lines"}
