"""Names in every field of DICOM files stay out of all that is written and shown."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mouldgen.testing.phantoms import chiral_specimen

sys.path.insert(0, str(Path(__file__).parent))
from test_privacy import named, readable_layers

pydicom = pytest.importorskip("pydicom")

NAMES = ("zwickel", "mrn4711", "19700131", "saintelsewhere", "jane_")
PLANTED = {
    "PN": "Zwickel^Jane_",
    "LO": "Zwickel MRN4711",
    "SH": "MRN4711",
    "ST": "Zwickel at SaintElsewhere",
    "LT": "Zwickel at SaintElsewhere",
    "UT": "Zwickel at SaintElsewhere",
    "UC": "Zwickel at SaintElsewhere",
    "DA": "19700131",
    "DT": "19700131",
    "AE": "ZWICKEL",
}
KEPT = {"RescaleType", "SegmentLabel", "ROIName", "CodeValue", "CodingSchemeDesignator", "Units"}
"""Fields whose values have a meaning that is looked up."""


def planted_fields():
    """Return every text field of DICOM's data dictionary outside of sequences, with a name in it."""
    from pydicom.datadict import DicomDictionary

    rows = {keyword: vr for vr, _vm, _name, _retired, keyword in DicomDictionary.values()}
    groups = {row[4]: tag >> 16 for tag, row in DicomDictionary.items()}
    return {
        keyword: PLANTED[vr]
        for keyword, vr in rows.items()
        if vr in PLANTED and keyword and keyword not in KEPT and groups[keyword] > 0x0002
    }


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """Return a folder with a series and a SEG, and beside it a structure set: all name the patient."""
    from mouldgen.testing.dicom_segments import source_images, write_segmentation
    from mouldgen.testing.dicom_series import SeriesTexts, write_series
    from mouldgen.testing.dicom_structures import DrawnContour, StructureSetFile, write_structure_set

    folder = tmp_path_factory.mktemp("export") / "Zwickel_Jane_MRN4711"
    (folder / "images").mkdir(parents=True)
    specimen = chiral_specimen()
    grid = specimen.tissue.grid.cropped([-3] * 3, [size + 3 for size in specimen.tissue.grid.shape])
    mask = np.pad(specimen.tissue.voxels, 3) > 0
    fields = planted_fields()
    assert len(fields) > 800
    series, frame = "1.2.826.0.1.3680043.10.7", "1.2.826.0.1.3680043.10.8"
    texts = SeriesTexts(
        series_uid=series, frame_of_reference_uid=frame, description="Zwickel 19700131", attributes=fields
    )
    noise = np.random.default_rng(1).integers(0, 12, mask.shape)
    values = (mask * 40 + lower_half(mask) * 80 + noise).astype(np.int16)
    write_series(folder / "images", values, grid, texts=texts, name="Zwickel_{:03d}".format)
    images = source_images(grid)
    for image in images:
        image.SeriesInstanceUID, image.FrameOfReferenceUID = series, frame
    dataset = write_segmentation(
        folder / "Zwickel_seg.dcm", [mask, lower_half(mask)], ["Jane_ tumour", "node"], grid, images=images
    )
    plant(dataset, fields)
    dataset.save_as(folder / "Zwickel_seg.dcm")
    (folder.parent / "plan").mkdir()
    contours = [
        DrawnContour(grid.to_points([(4, 4, k), (12, 4, k), (12, 12, k), (4, 12, k)])) for k in range(4, 12)
    ]
    about = StructureSetFile(frame_of_reference_uid=frame, series_uids=(series,), fields=fields)
    rois = {"Zwickel GTV": contours, "hilum": [DrawnContour(grid.to_points([(4, 4, 4)]), "POINT")]}
    write_structure_set(folder.parent / "plan" / "plan.dcm", rois, about)
    files = [path for path in folder.parent.rglob("*") if path.is_file()]
    assert all(b"Zwickel" in path.read_bytes() for path in files)
    return folder


def lower_half(mask):
    half = mask.copy()
    half[:, :, mask.shape[2] // 2 :] = False
    return half


def plant(dataset, fields):
    for keyword, value in fields.items():
        setattr(dataset, keyword, value)


@pytest.fixture(scope="module", params=["folder", "segmentation", "contours", "images"])
def run(request, program, export, tmp_path_factory):
    """Return what a run said, and its case folder."""
    output = tmp_path_factory.mktemp("output") / "case"
    ways = {
        "folder": (export, [".", "--label", "1", "--landmark-roi", "node"]),
        "segmentation": (
            export,
            ["Zwickel_seg.dcm", "--roi", "JANE_ tumour", "--image", "ct=images", "--habitats", "."],
        ),
        "images": (
            export,
            [
                *("Zwickel_seg.dcm", "--roi", "JANE_ tumour", "--image", "ct=images", "--habitats", "auto"),
                *("--count", "2", "--set=trust.repeats=0"),
            ],
        ),
        "contours": (export.parent / "plan", ["plan.dcm", "--roi", "zwickel*", "--landmark-roi", "hilum"]),
    }
    place, arguments = ways[request.param]
    command = ["make", *arguments, "--slab=12", "--set=surface.grid_mm=1", "-o", output]
    done = program(*command, cwd=place)
    assert (done.stderr, done.returncode) == ("", 0)
    return done, output


def test_nothing_shown_names_the_patient(run):
    assert named(run[0].stdout.encode(), NAMES) == []


def test_no_file_of_the_case_names_the_patient(run, export):
    words = (*NAMES, str(export.parent).lower())
    found = {
        path.name: hits
        for path in run[1].rglob("*")
        if path.is_file()
        for layer in (path.name.encode(), *readable_layers(path))
        if (hits := named(layer, words))
    }
    assert found == {}


@pytest.mark.parametrize(
    "arguments", [["."], [".", "--json"], [".#1"], ["Zwickel_seg.dcm"], ["../plan/plan.dcm"]]
)
def test_a_look_at_the_files_names_nobody(program, export, arguments):
    done = program("inspect", *arguments, cwd=export)
    assert done.returncode == 0, done.stderr
    typed = b"zwickel_seg.dcm" if arguments[0].startswith("Zwickel") else b""
    said = done.stdout.encode().lower().replace(typed, b"")
    assert named(said, NAMES) == []


@pytest.mark.parametrize("roi", ["absent", "structure*"])
def test_no_message_about_structures_names_the_patient(program, export, tmp_path, roi):
    done = program("make", ".", "--roi", roi, "-o", tmp_path / "case", cwd=export)
    assert done.returncode in {0, 4}
    assert named(done.stderr.encode(), NAMES) == []


def test_habitats_from_images_name_nobody(program, export, tmp_path):
    arguments = ["Zwickel_seg.dcm", "--roi", "JANE_ tumour", "--image", "ct=images", "--count", "2"]
    done = program(
        "habitats", *arguments, "--set=trust.repeats=0", "-o", tmp_path / "habitats.nrrd", cwd=export
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert named(done.stdout.encode(), NAMES) == []
    found = {
        path.name: hits
        for path in tmp_path.rglob("*")
        if path.is_file()
        for layer in (path.name.encode(), *readable_layers(path))
        if (hits := named(layer, NAMES))
    }
    assert found == {}
