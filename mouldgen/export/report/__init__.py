"""The report: what a radiologist or pathologist opens first."""

from mouldgen.export.report.page import write_report

__all__ = ["write_report"]
