"""Damages the elements of a DICOM file."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from random import Random

from dicom_elements import DEFLATED, IMPLICIT, Element, encode, parse, walk

__all__ = ["mutate_dicom"]

_TRANSFER_SYNTAX = 0x00020010
_SYNTAXES = (
    *(IMPLICIT, "1.2.840.10008.1.2.1", DEFLATED, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5"),
    *("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57"),
    *("1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"),
    *("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.100"),
    *("1.2.840.10008.1.2.4.201", "1.2.3", "", "1.2.840.10008.1.1"),
)
_DECIMALS = (
    *(
        "",
        "0",
        "-0",
        "1",
        "-1",
        "2",
        "3.5",
        "1e308",
        "-1e308",
        "1e-308",
        "1e39",
        "1e9",
        "100000",
        "0.0000001",
    ),
    *("nan", "inf", "-inf", "99999999999", "2147483648", "65536", "-32768", "abc", "1,5", "9" * 400, "\xff"),
)
_INTEGERS = (
    0,
    1,
    2,
    3,
    7,
    8,
    12,
    15,
    16,
    17,
    32,
    64,
    255,
    256,
    4096,
    32767,
    32768,
    65535,
    2**31 - 1,
    2**32 - 1,
)
_FLOATS = (0.0, -1.0, 1.0, 1e-300, 1e300, 1e5, float("nan"), float("inf"), float("-inf"), 1e-5)
_WORDS = (
    *("", "CT", "MR", "SEG", "RTSTRUCT", "RGB", "MONOCHROME1", "PALETTE COLOR", "YBR_FULL_422", "BINARY"),
    *("FRACTIONAL", "LABELMAP", "PROBABILITY", "OCCUPANCY", "CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "POINT"),
    *(
        "OPEN_PLANAR",
        "OPEN_NONPLANAR",
        "LOCALIZER",
        "DERIVED\\PRIMARY",
        "YES",
        "NO",
        "X" * 300,
        "\x00",
        "\xff\xfe",
    ),
    *(
        "ISO_IR 192",
        "ISO 2022 IR 87",
        "TILED_FULL",
        "3D",
        "PATIENT",
        "SERIES",
        "IMAGE",
        "PM1",
        "..\\..\\..\\etc",
    ),
)
_BINARY = {b"US": "H", b"SS": "h", b"UL": "L", b"SL": "l", b"FD": "d", b"FL": "f", b"SV": "q", b"UV": "Q"}
_VRS = (
    b"UN",
    b"SQ",
    b"OB",
    b"OW",
    b"DS",
    b"IS",
    b"US",
    b"UL",
    b"FD",
    b"LO",
    b"PN",
    b"UI",
    b"CS",
    b"AT",
    b"??",
)
_LENGTHS = (0, 1, 3, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_DEPTHS = (2, 60, 400, 5000)
_UNDEFINED = 0xFFFFFFFF
_KEYWORDS = (
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "NumberOfFrames"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel", "RescaleSlope"),
    *("RescaleIntercept", "PhotometricInterpretation", "PixelData", "InstanceNumber", "SOPClassUID"),
    *("SpacingBetweenSlices", "SliceThickness", "ContourData", "NumberOfContourPoints"),
    *(
        "ContourGeometricType",
        "ContourSequence",
        "ROIContourSequence",
        "StructureSetROISequence",
        "ROINumber",
    ),
    *("ReferencedROINumber", "ROIName", "ReferencedFrameOfReferenceUID", "FrameOfReferenceUID"),
    *("SegmentSequence", "SegmentNumber", "ReferencedSegmentNumber", "SegmentLabel", "SegmentationType"),
    *("MaximumFractionalValue", "SegmentationFractionalType", "SharedFunctionalGroupsSequence"),
    *("PerFrameFunctionalGroupsSequence", "PlanePositionSequence", "PlaneOrientationSequence"),
    *("PixelMeasuresSequence", "SegmentIdentificationSequence", "FrameContentSequence"),
    *("DimensionIndexValues", "SeriesInstanceUID", "SOPInstanceUID", "ReferencedSOPInstanceUID", "Modality"),
    *("ReferencedFileID", "DirectoryRecordSequence", "OffsetOfTheNextDirectoryRecord", "DirectoryRecordType"),
    *("SpecificCharacterSet", "ContourImageSequence", "ImageType", "SeriesDescription"),
)

Change = Callable[[list[Element], Random], str]


def mutate_dicom(data: bytes, rng: Random) -> tuple[bytes, str]:
    """Return a DICOM file with one thing wrong, and what; one that is no longer readable stays."""
    try:
        elements = parse(data)
    except (struct.error, RecursionError, IndexError):
        return data, "not read"
    if rng.random() < 0.06:
        return _written_otherwise(elements, rng)
    if not elements:
        return data, "no element"
    what = rng.choice(_CHANGES)(elements, rng)
    try:
        return encode(elements, rng.choice(("explicit", "explicit", "explicit", "undefined"))), what
    except (struct.error, RecursionError):
        return data, "not written"


def _pick(elements: list[Element], rng: Random) -> tuple[list[Element], int]:
    """Return an element, more often one that readers look at."""
    found = list(walk(elements))
    telling = [place for place in found if place[0][place[1]].tag in _telling_tags()]
    return rng.choice(telling if telling and rng.random() < 0.85 else found)


def _value(elements: list[Element], rng: Random) -> str:
    place, index = _pick(elements, rng)
    element = place[index]
    if element.items:
        return f"{element.tag:08X} items {_items(element, rng)}"
    if element.fragments:
        return f"fragments {_fragments(element, rng)}"
    element.value = _extreme(element, rng)
    return f"{element.tag:08X} = {element.value[:24]!r}"


def _everywhere(elements: list[Element], rng: Random) -> str:
    """Give all elements of one tag the same new value: every frame, or every contour."""
    place, index = _pick(elements, rng)
    first = place[index]
    if first.items or first.fragments:
        return _value(elements, rng)
    value = _extreme(first, rng)
    for where, at in walk(elements):
        if where[at].tag == first.tag:
            where[at].value = value
    return f"every {first.tag:08X} = {value[:24]!r}"


def _extreme(element: Element, rng: Random) -> bytes:
    if element.vr in {b"DS", b"IS"}:
        value = _numbers_as_text(element.value, rng)
    elif element.vr in _BINARY:
        value = _numbers(element, rng)
    elif element.vr == b"UI":
        value = rng.choice(("", "1.2.3", "9" * 70, *_SYNTAXES, "1.2.840.10008.5.1.4.1.1.66.4", "x")).encode()
    elif element.vr in {b"OB", b"OW", b"UN", b"AT"}:
        size = len(element.value)
        value = rng.choice(
            (b"", b"\xff" * size, element.value[: size // 2], element.value * 3, rng.randbytes(7))
        )
    else:
        value = rng.choice(_WORDS).encode("latin-1")
    return value + b" " * (len(value) % 2 if rng.random() < 0.95 else 0)


def _numbers_as_text(value: bytes, rng: Random) -> bytes:
    parts = value.split(b"\\")
    kind = rng.random()
    if kind < 0.55:
        parts[rng.randrange(len(parts))] = rng.choice(_DECIMALS).encode("latin-1")
    elif kind < 0.75:
        parts = [rng.choice(_DECIMALS).encode("latin-1")] * len(parts)
    elif kind < 0.9:
        parts = parts[: rng.randrange(len(parts) + 1)]
    else:
        parts *= rng.choice((2, 3, 500))
    return b"\\".join(parts)


def _numbers(element: Element, rng: Random) -> bytes:
    kind = _BINARY[element.vr]
    size = struct.calcsize(kind)
    if rng.random() < 0.15:
        return element.value[: rng.randrange(len(element.value) + 1)] * rng.choice((1, 2, 50))
    if kind in "df":
        number = rng.choice(_FLOATS)
        packed = struct.pack(f"<{kind}", number if kind == "d" or abs(number) < 1e38 else float("inf"))
    else:
        packed = (rng.choice(_INTEGERS) & (256**size - 1)).to_bytes(size, "little")
    start = size * rng.randrange(max(1, len(element.value) // size))
    return element.value[:start] + packed + element.value[start + size :]


def _items(element: Element, rng: Random) -> str:
    kind = rng.choice(("none", "fewer", "more", "empty", "reversed", "emptied"))
    index = rng.randrange(len(element.items))
    if kind == "none":
        element.items = []
    elif kind == "fewer":
        del element.items[index]
    elif kind == "more":
        element.items += [element.items[index]] * rng.choice((1, 2, 30))
    elif kind == "empty":
        element.items[index] = []
    elif kind == "reversed":
        element.items.reverse()
    else:
        element.items = [[] for _ in element.items]
    return kind


def _fragments(element: Element, rng: Random) -> str:
    kind = rng.choice(("removed", "doubled", "cut", "damaged", "empty", "junk"))
    index = rng.randrange(len(element.fragments))
    content = element.fragments[index]
    if kind == "removed":
        del element.fragments[index]
    elif kind == "doubled":
        element.fragments.insert(index, content)
    else:
        element.fragments[index] = {
            "cut": content[: rng.randrange(len(content) + 1)],
            "damaged": _with_changed_byte(content, rng),
            "empty": b"",
            "junk": rng.randbytes(40),
        }[kind]
    return f"{index} {kind}"


def _with_changed_byte(content: bytes, rng: Random) -> bytes:
    changed = bytearray(content or b"\0")
    for _ in range(rng.choice((1, 1, 2, 6))):
        changed[rng.randrange(min(len(changed), rng.choice((64, 10**6))))] = rng.choice((0, 1, 127, 128, 255))
    return bytes(changed)


def _dropped(elements: list[Element], rng: Random) -> str:
    place, index = _pick(elements, rng)
    return f"{place.pop(index).tag:08X} dropped"


def _doubled(elements: list[Element], rng: Random) -> str:
    place, index = _pick(elements, rng)
    place.insert(rng.randrange(len(place) + 1), place[index])
    return f"{place[index].tag:08X} doubled"


def _borrowed(elements: list[Element], rng: Random) -> str:
    """Give an element the value of another of its kind."""
    place, index = _pick(elements, rng)
    element = place[index]
    alike = [where[at] for where, at in walk(elements) if where[at].vr == element.vr]
    other = rng.choice(alike)
    element.value, element.items, element.fragments = other.value, list(other.items), list(other.fragments)
    return f"{element.tag:08X} as {other.tag:08X}"


def _vr_changed(elements: list[Element], rng: Random) -> str:
    place, index = _pick(elements, rng)
    place[index].vr = rng.choice(_VRS)
    return f"{place[index].tag:08X} as {place[index].vr!r}"


def _tag_changed(elements: list[Element], rng: Random) -> str:
    place, index = _pick(elements, rng)
    before = place[index].tag
    place[index].tag = rng.choice((before ^ (1 << rng.randrange(32)), *_telling_tags()))
    return f"{before:08X} as {place[index].tag:08X}"


def _length_changed(elements: list[Element], rng: Random) -> str:
    place, index = _pick(elements, rng)
    element = place[index]
    element.declared_length = rng.choice((*_LENGTHS, len(element.value) + 1, len(element.value) + 2))
    return f"{element.tag:08X} of length {element.declared_length}"


def _nested(elements: list[Element], rng: Random) -> str:
    """Put sequences into each other, without lengths, as nothing else makes a reader recurse."""
    place, index = _pick(elements, rng)
    element = place[index]
    depth = rng.choice(_DEPTHS)
    element.vr, element.items, element.fragments, element.declared_length = b"SQ", [], [], _UNDEFINED
    head = struct.pack("<HHL", 0xFFFE, 0xE000, _UNDEFINED)
    inner = struct.pack("<HH2sHL", element.tag >> 16, element.tag & 0xFFFF, b"SQ", 0, _UNDEFINED)
    element.value = (head + inner) * depth
    return f"{element.tag:08X} nested {depth} deep"


def _syntax_changed(elements: list[Element], rng: Random) -> str:
    syntax = rng.choice(_SYNTAXES)
    _set_syntax(elements, syntax)
    return f"declares {syntax}"


def _set_syntax(elements: list[Element], syntax: str) -> None:
    for element in elements:
        if element.tag == _TRANSFER_SYNTAX:
            element.value = (syntax + "\0" * (len(syntax) % 2)).encode()


def _written_otherwise(elements: list[Element], rng: Random) -> tuple[bytes, str]:
    """Return the same elements in another layout, most often with the transfer syntax that fits."""
    layout = rng.choice(("implicit", "deflated", "undefined", "explicit"))
    if rng.random() < 0.7 and layout in {"implicit", "deflated"}:
        _set_syntax(elements, IMPLICIT if layout == "implicit" else DEFLATED)
    has_preamble = rng.random() < 0.7
    kept = elements if has_preamble else [element for element in elements if element.tag >> 16 > 2]
    data = encode(kept, layout, has_preamble=has_preamble)
    return data, f"written {layout}{'' if has_preamble else ' without preamble'}"


@cache
def _telling_tags() -> tuple[int, ...]:
    from pydicom.datadict import tag_for_keyword

    tags = (tag_for_keyword(keyword) for keyword in _KEYWORDS)
    return tuple(tag for tag in tags if tag is not None)


_CHANGES: tuple[Change, ...] = (
    *(_value,) * 10,
    *(_everywhere,) * 5,
    *(_dropped,) * 4,
    *(_borrowed,) * 4,
    *(_length_changed,) * 2,
    *(_vr_changed,) * 2,
    *(_tag_changed, _doubled, _nested, _syntax_changed),
)
