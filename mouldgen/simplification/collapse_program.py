"""Collapse the edges of meshes: a program of its own, because fast-simplification keeps Python's lock.

It imports nothing of mouldgen. It reads meshes from its standard input, writes what is left of each to its
standard output, and leaves when its input closes, so that it does not outlive whoever started it.
"""

from __future__ import annotations

import struct
import sys
from typing import IO

import numpy as np
import numpy.typing as npt

__all__ = ["collapse_edges", "receive_mesh", "send_mesh"]

PointArray = npt.NDArray[np.float64]
FaceArray = npt.NDArray[np.int32]

_HEADER = struct.Struct("<qqq")
"""Numbers of points and of faces, and how many faces are wanted."""


def collapse_edges(points: PointArray, faces: FaceArray, face_count: int) -> tuple[PointArray, FaceArray]:
    """Return a mesh with about `face_count` faces; `faces` may be changed."""
    import fast_simplification

    left, faces_left = fast_simplification.simplify(points.astype(np.float32), faces, target_count=face_count)
    return left, faces_left


def send_mesh(stream: IO[bytes], points: PointArray, faces: FaceArray, face_count: int) -> None:
    """Write a mesh for `receive_mesh`."""
    stream.write(_HEADER.pack(len(points), len(faces), face_count))
    stream.write(points.astype(np.float64).tobytes())
    stream.write(faces.astype(np.int32).tobytes())
    stream.flush()


def receive_mesh(stream: IO[bytes]) -> tuple[PointArray, FaceArray, int] | None:
    """Return what `send_mesh` wrote; None at the end of the stream."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    point_count, face_count, wanted = _HEADER.unpack(header)
    points, faces = bytearray(stream.read(24 * point_count)), bytearray(stream.read(12 * face_count))
    if len(faces) < 12 * face_count:
        return None
    return np.frombuffer(points).reshape(-1, 3), np.frombuffer(faces, np.int32).reshape(-1, 3), wanted


def main() -> None:
    """Collapse meshes until the input closes."""
    import fast_simplification  # noqa: F401  (loaded before the first mesh comes)

    while (job := receive_mesh(sys.stdin.buffer)) is not None:
        send_mesh(sys.stdout.buffer, *collapse_edges(*job), job[2])


if __name__ == "__main__":
    main()
