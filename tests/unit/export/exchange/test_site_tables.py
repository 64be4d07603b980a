"""sites.csv and the tables of laboratory systems: tidy, exact, and nothing in them is a formula."""

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import ParameterError
from mouldgen.export.lims_table import check_lims_columns, lims_table_text, write_lims_table
from mouldgen.export.sites_csv import SITE_COLUMNS, sites_csv_text, write_sites_csv
from mouldgen.export.table_text import csv_text, one_line, plain_text
from mouldgen.params import DesignParameters, LimsParameters
from mouldgen.params.presets import list_presets, load_preset
from mouldgen.sampling.site_plan import Face

FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def rows(lab):
    return rows_of(sites_csv_text(lab.document))


def test_every_site_has_a_row_under_the_listed_columns(rows, lab):
    assert [row["site_id"] for row in rows] == [site.id for site in lab.document.sites]
    assert tuple(rows[0]) == tuple(SITE_COLUMNS)


def test_rows_say_what_the_document_says(rows, lab):
    habitats = {habitat.label: habitat for habitat in lab.document.habitats}
    for row, site in zip(rows, lab.document.sites, strict=True):
        assert [float(row[f"lps_{axis}_mm"]) for axis in "xyz"] == list(site.lps_mm)
        assert [float(row[f"mould_{axis}_mm"]) for axis in "xyz"] == list(site.mould_mm)
        assert row["specimen_id"] == site.tube
        assert row["parent_id"] == "case-01"
        assert row["container_id"] == site.tube
        assert row["block"] == ("" if site.cassette == site.tube else site.cassette)
        assert row["destination"].lstrip("'") == site.destination
        assert int(row["habitat_label"]) == site.habitat
        assert row["habitat_code"] == habitats[site.habitat].code
        assert float(row["hit_probability"]) == site.hit_probability
        assert row["design_hash"] == lab.document.design_hash


def test_depths_are_counted_from_the_face_that_is_entered(rows, lab):
    slabs = {slab.id: slab for slab in lab.document.slabs}
    assert {site.face for site in lab.document.sites} == set(Face)
    for row, site in zip(rows, lab.document.sites, strict=True):
        slab = slabs[site.slab]
        thickness_mm = slab.x_upper_mm - slab.x_lower_mm
        assert float(row["depth_from_mm"]) == 0
        depth_mm = thickness_mm if site.face is Face.THROUGH else min(4.0, thickness_mm)
        assert float(row["depth_to_mm"]) == pytest.approx(depth_mm, abs=2e-6)
        volume_mm3 = math.pi * (site.punch_diameter_mm / 2) ** 2 * depth_mm
        assert float(row["core_volume_mm3"]) == pytest.approx(volume_mm3, abs=1e-3)


def test_texts_are_no_formulas_and_negative_numbers_stay_numbers(rows):
    first = next(row for row in rows if row["habitat_label"] == "1")
    assert first["habitat_name"].startswith("'=ζώνη")
    assert "'-80 frozen" in {row["destination"] for row in rows}
    assert any(row["lps_y_mm"].startswith("-") for row in rows)


def test_a_case_without_sites_gets_a_header_only(lab):
    empty = lab.document.model_copy(update={"sites": []})
    assert sites_csv_text(empty) == ",".join(SITE_COLUMNS) + "\n"


def test_the_file_is_utf_8_with_line_feeds(lab, tmp_path):
    write_sites_csv(lab, tmp_path)
    content = (tmp_path / "sites.csv").read_bytes()
    assert content.decode("utf-8") == sites_csv_text(lab.document)
    assert b"\r" not in content


@given(text=st.text(max_size=40))
def test_no_text_of_a_table_begins_like_a_formula_or_breaks_its_line(text):
    plain = plain_text(text)
    assert not plain.startswith(tuple(FORMULA))
    assert plain.lstrip("'") in one_line(text)
    assert not any(ord(character) < 32 for character in plain)


@given(cells=st.lists(st.one_of(st.text(max_size=20), st.floats(allow_nan=False), st.none()), min_size=1))
def test_numbers_come_back_and_texts_stay_in_their_cells(cells):
    (read,) = list(csv.reader(io.StringIO(csv_text(["a"], [cells]), newline="")))[1:]
    for cell, text in zip(cells, read or [""], strict=True):
        if isinstance(cell, float):
            assert float(text) == cell
        else:
            assert text == plain_text(cell or "")


@pytest.mark.parametrize("name", list_presets("lims"))
def test_every_table_that_ships_can_be_filled(name, lab):
    lims = DesignParameters(**load_preset("lims", name).values()).lims
    rows = rows_of(lims_table_text(lab.document, lims))
    assert lims.name == name
    assert len(rows) == len(lab.document.sites)
    assert tuple(rows[0]) == tuple(lims.columns)
    own = next(theirs for theirs, ours in lims.columns.items() if ours == "specimen_id")
    assert [row[own] for row in rows] == [site.tube for site in lab.document.sites]


def test_columns_get_a_text_or_one_of_ours_under_their_names(lab):
    lims = LimsParameters(
        name="mine", columns={"Label": "specimen_id", "Kind": "=Tissue", "=Note": "=", "x": "lps_x_mm"}
    )
    rows = rows_of(lims_table_text(lab.document, lims))
    assert rows[0] == {
        "Label": lab.document.sites[0].tube,
        "Kind": "Tissue",
        "'=Note": "",
        "x": str(lab.document.sites[0].lps_mm[0]),
    }


def test_a_text_that_would_be_a_formula_is_none(lab):
    lims = LimsParameters(name="mine", columns={"Kind": "==cmd()"})
    assert rows_of(lims_table_text(lab.document, lims))[0]["Kind"] == "'=cmd()"


def test_the_table_is_written_for_a_named_system_only(lab, tmp_path):
    write_lims_table(lab, tmp_path)
    assert not list(tmp_path.iterdir())
    values = {"lims": {"name": "mine", "columns": {"Label": "specimen_id"}}}
    write_lims_table(
        type(lab)(**{**vars_of(lab), "parameters": lab.parameters.with_values(values)}), tmp_path
    )
    assert [path.name for path in tmp_path.iterdir()] == ["lims_mine.csv"]


def vars_of(lab):
    return {name: getattr(lab, name) for name in lab.__dataclass_fields__}


def test_an_unknown_column_is_refused_with_one_that_is_spelled_alike():
    lims = LimsParameters(name="mine", columns={"Label": "specimen_idd"})
    with pytest.raises(ParameterError, match="did you mean specimen_id"):
        check_lims_columns(lims)


def test_the_manual_names_every_column(repository):
    manual = (repository / "docs" / "exchange.md").read_text(encoding="utf-8")
    assert [column for column in SITE_COLUMNS if f"`{column}`" not in manual] == []
