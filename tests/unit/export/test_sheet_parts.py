import io

import numpy as np
import pytest
import shapely
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics

from mouldgen.export.font_files import has_all
from mouldgen.export.section_shapes import SectionPlane
from mouldgen.export.sheet import typography
from mouldgen.export.sheet.custody import _Item, _ListColumns
from mouldgen.export.sheet.data_matrix import code_size_mm
from mouldgen.export.sheet.embeddable_fonts import register_font
from mouldgen.export.sheet.face_strips import _edges
from mouldgen.export.sheet.face_view import FaceView, Window
from mouldgen.export.sheet.habitat_letters import place_letters
from mouldgen.export.sheet.paper import BODY, BOLD, PageSize
from mouldgen.export.sheet.strips import Strip, filled_pages
from mouldgen.export.sheet.typography import (
    font_runs,
    printable,
    printable_sentence,
    shortened,
    text_width_mm,
    wrapped,
)
from mouldgen.export.side_letters import SideLetters
from mouldgen.export.slab_words import chance
from mouldgen.frames import AxisLetters
from mouldgen.params import Paper

WINDOW = Window(-30.0, 20.0, -4.0, 50.0)
SQUARE = np.array([[0, 0], [40, 0], [40, 40], [0, 40], [0, 0]], float)


def test_upper_face_has_y_on_the_right_and_the_lower_one_on_the_left():
    upper, lower = (FaceView(WINDOW, plane, 5.0, 7.0) for plane in (SectionPlane.UPPER, SectionPlane.LOWER))
    assert upper.to_page([10.0, 0.0]).tolist() == [45.0, 57.0]
    assert lower.to_page([10.0, 0.0]).tolist() == [15.0, 57.0]


def test_letters_change_sides_with_the_face():
    letters = AxisLetters(x=("I", "S"), y=("R", "L"), z=("P", "A"))
    upper = SideLetters.of_face(letters, SectionPlane.UPPER)
    lower = SideLetters.of_face(letters, SectionPlane.LOWER)
    assert (upper.left, upper.right, upper.top, upper.bottom) == ("R", "L", "A", "P")
    assert (lower.left, lower.right, lower.top, lower.bottom) == ("L", "R", "A", "P")


@given(st.lists(st.floats(1.0, 40.0), max_size=40), st.booleans())
def test_pages_hold_every_strip_once_in_order_and_none_overflows(heights, with_head):
    def draw(*_):
        """Draw nothing."""

    head = Strip(8.0, draw) if with_head else None
    strips = [Strip(height, draw, head) for height in heights]
    pages = filled_pages("S01", strips, 60.0)
    placed = [strip for page in pages for _, strip in page.strips if strip is not head]
    assert placed == strips
    for page in pages:
        ends = [top + strip.height_mm for top, strip in page.strips]
        assert max(ends, default=0.0) <= 60.0 + 1e-6
        starts = [top for top, _ in page.strips]
        assert starts == pytest.approx([0.0, *ends[:-1]] if ends else [])
        if with_head and page.strips:
            assert page.strips[0][1] is head


@given(st.integers(20, 600), st.integers(-300, 0), st.floats(60.0, 200.0))
def test_tiles_cover_a_length_and_none_is_wider_than_the_page(length, start, limit):
    edges = _edges(start, start + length, limit)
    assert (edges[0], edges[-1]) == (start, start + length)
    widths = np.diff(edges)
    assert (widths > 0).all()
    assert (widths <= limit).all()


def test_letters_keep_off_punches_and_inside_their_habitat():
    taken = [(20.0, 20.0, 6.0)]
    (place,) = place_letters([SQUARE], {3: [SQUARE]}, taken)
    assert place.label == 3
    assert place.is_large
    assert np.hypot(place.at_mm[0] - 20, place.at_mm[1] - 20) > 6
    assert shapely.Polygon(SQUARE).contains(shapely.Point(place.at_mm))


def test_a_habitat_too_small_for_its_letter_gets_a_leader():
    speck = 10 + SQUARE / 40
    (place,) = place_letters([SQUARE], {1: [speck]}, [])
    assert place.has_leader
    assert shapely.Polygon(speck).buffer(0.01).contains(shapely.Point(place.pole_mm))


@pytest.mark.parametrize("content", ["A", "case-S01-A1", "x" * 60, "样本-S01"])
def test_modules_of_codes_are_at_least_four_dots_of_a_printer_of_300_dpi(content):
    size = code_size_mm(content, 9.0)
    assert size >= 9.0
    smallest = {"A": 10, "case-S01-A1": 14, "x" * 60: 26, "样本-S01": 14}[content]
    assert size / (smallest + 3) >= 4 * 25.4 / 300


@given(st.text("abcdefgh ", min_size=1, max_size=80), st.floats(10.0, 60.0))
def test_wrapped_lines_fit_and_keep_every_letter(text, width):
    lines = wrapped(text, BODY, width)
    assert all(text_width_mm(line, BODY) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert text_width_mm(shortened(text, BODY, width), BODY) <= width


@given(st.lists(st.integers(1, 120), min_size=1, max_size=6), st.sampled_from(["C FFPE", "x" * 60]))
def test_names_in_the_list_of_tubes_are_never_cut(lengths, note):
    items = [_Item("W" * length, "S01", note) for length in lengths]
    columns = _ListColumns.for_items(items, PageSize.of_paper(Paper.A4))
    widest = max(text_width_mm(item.name, BOLD) for item in items)
    assert columns.across == 1 or widest <= columns.name_mm
    assert columns.name_mm > 20
    assert columns.left_mm(columns.across - 1) + columns.width_mm <= columns.page.right_mm + 1e-6


def test_short_names_share_a_row_and_long_ones_do_not():
    across = [
        _ListColumns.for_items([_Item(name, "S01", "block")], PageSize.of_paper(Paper.A4)).across
        for name in ("case-42182e43-S05-C1a", "w" * 26, "w" * 60)
    ]
    assert across == [3, 2, 1]


@given(st.floats(0.0, 1.0))
def test_probabilities_are_never_rounded_up(probability):
    text = chance(probability)
    if text.startswith(">"):
        assert probability > 0.99
    elif not text.startswith("<"):
        # 0.29 times 100 is a little less than 29 in the processor
        assert -1e-9 <= 100 * probability - int(text.removesuffix(" %")) < 1


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.9966, "> 99 %"), (1.0, "> 99 %"), (0.829, "82 %"), (0.29, "29 %"), (0.004, "< 1 %"), (0.0, "0 %")],
)
def test_probabilities_in_words(probability, text):
    assert chance(probability) == text


def test_a_sentence_loses_only_what_cannot_be_printed():
    assert printable_sentence("habitat C (ورم صلب) has 3 mm") == "habitat C ([not printable]) has 3 mm"
    assert printable_sentence("plain") == "plain"


def test_text_that_cannot_be_shaped_gives_way_to_its_substitute():
    assert printable("منطقة", "label 4") == "label 4"
    assert printable("two\nlines", "label 5") == "two lines"


@pytest.fixture
def cubic_font(tmp_path):
    """An OpenType font whose outlines are cubic, as those of Noto CJK are, with one Chinese character."""
    builder = FontBuilder(1000, isTTF=False)
    names = [".notdef", "space", "uni80BF"]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: "space", 0x80BF: "uni80BF"})
    pen = T2CharStringPen(1000, None)
    pen.moveTo((0, 0))
    pen.curveTo((0, 800), (900, 800), (900, 0))
    pen.closePath()
    empty = T2CharStringPen(1000, None)
    drawn = pen.getCharString()
    blank = empty.getCharString()
    builder.setupCFF("Cubic", {"FullName": "Cubic"}, {".notdef": blank, "space": blank, "uni80BF": drawn}, {})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Cubic", "styleName": "Regular", "psName": "Cubic-Regular"})
    builder.setupOS2(sTypoAscender=800)
    builder.setupPost()
    path = tmp_path / "cubic.otf"
    builder.save(path)
    return str(path)


def test_fonts_with_cubic_outlines_are_converted_so_that_they_embed(cubic_font):
    from reportlab.pdfgen.canvas import Canvas

    name = register_font("Test-Cubic", cubic_font, "\u80bf")
    assert name is not None
    assert pdfmetrics.stringWidth("\u80bf", name, 10) == pytest.approx(10)
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1, initialFontName=name)
    canvas.drawString(100, 100, "\u80bf")
    canvas.save()
    assert b"FontFile2" in stream.getvalue()


def test_a_file_that_is_no_font_is_not_registered(tmp_path):
    path = tmp_path / "broken.ttf"
    path.write_bytes(b"not a font at all")
    assert register_font("Test-Broken", str(path), "a") is None


@pytest.fixture
def only_font(monkeypatch, cubic_font):
    """Let the computer have one font, which has no Latin letters."""
    cached = (typography._embedded, typography._runs, typography.text_width_mm)
    for function in cached:
        function.cache_clear()
    monkeypatch.setattr(
        typography, "font_files", lambda text: [cubic_font] if has_all(cubic_font, text) else []
    )
    yield
    for function in cached:
        function.cache_clear()


@pytest.mark.usefixtures("only_font")
def test_a_sentence_with_a_name_in_another_script_is_set_in_two_fonts():
    sentence = "habitat C (\u80bf) has 3 mm"
    assert printable(sentence, "some_code") == sentence
    assert printable_sentence(sentence) == sentence
    runs = font_runs(sentence, BODY)
    assert [piece for _, piece in runs] == ["habitat C (", "\u80bf", ") has 3 mm"]
    assert len({font for font, _ in runs}) == 2
    whole = sum(text_width_mm(piece, BODY) for _, piece in runs)
    assert text_width_mm(sentence, BODY) == pytest.approx(whole)


@pytest.mark.usefixtures("only_font")
def test_one_character_that_no_font_has_takes_only_itself_away():
    assert printable_sentence("site (\u80bf) and (\u7624)") == "site (\u80bf) and ([not printable])"
