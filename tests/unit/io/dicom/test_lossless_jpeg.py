"""Lossless JPEG gives back what an encoder written from the standard puts in."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError
from mouldgen.io.dicom.lossless_jpeg import decode_lossless_jpeg

# lengths of 1, 2, ... 15 bits and two codes of 16, the commonest categories first
CATEGORIES = (*range(1, 16), 0, 16)
COUNTS = (*(1 for _ in range(15)), 2)
CODES = {category: (((1 << n) - 1) << 1, n + 1) for n, category in enumerate(CATEGORIES[:15])}
CODES |= {0: (0xFFFE, 16), 16: (0xFFFF, 16)}


def predicted(image, row, column, selection, first):
    if (row, column) == (0, 0):
        return first
    if row == 0:
        return image[row, column - 1]
    if column == 0:
        return image[row - 1, column]
    left, above, corner = image[row, column - 1], image[row - 1, column], image[row - 1, column - 1]
    return {
        1: left,
        2: above,
        3: corner,
        4: left + above - corner,
        5: left + ((above - corner) >> 1),
        6: above + ((left - corner) >> 1),
        7: (left + above) >> 1,
    }[selection]


def entropy_coded(image, selection, first):
    bits = ""
    for row, column in np.ndindex(image.shape):
        difference = int(image[row, column] - predicted(image, row, column, selection, first)) & 0xFFFF
        difference -= 0x10000 if difference > 0x8000 else 0
        category = abs(difference).bit_length()
        code, length = CODES[category]
        bits += f"{code:0{length}b}"
        if 0 < category < 16:
            low_bits = difference if difference > 0 else difference + (1 << category) - 1
            bits += f"{low_bits:0{category}b}"
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits), 8))
    return data.replace(b"\xff", b"\xff\x00")


def segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def encoded(image, *, selection=1, bits=16, shift=0, restart_rows=0):
    rows, columns = image.shape
    stored = image.astype(int) >> shift
    step = restart_rows or rows
    first = 1 << (bits - shift - 1)
    parts = [entropy_coded(stored[low : low + step], selection, first) for low in range(0, rows, step)]
    data = parts[0]
    for number, part in enumerate(parts[1:]):
        data += bytes((0xFF, 0xD0 + number % 8)) + part
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0 and so on"),
            segment(0xC4, bytes((0, *COUNTS, *CATEGORIES))),
            segment(0xC3, struct.pack(">BHHB", bits, rows, columns, 1) + b"\x01\x11\x00"),
            segment(0xDD, struct.pack(">H", restart_rows * columns)) if restart_rows else b"",
            segment(0xDA, bytes((1, 1, 0, selection, 0, shift))),
            data,
            b"\xff\xd9",
        )
    )


def random_image(shape=(7, 9), bits=16, seed=0):
    return np.random.default_rng(seed).integers(0, 1 << bits, shape).astype(np.uint16)


@pytest.mark.parametrize("selection", range(1, 8))
@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    bits=st.integers(2, 16),
    seed=st.integers(0, 99),
    restart_rows=st.integers(0, 3),
)
def test_every_predictor_and_precision_is_undone(selection, shape, bits, seed, restart_rows):
    image = random_image(shape, bits, seed)
    frame = encoded(image, selection=selection, bits=bits, restart_rows=restart_rows)
    np.testing.assert_array_equal(decode_lossless_jpeg(frame), image)


@pytest.mark.parametrize("value", [0, 1, 0x7FFF, 0x8000, 0xFFFF])
def test_the_largest_difference_has_a_category_of_its_own(value):
    image = np.array([[value, value ^ 0x8000, value], [0, 0xFFFF, 0x8000]], np.uint16)
    np.testing.assert_array_equal(decode_lossless_jpeg(encoded(image)), image)


def test_a_point_transform_shifts_values_back():
    image = random_image() & 0xFFF8
    np.testing.assert_array_equal(decode_lossless_jpeg(encoded(image, shift=3)), image)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\xff\xc3", b"\xff\xc0"),  # baseline
        (b"\xff\xc4", b"\xff\xe1"),  # no tables
        (b"\x01\x11\x00\xff\xda", b"\x01\x11\x00\xff\xdb"),  # no scan
        (b"\x01\x01\x00\x01\x00\x00", b"\x01\x01\x00\x08\x00\x00"),  # no such predictor
        (b"\x01\x01\x00\x01\x00\x00", b"\x01\x01\x30\x01\x00\x00"),  # no such table
        (b"\x10\x00\x07\x00\x09\x01", b"\x11\x00\x07\x00\x09\x01"),  # 17 bits
        (b"\x10\x00\x07\x00\x09\x01", b"\x10\x00\x07\x00\x09\x03"),  # three components
        (b"\x10\x00\x07\x00\x09\x01", b"\x10\xff\xff\xff\xff\x01"),  # more pixels than bits
        (b"\x10\x00\x07\x00\x09\x01", b"\x10\x00\x00\x00\x09\x01"),  # no rows
        (b"\x10\x00\x07\x00\x09\x01", b"\x10\x00\x08\x00\x09\x01"),  # a row too many
        (bytes((0, *COUNTS)), bytes((0, 3, *COUNTS[1:]))),  # more codes than there can be
    ],
)
def test_what_does_not_add_up_is_refused(old, new):
    frame = encoded(random_image())
    assert frame.count(old) == 1
    with pytest.raises(InputError, match="cut short or damaged"):
        decode_lossless_jpeg(frame.replace(old, new))


@given(cut=st.integers(0, 200))
def test_a_frame_that_is_cut_short_is_refused(cut):
    frame = encoded(random_image())
    with pytest.raises(InputError, match="cut short or damaged"):
        decode_lossless_jpeg(frame[: min(cut, len(frame) - 4)])


@given(place=st.integers(0, 199), value=st.integers(0, 255))
def test_a_damaged_byte_gives_an_image_of_the_same_size_or_an_error(place, value):
    frame = bytearray(encoded(random_image()))
    frame[place] = value
    try:
        image = decode_lossless_jpeg(bytes(frame))
    except InputError:
        return
    assert image.size <= 8 * len(frame)
