"""three.js for the report, taken from the installed trimesh when a report is written.

trimesh ships a viewer page whose one script begins with the whole of three.js (MIT licence). Nothing of it
is kept in this repository. What is taken is checked: another version of trimesh may ship another page.
"""

from __future__ import annotations

import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["webgl_library"]

_ARCHIVE = Path("resources", "templates", "viewer.zip")
_LICENSE = "/**\n * @license\n * Copyright 2010-2022 Three.js Authors\n * SPDX-License-Identifier: MIT\n */\n"
_BEGIN = f"<script>{_LICENSE}!function("
_EXPORTS = ".THREE={})}(this,(function("
_END = 'Object.defineProperty(t,"__esModule",{value:!0})}));'
_NAMES = (
    "BufferGeometry",
    "Float32BufferAttribute",
    "MeshStandardMaterial",
    "PerspectiveCamera",
    "Raycaster",
    "ShapePath",
    "WebGLRenderer",
)
"""Names that the page's own script uses."""


@cache
def webgl_library() -> str | None:
    """Return the text of three.js with its licence; None where trimesh does not ship it in a known form."""
    spec = find_spec("trimesh")  # importlib.resources would import the whole of it, for a sixth of a second
    if spec is None or spec.origin is None:
        return None
    try:
        with zipfile.ZipFile(Path(spec.origin).parent / _ARCHIVE) as stored:
            page = stored.read("viewer.html.template").decode("utf-8")
    except (OSError, KeyError, UnicodeDecodeError, zipfile.BadZipFile):
        return None
    return _library_in(page)


def _library_in(page: str) -> str | None:
    """Return what the page's script begins with, if it is three.js from its licence to its last export."""
    begin, end = page.find(_BEGIN), page.find(_END)
    if not 0 <= begin < end:
        return None
    library = page[begin + len("<script>") : end + len(_END)]
    known = _EXPORTS in library[:1000] and all(f"t.{name}=" in library for name in _NAMES)
    return library if known and "</script" not in library.lower() else None
