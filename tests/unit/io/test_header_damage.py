"""Whatever happens to a header, reading it gives a volume or an input error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.io.volumes import read_volume
from mouldgen.testing.storage import write_volume

changes = st.tuples(st.integers(0, 400), st.binary(max_size=4), st.integers(0, 4))


def read_or_refuse(path):
    try:
        return read_volume(path)
    except InputError as error:
        return error


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
@given(damage=st.lists(changes, min_size=1, max_size=3))
def test_damage_is_an_input_error_or_does_not_matter(tmp_path_factory, suffix, damage):
    path = tmp_path_factory.mktemp("damage") / f"tumour{suffix}"
    voxels = np.zeros((6, 7, 8), np.uint8)
    write_volume(path, voxels, VoxelGrid.axis_aligned(voxels.shape, (1, 1, 2), (0, 0, 0)))
    raw = bytearray(path.read_bytes())
    for position, inserted, removed in damage:
        raw[position : position + removed] = inserted
    path.write_bytes(raw)
    outcome = read_or_refuse(path)
    if isinstance(outcome, InputError):
        assert path.name in str(outcome)
    else:
        assert outcome.voxels.shape == outcome.grid.shape
