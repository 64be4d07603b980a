"""Options about sites become parameters; what cannot be used is refused with a reason."""

import pytest

from mouldgen.cli import make as make_module
from mouldgen.cli.site_options import reserved_file
from mouldgen.params import DesignParameters, Paper, PunchDepth

MAKE = ("make", "tumour.nii.gz", "-o", "case")


@pytest.fixture
def chosen(mouldgen, monkeypatch):
    """Return a function that gives the parameters that options lead to."""
    seen = []
    monkeypatch.setattr(make_module, "make_case", lambda _read, parameters, _choices: seen.append(parameters))

    def run(*options):
        said = mouldgen(*MAKE, *options)
        assert (said.err, said.code) == ("", 0)
        return seen.pop()

    return run


@pytest.mark.parametrize(
    ("options", "section", "expected"),
    [
        (["--sites", "5"], "sites", {"per_habitat": 5}),
        (
            ["--sites", "2", "--sites", "3=7", "--sites", "1 = 0"],
            "sites",
            {"per_habitat": 2, "quotas": {"1": 0, "3": 7}},
        ),
        (["--replicates", "3"], "sites", {"replicates": 3}),
        (["--punch", "2.5"], "sites", {"punch_mm": 2.5}),
        (["--depth", "face"], "sites", {"depth": PunchDepth.FACE}),
        (["--sigma", "1.5"], "sites", {"sigma_mm": 1.5, "sigma_across_mm": 1.5, "across_mm": 1.5}),
        (["--sigma", "1.5,3"], "sites", {"sigma_mm": 1.5, "sigma_across_mm": 3.0}),
        (["--sigma", "1 0"], "sites", {"sigma_mm": 1.0, "across_mm": 0.0}),
        (["--min-probability", "0.6"], "sites", {"min_probability": 0.6}),
        (["--reserve", "3"], "sites", {"reserve_mm": 3.0}),
        (["--reserve", "margin.nii.gz"], "sites", {"reserve_mm": 0.0}),
        (["--paper", "letter"], "sheet", {"paper": Paper.LETTER}),
        (["--set", "sites.sigma_by_slab_mm={S01=4}"], "sites", {"sigma_by_slab_mm": {"S01": 4.0}}),
        (["--set", "sites.destinations=['frozen']"], "sites", {"destinations": ("frozen",)}),
        (["--set", "sheet.inks={blue='left'}"], "sheet", {"inks": {"blue": "left"}}),
    ],
)
def test_an_option_sets_its_parameter_and_no_other(chosen, options, section, expected):
    parameters = chosen(*options)
    values = getattr(parameters, section)
    assert {key: getattr(values, key) for key in expected} == expected
    others = DesignParameters().to_dict()
    others.pop(section)
    assert {key: value for key, value in parameters.to_dict().items() if key != section} == others


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--sites", "-1"], "sites.per_habitat: -1 is too small"),
        (["--sites", "2", "--sites", "3"], "--sites is given twice for all habitats"),
        (["--sites", "1=2", "--sites", "1=3"], "--sites is given twice for label 1"),
        (["--sites", "necrosis=2"], "a quota is given by the label of a habitat, 1 to 65535; got 'necrosis'"),
        (["--punch", "0"], "sites.punch_mm: 0 mm is too small"),
        (["--sigma", "1,2,3"], "--sigma: '1,2,3' cannot be used; expected one number of mm, or two"),
        (["--sigma", "-1"], "sites.sigma_mm: -1 mm is too small"),
        (["--min-probability", "1.2"], "sites.min_probability: 1.2 is too large"),
        (["--depth", "deep"], "sites.depth: 'deep' cannot be used"),
        (["--paper", "a3"], "sheet.paper: 'a3' cannot be used"),
        (["--reserve", "-2"], "sites.reserve_mm: -2 mm is too small"),
        (["--cassette", "standardd"], "there is no cassette 'standardd'; did you mean standard?"),
        (["--set", "blocks.name_pattern={slab}"], "expected text with {block}"),
        (["--set", "blocks.name_pattern={block}-{patient}"], "expected text with {block}"),
        (["--set", "sites.sigma_by_slab_mm={first=4}"], "a slab is named S01, S02 and so on; got 'first'"),
        (["--set", "lims.name=redcap"], "the table 'redcap' has no columns"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(mouldgen, options, expected):
    said = mouldgen(*MAKE, *options)
    assert (said.out, said.code) == ("", 4)
    assert expected in said.err


@pytest.mark.parametrize(
    ("text", "file"),
    [(None, None), ("3", None), ("0.5", None), ("margin.nrrd", "margin.nrrd"), ("none", "none")],
)
def test_reserve_takes_a_width_or_a_file(text, file):
    assert reserved_file(text) == file


def test_parameters_of_sites_do_not_change_what_is_engraved():
    one = DesignParameters(sites={"punch_mm": 6}, blocks={"cassette": "x"}, sheet={"paper": "letter"})
    assert one.mould_values() == DesignParameters().mould_values()
    assert one.to_dict() != DesignParameters().to_dict()
