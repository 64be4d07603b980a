import os
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from mouldgen.errors import Severity
from mouldgen.export import overview_scene
from mouldgen.export.overview import start_overview
from mouldgen.export.overview_scene import SIZE_PX, SceneExit, SceneView, crevice_brightness, draw_overview
from mouldgen.export.stl_files import write_part_stls, write_stl
from mouldgen.solids import Solid

LIFT_MM = 40.0


@pytest.fixture(scope="module")
def bodies(tmp_path_factory):
    """Write a plate with a block at its front left corner, and a cube in the place of the specimen."""
    folder = tmp_path_factory.mktemp("bodies")
    plate = Solid.box((-40.0, -30.0, 0.0), (40.0, 30.0, 4.0), "plate")
    block = Solid.box((-40.0, -30.0, 3.0), (-20.0, -20.0, 20.0), "block")
    write_stl(plate.plus(block, "base").to_mesh(), folder / "base.stl")
    write_stl(
        Solid.box((-10.0, -10.0, 5.0), (10.0, 10.0, 25.0), "specimen").to_mesh(), folder / "specimen.stl"
    )
    return folder


def start(bodies, picture, lift_mm=LIFT_MM):
    job = start_overview(bodies / "base.stl", bodies / "specimen.stl", picture)
    job.draw(lift_mm)
    return job


@pytest.fixture(scope="module")
def drawn(bodies, tmp_path_factory):
    """Return the picture of the bodies, shape (rows, columns, 3)."""
    picture = tmp_path_factory.mktemp("drawn") / "overview.png"
    with start(bodies, picture) as job:
        assert job.finish() is None
    with Image.open(picture) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Put another program in the place of the one that draws."""

    def replace(text):
        path = tmp_path / "scene.py"
        path.write_text(text)
        monkeypatch.setattr(overview_scene, "__file__", str(path))

    return replace


def is_tissue(colors):
    return (colors[..., 0] > colors[..., 1] + 40) & (colors[..., 0] > colors[..., 2] + 40)


def is_plastic(colors):
    return ~is_tissue(colors) & (colors.min(axis=2) < 245)


class TestThePicture:
    def test_it_has_a_page_size_and_a_white_background(self, drawn):
        assert drawn.shape == (*reversed(SIZE_PX), 3)
        assert (drawn[[0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()

    def test_the_specimen_hangs_above_the_mould(self, drawn):
        tissue, plastic = np.nonzero(is_tissue(drawn))[0], np.nonzero(is_plastic(drawn))[0]
        assert len(tissue) > 10_000
        assert len(plastic) > 50_000
        assert np.median(tissue) < np.median(plastic)

    def test_it_is_seen_from_the_front_and_the_right(self, drawn):
        # the block stands at the front left corner: it ends left of, and below, the middle of the plate
        view = SceneView.around([np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])])
        right, up, toward = view.axes
        assert right[0] > 0
        assert up[2] > 0
        assert toward[1] < 0
        assert np.linalg.det(view.axes) == pytest.approx(1.0)
        plastic = is_plastic(drawn)
        leftmost = np.argmax(plastic.any(axis=0))
        column = plastic[:, leftmost + 40]
        assert column.sum() > 150  # as high as the block, not as flat as the plate

    def test_everything_is_inside(self, drawn):
        rows, columns = np.nonzero((drawn < 245).any(axis=2))
        assert rows.min() > 5
        assert columns.min() > 5
        assert rows.max() < SIZE_PX[1] - 5
        assert columns.max() < SIZE_PX[0] - 5
        assert np.ptp(rows) > 0.9 * SIZE_PX[1] or np.ptp(columns) > 0.9 * SIZE_PX[0]

    def test_the_same_bodies_give_the_same_bytes(self, bodies, tmp_path):
        contents = []
        for name in ("first.png", "second.png"):
            with start(bodies, tmp_path / name) as job:
                assert job.finish() is None
            contents.append((tmp_path / name).read_bytes())
        assert contents[0] == contents[1]

    def test_drawn_in_this_process_it_is_the_same(self, bodies, drawn, tmp_path):
        picture = tmp_path / "overview.png"
        files = bodies / "base.stl", bodies / "specimen.stl", picture
        assert draw_overview(*files, LIFT_MM) is SceneExit.DRAWN
        with Image.open(picture) as image:
            assert np.array_equal(np.asarray(image), drawn)

    def test_a_real_design_is_drawn(self, design, tmp_path):
        write_part_stls(design.mould, tmp_path)
        with start(tmp_path, tmp_path / "overview.png") as job:
            assert job.finish() is None
        assert {path.name for path in tmp_path.iterdir()} == {"base.stl", "specimen.stl", "overview.png"}


class TestShade:
    def test_a_flat_surface_stays_bright(self):
        depth = np.full((1200, 1600), 50.0)
        assert np.allclose(crevice_brightness(depth, depth > 0, 0.1), 1.0)

    def test_the_bottom_of_a_groove_is_darker_than_its_surroundings(self):
        depth = np.full((1200, 1600), 50.0)
        depth[595:605] += 0.8  # a stroke of an engraved letter, 1 mm wide
        bright = crevice_brightness(depth, depth > 0, 0.1)
        assert bright[600].max() < 0.95
        assert np.allclose(bright[500], 1.0)

    def test_paper_is_left_alone(self):
        depth = np.full((1200, 1600), 50.0)
        drawn = np.zeros(depth.shape, bool)
        drawn[:, :800] = True
        assert (crevice_brightness(depth, drawn, 0.1)[:, 800:] == 1.0).all()


class TestWithoutAPicture:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("import os; os.abort()", "crashed"),
            ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed"),
            ("raise RuntimeError", "exit code 1"),
            (f"raise SystemExit({SceneExit.NO_LIBRARY:d})", "pyvista is not installed"),
            (f"raise SystemExit({SceneExit.NOTHING_DRAWN:d})", "OpenGL does not work"),
            ("", "cannot be written"),
        ],
    )
    def test_a_broken_renderer_is_a_warning_with_the_reason(self, bodies, program, tmp_path, text, reason):
        program(text)
        with start(bodies, tmp_path / "overview.png") as job:
            finding = job.finish()
        assert finding.code == "no_overview"
        assert finding.severity is Severity.WARNING
        assert reason in finding.message
        assert str(tmp_path) not in finding.message
        assert [path.name for path in tmp_path.iterdir()] == ["scene.py"]

    def test_a_renderer_that_hangs_is_ended(self, bodies, program, tmp_path):
        program("import time; time.sleep(60)")
        job = start(bodies, tmp_path / "overview.png")
        assert "took more than 0.5 s" in job.finish(time_limit_s=0.5).message
        assert job.process.returncode is not None

    def test_a_half_written_picture_is_removed(self, bodies, program, tmp_path):
        program("import sys, os; open(sys.argv[3], 'w').write('half'); os.abort()")
        with start(bodies, tmp_path / "overview.png") as job:
            assert job.finish().code == "no_overview"
        assert [path.name for path in tmp_path.iterdir()] == ["scene.py"]

    def test_without_a_second_python_there_is_a_warning(self, bodies, monkeypatch, tmp_path):
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
        with start(bodies, tmp_path / "overview.png") as job:
            assert "cannot be started" in job.finish().message

    @pytest.mark.parametrize(
        ("error", "code"),
        [(ModuleNotFoundError, SceneExit.NO_LIBRARY), (ImportError, SceneExit.NOTHING_DRAWN)],
    )
    def test_a_missing_library_is_told_from_missing_opengl(self, bodies, monkeypatch, tmp_path, error, code):
        def fail(*_arguments):
            raise error

        monkeypatch.setattr(overview_scene, "_render", fail)
        files = bodies / "base.stl", bodies / "specimen.stl", tmp_path / "overview.png"
        assert draw_overview(*files, LIFT_MM) is code

    def test_an_empty_picture_is_none(self, bodies, monkeypatch, tmp_path):
        empty = np.full((1200, 1600, 3), 255, np.uint8), np.ones((1200, 1600))
        monkeypatch.setattr(overview_scene, "_render", lambda *_arguments: empty)
        files = bodies / "base.stl", bodies / "specimen.stl", tmp_path / "overview.png"
        assert draw_overview(*files, LIFT_MM) is SceneExit.NOTHING_DRAWN
        assert not (tmp_path / "overview.png").exists()

    def test_missing_bodies_are_a_warning(self, tmp_path):
        with start(tmp_path, tmp_path / "overview.png") as job:
            assert job.finish().code == "no_overview"

    @pytest.mark.skipif(sys.platform != "linux", reason="hides libraries in the way of the Linux loader")
    def test_without_opengl_libraries_there_is_a_warning(self, bodies, monkeypatch, tmp_path):
        libraries = tmp_path / "libraries"
        libraries.mkdir()
        for name in ("libEGL.so.1", "libEGL.so", "libOSMesa.so", "libOSMesa.so.6", "libOSMesa.so.8"):
            (libraries / name).write_bytes(b"not a library")
        monkeypatch.setenv("LD_LIBRARY_PATH", str(libraries))
        monkeypatch.delenv("DISPLAY", raising=False)
        with start(bodies, tmp_path / "overview.png") as job:
            finding = job.finish()
        assert finding.code == "no_overview"
        assert [path.name for path in tmp_path.iterdir()] == ["libraries"]


class TestEndings:
    def test_nothing_is_drawn_before_it_is_told_to(self, tmp_path):
        job = start_overview(tmp_path / "base.stl", tmp_path / "specimen.stl", tmp_path / "overview.png")
        with job:
            assert job.process.poll() is None
        assert job.process.returncode is not None
        assert list(tmp_path.iterdir()) == []

    def test_cancelling_ends_the_program_and_leaves_nothing(self, bodies, program, tmp_path):
        program("import sys, time; open(sys.argv[3], 'w').write('half'); time.sleep(60)")
        job = start(bodies, tmp_path / "overview.png")
        deadline = time.monotonic() + 10
        while not (tmp_path / ".overview.png.part").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        job.cancel()
        assert job.process.returncode is not None
        assert [path.name for path in tmp_path.iterdir()] == ["scene.py"]

    def test_an_interruption_ends_the_program(self, bodies, program, tmp_path):
        program("import time; time.sleep(60)")
        with pytest.raises(KeyboardInterrupt), start(bodies, tmp_path / "overview.png") as job:
            raise KeyboardInterrupt
        assert job.process.returncode is not None

    def test_cancelling_after_finishing_keeps_the_picture(self, bodies, tmp_path):
        job = start(bodies, tmp_path / "overview.png")
        assert job.finish() is None
        job.cancel()
        job.cancel()
        assert (tmp_path / "overview.png").stat().st_size > 10_000

    def test_the_program_does_not_outlive_whoever_started_it(self, bodies, tmp_path):
        reading, writing = os.pipe()
        files = [str(bodies / "base.stl"), str(bodies / "specimen.stl"), str(tmp_path / "orphan.png")]
        program = subprocess.Popen(
            [sys.executable, overview_scene.__file__, *files], stdin=reading, stderr=subprocess.DEVNULL
        )
        os.close(reading)
        os.close(writing)
        assert program.wait(30) == 1
        assert not (tmp_path / "orphan.png").exists()
