"""Triangles of a file that may be damaged, written again for the picture of its findings."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mouldgen.printability.raw_mesh import RawMesh

__all__ = ["write_raw_stl"]

_RECORD = [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")]


def write_raw_stl(body: RawMesh, path: Path) -> Path:
    """Write the finite faces of a body as they are, unchecked, and return the path."""
    corners = body.corners_mm[body.finite]
    records = np.zeros(len(corners), _RECORD)
    records["corners"] = corners
    path.write_bytes(bytes(80) + len(corners).to_bytes(4, "little") + records.tobytes())
    return path
