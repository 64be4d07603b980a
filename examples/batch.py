"""Make a mould for every label map in a folder: python batch.py FOLDER RESULTS.

Writes a case folder each and `results.csv`, one row a file. A file that cannot be used does not stop
the others; the exit status is that of the first failure, or 0.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from mouldgen import DesignParameters, MouldgenError, design_mould, read_specimen, write_case

COLUMNS = ("case", "exit_code", "volume_ml", "slabs", "void_percent", "warnings", "message")


def make(path: Path, case: str, folder: Path) -> dict[str, object]:
    """Make one mould and return its row."""
    parameters = DesignParameters(case=case, specimen={"lesion": "largest"}, cuts={"slab_mm": 10})
    try:
        specimen = read_specimen(path, parameters)
        design = design_mould(specimen, parameters)
        write_case(design, folder / case, overwrite=True, pictures=False)
    except MouldgenError as error:
        return {"case": case, "exit_code": int(error.exit_code), "message": str(error)}
    return {
        "case": case,
        "exit_code": 0,
        "volume_ml": round(specimen.volume_mm3 / 1000, 2),
        "slabs": len(design.plan.slabs),
        "void_percent": round(design.mould.void_percent, 2),
        "warnings": sum(finding.severity != "info" for finding in design.findings),
    }


def main(source: Path, results: Path) -> int:
    """Make all of them; cases are numbered, so that no file name gets into the results."""
    results.mkdir(parents=True, exist_ok=True)
    files = sorted(
        path for path in source.iterdir() if path.name.endswith((".nii.gz", ".nii", ".nrrd", ".mha"))
    )
    rows = [make(path, f"case{n:03d}", results) for n, path in enumerate(files, start=1)]
    with (results / "results.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(row["case"], "failed:" if row["exit_code"] else "made", row.get("message", ""))
    return next((int(str(row["exit_code"])) for row in rows if row["exit_code"]), 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
