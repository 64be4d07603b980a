import json

import pytest

from mouldgen.params import describe_parameters, list_presets, load_preset


def test_every_preset_and_printer_is_listed_with_its_summary(mouldgen):
    lines = mouldgen("presets").out.splitlines()
    assert lines[0] == "Organs, for --preset"
    assert "Printers, for --printer" in lines
    for kind in ("presets", "printers"):
        for name in list_presets(kind):
            (line,) = (line for line in lines if line.split() and line.split()[0] == name)
            assert line.endswith(load_preset(kind, name).summary)


def test_the_list_is_also_json(mouldgen):
    document = json.loads(mouldgen("presets", "--json").out)
    assert [entry["name"] for entry in document["printers"]] == list(list_presets("printers"))
    assert all(entry["summary"] for entry in document["presets"])


@pytest.mark.parametrize("name", ["ovary", "form4"])
def test_one_is_shown_with_every_value_unit_and_source(mouldgen, name):
    said = mouldgen("presets", name)
    own, _, defaults = said.out.partition("defaults that stay")
    kind = "printers" if name == "form4" else "presets"
    entries = load_preset(kind, name).entries
    for entry in entries:
        assert f"\n{entry.key} " in own
        assert entry.source in own
    stay = {parameter.key for parameter in describe_parameters()} - {entry.key for entry in entries}
    assert {line.split()[0] for line in defaults.splitlines()[1:] if line} == stay
    assert "\nmould.wall_mm " in defaults
    assert " 5 mm " in defaults


def test_the_values_of_one_are_also_json(mouldgen):
    document = json.loads(mouldgen("presets", "mk4", "--json").out)
    values = {row["key"]: row for row in document["values"]}
    assert values["printer.bed_mm"] == {
        "key": "printer.bed_mm",
        "value": [250.0, 210.0, 220.0],
        "unit": "mm",
        "source": "OrcaSlicer profile",
        "from": "mk4",
    }
    assert values["cuts.slab_mm"]["from"] == "default"
    assert values.keys() == {parameter.key for parameter in describe_parameters()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kidny", "there is no preset, printer, cassette or system 'kidny'; did you mean kidney?"),
        ("mk5", "did you mean mk4 or mk3s?"),
        ("zzz", "there is no preset, printer, cassette or system 'zzz'. Known: generic, "),
    ],
)
def test_an_unknown_name_suggests_presets_and_printers(mouldgen, name, expected):
    said = mouldgen("presets", name)
    assert said.code == 4
    assert said.err.startswith("mouldgen: error: ")
    assert expected in said.err
