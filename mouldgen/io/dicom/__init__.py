"""DICOM files to volumes and structures; nothing outside this package sees a pydicom object."""
