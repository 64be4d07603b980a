"""slabs/*.geojson and *.xml: rings and sites on the picture, and back from its pixels to the patient."""

import json
import uuid
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from shapely.geometry import shape

from mouldgen.export.annotation_files import annotation_texts
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.ring_polygons import polygons_of_rings
from mouldgen.export.slab_pictures import write_slab_pictures
from mouldgen.export.stl_files import read_stl, write_part_stls
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.sampling.map import INSET_MM
from mouldgen.sampling.sections import label_section
from mouldgen.testing.phantoms import chiral_specimen

PANELS = ("lower", "mid", "upper")


@pytest.fixture(scope="module")
def collections(lab):
    texts = annotation_texts(lab)
    return {name: json.loads(text) for name, text in texts.items() if name.endswith(".geojson")}


@pytest.fixture(scope="module")
def trees(lab):
    texts = annotation_texts(lab)
    return {
        name: ET.fromstring(text)  # noqa: S314 - our own
        for name, text in texts.items()
        if name.endswith(".xml")
    }


def features_of(collection, **wanted):
    """Return features whose class or metadata are as wanted."""
    for feature in collection["features"]:
        properties = feature["properties"]
        said = {**properties["metadata"], "class": properties["classification"]["name"]}
        if all(said.get(key.rstrip("_")) == value for key, value in wanted.items()):
            yield feature


def panel_of(collection, plane):
    return next(panel for panel in collection["mouldgen"]["panels"] if panel["plane"] == plane)


def mapped(points_px, affine):
    points = np.asarray(points_px, float)
    return np.column_stack([points, np.ones(len(points))]) @ np.array(affine).T


def every_ring(geometry):
    polygons = geometry["coordinates"]
    return [
        ring for polygon in ([polygons] if geometry["type"] == "Polygon" else polygons) for ring in polygon
    ]


def mould_shape(collection, feature):
    """Return a feature's geometry in y and z of the mould."""
    affine = panel_of(collection, feature["properties"]["metadata"]["panel"])["mould_yz_from_px"]
    return shapely.transform(shape(feature["geometry"]), lambda points: mapped(points, affine))


def test_every_slab_has_both_files(lab):
    slabs = [slab.id for slab in lab.document.slabs]
    assert set(annotation_texts(lab)) == {f"{slab}.{kind}" for slab in slabs for kind in ("geojson", "xml")}


def test_features_are_what_qupath_reads(collections):
    for collection in collections.values():
        assert collection["type"] == "FeatureCollection"
        for feature in collection["features"]:
            assert feature["type"] == "Feature"
            assert feature["geometry"]["type"] in {"Polygon", "MultiPolygon", "Point"}
            properties = feature["properties"]
            assert properties["objectType"] == "annotation"
            assert ":" not in properties["classification"]["name"]
            color = properties["classification"]["color"]
            assert len(color) == 3
            assert all(0 <= part <= 255 for part in color)
            uuid.UUID(feature["id"])


def test_identifiers_are_unique_in_the_case(collections):
    ids = [feature["id"] for collection in collections.values() for feature in collection["features"]]
    assert len(set(ids)) == len(ids)


def test_rings_are_closed_valid_and_turn_as_rfc_7946_says(collections):
    for collection in collections.values():
        for feature in collection["features"]:
            geometry = shape(feature["geometry"])
            assert geometry.is_valid
            for polygon in shapely.get_parts(geometry):
                if polygon.geom_type == "Polygon":
                    assert polygon.exterior.is_ccw
                    assert not any(ring.is_ccw for ring in polygon.interiors)
            if feature["geometry"]["type"] != "Point":
                assert all(ring[0] == ring[-1] for ring in every_ring(feature["geometry"]))


def test_outlines_mapped_back_are_those_of_the_map(collections, lab):
    for slab in lab.document.slabs:
        collection = collections[f"{slab.id}.geojson"]
        for plane in PANELS:
            rings = getattr(slab.outlines_mm, plane)
            drawn = [
                mould_shape(collection, f)
                for f in features_of(collection, **{"class": "Specimen"}, panel=plane)
            ]
            assert len(drawn) == bool(rings)
            if rings:
                meant = shapely.multipolygons([shapely.polygons(ring) for ring in rings])
                assert drawn[0].symmetric_difference(meant).area < 1e-2


def test_a_point_of_a_habitat_lies_in_it_in_the_voxels(collections, lab):
    checked = 0
    for slab in lab.document.slabs:
        collection = collections[f"{slab.id}.geojson"]
        for habitat in lab.document.habitats:
            for feature in features_of(collection, habitat_label=str(habitat.label), panel="mid"):
                region = mould_shape(collection, feature).buffer(-1.0)
                for part in shapely.get_parts(region):
                    point = part.representative_point()
                    x_mm = (slab.x_lower_mm + slab.x_upper_mm) / 2
                    label = label_section(lab.specimen, lab.frame, x_mm, [point.x], [point.y])[0, 0]
                    assert label == habitat.label
                    checked += 1
    assert checked > 5


def test_habitats_cover_the_voxels_of_their_section(collections, lab):
    slab = lab.document.slabs[2]
    collection = collections[f"{slab.id}.geojson"]
    step_mm = 0.2
    y_mm, z_mm = np.arange(-25, 25, step_mm), np.arange(-5, 45, step_mm)
    labels = label_section(lab.specimen, lab.frame, (slab.x_lower_mm + slab.x_upper_mm) / 2, y_mm, z_mm)
    for habitat in lab.document.habitats:
        features = features_of(collection, habitat_label=str(habitat.label), panel="mid")
        area_mm2 = sum(mould_shape(collection, feature).area for feature in features)
        assert area_mm2 == pytest.approx(np.count_nonzero(labels == habitat.label) * step_mm**2, rel=0.02)


def test_sites_come_back_as_the_same_point_of_the_patient(collections, lab):
    for site in lab.document.sites:
        collection = collections[f"{site.slab}.geojson"]
        centers = list(features_of(collection, part="center", tube=site.tube))
        assert centers
        for feature in centers:
            panel = panel_of(collection, feature["properties"]["metadata"]["panel"])
            (lps,) = mapped([feature["geometry"]["coordinates"]], panel["lps_from_px"])
            along_mm = panel["x_mm"] - site.mould_mm[0]
            expected = np.array(site.lps_mm) + along_mm * np.array(lab.document.frame.cut_normal_lps)
            assert np.abs(lps - expected).max() < 1e-3
            assert feature["properties"]["measurements"]["lps_x_mm"] == site.lps_mm[0]


def test_circles_have_the_size_of_the_punch(collections, lab):
    sites = {site.tube: site for site in lab.document.sites}
    for collection in collections.values():
        for feature in features_of(collection, part="circle"):
            site = sites[feature["properties"]["metadata"]["tube"]]
            circle = mould_shape(collection, feature)
            radius_mm = site.punch_diameter_mm / 2
            assert circle.area == pytest.approx(np.pi * radius_mm**2, rel=1e-3)
            assert (circle.centroid.x, circle.centroid.y) == pytest.approx(site.mould_mm[1:], abs=1e-3)


def test_sites_are_on_the_panels_that_their_cores_reach(collections, lab):
    for site in lab.document.sites:
        collection = collections[f"{site.slab}.geojson"]
        found = {
            feature["properties"]["metadata"]["panel"]
            for feature in features_of(collection, part="circle", tube=site.tube)
        }
        planes = {plane: panel_of(collection, plane)["x_mm"] for plane in PANELS}
        reached = {plane for plane, x in planes.items() if site.x_from_mm - 1e-3 <= x <= site.x_to_mm + 1e-3}
        assert found == reached
        assert site.face.value in {*found, "through"}


def test_coordinates_are_pixels_of_the_picture(collections, lab, tmp_path):
    """Dark pixels of the outline lie along the outline's ring."""
    write_slab_pictures(lab, tmp_path)
    name = "S03"
    picture = np.array(Image.open(tmp_path / f"{name}.png").convert("L"), int)
    collection = collections[f"{name}.geojson"]
    for plane in PANELS:
        (feature,) = features_of(collection, **{"class": "Specimen"}, panel=plane)
        ring = shape(feature["geometry"]).exterior
        points = np.array(
            [ring.interpolate(share, normalized=True).coords[0] for share in np.linspace(0, 1, 60)]
        )
        columns, rows = np.floor(points).astype(int).T
        assert np.mean(picture[rows, columns] < 110) > 0.9
        panel = panel_of(collection, plane)
        assert panel["left_px"] <= columns.min()
        assert columns.max() < panel["left_px"] + panel["width_px"]


def test_imagescope_has_the_same_rings_in_the_same_pixels(collections, trees):
    for name, collection in collections.items():
        tree = trees[name.replace("geojson", "xml")]
        ours = sorted(
            tuple(map(tuple, np.round(ring, 3).tolist()))
            for feature in collection["features"]
            if feature["geometry"]["type"] != "Point"
            for ring in every_ring(feature["geometry"])
        )
        theirs = sorted(
            tuple((float(vertex.get("X")), float(vertex.get("Y"))) for vertex in region.iter("Vertex"))
            for region in tree.iter("Region")
        )
        assert ours == theirs
        assert float(tree.get("MicronsPerPixel")) == pytest.approx(1000 * collection["mouldgen"]["pixel_mm"])


def test_imagescope_colours_are_blue_green_red(trees, lab):
    colors = {layer.get("Name"): int(layer.get("LineColor")) for layer in trees["S03.xml"].iter("Annotation")}
    for habitat in lab.document.habitats:
        red, green, blue = (int(habitat.color[n : n + 2], 16) for n in (1, 3, 5))
        assert colors[f"{habitat.code} {habitat.name}"] == red + 256 * green + 65536 * blue


def test_holes_are_negative_regions(trees):
    for tree in trees.values():
        for region in tree.iter("Region"):
            ring = np.array([(float(v.get("X")), float(v.get("Y"))) for v in region.iter("Vertex")])
            assert shapely.LinearRing(ring).is_ccw == (region.get("NegativeROA") == "0")


@pytest.fixture(scope="module")
def chiral(tmp_path_factory):
    parameters = DesignParameters(
        orientation={"normal_lps": (0.4, -0.5, 0.7)}, cuts={"slab_mm": 8}, sites={"per_habitat": 0}
    )
    design = design_mould(chiral_specimen(), parameters)
    folder = tmp_path_factory.mktemp("chiral")
    write_part_stls(design.mould, folder)
    mesh = read_stl(folder / "specimen.stl")
    texts = annotation_texts(LaboratoryCase.of_design(design))
    return trimesh.Trimesh(mesh.vertices_mould, mesh.faces), {
        name: json.loads(text) for name, text in texts.items() if name.endswith(".geojson")
    }


def stl_section(mesh, x_mm):
    """Return what a plane meets of a mesh, in y and z, by trimesh."""
    section = mesh.section(plane_origin=[x_mm, 0, 0], plane_normal=[1, 0, 0])
    rings = [] if section is None else [shapely.polygons(line[:, 1:]) for line in section.discrete]
    whole = shapely.Polygon()
    for ring in rings:
        whole = whole.symmetric_difference(ring)
    return whole


def test_faces_of_a_chiral_phantom_are_those_of_its_replica_and_never_mirrored(chiral):
    mesh, collections = chiral
    told_apart = 0
    for collection in collections.values():
        for plane, inset_mm in zip(PANELS, (INSET_MM, 0, -INSET_MM), strict=True):
            drawn = [
                mould_shape(collection, f)
                for f in features_of(collection, **{"class": "Specimen"}, panel=plane)
            ]
            meant = stl_section(mesh, panel_of(collection, plane)["x_mm"] + inset_mm)
            if not drawn or meant.area < 100:
                continue
            off = drawn[0].symmetric_difference(meant).area / meant.area
            mirrored = shapely.transform(drawn[0], lambda points: points * [-1, 1])
            off_mirrored = mirrored.symmetric_difference(meant).area / meant.area
            assert off < 0.02
            told_apart += off_mirrored > 5 * off
    assert told_apart >= len(collections)


@given(
    radii=st.lists(st.integers(1, 30), min_size=1, max_size=6, unique=True),
    turned=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_nested_rings_become_polygons_with_holes(radii, turned):
    radii = sorted(radii, reverse=True)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)])
    rings = [r * (corners[::-1] if flip else corners) for r, flip in zip(radii, turned, strict=False)]
    polygons = polygons_of_rings(rings)
    assert len(polygons) == (len(radii) + 1) // 2
    area = sum(shapely.Polygon(outer, holes).area for outer, *holes in polygons)
    assert area == sum((-1) ** n * 4 * r**2 for n, r in enumerate(radii))


def test_a_ring_that_crosses_itself_gives_valid_polygons():
    bow = np.array([(0, 0), (4, 4), (4, 0), (0, 4), (0, 0)], float)
    polygons = polygons_of_rings([bow])
    assert len(polygons) == 2
    assert polygons_of_rings([]) == ()
