"""Draw a part with numbered marks where its findings are, and what they say below. A program of its own.

::

    python -m mouldgen.export.findings_scene PICTURE.png MARKS.json PART.stl ...

MARKS.json is a list of ``{"severity": ..., "text": ..., "part": ..., "places": [[x, y, z], ...]}``; the part
counts from 0. Parts stand side by side. Marks are drawn over the picture, so that no wall hides them; those
whose place is hidden have a dashed ring.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.export import overview_scene as scene
from mouldgen.export.overview_scene import FloatArray, SceneExit, SceneView

__all__ = ["draw_findings"]

_EYES = ((0.36, -0.78, 0.68), (-0.42, 0.72, 0.68), (0.36, -0.78, -0.68))
"""From the front and above, from behind and above, and from the front and below."""

INKS = {"error": (178, 24, 32), "warning": (196, 98, 0)}
_PAPER, _TEXT, _FRAME, _PALE = (255, 255, 255), (34, 34, 34), (190, 190, 190), (110, 110, 110)
_NOTE = "dashed rings lie behind or inside what is seen"
_RING_PX, _FONT_PX, _LINE_PX, _MARGIN_PX = 19, 25, 33, 36
_GAP_PX = 12
_BETWEEN_MM = 15.0
_HIDDEN_MM = 1.0
_AXIS_PX = 74


@dataclass(frozen=True)
class Mark:
    """One finding: its number, how grave it is, what it says, and where."""

    number: int
    severity: str
    text: str
    part: int
    places_mm: FloatArray

    def moved(self, shifts_mm: FloatArray) -> Mark:
        """Return the mark where its part was moved to."""
        return replace(self, places_mm=self.places_mm + shifts_mm[self.part])


def draw_findings(picture: Path, marks: list[Mark], parts: list[Path]) -> SceneExit:
    """Write the picture as PNG.

    Parameters
    ----------
    picture
        Where to.
    marks
        The findings.
    parts
        STL files.
    """
    try:
        meshes = [scene.read_mesh(part) for part in parts]
        clouds = [scene.points_of(mesh) for mesh in meshes]
        shifts = _side_by_side(clouds)
        marks = [mark.moved(shifts) for mark in marks]
        clouds = [cloud + shift for cloud, shift in zip(clouds, shifts, strict=True)]
        clouds += [mark.places_mm for mark in marks]
        meshes = [_moved(mesh, shift) for mesh, shift in zip(meshes, shifts, strict=True)]
        view, colors, depth = _best_view(meshes, clouds, marks)
    except ModuleNotFoundError:
        return SceneExit.NO_LIBRARY
    except ImportError:  # VTK is there, but not the OpenGL that it is linked to
        return SceneExit.NOTHING_DRAWN
    if np.ptp(colors) == 0:
        return SceneExit.NOTHING_DRAWN
    depth_mm = view.depth_mm(depth)
    brightness = scene.crevice_brightness(depth_mm, depth < 1, view.px_mm)
    image = _annotated(scene.shaded(colors, brightness), marks, view, depth_mm)
    image.save(picture, "PNG", compress_level=3)
    return SceneExit.DRAWN


def _side_by_side(clouds: list[FloatArray]) -> FloatArray:
    """Return by how much to move each part, shape (parts, 3); one alone stays where it is."""
    shifts = np.zeros((len(clouds), 3))
    for n in range(1, len(clouds)):
        end = clouds[n - 1].max(axis=0) + shifts[n - 1]
        low = clouds[n].min(axis=0)
        shifts[n] = (end[0] + _BETWEEN_MM - low[0], 0.0, clouds[0][:, 2].min() - low[2])
    return shifts


def _moved(mesh: Any, shift: FloatArray) -> Any:
    from vtkmodules.vtkCommonTransforms import vtkTransform
    from vtkmodules.vtkFiltersGeneral import vtkTransformPolyDataFilter

    move = vtkTransform()
    move.Translate(*shift)
    moving = vtkTransformPolyDataFilter()
    moving.SetTransform(move)
    moving.SetInputData(mesh)
    moving.Update()
    return moving.GetOutput()


def _best_view(
    meshes: list[Any], clouds: list[FloatArray], marks: list[Mark]
) -> tuple[SceneView, npt.NDArray[np.uint8], FloatArray]:
    """Return the first view from which most places are seen, or the one from which the most are."""
    places = np.concatenate([mark.places_mm for mark in marks])
    seen_best, best = -1, None
    for toward_eye in _EYES:
        view = SceneView.around(clouds, toward_eye)
        colors, depth = _render(meshes, view)
        seen = sum(_on_picture(place, view, view.depth_mm(depth))[2] for place in places)
        if seen > seen_best:
            seen_best, best = seen, (view, colors, depth)
        if seen > len(places) / 2:
            break
    assert best is not None  # noqa: S101  (there are eyes)
    return best


def _render(meshes: list[Any], view: SceneView) -> tuple[npt.NDArray[np.uint8], FloatArray]:
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 -- registers the renderer
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

    renderer = vtkRenderer()
    renderer.SetBackground(1.0, 1.0, 1.0)
    for mesh in meshes:
        renderer.AddActor(scene.scene_actor(scene.with_normals(mesh, 30.0), scene.PLASTIC))
        renderer.AddActor(scene.scene_actor(scene.sharp_edges(mesh), scene.EDGE))
    scene.set_lights(renderer)
    if view.axes[2, 2] < 0:
        _light_from(renderer, view.axes[2])
    scene.set_camera(renderer.GetActiveCamera(), view)
    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetSize(*scene.SIZE_PX)
    window.SetMultiSamples(4)
    window.AddRenderer(renderer)
    window.Render()
    return scene.grabbed(window, "RGB"), scene.grabbed(window, "ZBuffer")[..., 0]


def _light_from(renderer: Any, direction: FloatArray) -> None:
    from vtkmodules.vtkRenderingCore import vtkLight

    light = vtkLight()
    light.SetLightTypeToSceneLight()
    light.SetPosition(*direction)
    light.SetIntensity(0.7)
    renderer.AddLight(light)


def _annotated(
    colors: npt.NDArray[np.uint8], marks: list[Mark], view: SceneView, depth_mm: FloatArray
) -> Any:
    """Return the picture with rings around the places, and a legend below."""
    from PIL import Image, ImageDraw

    font = _font(_FONT_PX)
    width, height = scene.SIZE_PX
    lines = [(mark, line) for mark in marks for line in _wrapped(mark, font, width - 3 * _MARGIN_PX - 40)]
    gaps = _GAP_PX * (len(marks) - 1)
    image = Image.new("RGB", (width, height + 3 * _MARGIN_PX + _LINE_PX * len(lines) + gaps), _PAPER)
    image.paste(Image.fromarray(colors))
    draw = ImageDraw.Draw(image)
    _draw_axes(draw, view)
    for mark in reversed(marks):
        _draw_places(draw, mark, view, depth_mm)
    draw.line([(_MARGIN_PX, height), (width - _MARGIN_PX, height)], fill=_FRAME, width=2)
    draw.text((width - _MARGIN_PX, height + 8), _NOTE, fill=_PALE, font=_font(18), anchor="ra")
    for row, (mark, (line, is_first)) in enumerate(lines):
        top = height + 1.5 * _MARGIN_PX + row * _LINE_PX + _GAP_PX * (mark.number - 1)
        if is_first:
            _draw_disc(draw, (_MARGIN_PX + _RING_PX, top + _FONT_PX // 2 + 2), mark)
        draw.text((2 * _MARGIN_PX + 30, top), line, fill=_TEXT, font=font)
    return image


def _draw_axes(draw: Any, view: SceneView) -> None:
    """Draw which way X, Y and Z run, in the lower left corner."""
    origin = np.array([_MARGIN_PX + 1.1 * _AXIS_PX, scene.SIZE_PX[1] - _MARGIN_PX - 1.1 * _AXIS_PX])
    for axis, name in enumerate("xyz"):
        right, up, _ = view.axes[:, axis]
        way = np.array([right, -up])
        end = origin + _AXIS_PX * way
        draw.line([*origin, *end], fill=_PALE, width=3)
        draw.text(tuple(origin + (_AXIS_PX + 16) * way), name, fill=_TEXT, font=_font(22), anchor="mm")


def _draw_places(draw: Any, mark: Mark, view: SceneView, depth_mm: FloatArray) -> None:
    """Draw a ring at every place, and a numbered disc beside the first."""
    ink = INKS[mark.severity]
    drawn: list[tuple[float, float]] = []
    for place in mark.places_mm[::-1]:
        x, y, is_seen = _on_picture(place, view, depth_mm)
        drawn.append((x, y))
        for start in range(0, 360, 360 if is_seen else 45):
            span = 360 if is_seen else 26
            box = (x - _RING_PX, y - _RING_PX, x + _RING_PX, y + _RING_PX)
            draw.arc(box, start, start + span, fill=_PAPER, width=7)
            draw.arc(box, start, start + span, fill=ink, width=4)
        draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=ink)
    if drawn:
        x, y = drawn[-1]
        _draw_disc(draw, (x + 1.55 * _RING_PX, y - 1.55 * _RING_PX), mark)


def _draw_disc(draw: Any, middle: tuple[float, float], mark: Mark) -> None:
    x, y = middle
    radius = 16
    draw.ellipse(
        (x - radius, y - radius, x + radius, y + radius), fill=INKS[mark.severity], outline=_PAPER, width=2
    )
    draw.text((x, y), str(mark.number), fill=_PAPER, font=_font(22, bold=True), anchor="mm")


def _on_picture(place: FloatArray, view: SceneView, depth_mm: FloatArray) -> tuple[float, float, bool]:
    """Return where a place is on the picture, and whether nothing stands before it."""
    width, height = scene.SIZE_PX
    right, up, toward = view.axes @ (place - view.middle_mm)
    x, y = width / 2 + right / view.px_mm, height / 2 - up / view.px_mm
    column, row = int(np.clip(x, 0, width - 1)), int(np.clip(y, 0, height - 1))
    return float(x), float(y), bool(view.half_depth_mm - toward < depth_mm[row, column] + _HIDDEN_MM)


def _wrapped(mark: Mark, font: Any, width_px: float) -> Iterator[tuple[str, bool]]:
    line, is_first = "", True
    for word in mark.text.split():
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width_px:
            yield line, is_first
            line, is_first = word, False
        else:
            line = longer
    yield line, is_first


def _font(size_px: int, *, bold: bool = False) -> Any:
    import reportlab
    from PIL import ImageFont

    folder = Path(reportlab.__file__).parent / "fonts"
    return ImageFont.truetype(folder / ("VeraBd.ttf" if bold else "Vera.ttf"), size_px)


def _read_marks(text: str) -> list[Mark]:
    return [
        Mark(n, row["severity"], row["text"], row["part"], np.array(row["places"], float).reshape(-1, 3))
        for n, row in enumerate(json.loads(text), start=1)
    ]


if __name__ == "__main__":
    scene.leave_with_parent()
    picture, marks, *parts = sys.argv[1:]
    rows = _read_marks(Path(marks).read_text(encoding="utf-8"))
    sys.exit(draw_findings(Path(picture), rows, [Path(part) for part in parts]))
