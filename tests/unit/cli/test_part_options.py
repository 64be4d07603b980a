from __future__ import annotations

import pytest

from mouldgen.cli.part_options import part_values
from mouldgen.errors import ParameterError
from mouldgen.params import resolve_parameters


def given(**options):
    return {key: value for key, value in part_values(**options).items() if value is not None}


def test_nothing_given_says_nothing():
    assert given() == {}


def test_a_window_has_the_usual_radius_unless_one_is_given():
    radii = given(window=["vein", "suture 12=6", "a=b=4.5"])["windows.radius_mm"]
    assert radii == {"vein": "10", "suture 12": "6", "a=b": "4.5"}


@pytest.mark.parametrize("text", ["=5", "vein=", "", "  "])
def test_a_window_without_name_or_radius_is_refused_with_an_example(text):
    with pytest.raises(ParameterError, match="--window vein=8"):
        part_values(window=[text])


def test_a_window_that_is_given_twice_is_refused():
    with pytest.raises(ParameterError, match="Vein is given twice"):
        part_values(window=["vein=5", "Vein=6"])


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("windows", {"radius_mm": {"vein": 60}}),
        ("openings", {"drains": -1}),
        ("joints", {"play_mm": 0}),
        ("lid", {"roof_mm": 1}),
        ("inlays", {"inlays_of": "slabs"}),
    ],
)
def test_values_out_of_range_are_refused_by_name(section, values):
    with pytest.raises(ParameterError, match=rf"{section}\.{next(iter(values))}"):
        resolve_parameters(options={section: values})


def test_windows_of_a_later_layer_replace_those_of_an_earlier_one():
    config = {"windows": {"radius_mm": {"vein": 5, "hilum": 6}}}
    options = {"windows": {"radius_mm": {"duct": "7"}}}
    assert resolve_parameters(config=config, options=options).windows.radius_mm == {"duct": 7.0}


def test_windows_follow_structures_that_are_called_otherwise():
    parameters = resolve_parameters(options={"windows": {"radius_mm": {"Doe vein": "7", "duct": "5"}}})
    renamed = parameters.with_structures_named({"Doe vein": ("4",)})
    assert renamed.windows.radius_mm == {"4": 7.0, "duct": 5.0}
