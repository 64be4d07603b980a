"""Landmarks come from 3D Slicer or as numbers, and end in LPS."""

import json

import pytest

from mouldgen.errors import InputError, ParameterError
from mouldgen.io.landmarks import read_landmarks

TWO = ((1.0, -2.0, 3.5), (4.0, 5.0, -6.0))


def markups(points, **fields):
    controls = [
        {"id": str(n), "label": f"F-{n}", "position": list(point), "positionStatus": "defined"}
        for n, point in enumerate(points)
    ]
    listed = {
        "type": "Fiducial",
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "controlPoints": controls,
    }
    schema = "https://raw.githubusercontent.com/slicer/slicer/master/markups-schema-v1.0.3.json#"
    return {"@schema": schema, "markups": [{**listed, **fields}]}


@pytest.fixture
def saved(tmp_path):
    def save(document):
        path = tmp_path / "axis.mrk.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(path)

    return save


@pytest.mark.parametrize(
    "text",
    [
        "1,-2,3.5 4,5,-6",
        "1, -2, 3.5, 4, 5, -6",
        "1 -2 3.5 4 5 -6",
        "1;-2;3.5 4;5;-6",
        "(1,-2,3.5), (4,5,-6)",
        " 1e0,-2,3.5\t4,5,-6 ",
    ],
)
def test_numbers_are_read_with_any_separator(text):
    assert read_landmarks(text.replace("), (", " ")) == TWO


def test_a_third_point_may_follow():
    assert read_landmarks("1,-2,3.5 4,5,-6 7,8,9") == (*TWO, (7.0, 8.0, 9.0))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,2,3", "are 3 numbers; expected two points"),
        ("1,2,3 4,5", "are 5 numbers"),
        ("1,2,3 4,5,nan", "are 6 numbers; expected two points"),
        ("axis", "neither a .mrk.json file that exists nor numbers"),
        ("", "neither a .mrk.json file"),
    ],
)
def test_other_texts_are_refused(text, reason):
    with pytest.raises(ParameterError, match=reason):
        read_landmarks(text)


@pytest.mark.parametrize("system", ["LPS", "1", 1])
def test_points_in_lps_are_kept(saved, system):
    assert read_landmarks(saved(markups(TWO, coordinateSystem=system))) == TWO


@pytest.mark.parametrize("system", ["RAS", "0", 0])
def test_points_in_ras_are_turned(saved, system):
    assert read_landmarks(saved(markups(TWO, coordinateSystem=system))) == (
        (-1.0, 2.0, 3.5),
        (-4.0, -5.0, -6.0),
    )


def test_points_without_a_place_are_left_out(saved):
    document = markups([*TWO, (0, 0, 0), (9, 9, 9)])
    document["markups"][0]["controlPoints"][2]["positionStatus"] = "undefined"
    document["markups"][0]["controlPoints"][3]["positionStatus"] = "preview"
    assert read_landmarks(saved(document)) == TWO


def test_older_files_without_unit_and_status_are_read(saved):
    document = markups(TWO)
    del document["markups"][0]["coordinateUnits"]
    for point in document["markups"][0]["controlPoints"]:
        del point["positionStatus"]
    assert read_landmarks(saved(document)) == TWO


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_or_many_points_are_refused(saved, count):
    with pytest.raises(
        InputError, match=rf"axis\.mrk\.json holds {count} defined points; expected two points"
    ):
        read_landmarks(saved(markups([(1, 2, 3)] * count)))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("not json", "is not a markups file of 3D Slicer"),
        ("{}", "is not a markups file"),
        ("[]", "is not a markups file"),
        ('{"markups": 3}', "is not a markups file"),
        ('{"markups": [3]}', "is not a markups file"),
        ('{"markups": [{"controlPoints": [3]}]}', "is not a markups file"),
        ({"markups": []}, "holds 0 lists of markups; expected one"),
        ({"markups": markups(TWO)["markups"] * 2}, "holds 2 lists of markups; expected one"),
        (markups(TWO, coordinateSystem="IJK"), "coordinate system 'IJK'; expected LPS or RAS"),
        (markups(TWO, coordinateUnits="um"), "coordinates in 'um'; expected mm"),
        (markups([(1, 2), (3, 4, 5)]), r"a point at \[1, 2\]; expected three numbers"),
        (markups([(1, 2, "x"), (3, 4, 5)]), "expected three numbers"),
        (markups([(1, 2, float("nan")), (3, 4, 5)]), "expected three numbers"),
    ],
)
def test_other_files_are_refused(saved, document, reason):
    with pytest.raises(InputError, match=reason):
        read_landmarks(saved(document))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"landmarks axis\.mrk\.json cannot be read: No such file"):
        read_landmarks(str(tmp_path / "axis.mrk.json"))
