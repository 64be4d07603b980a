import math
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import ExitCode, ParameterError
from mouldgen.params import (
    DesignParameters,
    Plane,
    PrinterParameters,
    Process,
    describe_parameters,
    list_presets,
    load_preset,
    read_parameters,
    resolve_parameters,
    write_parameters,
)
from mouldgen.testing.strategies import design_parameters

DESCRIPTIONS = {parameter.key: parameter for parameter in describe_parameters()}
LIMITED = [key for key, parameter in DESCRIPTIONS.items() if parameter.limits]
SHIPPED = [(kind, name) for kind in ("presets", "printers", "cassettes") for name in list_presets(kind)]


def nested(key: str, value) -> dict:
    section, _, name = key.rpartition(".")
    return {section: {name: value}} if section else {name: value}


def value_of(parameters: DesignParameters, key: str):
    found = parameters
    for name in key.split("."):
        found = getattr(found, name)
    return found


def message_of(values: dict) -> str:
    with pytest.raises(ParameterError) as caught:
        DesignParameters(**values)
    return str(caught.value)


# Layers


def test_each_layer_wins_over_the_ones_below_it():
    layers = {
        "preset": "ovary",
        "config": {"cuts": {"slab_mm": 7.0}},
        "assignments": ["cuts.slab_mm=8"],
        "options": {"cuts": {"slab_mm": 9.0}},
    }
    assert DesignParameters().cuts.slab_mm == 10.0
    given_layers, slabs_mm = {}, []
    for name, layer in layers.items():
        given_layers[name] = layer
        slabs_mm.append(resolve_parameters(**given_layers).cuts.slab_mm)
    assert slabs_mm == [5.0, 7.0, 8.0, 9.0]


def test_a_layer_leaves_the_values_that_it_does_not_name():
    parameters = resolve_parameters(
        preset="ovary", config={"mould": {"wall_mm": 6}}, assignments=["mould.plate_mm=3"]
    )
    assert (parameters.cuts.slab_mm, parameters.mould.wall_mm, parameters.mould.plate_mm) == (5.0, 6.0, 3.0)


def test_a_printer_is_laid_over_a_preset():
    parameters = resolve_parameters(preset="kidney", printer="form4")
    assert parameters.printer.name == "Formlabs Form 4"
    assert parameters.blade.process is Process.SLA
    assert parameters.blade.slot_width_mm == pytest.approx(0.8 + 0.5)


def test_the_last_assignment_of_a_key_wins():
    assert resolve_parameters(assignments=["slab_mm=4", "slab_mm=6"]).cuts.slab_mm == 6.0


def test_names_of_habitats_are_replaced_as_a_whole():
    config = {"specimen": {"habitat_names": {"1": "necrosis", "2": "solid"}}}
    options = {"specimen": {"habitat_names": {"3": "rim"}}}
    parameters = resolve_parameters(config=config, options=options)
    assert parameters.specimen.habitat_names == {"3": "rim"}


NORMAL = {"orientation": {"plane": "axial", "normal_lps": [0.5, 0.3, 0.8]}}


@pytest.mark.parametrize(
    ("below", "above", "key", "expected"),
    [
        (NORMAL, {"orientation": {"plane": "coronal"}}, "orientation.normal_lps", None),
        (NORMAL, {"orientation": {"tilt_deg": [10, 0]}}, "orientation.normal_lps", None),
        (
            {"orientation": {"tilt_deg": [10, 5]}},
            {"orientation": {"normal_lps": [0, 0, 1]}},
            "orientation.tilt_deg",
            (0, 0),
        ),
        (
            NORMAL,
            {"orientation": {"landmarks_lps": [[0, 0, 0], [0, 0, 9]]}},
            "orientation.normal_lps",
            None,
        ),
        ({"cuts": {"positions_mm": [-5, 5]}}, {"cuts": {"slab_mm": 4}}, "cuts.positions_mm", None),
        ({"blade": {"slot_mm": 1.6}}, {"blade": {"thickness_mm": 0.25}}, "blade.slot_mm", None),
    ],
)
def test_a_choice_rules_out_its_rivals_in_the_layers_below(below, above, key, expected):
    assert value_of(resolve_parameters(config=below), key) != expected
    assert value_of(resolve_parameters(config=below, options=above), key) == expected


def test_values_given_later_rule_out_their_rivals_too():
    parameters = DesignParameters(cuts={"positions_mm": [1, 2]}).with_values({"cuts": {"slab_mm": 3}})
    assert (parameters.cuts.positions_mm, parameters.cuts.slab_mm) == (None, 3.0)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"cuts": {"slab_mm": 5, "positions_mm": [0]}}, ("cuts.slab_mm", "cuts.positions_mm")),
        (
            {"orientation": {"plane": "axial", "normal_lps": [0, 0, 1]}},
            ("orientation.plane", "orientation.normal_lps"),
        ),
    ],
)
def test_options_that_rule_each_other_out_are_refused(options, named):
    with pytest.raises(ParameterError, match="not both") as caught:
        resolve_parameters(options=options)
    assert all(key in str(caught.value) for key in named)


# Assignments


@pytest.mark.parametrize(
    ("assignment", "key", "expected"),
    [
        ("mould.wall_mm=4", "mould.wall_mm", 4.0),
        ("wall_mm = 4.5", "mould.wall_mm", 4.5),
        ("plane=coronal", "orientation.plane", Plane.CORONAL),
        ("base=-30", "orientation.base", "-30"),
        ("base=30.0", "orientation.base", "30"),
        ("normal_lps=[0, 0.6, 0.8]", "orientation.normal_lps", (0, 0.6, 0.8)),
        ("scale=0.955", "fit.scale", (0.955, 0.955, 0.955)),
        ("scale=[0.9, 1, 1.1]", "fit.scale", (0.9, 1, 1.1)),
        ("positions_mm=[5, -5]", "cuts.positions_mm", (-5, 5)),
        ("positions_mm=3", "cuts.positions_mm", (3,)),
        ("labels=2", "specimen.labels", (2,)),
        ("labels=[1, 'tumour']", "specimen.labels", (1, "tumour")),
        ("lesion=2", "specimen.lesion", "2"),
        ("cropped=true", "specimen.cropped", True),
        ("case=007", "case", "007"),
        ("case=42", "case", "42"),
        ("habitat_names={02 = ' rim ', 1 = 'solid'}", "specimen.habitat_names", {"1": "solid", "2": "rim"}),
    ],
)
def test_an_assignment_takes_toml_or_text(assignment, key, expected):
    assert value_of(resolve_parameters(assignments=[assignment]), key) == expected


@pytest.mark.parametrize("text", ["wall_mm", "=4", " = 4", ""])
def test_an_assignment_without_key_or_value_shows_the_form(text):
    with pytest.raises(ParameterError, match="expected key=value, for instance"):
        resolve_parameters(assignments=[text])


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("wal_mm=4", "did you mean wall_mm"),
        ("mould.wal_mm=4", "did you mean mould.wall_mm"),
        ("cuts.wall_mm=4", "did you mean mould.wall_mm"),
        ("mold.wall_mm=4", "did you mean mould"),
        ("xyzzy=4", "'mouldgen presets generic' lists"),
    ],
)
def test_an_unknown_key_suggests_what_was_meant(text, suggestion):
    with pytest.raises(ParameterError, match=suggestion):
        resolve_parameters(assignments=[text])


@pytest.mark.parametrize("key", ["cuts.slab_mm", "case"])
def test_a_value_is_no_section(key):
    with pytest.raises(ParameterError, match=f"^{key}: "):
        resolve_parameters(assignments=[f"{key}.thick=3"])


def test_a_section_is_no_value():
    assert message_of({"cuts": 3}) == "cuts: this is a section, whose keys take the values; got 3"


# Values


@pytest.mark.parametrize("key", LIMITED)
def test_a_value_outside_its_range_is_refused_with_key_value_unit_and_range(key):
    parameter = DESCRIPTIONS[key]
    for sign, text in re.findall(r"([<>]=?) ([\d.]+)", parameter.limits):
        limit = float(text)
        beyond = limit + (1 if "<" in sign else -1)
        outside = [beyond] if "=" in sign else [limit, beyond]
        for value in outside:
            message = message_of(nested(key, value))
            size = "large" if "<" in sign else "small"
            shown = f"{value:g} {parameter.unit}".strip()
            assert message.startswith(f"{key}: {shown} is too {size}; expected a number ")
            assert message.count(f"{limit:g}") >= 1
            assert message.endswith(parameter.unit)


@pytest.mark.parametrize("key", LIMITED)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "wide", True, [1, 2], {"a": 1}])
def test_what_is_no_finite_number_is_refused(key, value):
    assert message_of(nested(key, value)).startswith(f"{key}: ")


@pytest.mark.parametrize(
    "key", [key for key in LIMITED if DESCRIPTIONS[key].unit == "mm" and DESCRIPTIONS[key].default]
)
def test_no_length_may_be_negative(key):
    assert f"{key}: -1 mm is too small" in message_of(nested(key, -1))


@pytest.mark.parametrize(
    "key",
    ["cuts.slab_mm", "blade.thickness_mm", "blade.slot_mm", "mould.wall_mm", "mould.plate_mm"],
)
def test_a_length_of_zero_is_refused_where_something_must_be(key):
    assert f"{key}: 0 mm is too small" in message_of(nested(key, 0))


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("orientation.plane", "axal", "did you mean axial"),
        ("orientation.plane", 3, "expected axial, coronal, sagittal or image"),
        ("blade.process", "laser", "fdm or sla"),
        ("orientation.tilt_deg", [10], "two angles of -180 to 180 deg"),
        ("orientation.tilt_deg", [10, 20, 30], "two angles"),
        ("orientation.tilt_deg", [200, 0], "200 deg is too large"),
        ("orientation.normal_lps", [0, 0, 0], "not zero"),
        ("orientation.normal_lps", [0, 1], "three numbers"),
        ("orientation.normal_lps", [0, math.nan, 1], "nan cannot be used; expected three numbers"),
        ("orientation.landmarks_lps", [[0, 0, 0]], "two or three landmarks are needed; got 1"),
        ("orientation.landmarks_lps", [[0, 0], [1, 1]], "three numbers each"),
        ("orientation.base", "up", "auto, an angle in degrees, or one of left"),
        ("orientation.base", "nan", "auto, an angle in degrees"),
        ("orientation.base", "inf", "auto, an angle in degrees"),
        ("orientation.first", "top", "reverse or one of left"),
        ("cuts.positions_mm", [], "at least one"),
        ("cuts.positions_mm", [1, 1], "must differ"),
        ("cuts.positions_mm", [1, math.inf], "distances in mm"),
        ("cuts.snap", "", "the name of an image, or labels"),
        ("fit.scale", 0, "between 0.5 and 2"),
        ("fit.scale", [1, 1], "one factor or three"),
        ("fit.scale", [1, 1, -1], "between 0.5 and 2"),
        ("fit.scale", [1, math.nan, 1], "one factor or three"),
        ("printer.bed_mm", [250, 210, 0], "10 to 5000 mm"),
        ("printer.bed_mm", [250, 210], "three sides"),
        ("specimen.labels", [0], "labels from 1 to 65535"),
        ("specimen.labels", [-3], "labels from 1 to 65535"),
        ("specimen.labels", [1.5], "labels from 1 to 65535"),
        ("specimen.labels", [""], "labels from 1 to 65535"),
        ("specimen.lesion", "0", "1 is the largest"),
        ("specimen.lesion", "biggest", "one, largest, all"),
        ("specimen.cropped", "perhaps", "true or false"),
        ("specimen.habitat_names", {"0": "necrosis"}, "1 to 65535; got '0'"),
        ("specimen.habitat_names", {"rim": "necrosis"}, "1 to 65535; got 'rim'"),
        ("specimen.habitat_names", {"1": "  "}, "habitat 1 must be text on one line"),
        ("specimen.habitat_names", {"1": "a\nb"}, "habitat 1 must be text on one line"),
        ("specimen.habitat_names", {"1": "\udc80"}, "habitat 1 must be text on one line"),
        ("case", "two words", "1 to 32 letters"),
        ("case", "../up", "1 to 32 letters"),
        ("case", "x" * 33, "1 to 32 letters"),
        ("case", "", "1 to 32 letters"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_was_expected(key, value, expected):
    message = message_of(nested(key, value))
    assert message.startswith(f"{key}: ")
    assert expected in message


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"orientation": {"normal_lps": [0, 0, 1], "landmarks_lps": [[0, 0, 0], [0, 0, 9]]}},
            "either a normal or landmarks",
        ),
        ({"orientation": {"normal_lps": [0, 0, 1], "tilt_deg": [5, 0]}}, "a tilt turns a plane"),
        (
            {"orientation": {"base": "left", "landmarks_lps": [[0, 0, 0], [0, 0, 9], [1, 0, 0]]}},
            "the third landmark chooses the base side",
        ),
        ({"mould": {"rim_share": 0.3}}, r"lowest_rim_share \(0.4\) is above rim_share \(0.3\)"),
        ({"mould": {"wall_mm": 2, "chamfer_mm": 1.5}}, "leaves less than 0.8 mm of a wall of 2 mm"),
        ({"mould": {"plate_mm": 2, "letter_depth_mm": 1.8}}, "leave less than 0.5 mm of a plate of 2 mm"),
    ],
)
def test_values_that_contradict_each_other_are_refused(values, expected):
    assert re.search(expected, message_of(values))


def test_every_problem_is_named_in_one_message():
    message = message_of({"cuts": {"slab_mm": -1, "kerf_mm": 99}, "fit": {"clearence_mm": 1}})
    assert "cuts.slab_mm: -1 mm is too small" in message
    assert "cuts.kerf_mm: 99 mm is too large" in message
    assert "fit.clearence_mm is not a parameter; did you mean fit.clearance_mm" in message
    assert "\n" not in message


def test_an_error_is_a_value_error_with_the_exit_code_for_parameters():
    with pytest.raises(ValueError, match="slab_mm") as caught:
        DesignParameters(cuts={"slab_mm": 0})
    assert caught.value.exit_code == ExitCode.PARAMETER


def test_parameters_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        DesignParameters().cuts.slab_mm = 3


@pytest.mark.parametrize(("process", "play_mm"), [("fdm", 0.8), ("sla", 0.5)])
def test_a_slot_is_as_wide_as_the_blade_and_the_play_of_the_process(process, play_mm):
    blade = DesignParameters(blade={"thickness_mm": 0.4, "process": process}).blade
    assert blade.slot_width_mm == pytest.approx(0.4 + play_mm)
    assert DesignParameters(blade={"slot_mm": 1.6, "process": process}).blade.slot_width_mm == 1.6


@pytest.mark.parametrize("key", DESCRIPTIONS)
def test_every_parameter_is_described(key):
    parameter = DESCRIPTIONS[key]
    assert parameter.help.endswith(".")
    name = key.rpartition(".")[2]
    for suffix, unit in (("_mm", "mm"), ("_deg", "deg"), ("_percent", "%")):
        assert (parameter.unit == unit) == name.endswith(suffix) or name == "landmarks_lps"


# TOML


@given(design_parameters())
def test_parameters_survive_toml(parameters):
    values = tomllib.loads(write_parameters(parameters))
    assert resolve_parameters(config=values) == parameters
    assert write_parameters(resolve_parameters(config=values)) == write_parameters(parameters)


NAMES = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable() and text.strip())


@given(
    names=st.dictionaries(st.integers(1, 65535).map(str), NAMES, max_size=4),
    labels=st.lists(st.integers(1, 65535) | NAMES, max_size=3),
    positions=st.lists(st.floats(-500, 500), min_size=1, max_size=5, unique=True),
)
def test_names_labels_and_positions_survive_toml(tmp_path_factory, names, labels, positions):
    parameters = DesignParameters(
        specimen={"habitat_names": names, "labels": labels}, cuts={"positions_mm": positions, "snap": "t2"}
    )
    path = tmp_path_factory.mktemp("toml") / "parameters.toml"
    path.write_text(write_parameters(parameters), encoding="utf-8")
    assert resolve_parameters(config=read_parameters(path)) == parameters


def test_the_written_file_holds_every_value_that_is_set():
    written = tomllib.loads(write_parameters(DesignParameters()))
    for key, parameter in DESCRIPTIONS.items():
        section, _, name = key.rpartition(".")
        assert (name in (written[section] if section else written)) == (parameter.default is not None)


def test_resolved_parameters_win_over_a_preset_they_are_combined_with():
    written = tomllib.loads(write_parameters(DesignParameters()))
    assert resolve_parameters(preset="prostate", config=written) == DesignParameters()


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path):
    path = tmp_path / "parameters.toml"
    path.write_bytes(b"\xef\xbb\xbf[cuts]\r\nslab_mm = 4\r\n")
    assert resolve_parameters(config=read_parameters(path)).cuts.slab_mm == 4.0


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot read the parameter file p.toml: No such file"),
        (b"slab = ", "p.toml is not a TOML file: Invalid value"),
        (b"\xff\xfe\x00", "p.toml is not a TOML file"),
        (b"\x00", "p.toml is not a TOML file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, expected):
    path = tmp_path / "p.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ParameterError, match=expected):
        read_parameters(path)


def test_a_folder_is_no_parameter_file(tmp_path):
    with pytest.raises(ParameterError, match="cannot read the parameter file"):
        read_parameters(tmp_path)


# Presets


def test_the_organs_and_printers_of_the_field_are_there():
    assert {"generic", "kidney", "ovary", "prostate", "sarcoma"} <= set(list_presets("presets"))
    assert {"form4", "mk3s", "mk4", "s5", "x1c", "xl"} <= set(list_presets("printers"))


@pytest.mark.parametrize(("kind", "name"), SHIPPED)
def test_every_preset_resolves_and_states_its_sources(kind, name):
    preset = load_preset(kind, name)
    assert preset.summary.endswith(".")
    parameters = resolve_parameters(**{kind.removesuffix("s"): name})
    for entry in preset.entries:
        assert entry.source
        given_value = tuple(entry.value) if isinstance(entry.value, list) else entry.value
        assert value_of(parameters, entry.key) == given_value


@pytest.mark.parametrize("name", list_presets("printers"))
def test_a_printer_has_a_name_a_bed_and_a_process(name):
    keys = [entry.key for entry in load_preset("printers", name).entries]
    assert {"printer.name", "printer.bed_mm", "blade.process"} <= set(keys)


@pytest.mark.parametrize("name", list_presets("printers"))
def test_a_printer_states_its_whole_process_so_that_none_of_another_one_shows_through(name):
    entries = {entry.key: entry for entry in load_preset("printers", name).entries}
    wanted = {f"printer.{key}" for key in PrinterParameters.model_fields}
    if entries["blade.process"].value == "sla":
        assert entries["printer.layer_s"].value > 0
        lines = ("speed", "acceleration", "flow", "perimeters", "layers", "infill")
        wanted = {key for key in wanted if not any(word in key for word in lines)}
    assert wanted | {"blade.process"} <= entries.keys()
    assert all(len(entry.source) >= 4 for entry in entries.values())


@pytest.mark.parametrize("name", list_presets("presets"))
def test_a_preset_states_no_printer_and_no_specimen(name):
    sections = {entry.key.partition(".")[0] for entry in load_preset("presets", name).entries}
    assert sections <= {"cuts", "blade", "fit", "mould", "orientation"}


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("presets", "kidny", "there is no preset 'kidny'; did you mean kidney"),
        ("presets", "Kidney", "did you mean kidney"),
        ("printers", "mk5", "there is no printer 'mk5'; did you mean mk"),
        ("presets", "zzz", "there is no preset 'zzz'. Known: generic, kidney"),
        ("presets", "../presets/kidney", "there is no preset"),
    ],
)
def test_an_unknown_preset_suggests_what_was_meant(kind, name, expected):
    with pytest.raises(ParameterError, match=re.escape(expected)):
        load_preset(kind, name)


def test_presets_are_found_where_a_wheel_puts_them(repository, tmp_path):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    no_bytecode = shutil.ignore_patterns("__pycache__")
    for package in wheel["packages"]:
        shutil.copytree(repository / package, tmp_path / package, ignore=no_bytecode)
    for source, place in wheel["force-include"].items():
        shutil.copytree(repository / source, tmp_path / place)
    code = "import mouldgen.params as p; print(p.__file__, *p.list_presets('presets'))"
    listed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    found, *names = listed.stdout.split()
    assert Path(found).is_relative_to(tmp_path)
    assert tuple(names) == list_presets("presets")


@pytest.mark.parametrize("name", list_presets("cassettes"))
def test_a_cassette_that_ships_gives_its_sizes_and_its_name(name):
    blocks = resolve_parameters(cassette=name).blocks
    assert blocks.cassette == name
    assert blocks.length_mm >= blocks.width_mm > blocks.depth_mm
    assert all(entry.source for entry in load_preset("cassettes", name).entries)


def test_a_config_wins_over_a_cassette():
    parameters = resolve_parameters(cassette="large", config={"blocks": {"depth_mm": 7.5}})
    assert (parameters.blocks.depth_mm, parameters.blocks.length_mm) == (7.5, 65.0)


def test_an_unknown_cassette_is_refused_by_its_kind():
    with pytest.raises(ParameterError, match="there is no cassette 'wholemount'; did you mean whole-mount"):
        resolve_parameters(cassette="wholemount")


@pytest.mark.parametrize("pattern", ["{case}-{slab}", "{block}{tube}", "{block:d}", "{block"])
def test_a_pattern_of_block_names_that_cannot_work_is_refused(pattern):
    with pytest.raises(ParameterError, match="name_pattern"):
        DesignParameters(blocks={"name_pattern": pattern})


@pytest.mark.parametrize(
    "values",
    [
        {"printer": {"bed_mm": (110, 70, 100), "infill_percent": 40}},
        {"extras": {"parts": ["tray"]}},
        {"split": {"mode": "never"}},
        {"files": {"plate_gap_mm": 9}},
        {"poses": {"void_weight": 2}},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_is_printed_beside_the_mould_is_not_engraved_and_stays_when_sites_are_planned_anew(values):
    changed = DesignParameters(**values)
    assert changed.mould_values() == DesignParameters().mould_values()
    assert changed.printed_values() != DesignParameters().printed_values()
