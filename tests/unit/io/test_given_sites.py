"""Sites that a user gives come from 3D Slicer or a table, or are refused with the row and what to do."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError, MouldgenError
from mouldgen.io.given_sites import read_given_sites

LPS = "lps_x_mm,lps_y_mm,lps_z_mm"


def markups(points, **fields):
    controls = [
        {"label": label, "position": list(place), "positionStatus": "defined"} for label, place in points
    ]
    return {"markups": [{"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": controls, **fields}]}


@pytest.fixture
def read(tmp_path):
    def read_text(text, name="sites.csv"):
        path = tmp_path / name
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return read_given_sites(path)

    return read_text


def figures(sites):
    return [(site.name, site.position.tolist(), site.in_mould, site.habitat) for site in sites]


def test_points_of_slicer_in_lps_and_ras_are_the_same(read):
    lps = read(markups([("a", (1, -2, 3)), ("b", (4, 5, -6))]), "p.mrk.json")
    ras = read(markups([("a", (-1, 2, 3)), ("b", (-4, -5, -6))], coordinateSystem="RAS"), "p.mrk.json")
    assert figures(lps) == figures(ras)
    assert figures(lps)[0] == ("a", [1.0, -2.0, 3.0], False, None)


def test_a_table_gives_name_place_and_habitat(read):
    sites = read(f"name,{LPS},habitat\nP1,1,-2.5,3e1,2\nP2,0,0,0,\n")
    assert figures(sites) == [("P1", [1.0, -2.5, 30.0], False, 2), ("P2", [0.0, 0.0, 0.0], False, None)]


def test_places_in_the_mould_are_marked_so(read):
    assert figures(read("id,mould_x_mm,mould_y_mm,mould_z_mm\n7,1,2,3\n")) == [
        ("7", [1.0, 2.0, 3.0], True, None)
    ]


def test_the_patient_counts_where_a_table_has_both(read):
    (site,) = read(f"name,mould_x_mm,mould_y_mm,mould_z_mm,{LPS}\na,9,9,9,1,2,3\n")
    assert (site.in_mould, site.position.tolist()) == (False, [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeffname,{LPS}\na,1.5,2,3\n",
        " Name , LPS_X_mm, lps_y_mm,lps_z_mm\n a , 1.5 ,2,3\n",
        "name;lps_x_mm;lps_y_mm;lps_z_mm\na;1,5;2;3\n",
        "name\tlps_x_mm\tlps_y_mm\tlps_z_mm\r\na\t1.5\t2\t3\r\n",
        f"name,{LPS}\n\na,1.5,2,3\n,,,\n",
        f'comment,name,{LPS},other\n"x, y",a,1.5,2,3,z\n',
    ],
)
def test_tables_of_other_programs_are_read(read, text):
    assert figures(read(text)) == [("a", [1.5, 2.0, 3.0], False, None)]


def test_an_apostrophe_before_a_formula_is_taken_back(read):
    assert [site.name for site in read(f"name,{LPS}\n'=a,1,2,3\n'b',1,2,3\n")] == ["=a", "'b'"]


REFUSED = {
    "no name": (f"named,{LPS}\na,1,2,3\n", "no column name .*'named'; did you mean name"),
    "no place": ("name,lps_x_mm,lps_y,lps_z_mm\na,1,2,3\n", "no column lps_x_mm, .*did you mean lps_y_mm"),
    "other names": ("foo,bar\n1,2\n", "its first row has: foo, bar"),
    "no coordinate": (f"name,{LPS}\na,1,2,3\nb,1,two,3\n", "row 3: 'two' is no coordinate"),
    "too few cells": (f"name,{LPS}\na,1,2\n", "row 2: '' is no coordinate"),
    "infinite": (f"name,{LPS}\na,1,inf,3\n", "inf mm is no place"),
    "metres away": (f"name,{LPS}\na,1,20000,3\n", "20000 mm is no place"),
    "no name in a row": (f"name,{LPS}\n,1,2,3\n", "row 2: a site's name has 1 to 60"),
    "long name": (f"name,{LPS}\n{'n' * 61},1,2,3\n", "got 61"),
    "twice": (f"name,{LPS}\na,1,2,3\na,4,5,6\n", "two sites 'a'"),
    "habitat": (f"name,{LPS},habitat\na,1,2,3,core\n", "habitat 'core' is no label"),
    "habitat 0": (f"name,{LPS},habitat\na,1,2,3,0\n", "habitat '0' is no label"),
    "no rows": (f"name,{LPS}\n", "holds no site"),
    "empty": ("", "no column name"),
    "quotes": (f'name,{LPS}\n"a"b,1,2,3\n', "it is no CSV"),
    "Latin-1": (f"name,{LPS}\n\xe4,1,2,3\n".encode("latin-1"), "neither .mrk.json nor text in UTF-8"),
    "too many": (f"name,{LPS}\n" + "".join(f"{n},1,2,3\n" for n in range(2001)), "2001 sites"),
    "too large": (b"x" * 5_000_001, "has 5 MB"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_table_of_sites_is_refused_with_the_reason(read, text, reason):
    with pytest.raises(InputError, match=reason):
        read(text)


def test_a_point_that_was_never_placed_is_refused(read):
    document = markups([("a", (1, 2, 3)), ("b", (0, 0, 0))])
    document["markups"][0]["controlPoints"][1]["positionStatus"] = "undefined"
    with pytest.raises(InputError, match=r"point 2 \('b'\): it was never placed"):
        read(document, "p.mrk.json")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (markups([]), "holds no site"),
        (markups([("", (1, 2, 3))]), "point 1: a site's name"),
        (markups([("a", (1, 2, 3))], coordinateSystem="IJK"), "expected LPS or RAS"),
        (markups([("a", (1, 2, 3))], coordinateUnits="um"), "expected mm"),
        ("[]", "not a markups file"),
        ("{", "not a markups file"),
        ("[" * 100_000, "not a markups file"),
        (" " * 20_000_001, "has 20 MB"),
    ],
)
def test_what_is_no_list_of_points_is_refused(read, document, reason):
    with pytest.raises(InputError, match=reason):
        read(document, "p.mrk.json")


def test_a_missing_file_is_refused(tmp_path):
    for name in ("a.csv", "a.mrk.json"):
        with pytest.raises(InputError, match="cannot be read"):
            read_given_sites(tmp_path / name)


@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_nothing_but_our_own_errors_comes_out(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("given") / "x.csv"
    path.write_bytes(b"name,lps_x_mm,lps_y_mm,lps_z_mm\n" + content)
    with suppress(MouldgenError):
        read_given_sites(path)
