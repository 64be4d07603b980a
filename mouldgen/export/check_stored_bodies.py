"""Checks of the bodies in a case folder: each closed, in one piece and the same in STL and 3MF."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mouldgen.errors import Finding, InputError
from mouldgen.export.mesh_closure import count_bodies, measure_closure
from mouldgen.export.stl_files import read_stl
from mouldgen.export.stored_case import StoredCase, broken
from mouldgen.export.threemf_files import read_threemf
from mouldgen.meshes import TriangleMesh

__all__ = ["check_bodies"]

_PLATE_TOLERANCE_MM = 0.01
_VOLUME_TOLERANCE = 1e-5
"""Between STL, 32 bits, and 3MF, six decimals."""


def check_bodies(case: StoredCase) -> Iterator[Finding]:
    """Read every STL file and the 3MF file, and check and compare their bodies."""
    meshes: dict[str, TriangleMesh] = {}
    for path in sorted((case.folder / "mould").glob("*.stl")):
        try:
            meshes[path.stem] = read_stl(path)
        except InputError as error:
            yield Finding.error("stl_unreadable", str(error))
            continue
        yield from _check_header(path)
        yield from _check_body(path.name, meshes[path.stem])
    base = Path(case.document.mould.base_part)
    if base.stem in meshes:
        yield from _check_stands(base.name, meshes[base.stem])
        yield from _check_one_body(base.name, meshes[base.stem])
    yield from _check_threemf(case.folder / "mould" / "mould.3mf", meshes)


def _check_header(path: Path) -> Iterator[Finding]:
    with path.open("rb") as file:
        header = file.read(80)
    if header.strip(b"\0 "):
        yield broken(
            "stl_header",
            f"the header of {path.name} holds {header.strip(bytes(2))!r}; expected nothing",
        )


def _check_body(name: str, mesh: TriangleMesh) -> Iterator[Finding]:
    closure = measure_closure(mesh.faces)
    if not closure.is_closed:
        yield broken("stl_not_closed", f"{name} is not closed: {closure}")
        return
    if mesh.volume_mm3 <= 0:
        yield broken(
            "stl_inside_out",
            f"{name} has a volume of {mesh.volume_mm3:.1f} mm3, expected above zero",
        )


def _check_one_body(name: str, mesh: TriangleMesh) -> Iterator[Finding]:
    """Check that a part is one body; a specimen of several lesions is not."""
    bodies = count_bodies(mesh.faces)
    if bodies != 1:
        yield broken("stl_several_bodies", f"{name} falls into {bodies} bodies, expected one")


def _check_stands(name: str, mesh: TriangleMesh) -> Iterator[Finding]:
    lowest_mm = float(mesh.bounds_mm[0, 2])
    if abs(lowest_mm) > _PLATE_TOLERANCE_MM:
        yield broken("stl_off_plate", f"{name} begins at z = {lowest_mm:.3f} mm, expected 0 mm")


def _check_threemf(path: Path, meshes: dict[str, TriangleMesh]) -> Iterator[Finding]:
    if not path.is_file():
        return
    try:
        bodies = {body.name: body.mesh for body in read_threemf(path)}
    except InputError as error:
        yield Finding.error("3mf_unreadable", str(error))
        return
    if bodies.keys() != meshes.keys():
        yield broken(
            "3mf_differs",
            f"mould.3mf holds {', '.join(sorted(bodies))}, but the STL files {', '.join(sorted(meshes))}",
        )
    for name in sorted(bodies.keys() & meshes.keys()):
        stored_mm3, wanted_mm3 = bodies[name].volume_mm3, meshes[name].volume_mm3
        if abs(stored_mm3 - wanted_mm3) > _VOLUME_TOLERANCE * abs(wanted_mm3):
            yield broken(
                "3mf_differs",
                f"{name} has {stored_mm3:.1f} mm3 in mould.3mf, but {wanted_mm3:.1f} mm3 in its STL file",
            )
