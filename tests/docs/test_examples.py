"""The scripts in examples/ run in an empty folder and print what they promise."""

import csv
import subprocess
import sys

import pytest

from mouldgen.testing.phantoms import chiral_specimen, demo_specimen
from mouldgen.testing.storage import write_specimen


@pytest.fixture
def run(repository, tmp_path):
    def run_example(name, *arguments):
        script = repository / "examples" / name
        return subprocess.run(
            [sys.executable, str(script), *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run_example


def test_make_mould_writes_a_case(run, tmp_path):
    done = run("make_mould.py")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "case" / "mould" / "base.stl").stat().st_size > 10_000
    assert "71.4 mL in 7 slabs" in done.stdout


def test_batch_goes_on_after_a_bad_file_and_returns_its_exit_code(run, tmp_path):
    source = tmp_path / "source"
    for name, specimen in (("a", demo_specimen()), ("c", chiral_specimen())):
        (source / name).mkdir(parents=True)
        write_specimen(specimen, source / name).segmentation.rename(source / f"{name}.nrrd")
    (source / "b.nrrd").write_text("not a volume", encoding="utf-8")
    done = run("batch.py", source, tmp_path / "results")
    assert done.returncode == 3, done.stderr
    with (tmp_path / "results" / "results.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["exit_code"] for row in rows] == ["0", "3", "0"]
    assert float(rows[0]["volume_ml"]) == pytest.approx(71.39, abs=0.01)
    assert (tmp_path / "results" / "case003" / "mould" / "base.stl").exists()


def test_read_map_names_every_slab_and_takes_a_point_back_to_the_patient(run, demo_case):
    done = run("read_map.py", demo_case, 0, 0, 30)
    assert done.returncode == 0, done.stderr
    *slabs, point = done.stdout.splitlines()
    assert [line.split()[0] for line in slabs] == [f"S{n:02d}" for n in range(1, len(slabs) + 1)]
    assert "A necrosis" in done.stdout
    assert "LPS" in point
