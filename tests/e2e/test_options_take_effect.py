"""Every option of ``mouldgen make`` changes what it says it changes, measured on the files of the case."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import trimesh
from typer.main import get_command
from typer.testing import CliRunner

from mouldgen.cli.app import app
from mouldgen.frames import VoxelGrid
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.measures import gaps_below_mm, slot_widths_mm
from mouldgen.testing.phantoms import covering_grid
from mouldgen.testing.storage import write_volume

ABOUT_THE_RUN = {"--output", "--overwrite", "--json", "--strict", "--quiet", "--debug", "--no-pictures"}
"""Options that change how a run behaves, not what it makes; others test them."""


@dataclass(frozen=True)
class Case:
    """A case folder, and its map."""

    folder: Path
    map: dict

    @property
    def base(self) -> Path:
        return self.folder / "mould" / "base.stl"

    @property
    def replica(self):
        return trimesh.load_mesh(self.folder / "mould" / "specimen.stl")


@pytest.fixture(scope="module")
def make(stored, tmp_path_factory):
    """Return a function that makes a case of the three labels with some options, each case once."""
    cases = {}
    given = tmp_path_factory.mktemp("given")
    config, markups = given / "parameters.toml", given / "axis.mrk.json"
    config.write_text("cuts = {slab_mm = 16}\n")
    own_sites = given / "mine.csv"
    own_sites.write_text("name,mould_x_mm,mould_y_mm,mould_z_mm\nmine,5,0,20\n")
    markups.write_text(json.dumps(MARKUPS))
    words = {
        "HABITATS": stored.habitats,
        "TISSUE": stored.segmentation,
        "CONFIG": config,
        "MARKUPS": markups,
        "SITES": own_sites,
    }

    def run(*options) -> Case:
        if options not in cases:
            folder = tmp_path_factory.mktemp("made") / "case"
            filled = [option.format(**words) for option in options]
            case_options = ["-o", str(folder), "--no-pictures", "--set", "surface.grid_mm=1"]
            result = CliRunner().invoke(app, ["make", str(stored.habitats), *case_options, *filled])
            assert result.exit_code == 0, repr(result.exception)
            cases[options] = Case(folder, json.loads((folder / "sampling_map.json").read_text()))
        return cases[options]

    return run


def volume_mm3(case):
    return case.map["specimen"]["volume_mm3"]


def habitat_names(case):
    return [habitat["name"] for habitat in case.map["habitats"]]


def mean_certainties(case):
    return [habitat["mean_certainty"] for habitat in case.map["habitats"]]


def landmark_names(case):
    return [landmark["name"] for landmark in case.map["landmarks"]]


def carried_images(case):
    return sorted(path.stem for path in (case.folder / "maps").iterdir())


def cut_normal(case):
    return case.map["frame"]["cut_normal_lps"]


def insertion(case):
    return case.map["frame"]["insertion_lps"]


def slab_volumes_mm3(case):
    return [slab["tissue_volume_mm3"] for slab in case.map["slabs"]]


def slab_count(case):
    return len(case.map["slabs"])


def cuts_mm(case):
    return [cut["x_mm"] for cut in case.map["cuts"]]


def slot_mm(case):
    """Return the width of the slot at x = 0 in the file."""
    mould = case.map["mould"]
    heights = np.linspace(mould["floor_z_mm"] + 1, mould["guide_z_mm"] - 1, 5)
    return float(np.median(slot_widths_mm(case.base, 0.0, heights, most_mm=3)))


def gap_mm(case):
    """Return the gap between the specimen and the cavity in the files."""
    gaps = gaps_below_mm(
        case.folder / "mould" / "specimen.stl",
        case.base,
        below_z_mm=case.map["mould"]["rim_z_mm"] - 4,
        slot_x_mm=cuts_mm(case),
        keep_off_mm=3,
        count=800,
    )
    return float(np.median(gaps))


def replica_size_mm(case):
    return case.replica.extents


def floor_mm(case):
    return case.map["mould"]["floor_z_mm"]


def printer_name(case):
    return json.loads((case.folder / "manifest.json").read_text())["parameters"]["printer"]["name"]


def marks(case):
    """Return the engraved texts that no hash is part of."""
    return [mark for mark in case.map["mould"]["marks"] if case.map["design_hash"] not in mark]


def extra_parts(case):
    """Return the printed parts beside the base, in the files and in the map."""
    listed = sorted(Path(part["file"]).stem for part in case.map["mould"]["parts"])
    assert listed == sorted(path.stem for path in (case.folder / "mould").glob("*.stl"))
    return [name for name in listed if name not in {"base", "specimen"}]


def is_closed_behind(case):
    return case.map["mould"]["slots_closed_at_back"]


def window_names(case):
    return [window["landmark"] for window in case.map["mould"]["windows"]]


def holes_in_plate(case):
    """Return how many holes lead through the middle of the baseplate."""
    section = trimesh.load_mesh(case.base).section([0, 0, 1], [0, 0, 1.5])
    return sum(len(polygon.interiors) for polygon in section.to_2D()[0].polygons_full)


def codes(case):
    return {finding["code"] for finding in case.map["findings"]}


def has_finger_holes_or_says_why_not(case):
    return "no_finger_holes" in codes(case)


def places_in_the_body(case):
    return sum(site["habitat"] == 3 for site in case.map["sites"])


def punch_widths_mm(case):
    return {site["punch_diameter_mm"] for site in case.map["sites"]}


def depths_mm(case):
    return {round(site["x_to_mm"] - site["x_from_mm"], 6) for site in case.map["sites"]}


def site_rules(case):
    sampling = case.map["sampling"]
    return [sampling[key] for key in ("sigma_mm", "sigma_across_mm", "min_probability", "reserve_mm")]


def given_sites(case):
    return [site["id"] for site in case.map["sites"] if site["origin"] == "given"]


def deepest_block_mm(case):
    return max((block["x_mm"][1] - block["x_mm"][0] for block in case.map["blocks"]), default=None)


def tables(case):
    return sorted(path.name for path in case.folder.glob("*.csv"))


def paper(case):
    return json.loads((case.folder / "manifest.json").read_text())["parameters"]["sheet"]["paper"]


approx = pytest.approx
COS_10, SIN_10 = np.cos(np.radians(10)), np.sin(np.radians(10))
NUMBERED = ["habitat 1", "habitat 2", "habitat 3"]
NAMED = ["habitat 1", "necrosis", "habitat 3"]

LETTERS = ["1", "2", "3", "4", "I", "S", "A", "P"]
MARKUPS = {
    "@schema": "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/"
    "Schema/markups-schema-v1.0.3.json#",
    "markups": [
        {
            "type": "Fiducial",
            "coordinateSystem": "RAS",
            "controlPoints": [
                {"id": str(number), "position": position, "positionStatus": "defined"}
                for number, position in enumerate([[-1, -2, 3], [-1, -2, -5]])
            ],
        }
    ],
}

ALL = ("--label=1", "--label=2", "--label=3")
"""All labels are the specimen, also those that landmarks use."""

PUNCHED = ("--habitats={HABITATS}", "--sites=1", "--punch=2", "--sigma=0.5", "--cuts=-10,0,10")
TABLES = ["sampling_map.csv", "sites.csv"]

EFFECTS = [
    # given, then the option; what is measured, without and with it
    ((), ("--label=1",), volume_mm3, 14395.0, 3082.5),
    ((), ("--roi=1",), volume_mm3, 14395.0, 3082.5),
    (ALL, ("--landmark-roi=2",), landmark_names, [], ["2"]),
    ((), ("--habitats={HABITATS}",), habitat_names, [], NUMBERED),
    (("--habitats={HABITATS}",), ("--name=2=necrosis",), habitat_names, NUMBERED, NAMED),
    (("--habitats={HABITATS}",), ("--certainty={TISSUE}",), mean_certainties, [None] * 3, [1.0] * 3),
    ((), ("--image=t2={TISSUE}",), carried_images, ["habitats"], ["habitats", "t2"]),
    ((), ("--plane=coronal",), cut_normal, [0, 0, 1], [0, 1, 0]),
    ((), ("--tilt", "10", "0"), cut_normal, [0, 0, 1], approx([0, -SIN_10, COS_10])),
    ((), ("--normal", "3", "0", "-4"), cut_normal, [0, 0, 1], approx([0.6, 0, -0.8])),
    ((), ("--landmarks=1,2,3 1,2,-5",), cut_normal, [0, 0, 1], [0, 0, -1]),
    ((), ("--landmarks={MARKUPS}",), cut_normal, [0, 0, 1], [0, 0, -1]),
    ((), ("--landmarks=0,0,0 0,0,9 0,5,5",), insertion, [1, 0, 0], [0, 1, 0]),
    ((), ("--base=posterior",), insertion, [1, 0, 0], [0, 1, 0]),
    ((), ("--first=reverse",), cut_normal, [0, 0, 1], [0, 0, -1]),
    ((), ("--slab=16",), slab_count, 4, 2),
    ((), ("--cuts=-12.5,4",), cuts_mm, [-10, 0, 10], [-12.5, 4]),
    (("--slab=7",), ("--snap=labels",), cuts_mm, [-10.5, -3.5, 3.5, 10.5], [-11, -3, 3, 11]),
    ((), ("--blade=1",), slot_mm, approx(1.2), approx(1.8)),
    ((), ("--process=sla",), slot_mm, approx(1.2), approx(0.9)),
    ((), ("--slot=2",), slot_mm, approx(1.2), approx(2.0)),
    ((), ("--clearance=1",), gap_mm, approx(0.5, abs=0.03), approx(1.0, abs=0.03)),
    ((), ("--lid",), extra_parts, [], ["lid"]),
    ((), ("--tie",), is_closed_behind, False, True),
    ((*ALL, "--landmark-roi=2"), ("--window=2=5",), window_names, [], ["2"]),
    (("--habitats={HABITATS}",), ("--inlays=habitats",), extra_parts, [], ["inlay-A", "inlay-B", "inlay-C"]),
    ((), ("--drains=2",), holes_in_plate, 0, 2),
    ((), ("--finger-holes",), has_finger_holes_or_says_why_not, False, True),
    ((), ("--feet",), extra_parts, [], ["foot-left", "foot-right"]),
    ((), ("--preset=ovary",), slab_count, 4, 7),
    ((), ("--printer=form4",), printer_name, "Prusa MK4", "Formlabs Form 4"),
    ((), ("--config={CONFIG}",), slab_count, 4, 2),
    ((), ("--set=mould.plate_mm=7",), floor_mm, 4, 7),
    (PUNCHED, ("--sites=3=3",), places_in_the_body, 1, 3),
    (PUNCHED, ("--replicates=2",), places_in_the_body, 1, 2),
    (PUNCHED, ("--punch=3",), punch_widths_mm, {2.0}, {3.0}),
    (PUNCHED, ("--depth=face",), depths_mm, {10.0}, {4.0}),
    ((), ("--sigma=1,3",), site_rules, [2, 2, 0.8, 0], [1, 3, 0.8, 0]),
    ((), ("--min-probability=0.6",), site_rules, [2, 2, 0.8, 0], [2, 2, 0.6, 0]),
    ((), ("--reserve=1.5",), site_rules, [2, 2, 0.8, 0], [2, 2, 0.8, 1.5]),
    (PUNCHED, ("--sites-from={SITES}",), given_sites, [], ["mine"]),
    ((), ("--cassette=standard",), deepest_block_mm, None, 5.0),
    ((), ("--lims=omop",), tables, TABLES, ["lims_omop.csv", *TABLES]),
    ((), ("--paper=letter",), paper, "a4", "letter"),
    ((), ("--case=case-9",), marks, LETTERS, [*LETTERS, "case-9"]),
]


@pytest.mark.parametrize("effect", EFFECTS, ids=[" ".join(option) for _given, option, *_ in EFFECTS])
def test_an_option_changes_what_it_says(make, effect):
    given, option, measure, without, expected = effect
    assert measure(make(*given)) == without
    assert measure(make(*given, *option)) == expected


@pytest.fixture(scope="module")
def centers(stored):
    """Return the centroids of the labels, LPS mm, as another program finds them."""
    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.Execute(sitk.ReadImage(str(stored.habitats)))
    return {label: np.array(shapes.GetCentroid(label)) for label in shapes.GetLabels()}


def unit(vector):
    return vector / np.linalg.norm(vector)


def test_axis_structures_give_the_cut_normal(make, centers):
    normal = cut_normal(make(*ALL, "--axis-rois", "3", "1"))
    assert normal == pytest.approx(unit(centers[1] - centers[3]), abs=1e-6)


def test_a_base_structure_faces_the_baseplate(make, centers):
    case = make(*ALL, "--base-roi=2")
    marks = {mark["name"]: np.array(mark["mould_mm"]) for mark in case.map["landmarks"]}
    middle = np.mean([slab["mid_plane"]["point_lps"] for slab in case.map["slabs"]], axis=0)
    side = (centers[2] - middle) * [1, 1, 0]  # cut axially
    assert float(unit(side) @ insertion(case)) > 0.5
    assert marks["2"] == pytest.approx(
        np.array(case.map["frame"]["mould_from_patient"])[:3] @ [*centers[2], 1], abs=1e-3
    )


def test_the_line_of_blade_structures_lies_level(make):
    case = make(*ALL, "--blade-rois", "1", "2", "--base=left")
    heights = {mark["name"]: mark["mould_mm"][2] for mark in case.map["landmarks"]}
    assert heights["1"] == pytest.approx(heights["2"], abs=1e-5)
    assert float(np.array([1.0, 0.0, 0.0]) @ insertion(case)) > 0


def test_first_turns_the_order_of_the_slabs_round(make):
    assert slab_volumes_mm3(make("--first=reverse")) == slab_volumes_mm3(make())[::-1]


def test_a_margin_grows_the_specimen_on_every_side(make):
    """By 2 mm; its own voxels misplace its surface by half a voxel on either side."""
    grown, plain = make("--base=left", "--margin=2"), make("--base=left")
    assert volume_mm3(grown) > 1.3 * volume_mm3(plain)
    voxel_along_xyz_mm = [2.0, 1.25, 1.0]
    grown_by_mm = replica_size_mm(grown) - replica_size_mm(plain)
    assert (np.abs(grown_by_mm - 4.0) < voxel_along_xyz_mm).all(), grown_by_mm
    assert grown.map["specimen"]["segmented_mm3"] == volume_mm3(plain)


def test_a_kerf_takes_its_width_of_the_slices_that_it_runs_through(make, stored):
    whole, cut = make("--cuts=0"), make("--cuts=0", "--kerf=1.5")
    labels = sitk.ReadImage(str(stored.habitats))
    _i, _j, above = labels.TransformPhysicalPointToIndex((12.0, -30.0, 49.0))
    voxels = np.count_nonzero(sitk.GetArrayFromImage(labels)[above - 1 : above + 1])
    assert sum(slab_volumes_mm3(whole)) == pytest.approx(14395.0)
    assert sum(slab_volumes_mm3(cut)) == pytest.approx(14395.0 - voxels * 1.0 * 1.25 * 0.75)
    assert cut.map["kerf_loss_mm3"] == pytest.approx(voxels * 1.0 * 1.25 * 0.75)


@pytest.mark.parametrize(("scale", "factors"), [("0.9", [0.9, 0.9, 0.9]), ("1,0.9,1.1", [1.0, 0.9, 1.1])])
def test_a_scale_changes_the_plastic_but_not_the_map(make, scale, factors):
    scaled, plain = make("--base=left", f"--scale={scale}"), make("--base=left")
    np.testing.assert_allclose(replica_size_mm(scaled) / replica_size_mm(plain), factors, rtol=2e-3)
    assert slab_volumes_mm3(scaled) == slab_volumes_mm3(plain)


@pytest.fixture(scope="module")
def make_of_two(tmp_path_factory, fast):
    """Return a command on a file with ellipsoids of 8.0 and 2.1 mL under one label."""
    bodies = [
        Ellipsoid(np.array([0.0, 0.0, 0.0]), np.array([16.0, 12.0, 10.0])),
        Ellipsoid(np.array([40.0, 0.0, 0.0]), np.array([10.0, 10.0, 5.0])),
    ]
    grid = covering_grid([15.0, 0.0, 0.0], [40.0, 14.0, 12.0], [1.0, 1.0, 1.0])
    points = grid.to_points(np.stack(np.indices(grid.shape), axis=-1))
    path = tmp_path_factory.mktemp("lesions") / "lesions.nrrd"
    write_volume(path, sum(body.contains(points).astype(np.uint8) for body in bodies), grid)
    return ("make", path, *fast)


def test_of_several_lesions_one_must_be_chosen(program, make_of_two, tmp_path):
    refused = program(*make_of_two, "-o", tmp_path / "case")
    assert refused.returncode == 4
    assert "--lesion" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("which", "radii"),
    [
        ("largest", [(16, 12, 10)]),
        ("1", [(16, 12, 10)]),
        ("2", [(10, 10, 5)]),
        ("all", [(16, 12, 10), (10, 10, 5)]),
    ],
)
def test_the_chosen_lesion_is_made(program, make_of_two, tmp_path, which, radii):
    done = program(*make_of_two, "--lesion", which, "-o", tmp_path / "case", "--json")
    assert done.returncode == 0, done.stderr
    expected_ml = sum(4 / 3 * np.pi * np.prod(lengths) for lengths in radii) / 1000
    assert json.loads(done.stdout)["specimen_ml"] == pytest.approx(expected_ml, rel=0.03)


def test_a_file_that_was_cropped_to_the_tumour_must_be_said_to_be(program, tmp_path, fast):
    path = tmp_path / "cropped.nrrd"
    write_volume(path, np.ones((30, 24, 20), np.uint8), VoxelGrid((30, 24, 20), np.eye(4)))
    refused = program("make", path, "-o", tmp_path / "case", *fast)
    assert refused.returncode == 3
    assert "--cropped" in refused.stderr
    done = program("make", path, "--cropped", "-o", tmp_path / "case", "--json", *fast)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["specimen_ml"] == pytest.approx(30 * 24 * 20 / 1000)


def test_every_option_is_among_those_above():
    tested = {option[0].partition("=")[0] for _given, option, *_ in EFFECTS}
    tested |= {"--margin", "--kerf", "--scale", "--lesion", "--cropped"}
    tested |= {"--axis-rois", "--base-roi", "--blade-rois"}
    tested |= {"--extras", "--split", "--format", "--within"}  # tests/e2e/test_extra_options.py
    # tests/e2e/test_habitats.py
    tested |= {"--modality", "--register", "--features", "--count", "--min-region", "--model"}
    command = get_command(app).commands["make"]
    options = {
        max(parameter.opts, key=len) for parameter in command.params if parameter.param_type_name == "option"
    }
    assert options == tested | ABOUT_THE_RUN
