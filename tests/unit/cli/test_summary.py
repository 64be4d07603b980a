import json
import re

import pytest

from mouldgen.cli.summary import _rows, design_figures, show_summary
from mouldgen.errors import Finding


@pytest.fixture
def rows(design, capsys):
    """Return what the summary says, by row."""
    show_summary(design, [Finding.warning("thin_wall", "a wall is 0.7 mm thin")], "out/case-01")
    lines = capsys.readouterr().out.splitlines()
    found = {"title": lines[0], "findings below": lines[-1]}
    found.update(
        re.split(" {2,}", line, maxsplit=1) for line in lines if re.match(r"\w+( \w+)? {2,}\S", line)
    )
    return found


def test_the_figures_are_those_of_the_design(design):
    figures = design_figures(design)
    assert figures["specimen_ml"] == pytest.approx(design.specimen.volume_mm3 / 1000, abs=1e-3)
    assert figures["slabs"] == len(figures["slab_mm"]) == len(design.plan.slabs)
    assert figures["cut_normal_lps"] == pytest.approx(list(design.frame.cut_normal_lps), abs=1e-6)
    assert [habitat["code"] for habitat in figures["habitats"]] == ["A", "B"]
    assert figures["void_percent"] == pytest.approx(design.mould.void_percent, abs=0.01)


def test_the_habitats_together_are_the_specimen(design):
    figures = design_figures(design)
    assert sum(habitat["ml"] for habitat in figures["habitats"]) == pytest.approx(
        figures["specimen_ml"], abs=0.002
    )


def test_the_figures_are_plain_values(design):
    figures = design_figures(design)
    assert json.loads(json.dumps(figures)) == figures


def test_the_summary_names_the_case_and_its_hash(design, rows):
    assert rows["title"] == f"case-01  design {design.design_hash}"


def test_the_summary_says_what_was_made_and_where(design, rows):
    figures = design_figures(design)
    assert rows["specimen"] == f"{figures['specimen_ml']:.2f} mL"
    assert rows["habitats"].startswith("A  ")
    assert rows["slabs"].startswith(f"{len(design.plan.slabs)}, ")
    assert rows["slabs"].endswith("slots 1.2 mm wide")
    assert rows["angle"] == "cuts across superior (36.1 degrees off); S01 is the inferior end"
    assert rows["base side"].endswith(f"; base angle {design.frame.base_deg:.1f} degrees".replace(".0 ", " "))
    assert f"{design.mould.void_percent:.1f} %" in rows["fit"]
    assert rows["printer"] == "Prusa MK4, 250 x 210 x 220 mm"
    assert rows["files"] == "out/case-01"


def test_the_summary_counts_the_findings_and_lists_them(rows):
    assert rows["findings"] == "1 warning"
    assert rows["findings below"] == "warning  a wall is 0.7 mm thin [thin_wall]"


def test_the_base_side_is_called_as_it_is_engraved_even_at_45_degrees():
    from mouldgen.frames import AxisLetters
    from mouldgen.params import DesignParameters
    from mouldgen.pipeline import design_mould
    from mouldgen.testing.phantoms import chiral_specimen

    parameters = DesignParameters(orientation={"base": 45}, surface={"grid_mm": 1.5})
    design = design_mould(chiral_specimen(), parameters)
    engraved = AxisLetters.of(design.frame.mould_from_patient.rotation).z[0]
    shown = dict(_rows(design))["base side"]
    assert shown[0].upper() == engraved[0]
    assert "45.0 degrees off" in shown
