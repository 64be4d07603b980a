"""Draw the mould with the specimen above it. A program of its own: a broken OpenGL ends its process.

::

    echo LIFT_MM | python overview_scene.py BASE.stl SPECIMEN.stl PICTURE.png

It imports nothing of mouldgen. Its libraries are loaded while it waits for the millimetres on its standard
input, which say that the files are complete; it leaves when its standard input closes, so that it does not
outlive whoever started it. VTK is used without pyvista's plotter, which takes twice as long to start.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "EDGE",
    "PLASTIC",
    "SIZE_PX",
    "SceneExit",
    "SceneView",
    "crevice_brightness",
    "draw_overview",
    "grabbed",
    "leave_with_parent",
    "points_of",
    "read_mesh",
    "scene_actor",
    "set_camera",
    "set_lights",
    "shaded",
    "sharp_edges",
    "with_normals",
]

FloatArray = npt.NDArray[np.float64]
RgbArray = npt.NDArray[np.uint8]

SIZE_PX = (1600, 1200)
SHARP_EDGE_DEG = 30.0
_MARGIN = 1.06
_SAMPLES = 4
_EYE_MM = 10_000.0
_TOWARD_EYE = (0.36, -0.78, 0.68)
"""From in front, where the slab numbers are, from the right and from above."""

_LIGHTS = (((-0.35, -0.75, 0.95), 0.95), ((0.9, -0.25, 0.3), 0.35))
"""Direction and strength of the light."""

PLASTIC = {"Color": (0.97, 0.953, 0.918), "Ambient": 0.34, "Diffuse": 0.68}
_TISSUE = {
    "Color": (0.58, 0.25, 0.2),
    "Ambient": 0.26,
    "Diffuse": 0.74,
    "Specular": 0.28,
    "SpecularPower": 25.0,
}
EDGE = {"Color": (0.35, 0.33, 0.29), "Lighting": False, "LineWidth": 1.5}

_CREVICES = ((0.7, 0.1, 1.0, 0.30), (2.5, 0.8, 9.0, 0.25))
"""Of letters, and of slots and walls: radius, depth without shade and of full shade (mm), and how dark."""


class SceneExit(IntEnum):
    """What the program returns."""

    DRAWN = 0
    NO_LIBRARY = 3
    NOTHING_DRAWN = 4


def draw_overview(base_stl: Path, specimen_stl: Path, picture: Path, lift_mm: float) -> SceneExit:
    """Write the picture as PNG.

    Parameters
    ----------
    base_stl, specimen_stl
        In the mould frame.
    picture
        Where to.
    lift_mm
        How far the specimen is lifted out of the mould.
    """
    try:
        base, specimen = read_mesh(base_stl), read_mesh(specimen_stl)
        view = SceneView.around([points_of(base), points_of(specimen) + (0.0, 0.0, lift_mm)])
        colors, depth = _render(base, specimen, lift_mm, view)
    except ModuleNotFoundError:
        return SceneExit.NO_LIBRARY
    except ImportError:  # VTK is there, but not the OpenGL that it is linked to
        return SceneExit.NOTHING_DRAWN
    if np.ptp(colors) == 0:
        return SceneExit.NOTHING_DRAWN
    _write_png(shaded(colors, crevice_brightness(view.depth_mm(depth), depth < 1, view.px_mm)), picture)
    return SceneExit.DRAWN


@dataclass(frozen=True, eq=False)
class SceneView:
    """A parallel projection: its axes, the middle of what is seen, and how large that is."""

    axes: FloatArray
    middle_mm: FloatArray
    half_height_mm: float
    half_depth_mm: float

    @classmethod
    def around(
        cls, clouds: list[FloatArray], toward_eye: tuple[float, float, float] = _TOWARD_EYE
    ) -> SceneView:
        """Return the view that shows all points, from a direction."""
        toward = np.array(toward_eye) / np.linalg.norm(toward_eye)
        right = np.cross([0.0, 0.0, 1.0], toward)
        right /= np.linalg.norm(right)
        axes = np.array([right, np.cross(toward, right), toward])
        seen = np.einsum("ij,kj->ik", np.concatenate(clouds), axes)  # without the threads of BLAS
        low, high = seen.min(axis=0), seen.max(axis=0)
        width, height, depth = (high - low) / 2 * _MARGIN
        half_height = max(height, width * SIZE_PX[1] / SIZE_PX[0])
        return cls(axes, (low + high) / 2 @ axes, float(half_height), float(depth))

    @property
    def px_mm(self) -> float:
        """Edge of a pixel."""
        return 2 * self.half_height_mm / SIZE_PX[1]

    @property
    def clipping_mm(self) -> tuple[float, float]:
        """Nearest and farthest distance from the eye that is drawn."""
        return _EYE_MM - self.half_depth_mm, _EYE_MM + self.half_depth_mm

    def depth_mm(self, depth: FloatArray) -> FloatArray:
        """Turn the depth buffer, 0 to 1, into millimetres."""
        return depth * 2 * self.half_depth_mm


def read_mesh(path: Path) -> Any:
    """Return the triangles of an STL file, as VTK holds them."""
    from vtkmodules.vtkIOGeometry import vtkSTLReader

    reader = vtkSTLReader()
    reader.SetFileName(str(path))
    reader.Update()
    return reader.GetOutput()


def points_of(mesh: Any) -> FloatArray:
    """Return the vertices of a mesh of VTK, shape (N, 3)."""
    return _as_array(mesh.GetPoints().GetData()).astype(np.float64)


def _as_array(values: Any) -> npt.NDArray[Any]:
    from vtkmodules.util.numpy_support import vtk_to_numpy

    return np.asarray(vtk_to_numpy(values))  # type: ignore[no-untyped-call]


def _render(base: Any, specimen: Any, lift_mm: float, view: SceneView) -> tuple[RgbArray, FloatArray]:
    """Return colours, shape (rows, columns, 3), and the depth buffer, shape (rows, columns)."""
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 -- registers the renderer
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

    renderer = vtkRenderer()
    renderer.SetBackground(1.0, 1.0, 1.0)
    renderer.AddActor(scene_actor(with_normals(base, SHARP_EDGE_DEG), PLASTIC))
    renderer.AddActor(scene_actor(sharp_edges(base), EDGE))
    renderer.AddActor(scene_actor(with_normals(specimen, 180.0), _TISSUE, lift_mm))
    set_lights(renderer)
    set_camera(renderer.GetActiveCamera(), view)
    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetSize(*SIZE_PX)
    window.SetMultiSamples(_SAMPLES)
    window.AddRenderer(renderer)
    window.Render()
    return grabbed(window, "RGB"), grabbed(window, "ZBuffer")[..., 0]


def with_normals(mesh: Any, split_deg: float) -> Any:
    """Return a mesh with normals that are smooth up to an angle."""
    from vtkmodules.vtkFiltersCore import vtkPolyDataNormals

    normals = vtkPolyDataNormals()
    normals.SetInputData(mesh)
    normals.ConsistencyOff()
    normals.SetFeatureAngle(split_deg)
    normals.Update()
    return normals.GetOutput()


def sharp_edges(mesh: Any) -> Any:
    """Return the edges of a mesh at which its faces meet at an angle."""
    from vtkmodules.vtkFiltersCore import vtkFeatureEdges

    edges = vtkFeatureEdges()
    edges.SetInputData(mesh)
    edges.BoundaryEdgesOff()
    edges.NonManifoldEdgesOff()
    edges.ColoringOff()
    edges.SetFeatureAngle(SHARP_EDGE_DEG)
    edges.Update()
    return edges.GetOutput()


def scene_actor(mesh: Any, look: dict[str, Any], lift_mm: float = 0.0) -> Any:
    """Return what shows a mesh in a scene."""
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    mapper = vtkPolyDataMapper()
    mapper.SetInputData(mesh)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.SetPosition(0.0, 0.0, lift_mm)
    for name, value in look.items():
        getattr(actor.GetProperty(), f"Set{name}")(value)
    return actor


def set_lights(renderer: Any) -> None:
    """Light a scene from the left and, less, from the right."""
    from vtkmodules.vtkRenderingCore import vtkLight

    renderer.AutomaticLightCreationOff()
    for direction, strength in _LIGHTS:
        light = vtkLight()
        light.SetLightTypeToSceneLight()
        light.SetPosition(*direction)
        light.SetIntensity(strength)
        renderer.AddLight(light)


def set_camera(camera: Any, view: SceneView) -> None:
    """Look at a scene as a view says."""
    camera.ParallelProjectionOn()
    camera.SetParallelScale(view.half_height_mm)
    camera.SetFocalPoint(*view.middle_mm)
    camera.SetPosition(*(view.middle_mm + _EYE_MM * view.axes[2]))
    camera.SetViewUp(*view.axes[1])
    camera.SetClippingRange(*view.clipping_mm)


def grabbed(window: Any, buffer: str) -> npt.NDArray[Any]:
    """Return what a window shows, ``RGB`` or ``ZBuffer``, top row first."""
    from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

    grab = vtkWindowToImageFilter()
    grab.SetInput(window)
    getattr(grab, f"SetInputBufferTypeTo{buffer}")()
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()
    grab.Update()
    width, height = SIZE_PX
    return _as_array(grab.GetOutput().GetPointData().GetScalars()).reshape(height, width, -1)[::-1]


def crevice_brightness(depth_mm: FloatArray, drawn: npt.NDArray[np.bool_], px_mm: float) -> FloatArray:
    """Return how bright every pixel stays: less where its surroundings are nearer to the eye.

    The depth buffer minus itself blurred (Luft, Colditz and Deussen 2006, doi:10.1145/1141911.1142016),
    at half resolution.
    """
    depth, weight = _halved(depth_mm * drawn), _halved(drawn.astype(np.float64))
    own = depth / np.maximum(weight, 1e-3)
    shade = np.zeros_like(own)
    for radius_mm, free_mm, full_mm, darkness in _CREVICES:
        radius_px = max(1, round(radius_mm / (2 * px_mm)))
        around = _blurred(depth, radius_px) / np.maximum(_blurred(weight, radius_px), 1e-3)
        shade += darkness * np.clip((own - around - free_mm) / full_mm, 0.0, 1.0)
    return 1.0 - drawn * _doubled(shade)


def shaded(colors: RgbArray, brightness: FloatArray) -> RgbArray:
    """Return the colours times the brightness, one channel after the other to save memory."""
    result = np.empty_like(colors)
    for channel in range(colors.shape[2]):
        result[..., channel] = np.rint(colors[..., channel] * brightness)
    return result


def _halved(values: FloatArray) -> FloatArray:
    rows, columns = values.shape
    return np.asarray(values.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3)))


def _doubled(values: FloatArray) -> FloatArray:
    from PIL import Image

    fine = Image.fromarray(values.astype(np.float32)).resize(SIZE_PX, Image.Resampling.BILINEAR)
    return np.asarray(fine, np.float64)


def _blurred(values: FloatArray, radius_px: int) -> FloatArray:
    """Return running means along both axes, three times over: nearly a Gaussian."""
    for _ in range(3):
        values = _running_mean(_running_mean(values, radius_px).T, radius_px).T
    return values


def _running_mean(values: FloatArray, radius_px: int) -> FloatArray:
    size = 2 * radius_px + 1
    sums = np.cumsum(np.pad(values, ((radius_px + 1, radius_px), (0, 0)), mode="edge"), axis=0)
    return np.asarray((sums[size:] - sums[:-size]) / size)


def _write_png(colors: RgbArray, picture: Path) -> None:
    from PIL import Image

    Image.fromarray(colors).save(picture, "PNG", compress_level=3)


def _load_libraries() -> None:
    """Load what drawing needs; what is missing is said when something is to be drawn."""
    with suppress(ImportError):
        import PIL.Image  # noqa: F401
        import vtkmodules.util.numpy_support
        import vtkmodules.vtkFiltersCore
        import vtkmodules.vtkIOGeometry
        import vtkmodules.vtkRenderingOpenGL2  # noqa: F401


def _awaited_lift_mm() -> float:
    """Wait for the line that says how far to lift; leave if nobody is there to send it."""
    line = b""
    while not line.endswith(b"\n"):
        character = os.read(0, 1)  # not through sys.stdin, which would read on
        if not character:
            sys.exit(1)
        line += character
    return float(line)


def leave_with_parent() -> None:
    """End this process when nobody holds the other end of its standard input."""

    def wait() -> None:
        os.read(0, 1)  # not through sys.stdin, whose lock would be held at the end
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main(base_stl: str, specimen_stl: str, picture: str) -> SceneExit:
    """Load, wait, and draw."""
    _load_libraries()
    lift_mm = _awaited_lift_mm()
    leave_with_parent()
    return draw_overview(Path(base_stl), Path(specimen_stl), Path(picture), lift_mm)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
