"""Print the table of docs/verification.md: how far the surface of ellipsoids lies from their formula."""

from __future__ import annotations

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.surface import build_distance, iso_surface
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, ellipsoid_specimen

SPACINGS_MM = ([1.0, 1.0, 1.0], [0.75, 0.75, 3.0], [0.5, 0.5, 5.0])
HALF_AXES_MM = np.array([24.0, 19.0, 30.0])


def random_ellipsoid(seed: int) -> Ellipsoid:
    """Return the ellipsoid somewhere, turned anyhow."""
    rng = np.random.default_rng(seed)
    center = rng.uniform(-5, 5, 3)
    axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return Ellipsoid(center, HALF_AXES_MM, axes * np.sign(np.linalg.det(axes)))


def measure(ellipsoid: Ellipsoid, spacing_mm: list[float]) -> FloatArray:
    """Return rms and largest distance in mm, and the volume over the labels' and over the formula's."""
    grid = covering_grid(ellipsoid.center_lps, ellipsoid.half_size_mm + 6, spacing_mm)
    specimen = ellipsoid_specimen(ellipsoid, grid)
    field = build_distance(specimen.tissue, reach_mm=2.0)
    mesh = iso_surface(field.values_mm, field.grid, 0.0)
    ball = ellipsoid.to_ball(mesh.vertices_mould)
    radius = np.linalg.norm(ball, axis=1)
    gradient = np.linalg.norm(ball / radius[:, None] / HALF_AXES_MM, axis=1)
    distance = (radius - 1) / gradient  # exact to first order
    volume = mesh.volume_mm3
    return np.array(
        [
            np.sqrt((distance**2).mean()),
            np.abs(distance).max(),
            volume / specimen.volume_mm3,
            volume / ellipsoid.volume_mm3,
        ]
    )


def main() -> None:
    """Measure four ellipsoids a spacing; the largest distance is that of all four."""
    for spacing in SPACINGS_MM:
        results = np.array([measure(random_ellipsoid(seed), spacing) for seed in range(4)])
        rms, _, labels, formula = results.mean(axis=0)
        name = " x ".join(f"{side:g}" for side in spacing)
        off = " | ".join(f"{100 * (share - 1):+.2f} %" for share in (labels, formula))
        print(f"| {name} | {rms:.2f} | {results[:, 1].max():.1f} | {off} |")


if __name__ == "__main__":
    main()
