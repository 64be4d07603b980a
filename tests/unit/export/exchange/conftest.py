"""A small design with sites, as the laboratory's files see it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from mouldgen.export.annotation_files import write_annotations
from mouldgen.export.case_folder import write_case
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.manifest import MANIFEST_NAME, list_outputs, read_manifest
from mouldgen.frames import VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.sampling.sections import label_section
from mouldgen.sampling.site_plan import Face, Site, SiteOrigin, SitePlan
from mouldgen.specimen import HabitatMap

FACES = (Face.THROUGH, Face.UPPER, Face.LOWER)
DEPTH_MM = 4.0
PUNCH_MM = 3.0
GREEK_NAME = '=ζώνη <b>Δ</b> & "core" 肿瘤, left'


def ends(slab, face):
    """Return where a punch begins and ends along x."""
    depth_mm = min(DEPTH_MM, slab.thickness_mm)
    return {
        Face.THROUGH: (slab.x_lower_mm, slab.x_upper_mm),
        Face.UPPER: (slab.x_upper_mm - depth_mm, slab.x_upper_mm),
        Face.LOWER: (slab.x_lower_mm, slab.x_lower_mm + depth_mm),
    }[face]


def deepest(design, label, x_mm):
    """Return the place of a plane that lies deepest in a habitat, [y, z], or None."""
    low, high = design.habitats_mould.grid.to_points(
        np.array([np.zeros(3), design.habitats_mould.grid.shape])
    )
    y_mm, z_mm = (np.arange(low[n], high[n], 0.5) for n in (1, 2))
    mask = label_section(design.specimen, design.frame, x_mm, y_mm, z_mm) == label
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    if distance.max() < 3:
        return None
    row, column = np.unravel_index(np.argmax(distance), distance.shape)
    return y_mm[row], z_mm[column]


def site_at(design, slab, habitat, number, yz_mm):
    face = FACES[number % 3]
    x_from, x_to = ends(slab, face)
    position = np.array([(x_from + x_to) / 2, *yz_mm])
    return Site(
        id=f"{slab.id}-{habitat.code}1",
        slab_id=slab.id,
        habitat=habitat.label,
        position_mould=position,
        position_lps=design.frame.patient_from_mould.apply(position),
        x_from_mm=x_from,
        x_to_mm=x_to,
        punch_mm=PUNCH_MM,
        punch_tissue_mm=PUNCH_MM,
        face=face,
        purity=0.97531,
        hit_probability=0.86422,
        destination=("", "FFPE", "-80 frozen")[number % 3],
        tube=f"{design.case_id}-{slab.id}-{habitat.code}1",
        cassette=f"{design.case_id}-{slab.id}A1",
        origin=(SiteOrigin.PLANNED, SiteOrigin.GIVEN)[number % 2],
    )


def sites_of(design):
    number = 0
    for slab in design.plan.slabs:
        for habitat in design.specimen.habitats.habitats:
            place = deepest(design, habitat.label, slab.x_mid_mm)
            if place is not None:
                yield site_at(design, slab, habitat, number, place)
                number += 1


def reserved_of(design):
    """Return a box of reserved tissue on a grid of its own, with empty voxels around it."""
    grid = VoxelGrid.axis_aligned((9, 9, 9), (1.5, 1.5, 1.5), design.specimen.tissue.centroid_mm(1))
    voxels = np.zeros(grid.shape, np.uint16)
    voxels[2:6, 3:8, 2:5] = 1
    return LabelVolume(voxels, grid)


def named(design, name):
    """Return the specimen with another name for its first habitat."""
    habitats = design.specimen.habitats
    first, *others = habitats.habitats
    renamed = dataclasses.replace(
        first, name=name, terminology="Abnormal Structure: Mass, Left (SCT 4147007)"
    )
    return dataclasses.replace(design.specimen, habitats=HabitatMap(habitats.volume, (renamed, *others)))


def planned(design):
    """Return a design with sites, reserved tissue and an awkward name."""
    specimen = dataclasses.replace(named(design, GREEK_NAME), reserved=reserved_of(design))
    return dataclasses.replace(design, specimen=specimen, sites=SitePlan(sites=tuple(sites_of(design))))


@pytest.fixture(scope="session")
def planned_design(design):
    return planned(design)


@pytest.fixture(scope="session")
def lab(planned_design):
    return LaboratoryCase.of_design(planned_design)


@pytest.fixture(scope="session")
def planned_scaled_design(scaled_design):
    """Return a design whose plastic has another size than the tissue in the images."""
    return planned(scaled_design)


@pytest.fixture(scope="session")
def planned_case(planned_design, lab, tmp_path_factory):
    """Return the case folder, with annotations but without the pictures that they belong to."""
    folder = tmp_path_factory.mktemp("planned") / "case-01"
    write_case(planned_design, folder, pictures=False)
    (folder / "slabs").mkdir()
    write_annotations(lab, folder / "slabs")
    manifest = read_manifest(folder)
    listed = manifest.model_copy(update={"outputs": list(list_outputs(folder))})
    (folder / MANIFEST_NAME).write_text(listed.to_text())
    return folder
