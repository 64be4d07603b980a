"""sampling_map.json: the contract's keys, a published schema that describes each, and no value lost."""

import json

import jsonschema
import pytest
from pydantic import ValidationError

from mouldgen.errors import Finding
from mouldgen.export.map_document import (
    MapDocument,
    SiteEntry,
    UnreachableEntry,
    packaged_schema,
    schema_text,
)
from mouldgen.export.map_of_design import map_of_design
from mouldgen.sampling.site_plan import Face, Obstacle, SiteOrigin

SITE_KEYS = "id slab habitat mould_mm lps_mm punch_diameter_mm purity hit_probability cassette"
CONTRACT = {
    "": "schema_version case_id units frame mould kerf_mm kerf_loss_mm3 habitats cuts slabs sites "
    "unreachable findings",
    "frame": "patient_axes mould_from_patient cut_normal_lps insertion_lps",
    "mould": "base_part slot_width_mm clearance_mm floor_z_mm rim_z_mm locked_mm3 void_percent",
    "habitats": "label name code color volume_mm3",
    "cuts": "index x_mm",
    "slabs": "id index x_lower_mm x_upper_mm tissue_volume_mm3 habitat_volume_mm3 mid_plane nearest_slices "
    "outlines_mm",
    "findings": "code severity message",
}


@pytest.fixture(scope="module")
def document(design):
    return map_of_design(design)


@pytest.fixture(scope="module")
def stored(document):
    return json.loads(document.to_text())


def test_the_published_schema_is_the_one_of_the_models():
    assert packaged_schema() == schema_text(), (
        "write schema_text() to mouldgen/schemas/sampling_map.schema.json"
    )


def test_a_real_map_follows_the_published_schema(stored):
    schema = json.loads(packaged_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(stored, schema, cls=jsonschema.Draft202012Validator)


def test_every_property_in_the_schema_is_described():
    schema = json.loads(schema_text())
    entries = {"MapDocument": schema, **schema["$defs"]}
    silent = [
        f"{entry}.{name}"
        for entry, body in entries.items()
        for name, value in body.get("properties", {}).items()
        if not value.get("description")
    ]
    assert silent == []
    assert len(entries) > 10


@pytest.mark.parametrize(("place", "keys"), CONTRACT.items())
def test_the_keys_of_the_contract_are_there(stored, place, keys):
    part = stored[place] if place else stored
    entries = part if isinstance(part, list) else [part]
    assert entries
    for entry in entries:
        assert set(keys.split()) <= entry.keys()


def test_the_text_round_trips(document):
    again = MapDocument.model_validate_json(document.to_text())
    assert again == document
    assert again.to_text() == document.to_text()


def test_the_matrix_keeps_its_full_precision(design, document):
    assert document.frame.mould_from_patient == tuple(
        map(tuple, design.frame.mould_from_patient.matrix.tolist())
    )


def test_volumes_of_slabs_and_kerf_add_up_to_the_specimen(design, document):
    total = sum(slab.tissue_volume_mm3 for slab in document.slabs) + document.kerf_loss_mm3
    assert total == pytest.approx(design.specimen.volume_mm3, rel=1e-6)
    assert document.kerf_loss_mm3 > 0


def test_habitats_state_the_volume_of_their_own_voxels(design, document):
    volume = design.specimen.habitats.volume
    assert [entry.volume_mm3 for entry in document.habitats] == [
        pytest.approx(volume.volume_mm3(entry.label)) for entry in document.habitats
    ]


def test_cuts_are_given_in_the_plastic_and_in_the_tissue(scaled_design):
    document = map_of_design(scaled_design)
    for cut, plan in zip(document.cuts, scaled_design.plan.cuts, strict=True):
        assert cut.x_tissue_mm == pytest.approx(plan.x_mm, abs=1e-6)
        assert cut.x_mm == pytest.approx(plan.x_mm * 0.9, abs=1e-6)
    assert document.frame.scale == (0.9, 0.95, 1.05)


def test_every_slab_names_the_nearest_slice_of_labels_and_images(document):
    for slab in document.slabs:
        assert [nearest.image for nearest in slab.nearest_slices] == ["labels", "t2", "pet suv"]


def test_outlines_are_closed_rings(document):
    rings = [ring for slab in document.slabs for ring in slab.outlines_mm.mid]
    assert len(rings) >= len(document.slabs)
    assert all(len(ring) > 3 and ring[0] == ring[-1] for ring in rings)


def test_findings_of_the_design_are_told(document, design):
    told = [Finding(entry.code, entry.severity, entry.message) for entry in document.findings]
    assert told == list(design.findings)


@pytest.mark.parametrize(
    "change",
    [
        {"kerf_mm": float("nan")},
        {"kerf_mm": -1.0},
        {"units": "inch"},
        {"schema_version": "0.9"},
        {"patient_name": "Doe"},
        {"design_hash": "xyz"},
    ],
)
def test_values_outside_the_contract_are_refused(stored, change):
    with pytest.raises(ValidationError):
        MapDocument.model_validate(stored | change)


def test_a_site_and_an_unreachable_habitat_have_their_room(stored):
    site = SiteEntry(
        id="S01-A1",
        slab="S01",
        habitat=1,
        mould_mm=(1, 2, 3),
        lps_mm=(4, 5, 6),
        x_from_mm=0,
        x_to_mm=2,
        punch_diameter_mm=4,
        punch_tissue_mm=4,
        face=Face.THROUGH,
        right_of_score_mm=2,
        above_base_mm=1,
        purity=0.9,
        hit_probability=0.8,
        destination="",
        tube="case-S01-A1",
        cassette="S01-1",
        origin=SiteOrigin.PLANNED,
    )
    lost = UnreachableEntry(
        habitat=2, code=Obstacle.TOO_SMALL, reason="thinner than the punch", advice="a punch of 2 mm"
    )
    with_sites = stored | {
        "sites": [site.model_dump(mode="json")],
        "unreachable": [lost.model_dump(mode="json")],
    }
    assert set(SITE_KEYS.split()) <= with_sites["sites"][0].keys()
    assert {"habitat", "reason"} <= with_sites["unreachable"][0].keys()
    jsonschema.validate(with_sites, json.loads(packaged_schema()), cls=jsonschema.Draft202012Validator)
