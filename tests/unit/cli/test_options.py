from pathlib import Path

import pytest

from mouldgen.cli import demo as demo_module
from mouldgen.cli import make as make_module
from mouldgen.cli.making import RunChoices
from mouldgen.params import DesignParameters, Plane, Process, load_preset

MAKE = ("make", "tumour.nii.gz", "-o", "case")


@pytest.fixture
def chosen(mouldgen, monkeypatch):
    """Return a function that gives the parameters and choices that options lead to."""
    seen = []
    for module in (make_module, demo_module):
        monkeypatch.setattr(module, "make_case", lambda _read, *rest: seen.append(rest))

    def run(*arguments):
        said = mouldgen(*arguments)
        assert (said.err, said.code) == ("", 0)
        return seen.pop()

    return run


@pytest.fixture
def refused(mouldgen):
    """Return a function that gives the message and exit code of options that are refused."""

    def run(*options, command=MAKE):
        said = mouldgen(*command, *options)
        assert said.out == ""
        return said.code, said.err

    return run


def test_without_options_the_defaults_hold(chosen):
    parameters, choices = chosen(*MAKE)
    assert parameters == DesignParameters()
    assert choices == RunChoices(
        folder=Path("case"), overwrite=False, strict=False, quiet=False, json=False, pictures=True
    )


@pytest.mark.parametrize(
    ("options", "section", "expected"),
    [
        (["--label", "2", "--label", "tumour"], "specimen", {"labels": (2, "tumour")}),
        (
            ["--name", "1=necrosis", "--name", "2 = solid"],
            "specimen",
            {"habitat_names": {"1": "necrosis", "2": "solid"}},
        ),
        (["--margin", "3.5"], "specimen", {"margin_mm": 3.5}),
        (["--lesion", "2"], "specimen", {"lesion": "2"}),
        (["--cropped"], "specimen", {"cropped": True}),
        (["--plane", "coronal"], "orientation", {"plane": Plane.CORONAL}),
        (["--tilt", "-10", "5"], "orientation", {"tilt_deg": (-10.0, 5.0)}),
        (["--normal", "-0.5", "0.3", "-.8"], "orientation", {"normal_lps": (-0.5, 0.3, -0.8)}),
        (
            ["--landmarks", "-1,2,3 4,5,-6"],
            "orientation",
            {"landmarks_lps": ((-1.0, 2.0, 3.0), (4.0, 5.0, -6.0))},
        ),
        (["--base", "posterior"], "orientation", {"base": "posterior"}),
        (["--base", "-30"], "orientation", {"base": "-30"}),
        (["--first", "superior"], "orientation", {"first": "superior"}),
        (["--slab", "5"], "cuts", {"slab_mm": 5.0}),
        (["--cuts=-15,-5,5"], "cuts", {"positions_mm": (-15.0, -5.0, 5.0)}),
        (["--cuts", "-15,-5,5"], "cuts", {"positions_mm": (-15.0, -5.0, 5.0)}),
        (["--cuts", "-15 -5 5"], "cuts", {"positions_mm": (-15.0, -5.0, 5.0)}),
        (["--cuts", " 5, -5 ;-15 "], "cuts", {"positions_mm": (-15.0, -5.0, 5.0)}),
        (["--cuts", "-2.5"], "cuts", {"positions_mm": (-2.5,)}),
        (["--snap", "t2"], "cuts", {"snap": "t2"}),
        (["--kerf", "0.6"], "cuts", {"kerf_mm": 0.6}),
        (["--blade", ".25", "--process", "sla"], "blade", {"thickness_mm": 0.25, "process": Process.SLA}),
        (["--slot", "1.6"], "blade", {"slot_mm": 1.6}),
        (["--clearance", "1e-1"], "fit", {"clearance_mm": 0.1}),
        (["--scale", "0.955"], "fit", {"scale": (0.955, 0.955, 0.955)}),
        (["--scale", "0.9,1,1.1"], "fit", {"scale": (0.9, 1.0, 1.1)}),
        (["--set", "mould.wall_mm=4", "--set", "plate_mm=3"], "mould", {"wall_mm": 4.0, "plate_mm": 3.0}),
        (
            ["--printer", "form4"],
            "printer",
            load_preset("printers", "form4").values()["printer"] | {"bed_mm": (200.0, 125.0, 210.0)},
        ),
        (["--preset", "prostate"], "cuts", {"slab_mm": 6.0}),
    ],
)
def test_an_option_sets_its_parameter_and_no_other(chosen, options, section, expected):
    parameters, _ = chosen(*MAKE, *options)
    found = getattr(parameters, section)
    assert {key: getattr(found, key) for key in expected} == expected
    changed = {key for key, value in found if value != getattr(getattr(DesignParameters(), section), key)}
    assert changed <= expected.keys()


def test_the_case_is_called_what_the_user_calls_it(chosen):
    assert chosen(*MAKE, "--case", "S14-9999")[0].case == "S14-9999"


def test_an_option_wins_over_set_config_and_preset(chosen, tmp_path):
    config = tmp_path / "parameters.toml"
    config.write_text("[cuts]\nslab_mm = 7\n")
    layers = ["--preset", "ovary"], ["--config", config], ["--set", "slab_mm=8"], ["--slab", "9"]
    given = [option for layer in layers for option in layer]
    counts = [2, 4, 6, 8]
    assert [chosen(*MAKE, *given[:n])[0].cuts.slab_mm for n in counts] == [5.0, 7.0, 8.0, 9.0]


def test_a_plane_on_the_command_line_wins_over_a_normal_in_the_config(chosen, tmp_path):
    config = tmp_path / "parameters.toml"
    config.write_text("[orientation]\nnormal_lps = [0.5, 0.3, 0.8]\n")
    orientation = chosen(*MAKE, "--config", config, "--plane", "coronal")[0].orientation
    assert (orientation.normal_lps, orientation.plane) == (None, Plane.CORONAL)


@pytest.mark.parametrize(
    ("option", "choice", "expected"),
    [
        ("--overwrite", "overwrite", True),
        ("--strict", "strict", True),
        ("--quiet", "quiet", True),
        ("-q", "quiet", True),
        ("--json", "json", True),
        ("--no-pictures", "pictures", False),
    ],
)
@pytest.mark.parametrize("command", [MAKE, ("demo", "-o", "case")], ids=["make", "demo"])
def test_a_flag_changes_how_the_run_behaves(chosen, command, option, choice, expected):
    assert getattr(chosen(*command, option)[1], choice) is expected


def test_the_demo_takes_the_angle_and_the_presets_too(chosen):
    parameters, choices = chosen(
        "demo", "-o", "d", "--normal", "0", "1", "1", "--preset", "ovary", "--slab", "4"
    )
    assert parameters.case == "demo"
    assert parameters.orientation.normal_lps == (0.0, 1.0, 1.0)
    assert parameters.cuts.slab_mm == 4.0
    assert choices.folder.name == "d"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--slab", "-1"], "cuts.slab_mm: -1 mm is too small; expected a number above 0, at most 200 mm"),
        (["--slab", "0"], "cuts.slab_mm"),
        (["--slab", "ten"], "cuts.slab_mm: 'ten' cannot be used; expected a number above 0, at most 200 mm"),
        (["--slab", "nan"], "cuts.slab_mm"),
        (["--cuts", "-15,x"], "cuts.positions_mm: 'x' cannot be used; expected distances in mm"),
        (["--cuts", ""], "cuts.positions_mm: give at least one cut position"),
        (["--slab", "5", "--cuts", "0"], "give either cuts.slab_mm or cuts.positions_mm, not both"),
        (["--plane", "axial", "--normal", "0", "0", "1"], "not both"),
        (["--scale", "1,2"], "fit.scale"),
        (["--label", "0"], "specimen.labels: 0 is too small; expected labels from 1 to 65535"),
        (
            ["--name", "necrosis"],
            "--name: 'necrosis' cannot be used; expected for instance --name 1=necrosis",
        ),
        (["--name", "1="], "--name: '1=' cannot be used"),
        (["--name", "1=a", "--name", "1=b"], "--name: 1 is given twice"),
        (["--image", "t2"], "--image: 't2' cannot be used; expected for instance --image t2="),
        (["--image", "=t2.nii"], "--image: '=t2.nii' cannot be used"),
        (["--preset", "kidny"], "there is no preset 'kidny'; did you mean kidney?"),
        (["--printer", "mk5"], "there is no printer 'mk5'"),
        (["--set", "wal_mm=3"], "there is no parameter 'wal_mm'; did you mean wall_mm"),
        (["--set", "wall_mm"], "expected key=value"),
        (["--config", "absent.toml"], "cannot read the parameter file absent.toml"),
        (["--landmarks", "1,2,3"], "landmarks '1,2,3' are 3 numbers"),
        (["--case", "Jane Doe"], "case: 'Jane Doe' cannot be used"),
    ],
)
def test_a_value_that_cannot_be_used_gets_one_message_and_exit_code_4(refused, options, expected):
    code, message = refused(*options)
    assert code == 4
    assert message.startswith("mouldgen: error: ")
    assert message.count("\n") == 1
    assert expected in message


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("make",), "Missing argument 'SEG'"),
        (("make", "tumour.nii"), "Missing option '-o'"),
        ((*MAKE, "--slabs", "5"), "No such option: --slabs"),
        ((*MAKE, "--tilt", "5"), "Option '--tilt' requires 2 arguments"),
        ((*MAKE, "--slab"), "Option '--slab' requires an argument"),
        (("cut",), "No such command 'cut'"),
        (("inspect",), "Missing argument 'FILE...'"),
        (("check", "a", "b"), "Got unexpected extra argument"),
    ],
)
def test_a_command_line_that_is_not_understood_gets_exit_code_2(refused, command, expected):
    code, message = refused(command=command)
    assert code == 2
    assert f"Error: {expected}" in message
