"""Contours drawn in parallel planes to voxels; no module here reads a file."""
