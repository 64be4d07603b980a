"""Whether a mesh bounds one solid: closed, wound outwards, each face once, nothing running through itself.

Faults are peeled off in turn, so that each is called by its own name: what is no number, faces without area,
faces stored twice, edges that too many faces share, holes, turned faces, and then what crosses.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Severity
from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.printability.crossings import find_crossings
from mouldgen.printability.edges import MeshEdges
from mouldgen.printability.flaws import Flaw, at, part_flaw, scattered
from mouldgen.printability.mesh_closure import IndexArray
from mouldgen.printability.raw_mesh import RawMesh
from mouldgen.printability.shells import Shell, parted_shells, shared_volumes

__all__ = ["examine_mesh"]

_APART_MM = 3.0
_SHARED_MM3 = 0.01
_HINT = "Repair it where it was drawn, or with a repair tool, and export it again"


def examine_mesh(raw: RawMesh) -> tuple[tuple[Flaw, ...], TriangleMesh | None]:
    """Return what is wrong with a mesh, and the mesh if it bounds solids that can be measured.

    Parameters
    ----------
    raw
        As a file holds it.

    Returns
    -------
    flaws
        Every error with where it is.
    mesh
        Merged, if there is no error in it.
    """
    flaws = list(_numbers(raw))
    mesh = raw.merged()
    flaws += _surface_flaws(raw.name, mesh)
    is_sound = not any(flaw.finding.severity is Severity.ERROR for flaw in flaws)
    return tuple(flaws), mesh if is_sound and len(mesh.faces) else None


def _surface_flaws(name: str, mesh: TriangleMesh) -> Iterator[Flaw]:
    vertices = mesh.vertices_mould
    faces, flat = _with_area(mesh.faces)
    if len(flat):
        yield _error(
            name,
            "degenerate_faces",
            f"{_counted(len(flat), 'face')} without area, with two equal corners, the first "
            f"{at(vertices[flat[0]].mean(axis=0))}. Slicers drop such faces and may leave holes. {_HINT}",
            vertices[flat].mean(axis=1),
        )
    faces, double = _once(faces)
    if len(double):
        yield _error(
            name,
            "duplicate_faces",
            f"{_counted(len(double), 'face')} stored more than once, the first "
            f"{at(vertices[double[0]].mean(axis=0))}. Delete the copies and export it again",
            vertices[double].mean(axis=1),
        )
    if len(faces) == 0:
        return
    edges = MeshEdges(vertices, faces)
    yield from _shared_edges(name, edges)
    yield from _holes(name, edges)
    shells = parted_shells(edges)
    yield from _turned(name, edges, shells)
    yield from _crossing(name, edges, shells)
    yield from _bodies(name, shells)


def _numbers(raw: RawMesh) -> Iterator[Flaw]:
    broken = raw.corners_mm[~raw.finite].reshape(-1, 3)
    if not len(broken):
        return
    near = broken[np.isfinite(broken).all(axis=1)]
    where = f", next to the corner {at(near[0])}" if len(near) else ""
    count = int((~raw.finite).sum())
    yield _error(
        raw.name,
        "not_a_number",
        f"{_counted(count, 'face')} with a coordinate that is no number{where}. PrusaSlicer crashes on such "
        f"a file. {_HINT}",
        scattered(near, _APART_MM),
    )


def _with_area(faces: npt.NDArray[np.integer]) -> tuple[IndexArray, IndexArray]:
    """Return the faces with three different corners, and the others."""
    flat = (faces == faces[:, [1, 2, 0]]).any(axis=1)
    return faces[~flat].astype(np.int64), faces[flat].astype(np.int64)


def _once(faces: IndexArray) -> tuple[IndexArray, IndexArray]:
    """Return every face once, whichever way it is wound, and the copies."""
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    is_first = np.zeros(len(faces), bool)
    is_first[first] = True
    return faces[is_first], faces[~is_first]


def _shared_edges(name: str, edges: MeshEdges) -> Iterator[Flaw]:
    crowded = edges.vertices_mm[edges.crowded_edges]
    if len(crowded):
        yield _error(
            name,
            "shared_edge",
            f"{_counted(len(crowded), 'edge')} shared by more than two faces, the first "
            f"{at(crowded[0, 0])} to {at(crowded[0, 1])[3:]}: bodies touch along a line there. Let them "
            "overlap or part them by 0.1 mm, and export it again",
            crowded.mean(axis=1),
        )


def _holes(name: str, edges: MeshEdges) -> Iterator[Flaw]:
    rims = edges.open_edges
    if not len(rims):
        return
    _, index = np.unique(rims, return_inverse=True)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = index.reshape(-1, 2)
    links = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(index.max() + 1,) * 2)
    count, hole_of_vertex = connected_components(links, directed=False)
    middles = edges.vertices_mm[rims].mean(axis=1)
    hole = hole_of_vertex[ends[:, 0]]
    centres = np.array([middles[hole == n].mean(axis=0) for n in range(min(count, 500))])
    sizes = np.array(
        [np.ptp(edges.vertices_mm[rims[hole == n]].reshape(-1, 3), axis=0).max() for n in range(len(centres))]
    )
    order = np.argsort(-sizes, kind="stable")
    yield _error(
        name,
        "open_mesh",
        f"{_counted(count, 'hole')} with {_counted(len(rims), 'open edge')} in all, the largest "
        f"{sizes[order[0]]:.1f} mm across, {at(centres[order[0]])}. The mesh bounds no solid; slicers close "
        f"it as they think fit. {_HINT}",
        centres[order],
    )


def _turned(name: str, edges: MeshEdges, shells: tuple[Shell, ...]) -> Iterator[Flaw]:
    inside_out = [shell for shell in shells if shell.is_inside_out]
    if inside_out:
        count = sum(len(shell.faces) for shell in inside_out)
        yield _error(
            name,
            "inside_out",
            f"{_counted(count, 'face')} wound the wrong way: {_all_or_count(inside_out, shells)} inside out, "
            f"with {sum(shell.volume_mm3 for shell in inside_out):.1f} mm3 (expected above zero), the first "
            f"{at(inside_out[0].middle_mm)}. Turn all faces and export it again",
            np.array([shell.middle_mm for shell in inside_out]),
        )
    turned = np.concatenate(
        [shell.turned for shell in shells if not shell.is_inside_out] or [np.zeros(0, np.int64)]
    )
    if len(turned):
        middles = edges.vertices_mm[edges.faces[turned]].mean(axis=1)
        yield _error(
            name,
            "flipped_faces",
            f"{_counted(len(turned), 'face')} of {len(edges.faces)} wound against their neighbours, the "
            f"first {at(middles[0])}. Let your program unify the normals, outwards, and export it again",
            scattered(middles[:2000], _APART_MM),
        )
    one_sided = [shell for shell in shells if shell.is_one_sided]
    if one_sided:
        yield _error(
            name,
            "one_sided",
            f"a surface without inside and outside, around {at(one_sided[0].middle_mm)}. {_HINT}",
            np.array([shell.middle_mm for shell in one_sided]),
        )


def _crossing(name: str, edges: MeshEdges, shells: tuple[Shell, ...]) -> Iterator[Flaw]:
    points, pairs = find_crossings(edges.vertices_mm, edges.faces)
    same = edges.shells[pairs[:, 0]] == edges.shells[pairs[:, 1]]
    if same.any():
        worst = _busiest_vertex(edges, pairs[same])
        places = scattered(points[same][:2000], _APART_MM)
        yield _error(
            name,
            "self_intersection",
            f"the surface runs through itself in {_counted(len(np.unique(pairs[same])), 'face')}, the first "
            f"{at(places[0])}; most of them meet in the vertex {at(worst)}. Move that vertex, or unite the "
            "bodies by a boolean, and export it again",
            np.concatenate([worst[None], places]),
        )
    overlaps = list(shared_volumes(shells, _SHARED_MM3))
    apart = points[~same]
    if overlaps or len(apart):
        places = np.concatenate(
            [*(middle[None] for _, middle in overlaps), scattered(apart[:2000], _APART_MM)]
        )
        volume = sum(shared for shared, _ in overlaps)
        shared_text = f" and share {volume:.1f} mm3" if volume else ""
        yield _error(
            name,
            "overlapping_bodies",
            f"bodies that are not united run into each other{shared_text}, {at(places[0])}. Unite them by a "
            "boolean and export it again: slicers disagree about what lies in two bodies at once",
            places,
        )


def _busiest_vertex(edges: MeshEdges, pairs: IndexArray) -> FloatArray:
    corners = edges.faces[np.unique(pairs)].ravel()
    return np.asarray(edges.vertices_mm[np.bincount(corners).argmax()])


def _bodies(name: str, shells: tuple[Shell, ...]) -> Iterator[Flaw]:
    solid = sorted((shell for shell in shells if not shell.is_void), key=lambda shell: -abs(shell.volume_mm3))
    if len(solid) > 1:
        listed = "; ".join(f"{abs(s.volume_mm3) / 1000:.2f} mL {at(s.middle_mm)}" for s in solid[:4])
        more = f"; and {len(solid) - 4} more" if len(solid) > 4 else ""
        yield part_flaw(
            name,
            Severity.WARNING,
            "several_bodies",
            f"{len(solid)} separate bodies where one was expected: {listed}{more}. If they are parts of one "
            "mould, export each as a file of its own; specks are to be deleted",
            np.array([shell.middle_mm for shell in solid[1:]]),
        )
    voids = [shell for shell in shells if shell.is_void]
    if voids:
        yield part_flaw(
            name,
            Severity.WARNING,
            "enclosed_void",
            f"{_counted(len(voids), 'hollow')} without a way out, of "
            f"{-sum(v.volume_mm3 for v in voids):.0f} mm3 in all, {at(voids[0].middle_mm)}: resin would stay "
            "in there. Fill it, or open it with a drain hole",
            np.array([void.middle_mm for void in voids]),
        )


def _all_or_count(some: list[Shell], shells: tuple[Shell, ...]) -> str:
    if len(some) == len(shells):
        return "the mesh is"
    return f"{len(some)} of {len(shells)} bodies are"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _error(name: str, code: str, message: str, places_mm: FloatArray) -> Flaw:
    return part_flaw(name, Severity.ERROR, code, message, places_mm)
