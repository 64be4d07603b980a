"""Draw the pictures of computed habitats from a phantom whose habitats are known."""

from __future__ import annotations

import tempfile
from pathlib import Path

import scene

from mouldgen.export.habitats.files import write_habitats
from mouldgen.export.habitats.placing import HabitatPlaces
from mouldgen.habitats.compute import compute_habitats
from mouldgen.params import DesignParameters
from mouldgen.testing.habitat_phantoms import habitat_phantom

PICTURES = {"slices": "habitats-slices", "scatter": "habitats-scatter"}


def main() -> None:
    """Draw them where the documentation shows them."""
    phantom = habitat_phantom(3)
    computed = compute_habitats(phantom.tissue, phantom.images, DesignParameters())
    with tempfile.TemporaryDirectory() as folder:
        places = HabitatPlaces.in_case(Path(folder))
        places.folder.mkdir()
        write_habitats(computed, DesignParameters(), (), places)
        for name, target in PICTURES.items():
            picture = (places.folder / f"{name}.png").read_bytes()
            (scene.image_folder() / f"{target}.png").write_bytes(picture)


if __name__ == "__main__":
    main()
