"""pyradiomics' voxel-based extraction, in wide use, under equal settings on real images."""

import importlib.util
import logging
import os

import numpy as np
import pytest

from mouldgen.habitats.cooccurrence import cooccurrence_maps
from mouldgen.habitats.discretisation import levels_of_number, levels_of_size
from mouldgen.habitats.windows import Window
from mouldgen.params.habitats import FeatureKind

pytestmark = [
    pytest.mark.client,
    pytest.mark.real,
    pytest.mark.skipif(
        importlib.util.find_spec("radiomics") is None and not os.environ.get("MOULDGEN_REQUIRE_PYRADIOMICS"),
        reason="pyradiomics is not installed; set MOULDGEN_REQUIRE_PYRADIOMICS to insist on it",
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*pkg_resources.*:UserWarning"),
]

NAMES = {
    FeatureKind.JOINT_ENERGY: "JointEnergy",
    FeatureKind.CONTRAST: "Contrast",
    FeatureKind.CORRELATION: "Correlation",
    FeatureKind.HOMOGENEITY: "Idm",
    FeatureKind.JOINT_ENTROPY: "JointEntropy",
}
RELATIVE = 1e-6
ABSOLUTE = 1e-12
"""For what is 0: pyradiomics adds 2e-16 within its logarithm."""

IMAGES = {
    "t1c": ("03_glioma_t1c_flair", "T1c_subtrMeanDivStd.nii.gz", "OTMultiClass.nii.gz"),
    "ct": ("04_sarcoma_ct_mr_pet/nifti", "CT_image.nii.gz", "CT_mask.nii.gz"),
}
BINNING = {
    "t1c": ({"binCount": 32}, lambda values: levels_of_number(values, 32)),
    "ct": ({"binWidth": 25}, lambda values: levels_of_size(values, 25, -1000)),
}
WINDOWS = {
    "cube of 5": (Window.cube(5), {"kernelRadius": 2}),
    "cube of 3": (Window.cube(3), {"kernelRadius": 1}),
    "square of 5": (Window((2, 2, 0)), {"kernelRadius": 2, "force2D": True, "force2Ddimension": 0}),
}


@pytest.fixture(scope="module", params=list(IMAGES))
def crop(request, cases):
    """A name, and a cube of image and tumour, 16 voxels a side, that the tumour's edge runs through."""
    import SimpleITK as sitk

    folder, image, mask = IMAGES[request.param]
    values, inside = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(cases / folder / name))).T for name in (image, mask)
    )
    middle = np.argwhere(inside > 0)[np.count_nonzero(inside > 0) // 8]
    part = tuple(slice(max(0, m - 8), m + 8) for m in middle)
    assert 0.1 < (inside[part] > 0).mean() < 0.9  # windows at the tumour's edge and within
    return request.param, values[part].astype(np.float64), inside[part] > 0


def pyradiomics_maps(values, inside, settings) -> dict[FeatureKind, np.ndarray]:
    import radiomics
    import SimpleITK as sitk
    from radiomics.glcm import RadiomicsGLCM

    radiomics.logger.setLevel(logging.ERROR)
    image, mask = (sitk.GetImageFromArray(array.T) for array in (values, inside.astype(np.uint8)))
    extractor = RadiomicsGLCM(image, mask, voxelBased=True, maskedKernel=True, voxelBatch=1000, **settings)
    for name in NAMES.values():
        extractor.enableFeatureByName(name)
    maps = extractor.execute()
    return {kind: sitk.GetArrayFromImage(maps[name]).T[inside] for kind, name in NAMES.items()}


@pytest.mark.parametrize("name", list(WINDOWS))
def test_maps_are_those_of_pyradiomics(crop, name):
    modality, values, inside = crop
    window, settings = WINDOWS[name]
    binning, discretise = BINNING[modality]
    levels = np.zeros(values.shape, int)
    levels[inside] = discretise(values[inside])
    ours = cooccurrence_maps(levels, window)
    theirs = pyradiomics_maps(values, inside, {**settings, **binning})
    assert not ours.alone.all()
    for kind in NAMES:
        known = ~np.isnan(theirs[kind])
        assert (known == ~ours.alone).all()
        off = np.abs(ours.values[kind] - theirs[kind])[known]
        assert (off <= RELATIVE * np.abs(theirs[kind][known]) + ABSOLUTE).all(), kind
