"""Images and surface colours of the report: the right way round, and of the right habitat."""

import base64
import dataclasses
import io

import numpy as np
import pytest
from PIL import Image as Picture

from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.report.image_planes import image_planes
from mouldgen.export.report.scene_geometry import scene_geometry
from mouldgen.export.stl_files import write_stl
from mouldgen.images import Image


@pytest.fixture
def lab(design):
    return LaboratoryCase.of_design(design)


def grey_of(plane):
    raw = base64.b64decode(plane["picture"].partition(",")[2])
    return np.asarray(Picture.open(io.BytesIO(raw)).convert("L")).astype(float)


def test_an_image_shows_a_bright_spot_where_it_lies(lab):
    grid = lab.lattice
    slab = lab.plan.slabs[2]
    index = np.array(np.meshgrid(*map(np.arange, grid.shape), indexing="ij")).reshape(3, -1).T
    points = grid.to_points(index)
    spot = np.array([slab.x_mid_mm, 6.0, float(grid.center_mm[2]) - 5.0])
    values = np.exp(-(np.linalg.norm(points - spot, axis=1) ** 2) / 8).reshape(grid.shape).astype(np.float32)
    image = Image("spot", values, grid, lab.images_mould[0].slices)
    (plane,) = list(image_planes(dataclasses.replace(lab, images_mould=(image,))))[2]
    grey = grey_of(plane)
    weights = grey * (grey > 128)
    rows, columns = np.indices(grey.shape) + 0.5
    left, low, right, high = plane["box_mm"]
    y_mm = left + (right - left) * (weights * columns).sum() / weights.sum() / grey.shape[1]
    z_mm = high - (high - low) * (weights * rows).sum() / weights.sum() / grey.shape[0]

    assert plane["name"] == "spot"
    assert y_mm == pytest.approx(spot[1], abs=0.5)
    assert z_mm == pytest.approx(spot[2], abs=0.5)


def test_an_image_of_one_value_or_of_none_is_drawn(lab):
    shape, slices = lab.lattice.shape, lab.images_mould[0].slices
    for value in (3.0, np.nan):
        image = Image("flat", np.full(shape, value, np.float32), lab.lattice, slices)
        planes = list(image_planes(dataclasses.replace(lab, images_mould=(image,))))
        assert len(planes) == len(lab.plan.slabs)
        assert np.isfinite(grey_of(planes[0][0])).all()


@pytest.fixture
def scene(design, lab, tmp_path):
    (tmp_path / "mould").mkdir()
    for part in design.mould.parts:
        write_stl(part.mesh, tmp_path / "mould" / f"{part.name}.stl")
    return scene_geometry(lab, tmp_path)


def vertices_of(packed):
    steps = np.frombuffer(base64.b64decode(packed["positions"]), "<u2").reshape(-1, 3)
    return np.array(packed["low"]) + steps * packed["step"]


def test_the_surface_carries_the_habitat_below_it(lab, scene):
    right = total = 0
    for packed in scene["slabs"]:
        points = lab.frame.patient_from_mould.apply(vertices_of(packed))
        numbers = np.frombuffer(base64.b64decode(packed["habitats"]), np.uint8)
        # the half-space of small_specimen
        normal = np.array([1.0, 0.2, 0.1]) / np.linalg.norm([1.0, 0.2, 0.1])
        sure = np.abs(points @ normal - 8.0) > 2.0
        expected = np.where(points @ normal < 8.0, 1, 2)
        right += int((numbers == expected)[sure].sum())
        total += int(sure.sum())

    assert total > 300
    assert right / total > 0.99


def test_slabs_lie_between_their_faces_at_imaging_size(scaled_design, tmp_path):
    (tmp_path / "mould").mkdir()
    for part in scaled_design.mould.parts:
        write_stl(part.mesh, tmp_path / "mould" / f"{part.name}.stl")
    lab = LaboratoryCase.of_design(scaled_design)
    for packed, slab in zip(scene_geometry(lab, tmp_path)["slabs"], lab.document.slabs, strict=True):
        points = vertices_of(packed)
        outline = np.concatenate([np.array(ring) for ring in slab.outlines_mm.mid])
        assert points[:, 0].min() >= slab.x_lower_mm - 0.3
        assert points[:, 0].max() <= slab.x_upper_mm + 0.3
        assert (points[:, 1:].min(axis=0) <= outline.min(axis=0) + 0.5).all()
        assert (points[:, 1:].max(axis=0) >= outline.max(axis=0) - 0.5).all()
