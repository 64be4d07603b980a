"""A name means one structure or none: never another one in silence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mouldgen import DesignParameters
from mouldgen.errors import ParameterError
from mouldgen.io.choosing import choose_structures, match_roi
from mouldgen.io.structures import Structure


@dataclass(frozen=True)
class Offer:
    """A source of structures without voxels."""

    structures: tuple[Structure, ...]
    asks_for_choice: bool = True
    name: str = "plan.dcm"


def offer(*names, asks=True):
    return Offer(tuple(Structure(n, name) for n, name in enumerate(names, start=1)), asks)


def numbers_for(source, **parameters):
    chosen = choose_structures(source, DesignParameters(**parameters))
    return [structure.number for structure in chosen.tissue]


PUBLISHED = offer("Tumour", "Base", "Ref_point_1", "Ref_point_2")


@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        ("tumour", [1]),
        (" TUMOUR ", [1]),
        ("ref*", [3, 4]),
        ("Ref_point_?", [3, 4]),
        ("[bt]*", [1, 2]),
        ("*", [1, 2, 3, 4]),
    ],
)
def test_a_name_is_found_without_case_and_a_pattern_like_file_names(pattern, numbers):
    assert [found.number for found in match_roi(pattern, PUBLISHED, "--roi")] == numbers


@pytest.mark.parametrize(("pattern", "meant"), [("Tumor", "'Tumour'"), ("Refpoint 1", "'Ref_point_1'")])
def test_near_misses_are_suggested_and_never_taken(pattern, meant):
    with pytest.raises(
        ParameterError, match=r"fits no structure of plan\.dcm; it holds 1 \(Tumour\)"
    ) as caught:
        match_roi(pattern, PUBLISHED, "--roi")
    assert "Did you mean" in str(caught.value)
    assert meant in str(caught.value)


def test_a_part_of_a_name_is_not_the_name():
    with pytest.raises(ParameterError, match="fits no structure"):
        match_roi("Ref_point", PUBLISHED, "--roi")


def test_a_name_with_brackets_is_a_name_before_it_is_a_pattern():
    source = offer("GTV [old]", "GTV o")
    assert [found.number for found in match_roi("gtv [old]", source, "--roi")] == [1]


def test_structures_of_the_same_name_are_asked_about():
    source = offer("Lesion", "lesion", "Liver")
    with pytest.raises(ParameterError, match=r"fits 2 structures .* 1 \(Lesion\), 2 \(lesion\).*--label N"):
        match_roi("LESION", source, "--roi")
    assert numbers_for(source, specimen={"labels": [2]}) == [2]
    assert numbers_for(source, specimen={"rois": ["lesion*"]}) == [1, 2]


def test_a_name_that_is_withheld_is_still_found_as_the_file_spells_it():
    source = Offer((Structure(1, "structure 1", stored_name="Doe tumour"), Structure(2, "Liver")))
    assert [found.number for found in match_roi("doe TUMOUR", source, "--roi")] == [1]
    assert [found.number for found in match_roi("structure 1", source, "--roi")] == [1]
    with pytest.raises(ParameterError) as caught:
        match_roi("kidney", source, "--roi")
    assert "Doe" not in str(caught.value)


def test_labels_without_names_are_called_by_their_number():
    source = offer(None, None, asks=False)
    assert numbers_for(source, specimen={"rois": ["2"]}) == [2]
    assert numbers_for(source) == [1, 2]


def test_one_structure_needs_no_choice():
    assert numbers_for(offer("GTV")) == [1]


def test_several_structures_are_asked_about():
    with pytest.raises(ParameterError, match=r"4 structures could be meant; it holds .* --roi NAME"):
        numbers_for(PUBLISHED)


def test_structures_that_give_the_angle_are_not_the_specimen():
    angle = {"axis_rois": ["ref_point_1", "Ref_point_2"], "base_roi": "base"}
    chosen = choose_structures(PUBLISHED, DesignParameters(orientation=angle))
    assert [structure.number for structure in chosen.tissue] == [1]
    assert [(name, structure.number) for name, structure in chosen.landmarks] == [
        ("ref_point_1", 3),
        ("Ref_point_2", 4),
        ("base", 2),
    ]


def test_a_structure_for_the_angle_rides_along_once():
    angle = {"base_roi": "BASE"}
    chosen = choose_structures(
        PUBLISHED, DesignParameters(orientation=angle, specimen={"landmark_rois": ["*base*", "ref*"]})
    )
    assert [name for name, _ in chosen.landmarks] == ["BASE", "Ref_point_1", "Ref_point_2"]


def test_a_pattern_cannot_stand_for_a_point():
    with pytest.raises(ParameterError, match="--base-roi 'ref.' fits 2 structures .* expected one"):
        choose_structures(PUBLISHED, DesignParameters(orientation={"base_roi": "ref*"}))


def test_no_structure_left_for_the_specimen_is_said():
    with pytest.raises(ParameterError, match="no structure is left for the specimen"):
        numbers_for(offer("Base"), orientation={"base_roi": "base"})


def test_points_are_no_tissue():
    source = Offer((Structure(1, "suture", is_volume=False), Structure(2, "GTV")))
    assert numbers_for(source) == [2]
    with pytest.raises(ParameterError, match="suture.* has points but no closed contours"):
        numbers_for(source, specimen={"rois": ["suture"]})


def test_a_structure_named_twice_counts_once():
    assert numbers_for(PUBLISHED, specimen={"labels": ["Tumour", 1], "rois": ["tum*"]}) == [1]
