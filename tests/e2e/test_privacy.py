"""What names a patient in paths and headers stays out of everything that is written and shown."""

import base64
import gzip
import io
import re
import zipfile

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

NAMES = ("jane", "zwickel", "mrn4711")
BASE64 = re.compile(rb"[A-Za-z0-9+/]{256,}")
PERSONAL_TEXT = "ZWICKEL JANE 1970"


@pytest.fixture(scope="module")
def patient(stored, tmp_path_factory):
    """Return a folder named after a patient, with volumes whose headers name the patient too."""
    folder = tmp_path_factory.mktemp("input") / "JANE_ZWICKEL_1970"
    folder.mkdir()
    write_nifti(folder / "mrn4711_jane_zwickel.nii.gz", sitk.ReadImage(str(stored.segmentation)))
    for suffix in (".nrrd", ".mha"):
        habitats = sitk.ReadImage(str(stored.habitats))
        habitats.SetMetaData("PatientName", PERSONAL_TEXT)
        sitk.WriteImage(habitats, str(folder / f"zwickel_habitats{suffix}"), useCompression=True)
    return folder


def write_nifti(path, image):
    """Write a label map, stored as floats, with a name in every text field of the header."""
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    voxels = sitk.GetArrayFromImage(image).T.astype(np.float32)
    volume = nibabel.Nifti1Image(voxels, np.diag([-1, -1, 1, 1]) @ affine)
    volume.set_sform(volume.affine, code=1)
    volume.set_qform(volume.affine, code=1)
    for name, length in {"descrip": 79, "aux_file": 23, "db_name": 17, "intent_name": 15}.items():
        volume.header[name] = PERSONAL_TEXT[:length].encode()
    volume.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", PERSONAL_TEXT.encode()))
    nibabel.save(volume, path)


@pytest.fixture(scope="module", params=[".nrrd", ".mha"])
def run(request, program, patient, tmp_path_factory):
    """Return what a run on these volumes said, and its case folder; it is run from the patient's folder."""
    folder = tmp_path_factory.mktemp("output") / "case"
    done = program(
        "make",
        patient / "mrn4711_jane_zwickel.nii.gz",
        "--habitats",
        f"zwickel_habitats{request.param}",
        "--image",
        f"t2={patient / 'mrn4711_jane_zwickel.nii.gz'}",
        "--slab=16",
        "--set=surface.grid_mm=1",
        "-o",
        folder,
        cwd=patient,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done, folder


def test_nothing_shown_names_the_patient(run):
    done, _folder = run
    assert named(done.stdout.encode()) == []


def test_no_file_or_folder_names_the_patient(run, patient):
    """Nor where they lay on this machine."""
    _done, folder = run
    words = (*NAMES, str(patient.parent).lower(), str(folder.parent).lower())
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert {".stl", ".3mf", ".nrrd", ".png", ".json", ".csv", ".toml", ".tfm"} <= {p.suffix for p in paths}
    found = {
        path.name: hits
        for path in paths
        for layer in (path.name.encode(), *readable_layers(path))
        if (hits := named(layer, words))
    }
    assert found == {}


def test_a_name_hidden_by_compression_would_be_found(tmp_path):
    text = f"patient: {PERSONAL_TEXT}".encode()
    with zipfile.ZipFile(tmp_path / "a.3mf", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model", text * 10)
    (tmp_path / "a.nrrd").write_bytes(b"NRRD0004\nencoding: gzip\n\n" + gzip.compress(text * 10))
    for path in tmp_path.iterdir():
        assert any(named(layer) == ["jane", "zwickel"] for layer in readable_layers(path))


def test_the_manifest_names_inputs_by_role_and_hash_alone(run):
    _done, folder = run
    text = (folder / "manifest.json").read_text()
    assert '"role": "segmentation"' in text
    assert ".nii" not in text


def test_a_message_about_an_input_names_the_file_but_not_its_folder(program, patient, tmp_path):
    done = program("make", patient / "absent.nrrd", "-o", tmp_path / "case")
    assert done.returncode == 3
    assert "absent.nrrd" in done.stderr
    assert named(done.stderr.encode()) == []


def named(data, words=NAMES):
    """Return the words that occur in bytes, in either of two encodings."""
    lowered = data.lower()
    return [word for word in words if any(word.encode(code) in lowered for code in ("utf-8", "utf-16-le"))]


def readable_layers(path):
    """Yield what a file holds, unpacked, without triangles and pixels, which spell words by chance."""
    data = path.read_bytes()
    if path.suffix == ".stl":
        yield data[:80]
    elif path.suffix == ".nrrd":
        header, _blank, voxels = data.partition(b"\n\n")
        yield header
        yield gzip.decompress(voxels)
    elif path.suffix == ".3mf":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (
                member.filename.encode() + member.comment + member.extra for member in archive.filelist
            )
            yield from (archive.read(member) for member in archive.filelist)
    elif path.suffix == ".png":
        with Image.open(io.BytesIO(data)) as picture:
            yield repr(picture.info).encode()
    elif path.suffix == ".html":
        yield BASE64.sub(b"", data)
        yield from (base64.b64decode(packed + b"=" * (-len(packed) % 4)) for packed in BASE64.findall(data))
    else:
        yield data
