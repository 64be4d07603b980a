"""``mould_from_patient.tfm``: the transform for ITK, SimpleITK and 3D Slicer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from mouldgen.errors import InputError
from mouldgen.frames import FloatArray, Rigid

__all__ = ["read_transform", "transform_text"]


def transform_text(mould_from_patient: Rigid) -> str:
    """Return an ITK transform file that maps LPS points of the patient to points of the mould.

    That is what ITK's ``TransformPoint`` does with it. ITK's resampling asks it the same way, so it brings
    a volume of the mould frame, such as ``maps/habitats.nrrd``, onto an image of the patient. 3D Slicer
    reads ITK transforms in that convention too: applied there, it moves what lies in the mould frame
    (``mould/base.stl``, ``maps/``) to the patient; inverted, it moves patient images to the mould
    (https://slicer.readthedocs.io, developer guide, transforms).
    """
    numbers = (*mould_from_patient.rotation.ravel().tolist(), *mould_from_patient.translation_mm.tolist())
    return "\n".join(
        (
            "#Insight Transform File V1.0",
            "# Maps LPS points of the patient to points of the mould, in mm, by ITK's TransformPoint.",
            "# Applied in 3D Slicer, it moves what lies in the mould frame to the patient.",
            "#Transform 0",
            "Transform: AffineTransform_double_3_3",
            "Parameters: " + " ".join(repr(number + 0.0) for number in numbers),
            "FixedParameters: 0 0 0",
            "",
        )
    )


def read_transform(path: Path) -> FloatArray:
    """Return the 4 x 4 matrix of a transform file, as ITK reads it.

    Raises
    ------
    InputError
        If ITK cannot read it, or it is not an affine transform of space.
    """
    try:
        transform = sitk.AffineTransform(sitk.ReadTransform(str(path)))
    except RuntimeError:
        transform = sitk.AffineTransform(2)
    if transform.GetDimension() != 3:
        message = f"{path.name} is not an affine ITK transform of three dimensions; write the case again"
        raise InputError(message)
    center = np.array(transform.GetCenter())
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    matrix[:3, 3] = np.array(transform.GetTranslation()) + center - matrix[:3, :3] @ center
    return matrix
