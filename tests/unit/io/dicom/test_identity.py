"""Nothing that identifies a patient passes as a name, whatever way it is written in."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from mouldgen.frames import VoxelGrid
from mouldgen.io.dicom.catalogue import read_catalogue
from mouldgen.io.dicom.identity import Identity
from mouldgen.testing.dicom_series import SeriesTexts, write_series


def dataset(**values):
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def safe(text, **values):
    return Identity.of(dataset(**values)).safe(text, "-") == text


@pytest.mark.parametrize(
    "text",
    [
        "Doe tumour",
        "tumour DOE^JANE",
        "jane",
        "DoeJane",
        "ID-4711 left",
        "GTV 4711",
        "1960-05-04",
        "born 04.05.1960",
        "St Elsewhere CT",
        "st. elsewhere",
        "ACC99",
        "Dr House",
    ],
)
def test_identifying_texts_are_replaced(text):
    assert not safe(
        text,
        PatientName="Doe^Jane",
        PatientID="ID-4711",
        PatientBirthDate="19600504",
        InstitutionName="St Elsewhere",
        AccessionNumber="ACC99",
        ReferringPhysicianName="House^Gregory",
    )


def test_other_texts_are_kept():
    for text in ("Tumour", "Left kidney", "T2 axial", "", "GTV-1", "Vena cava"):
        assert safe(text, PatientName="Doe^Jane^^Dr", PatientID="47-11", InstitutionName="General Hospital")


def test_accents_case_and_punctuation_do_not_hide_a_name():
    assert not safe("MULLER", PatientName="Müller^Zoë")
    assert not safe("müller", PatientName="Muller^Zoe")
    assert not safe("OBRIEN tumour", PatientName="O'Brien^Pat")
    assert not safe("GTV_00123456", PatientID="00.12.34.56")


def test_ideographic_names_of_two_letters_count():
    values = {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Yamada^Tarou=山田^太郎"}
    assert not safe("山田", **values)
    assert not safe("yamada", **values)


def test_short_components_replace_nothing():
    assert safe("Tumour at L4", PatientName="Li^A", StationName="L4", StudyID="1")


def test_names_within_sequences_are_found():
    request = dataset(RequestedProcedureID="REQ-77", AccessionNumber="XY123")
    other = dataset(PatientID="PID999")
    values = {"RequestAttributesSequence": Sequence([request]), "OtherPatientIDsSequence": Sequence([other])}
    assert not safe("XY123", **values)
    assert not safe("req-77 GTV", **values)
    assert not safe("GTV pid999", **values)


def test_a_series_description_is_hidden_by_the_name_in_any_file_of_the_folder(tmp_path):
    grid = VoxelGrid.axis_aligned((4, 4, 3), (1, 1, 1), (0, 0, 0))
    voxels = np.zeros(grid.shape, np.int16)
    for number, attributes in enumerate(({"PatientName": "Roe^Richard"}, {"PatientName": ""}), start=1):
        folder = tmp_path / str(number)
        folder.mkdir()
        texts = SeriesTexts(series_number=number, description=f"ROE abdomen {number}", attributes=attributes)
        write_series(folder, voxels, grid, texts=texts)
    catalogue = read_catalogue(tmp_path)
    assert [entry.description for entry in catalogue.series] == ["", ""]
    assert "roe" not in catalogue.listing().lower()
    assert catalogue.choose("roe abdomen 2").number == 2
