"""DICOM files as trees of elements that may be wrong in any way: a library would refuse to write them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["DEFLATED", "IMPLICIT", "Element", "encode", "parse", "walk"]

IMPLICIT = "1.2.840.10008.1.2"
DEFLATED = "1.2.840.10008.1.2.1.99"

_BEGIN = 132
_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD


@dataclass
class Element:
    """One element, and the lie about its length, if any."""

    tag: int
    vr: bytes
    value: bytes = b""
    items: list[list[Element]] = field(default_factory=list)
    fragments: list[bytes] = field(default_factory=list)
    declared_length: int | None = None


def parse(data: bytes) -> list[Element]:
    """Return the elements of a whole file in explicit little endian; pixels may be encapsulated."""
    return _Reader(data, _BEGIN).elements(len(data))


def walk(elements: list[Element]) -> Iterator[tuple[list[Element], int]]:
    """Yield each element, however deep, as its list and its place in it."""
    for index, element in enumerate(elements):
        yield elements, index
        for item in element.items:
            yield from walk(item)


def encode(elements: list[Element], layout: str = "explicit", *, has_preamble: bool = True) -> bytes:
    """Return a file; `layout` is ``explicit``, ``implicit``, ``deflated`` or ``undefined`` (lengths)."""
    begin = bytes(128) + b"DICM" if has_preamble else b""
    meta = [element for element in elements if element.tag >> 16 <= 2]
    rest = _content([e for e in elements if e.tag >> 16 > 2], layout)
    if layout == "deflated":
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        rest = deflate.compress(rest) + deflate.flush()
    return begin + _content(meta, "explicit") + rest


class _Reader:
    def __init__(self, data: bytes, position: int) -> None:
        self.data, self.position = data, position

    def elements(self, end: int) -> list[Element]:
        found = []
        while self.position < end:
            tag = self._tag()
            if tag in {_ITEM_END, _SEQUENCE_END}:
                self.position += 4
                break
            found.append(self._element(tag))
        return found

    def _element(self, tag: int) -> Element:
        vr = self._take(2)
        if vr in _LONG_VRS:
            self.position += 2
            length = self._number("<L")
        else:
            length = self._number("<H")
        if vr == b"SQ":
            return Element(tag, vr, items=self._items(length))
        if length == _UNDEFINED:
            return Element(tag, vr, fragments=self._fragments())
        return Element(tag, vr, self._take(length))

    def _items(self, length: int) -> list[list[Element]]:
        end = len(self.data) if length == _UNDEFINED else self.position + length
        items = []
        while self.position < end and self._tag() == _ITEM:
            size = self._number("<L")
            items.append(self.elements(len(self.data) if size == _UNDEFINED else self.position + size))
        if length == _UNDEFINED:
            self.position += 4
        return items

    def _fragments(self) -> list[bytes]:
        fragments = []
        while self._tag() == _ITEM:
            fragments.append(self._take(self._number("<L")))
        self.position += 4
        return fragments

    def _tag(self) -> int:
        group, element = struct.unpack("<HH", self._take(4))
        return int(group) << 16 | int(element)

    def _number(self, kind: str) -> int:
        return int(struct.unpack(kind, self._take(struct.calcsize(kind)))[0])

    def _take(self, count: int) -> bytes:
        self.position += count
        return self.data[self.position - count : self.position]


def _content(elements: list[Element], layout: str) -> bytes:
    return b"".join(_encoded(element, layout) for element in elements)


def _encoded(element: Element, layout: str) -> bytes:
    content = element.value
    is_open = bool(element.fragments)
    if element.items:
        is_open = layout == "undefined"
        content = b"".join(_item(item, layout) for item in element.items)
        content += _delimiter(_SEQUENCE_END) if is_open else b""
    elif element.fragments:
        content = b"".join(_tagged(_ITEM, len(part)) + part for part in element.fragments)
        content += _delimiter(_SEQUENCE_END)
    length = _UNDEFINED if is_open else len(content)
    if element.declared_length is not None:
        length = element.declared_length
    return _head(element, length, layout) + content


def _item(item: list[Element], layout: str) -> bytes:
    content = _content(item, layout)
    if layout == "undefined":
        return _tagged(_ITEM, _UNDEFINED) + content + _delimiter(_ITEM_END)
    return _tagged(_ITEM, len(content)) + content


def _head(element: Element, length: int, layout: str) -> bytes:
    if layout == "implicit":
        return _tagged(element.tag, length & _UNDEFINED)
    start = struct.pack("<HH", element.tag >> 16, element.tag & 0xFFFF) + element.vr[:2].ljust(2)
    if element.vr in _LONG_VRS:
        return start + b"\0\0" + struct.pack("<L", length & _UNDEFINED)
    return start + struct.pack("<H", length & 0xFFFF)


def _tagged(tag: int, length: int) -> bytes:
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, length)


def _delimiter(tag: int) -> bytes:
    return _tagged(tag, 0)
