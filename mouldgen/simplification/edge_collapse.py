"""Meshes with fewer faces by edge collapse, in a program beside this one where one was started."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mouldgen.meshes import TriangleMesh
from mouldgen.simplification import collapse_program
from mouldgen.simplification.collapse_program import collapse_edges, receive_mesh, send_mesh

if TYPE_CHECKING:
    from mouldgen.simplification.collapse_program import FaceArray, PointArray

__all__ = ["collapsed_to", "collapsing_beside"]


def collapsed_to(mesh: TriangleMesh, face_count: int) -> TriangleMesh:
    """Return the mesh with about `face_count` faces, for looking at: no tolerance is kept."""
    if len(mesh.faces) <= face_count:
        return mesh
    return TriangleMesh(*_COLLAPSER.collapse(mesh.vertices_mould, mesh.faces, face_count))


@contextmanager
def collapsing_beside() -> Iterator[Callable[[], None]]:
    """Collapse edges in a program of its own while the block runs: the same meshes, on the second core.

    fast-simplification keeps Python's lock while it works, so that a thread would gain nothing. Where the
    program cannot be started, or ends early, edges are collapsed in this one. What is yielded ends it before
    the block does, for the sake of its memory.
    """
    _COLLAPSER.start()
    try:
        yield _COLLAPSER.end
    finally:
        _COLLAPSER.end()


class _EdgeCollapser:
    """fast-simplification keeps its mesh in global variables: one mesh at a time in each program."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None

    def collapse(self, points: PointArray, faces: FaceArray, face_count: int) -> tuple[PointArray, FaceArray]:
        with self._one_at_a_time:
            found = self._collapsed_beside(points, faces, face_count)
            return found or collapse_edges(points, faces.copy(), face_count)

    def start(self) -> None:
        with self._one_at_a_time:
            self._program = self._program or _start_program()

    def end(self) -> None:
        with self._one_at_a_time:
            program, self._program = self._program, None
        if program is not None:
            program.kill()
            program.communicate()

    def _collapsed_beside(
        self, points: PointArray, faces: FaceArray, face_count: int
    ) -> tuple[PointArray, FaceArray] | None:
        program = self._program
        if program is None or program.stdin is None or program.stdout is None:
            return None
        try:
            send_mesh(program.stdin, points, faces, face_count)
            answer = receive_mesh(program.stdout)
        except OSError:
            answer = None
        return None if answer is None else answer[:2]


def _start_program() -> subprocess.Popen[bytes] | None:
    command = [sys.executable or "python", "-P", collapse_program.__file__]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet)  # noqa: S603
    except OSError:
        return None


_COLLAPSER = _EdgeCollapser()
