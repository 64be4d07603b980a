"""A picture of every slab: its lower face, its middle and its upper face, on one scale for all slabs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Picture
from PIL import ImageDraw

from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.map_document import SiteEntry
from mouldgen.export.panel_fonts import write
from mouldgen.export.panel_frame import SideLetters, draw_frames, draw_scale_bar, draw_score_lines
from mouldgen.export.panel_landmarks import LANDMARK_NOTE, draw_landmarks, landmarks_by_face, write_landmarks
from mouldgen.export.panel_legend import Legend, plan_legend
from mouldgen.export.panel_page import BODY, CAPTION, GREY, LEAD, MARGIN_PX, NOTE, TITLE, PageLayout
from mouldgen.export.panel_palette import build_palette, reduced
from mouldgen.export.panel_section import SectionArtist
from mouldgen.export.panel_sites import SITE_NOTE, draw_sites, reaching, site_boxes
from mouldgen.export.panel_window import plan_window
from mouldgen.sampling.contents import MappedLandmark, Rings, SlabContent
from mouldgen.sampling.map import INSET_MM
from mouldgen.slicing import Slab

__all__ = ["SlabArtist", "write_slab_pictures"]

_PNG_LEVEL = 3
"""zlib's; the highest takes ten times as long for four fifths of the size."""

_TITLE_BASELINE_PX = 108
_RULE_PX = 138
_CAPTION_BASELINE_PX = 186
_BARE_SHARE = 1e-6


def write_slab_pictures(lab: LaboratoryCase, folder: Path) -> tuple[Path, ...]:
    """Write one PNG for every slab, named after it.

    All have the same size, scale and window, so that they can be flipped through. Printed at the
    resolution that they state, they are at the scale of the images.

    Parameters
    ----------
    lab
        The case.
    folder
        An existing folder.

    Returns
    -------
    tuple of Path
        In the order of the slabs.
    """
    artist = SlabArtist.for_case(lab)
    palette = build_palette(artist.sections.inks)
    dots_per_inch = 25.4 / artist.layout.window.px_mm
    paths = []
    for content in lab.sampling.slabs:
        path = folder / f"{content.slab.id}.png"
        picture = reduced(artist.draw(content), palette)
        picture.save(path, "PNG", compress_level=_PNG_LEVEL, dpi=(dots_per_inch, dots_per_inch))
        paths.append(path)
    return tuple(paths)


@dataclass(frozen=True)
class _Face:
    """One panel.

    Parameters
    ----------
    title
        What it is called.
    x_mm, section_x_mm
        Where it lies, and where it is drawn: inside the slab, also along a border of voxels.
    neighbour
        The slab on its other side.
    rings
        The outline there.
    """

    title: str
    x_mm: float
    section_x_mm: float
    neighbour: str | None
    rings: Rings


@dataclass(frozen=True, eq=False)
class SlabArtist:
    """Draws the slabs of one design, on pages that share all but the slab's own figures.

    Parameters
    ----------
    layout
        Where everything stands.
    legend
        Below the panels.
    sections
        Draws the panels.
    blank
        A page with all that is the same for every slab.
    slabs
        All slabs, in order.
    landmarks
        Structures that ride along.
    sites
        Where samples are taken.
    score_z_mm
        Where the score slot ends.
    """

    layout: PageLayout
    legend: Legend
    sections: SectionArtist
    blank: Picture.Image
    slabs: tuple[Slab, ...]
    landmarks: tuple[MappedLandmark, ...]
    sites: tuple[SiteEntry, ...]
    score_z_mm: float

    @classmethod
    def for_case(cls, lab: LaboratoryCase) -> SlabArtist:
        """Return the artist of a case."""
        window = plan_window(lab.lattice)
        sections = SectionArtist.for_specimen(lab.specimen, lab.frame, window)
        letters = SideLetters.of_frame(lab.frame)
        legend = plan_legend(
            lab.specimen.habitats.habitats if lab.specimen.habitats else (),
            sections.inks[1:],
            bare_tissue=any(map(_has_bare_tissue, lab.sampling.slabs)),
            slice_count=max(len(content.nearest_slices) for content in lab.sampling.slabs),
            notes=_reading_notes(lab, letters),
        )
        layout = PageLayout(window, legend.height_px(window.width_px))
        blank = Picture.new("RGB", layout.size_px, "white")
        legend.draw_lasting(blank, layout)
        _draw_surroundings(blank, layout, lab, letters)
        return cls(
            layout=layout,
            legend=legend,
            sections=sections,
            blank=blank,
            slabs=lab.plan.slabs,
            landmarks=lab.sampling.landmarks,
            sites=tuple(lab.document.sites),
            score_z_mm=lab.document.mould.score_z_tissue_mm,
        )

    def draw(self, content: SlabContent) -> Picture.Image:
        """Return the page of one slab."""
        page = self.blank.copy()
        draw = ImageDraw.Draw(page)
        bare_tissue = _has_bare_tissue(content)
        landmarks = landmarks_by_face(self.landmarks, self.slabs, content.slab)
        for left, face, marks in zip(
            self.layout.panel_lefts_px, self._faces(content), landmarks, strict=True
        ):
            sites = reaching(self.sites, content.slab.id, face.x_mm)
            panel = self.sections.draw(
                face.section_x_mm,
                face.rings,
                bare_tissue=bare_tissue,
                taken_px=site_boxes(self.layout.window, sites),
            )
            draw_sites(panel, self.layout.window, sites)
            draw_landmarks(panel, self.layout.window, marks)
            page.paste(panel, (left, self.layout.panels_top_px))
            self._write_caption(draw, left, face)
            write_landmarks(draw, self.layout, left, marks, face.x_mm)
        draw_score_lines(draw, self.layout, self.score_z_mm)
        self._write_title(draw, content.slab)
        self.legend.write_volumes(draw, self.layout, content)
        self.legend.write_slices(draw, self.layout, content.nearest_slices)
        return page

    def _faces(self, content: SlabContent) -> tuple[_Face, _Face, _Face]:
        slab, outlines = content.slab, content.outlines
        before = self.slabs[slab.index - 2].id if slab.index > 1 else None
        after = self.slabs[slab.index].id if slab.index < len(self.slabs) else None
        return (
            _Face("Lower face", slab.x_lower_mm, slab.x_lower_mm + INSET_MM, before, outlines.lower),
            _Face("Middle", slab.x_mid_mm, slab.x_mid_mm, None, outlines.mid),
            _Face("Upper face", slab.x_upper_mm, slab.x_upper_mm - INSET_MM, after, outlines.upper),
        )

    def _write_caption(self, draw: ImageDraw.ImageDraw, left: int, face: _Face) -> None:
        width = write(draw, (left, _CAPTION_BASELINE_PX), face.title, CAPTION)
        if face.neighbour:
            write(draw, (left + width + 12, _CAPTION_BASELINE_PX), f"toward {face.neighbour}", NOTE)
        right = left + self.layout.window.width_px
        write(draw, (right, _CAPTION_BASELINE_PX), f"x = {_signed(face.x_mm)} mm", NOTE, anchor="rs")

    def _write_title(self, draw: ImageDraw.ImageDraw, slab: Slab) -> None:
        width = write(draw, (MARGIN_PX, _TITLE_BASELINE_PX), slab.id, TITLE)
        left = MARGIN_PX + width + 28
        width = write(draw, (left, _TITLE_BASELINE_PX), f"{slab.thickness_mm:.1f} mm thick", LEAD)
        place = f"x from {_signed(slab.x_lower_mm)} to {_signed(slab.x_upper_mm)} mm"
        order = f"slab {slab.index} of {len(self.slabs)}"
        write(draw, (left + width + 28, _TITLE_BASELINE_PX), f"{place}    {order}", LEAD.colored(GREY))


def _draw_surroundings(
    page: Picture.Image, layout: PageLayout, lab: LaboratoryCase, letters: SideLetters
) -> None:
    """Draw what stands around the panels and is the same on all pages."""
    draw = ImageDraw.Draw(page)
    draw.line([(MARGIN_PX, _RULE_PX), (layout.right_px, _RULE_PX)], fill=BODY.color, width=2)
    write(
        draw, (layout.right_px, _TITLE_BASELINE_PX - 34), lab.document.case_id, LEAD.emboldened(), anchor="rs"
    )
    hash_line = f"design {lab.document.design_hash}"
    write(draw, (layout.right_px, _TITLE_BASELINE_PX), hash_line, BODY.colored(GREY), anchor="rs")
    draw_frames(draw, layout, letters)
    scaled = lab.document.frame.scale != (1.0, 1.0, 1.0)
    size = "at imaging size, before the scale of the mould" if scaled else ""
    draw_scale_bar(draw, layout, f"1 pixel = {layout.window.px_mm:g} mm {size}".rstrip())


def _reading_notes(lab: LaboratoryCase, letters: SideLetters) -> str:
    notes = (
        "All sections are seen from the +X end, looking toward S01: +Y to the right, +Z up. The lower face "
        "is seen through the slab; on the slab turned over it appears mirrored. Habitats are the voxels of "
        "the label map; the outline is the smooth surface that the mould is made for. Dashes mark the score "
        "slot, where y is 0. Slices count from 0, instances as DICOM numbers them; their distance is from "
        "the middle of the slab."
    )
    asterisk = "An asterisk marks a direction more than 5° off." if letters.any_oblique else ""
    sites = SITE_NOTE if lab.document.sites else ""
    return " ".join(filter(None, (notes, asterisk, sites, LANDMARK_NOTE if lab.document.landmarks else "")))


def _has_bare_tissue(content: SlabContent) -> bool:
    """Tell whether part of a slab belongs to no habitat."""
    return content.tissue_mm3 - sum(content.habitat_mm3.values()) > _BARE_SHARE * content.tissue_mm3


def _signed(position_mm: float) -> str:
    """Return a position to a hundredth of a millimetre, with a true minus and without a negative zero."""
    return f"{round(position_mm, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
