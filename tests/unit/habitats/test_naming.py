"""Names of habitats: short, plain, each once, and saying what stands out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.habitats.naming import LONGEST_NAME, habitat_names


@pytest.mark.parametrize(
    ("deviations", "expected"),
    [
        ([[1.0, -1.0], [-1.0, 0.2]], ("high t1, low adc", "low t1")),
        ([[0.1, 0.2], [2.0, 0.0]], ("middling t1, adc", "high t1")),
        ([[0.6, 0.0], [2.0, 0.0]], ("high t1", "very high t1")),
        ([[-0.6, 0.0], [-2.0, 0.0], [-3.0, 0.0]], ("low t1", "very low t1", "extremely low t1")),
        ([[0.2, 0.1], [-0.2, 0.1]], ("higher t1", "lower t1")),
    ],
)
def test_a_name_says_what_stands_out_and_how_far(deviations, expected):
    assert habitat_names(np.array(deviations), ["t1", "adc"]) == expected


def test_only_the_three_features_that_stand_out_most_are_named_in_the_order_of_the_features():
    names = habitat_names(np.array([[1.0, 4.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0]]), ["a", "b", "c", "d"])
    assert names[0] == "high b, high c, high d"


deviations = st.integers(1, 6).flatmap(
    lambda features: st.lists(
        st.lists(st.floats(-3, 3), min_size=features, max_size=features), min_size=1, max_size=8
    )
)


@given(rows=deviations, text=st.text(max_size=30))
def test_names_are_short_plain_and_each_once(rows, text):
    names = habitat_names(np.array(rows), [f"{text}{i}" for i in range(len(rows[0]))])
    assert len({name.casefold() for name in names}) == len(rows)
    for name in names:
        assert 0 < len(name) <= LONGEST_NAME
        assert name.isascii()
        assert name.isprintable()
