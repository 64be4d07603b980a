"""The anatomical letters on the four sides of a section."""

from __future__ import annotations

from dataclasses import dataclass

from mouldgen.export.section_shapes import SectionPlane
from mouldgen.frames import AxisLetters
from mouldgen.orientation import MouldFrame

__all__ = ["SideLetters"]


@dataclass(frozen=True)
class SideLetters:
    """Anatomical letters of the four sides of a section, with ``*`` where a direction is oblique."""

    left: str
    right: str
    top: str
    bottom: str

    @classmethod
    def of_frame(cls, frame: MouldFrame) -> SideLetters:
        """Return the letters of a section seen from the +X end: of -Y, +Y, +Z and -Z of the mould."""
        return cls.of_face(AxisLetters.of(frame.mould_from_patient.rotation), SectionPlane.UPPER)

    @classmethod
    def of_face(cls, letters: AxisLetters, plane: SectionPlane) -> SideLetters:
        """Return the letters around a face as the person sees it; the lower face has +Y on the left."""
        low, high = letters.y if plane is not SectionPlane.LOWER else letters.y[::-1]
        return cls(left=low, right=high, top=letters.z[1], bottom=letters.z[0])

    @property
    def any_oblique(self) -> bool:
        """Whether any carries an asterisk."""
        return "*" in self.left + self.right + self.top + self.bottom
