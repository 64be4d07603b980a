"""JSON text: any value comes back, rows of numbers stay on one line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.export.json_text import json_text

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


@given(VALUES)
def test_every_value_comes_back(value):
    assert json.loads(json_text(value)) == value


def test_rows_of_numbers_take_one_line():
    text = json_text({"matrix": [[1.5, 0], [0, 1]], "names": ["a", "b"]})
    assert '"matrix": [[1.5, 0], [0, 1]]' in text
    assert text.count("\n") == 7


def test_letters_of_all_languages_stay_readable():
    assert "Tumör" in json_text(["Tumör"])


def test_what_json_cannot_say_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        json_text({"x": float("inf")})
