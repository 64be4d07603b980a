import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mouldgen.export import panel_fonts
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.panel_fonts import TextStyle, fitted, readable, text_width_px, wrapped
from mouldgen.export.panel_inks import HATCH_COUNT, PAPER, TISSUE, habitat_ink, hatch_cover, plain_ink
from mouldgen.export.panel_legend import LegendRow
from mouldgen.export.panel_letters import place_letters
from mouldgen.export.panel_palette import build_palette, reduced
from mouldgen.export.panel_window import plan_window
from mouldgen.export.side_letters import SideLetters
from mouldgen.export.slab_pictures import SlabArtist, write_slab_pictures
from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import Image as ScalarImage
from mouldgen.images import LabelVolume
from mouldgen.orientation import MouldFrame, lying_rotation
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.specimen import HABITAT_COLORS, Habitat, HabitatMap
from mouldgen.testing.phantoms import chiral_specimen

STYLE = TextStyle(18)


def chiral_design(**values):
    # no sites: they would lie over what these tests look at
    parameters = DesignParameters(
        case="chiral", cuts={"slab_mm": 8.0}, surface={"grid_mm": 1.0}, sites={"per_habitat": 0}, **values
    )
    return design_mould(chiral_specimen(), parameters)


@pytest.fixture(scope="module")
def oblique():
    return chiral_design(orientation={"normal_lps": (0.5, 0.3, 0.8), "base": "posterior"})


@pytest.fixture(scope="module")
def axial():
    return chiral_design(orientation={"plane": "axial", "base": "posterior"})


@pytest.fixture(scope="module")
def without_habitats(axial):
    specimen = dataclasses.replace(axial.specimen, habitats=None)
    slabs = tuple(dataclasses.replace(slab, habitat_mm3={}) for slab in axial.sampling.slabs)
    sampling = dataclasses.replace(axial.sampling, slabs=slabs)
    return dataclasses.replace(axial, specimen=specimen, sampling=sampling)


def renamed(design, names):
    """Return the design with other names of its habitats."""
    old = design.specimen.habitats
    habitats = tuple(dataclasses.replace(h, name=name) for h, name in zip(old.habitats, names, strict=True))
    specimen = dataclasses.replace(design.specimen, habitats=HabitatMap(old.volume, habitats))
    return dataclasses.replace(design, specimen=specimen)


def with_habitats_split(design, count):
    """Return the design with its habitats cut into `count` layers along an axis of the image."""
    volume = design.specimen.habitats.volume
    layer = 1 + np.arange(volume.grid.shape[0]) * count // volume.grid.shape[0]
    voxels = np.where(volume.voxels > 0, layer[:, None, None], 0).astype(np.uint16)
    habitats = tuple(Habitat.numbered(label, label - 1) for label in range(1, count + 1))
    split = HabitatMap(LabelVolume(voxels, volume.grid), habitats)
    return dataclasses.replace(design, specimen=dataclasses.replace(design.specimen, habitats=split))


def artist_of(design):
    return SlabArtist.for_case(LaboratoryCase.of_design(design))


def written(design, folder):
    return write_slab_pictures(LaboratoryCase.of_design(design), folder)


def pixels(design, folder):
    """Return every slab's picture as it is read from its file, shape (rows, columns, 3)."""
    return [np.asarray(Image.open(path).convert("RGB")) for path in written(design, folder)]


def panels(design, page):
    """Return the lower, middle and upper panel of a page."""
    layout = artist_of(design).layout
    rows = slice(layout.panels_top_px, layout.panels_bottom_px)
    return [page[rows, left : left + layout.window.width_px] for left in layout.panel_lefts_px]


def faces_mm(slab):
    return slab.x_lower_mm + 1e-3, slab.x_mid_mm, slab.x_upper_mm - 1e-3


def label_in_patient(specimen, frame, x_mm, y_mm, z_mm):
    """Return the habitat at a point by way of LPS and the nearest voxel, one point at a time."""
    volume = specimen.habitats.volume
    index = np.rint(volume.grid.to_indices(frame.patient_from_mould.apply([x_mm, y_mm, z_mm]))).astype(int)
    inside = (index >= 0).all() and (index < volume.grid.shape).all()
    return int(volume.voxels[tuple(index)]) if inside else 0


def colors_of(ink):
    """Return the colours that a habitat's hatching may show, as tuples."""
    picture = reduced(Image.fromarray(ink.tile), build_palette([plain_ink(PAPER), plain_ink(TISSUE), ink]))
    return set(map(tuple, np.asarray(picture.convert("RGB")).reshape(-1, 3).tolist()))


class TestWhatThePanelsShow:
    @pytest.mark.parametrize("kind", ["axial", "oblique"])
    def test_no_point_shows_the_tint_of_another_habitat_and_nearly_all_show_their_own(
        self, kind, request, tmp_path
    ):
        design = request.getfixturevalue(kind)
        window = plan_window(design.habitats_mould.grid)
        inks = {h.label: habitat_ink(h, n) for n, h in enumerate(design.specimen.habitats.habitats)}
        tints = {label: ink.tint for label, ink in inks.items()}
        random = np.random.default_rng(3)
        shown, inside = 0, 0
        for page, content in zip(pixels(design, tmp_path), design.sampling.slabs, strict=True):
            outlines = (content.outlines.lower, content.outlines.mid, content.outlines.upper)
            faces = zip(panels(design, page), faces_mm(content.slab), outlines, strict=True)
            for panel, x_mm, _ in (face for face in faces if face[2]):
                for column, row in random.integers((0, 0), (window.width_px, window.height_px), (60, 2)):
                    y_mm, z_mm = window.column_y_mm(column), window.row_z_mm(row)
                    label = label_in_patient(design.specimen, design.frame, x_mm, y_mm, z_mm)
                    color = tuple(panel[row, column].tolist())
                    assert color not in {tint for other, tint in tints.items() if other != label}
                    inside += label > 0
                    shown += label > 0 and color in colors_of(inks[label])
        assert inside > 100
        assert shown > 0.85 * inside  # the rest lies under letters, outlines and borders

    def test_a_section_is_seen_from_the_end_of_the_last_slab(self, axial, tmp_path):
        # the last slab is the superior one: seen from above with anterior up, the patient's left is left
        assert SideLetters.of_frame(axial.frame) == SideLetters("L", "R", "A", "P")
        left_lobe, posterior_lobe, body = (habitat_ink(h, n).tint for n, h in named(axial))
        middle = panels(axial, pixels(axial, tmp_path)[1])[1]
        pixel_lists = [
            np.argwhere((middle == tint).all(axis=2)) for tint in (left_lobe, posterior_lobe, body)
        ]
        assert min(map(len, pixel_lists)) > 500
        (_, left_column), (posterior_row, _), (row, column) = (np.median(p, axis=0) for p in pixel_lists)
        assert left_column < column
        assert posterior_row > row

    def test_the_outline_is_drawn_where_the_surface_is(self, oblique, tmp_path):
        window = plan_window(oblique.habitats_mould.grid)
        page = pixels(oblique, tmp_path)[1]
        grey = panels(oblique, page)[1].mean(axis=2)
        ring = oblique.sampling.slabs[1].outlines.mid[0]
        columns, rows = np.floor(window.to_px(ring)).astype(int).T
        assert np.mean(grey[rows, columns] < 90) > 0.9  # letters may hide a little of it

    def test_outside_of_voxels_and_outline_the_paper_is_white(self, oblique, tmp_path):
        window = plan_window(oblique.habitats_mould.grid)
        content = oblique.sampling.slabs[1]
        panel = panels(oblique, pixels(oblique, tmp_path)[1])[1]
        points = window.to_px(np.concatenate(content.outlines.mid))
        reach = float(oblique.specimen.tissue.grid.spacing_mm.max()) / window.px_mm + 3
        low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
        below = panel[int(high[1]) :]
        beside = panel[:, : int(low[0])]
        assert (below == 255).all()
        assert (beside == 255).all()

    def test_beyond_the_tissue_a_panel_says_so(self, axial, tmp_path):
        first = axial.sampling.slabs[0]
        assert not first.outlines.lower
        page = pixels(axial, tmp_path)[0]
        panel = panels(axial, page)[0]
        words = np.argwhere((panel != 255).any(axis=2))
        low, high = words.min(axis=0), words.max(axis=0)
        score_line = panel.shape[1] // 2
        assert abs((low[1] + high[1]) / 2 - score_line) < 4
        assert high[1] - low[1] > 80
        assert not any((panel == habitat_ink(h, n).tint).all(axis=2).any() for n, h in named(axial))

    def test_tissue_without_habitat_is_plain_grey(self, without_habitats, tmp_path):
        page = pixels(without_habitats, tmp_path)[1]
        middle = panels(without_habitats, page)[1]
        grey = (middle == TISSUE).all(axis=2)
        ring = without_habitats.sampling.slabs[1].outlines.mid[0]
        window = plan_window(without_habitats.habitats_mould.grid)
        y, z = ring.T
        area_mm2 = abs(np.dot(y[:-1], z[1:]) - np.dot(y[1:], z[:-1])) / 2
        assert grey.sum() * window.px_mm**2 == pytest.approx(area_mm2, rel=0.12)

    def test_tissue_between_habitats_is_looked_for_where_volumes_say_there_is_some(self, axial, tmp_path):
        old = axial.specimen.habitats
        volume = LabelVolume(np.where(old.volume.voxels == 3, 0, old.volume.voxels), old.volume.grid)
        specimen = dataclasses.replace(axial.specimen, habitats=HabitatMap(volume, old.habitats[:2]))
        slabs = tuple(
            dataclasses.replace(slab, habitat_mm3={n: slab.habitat_mm3[n] for n in (1, 2)})
            for slab in axial.sampling.slabs
        )
        sampling = dataclasses.replace(axial.sampling, slabs=slabs)
        design = dataclasses.replace(axial, specimen=specimen, sampling=sampling)
        page = pixels(design, tmp_path)[1]
        before = pixels(axial, tmp_path)[1]
        third = habitat_ink(old.habitats[2], 2).tint
        was_third = (panels(axial, before)[1] == third).all(axis=2)
        assert was_third.sum() > 500
        now = panels(design, page)[1][was_third]
        assert np.mean((now == TISSUE).all(axis=1)) > 0.9


def named(design):
    return list(enumerate(design.specimen.habitats.habitats))


class TestScale:
    def test_the_scale_bar_is_as_long_as_it_says(self, axial, tmp_path):
        layout = artist_of(axial).layout
        bar_mm = 20 if 20 / layout.window.px_mm <= 240 else 10
        row = pixels(axial, tmp_path)[0][layout.panels_bottom_px + 72, layout.panel_lefts_px[0] :].max(axis=1)
        length = int(np.argmax(row > 60))
        assert length == round(bar_mm / layout.window.px_mm)

    def test_the_file_states_its_resolution(self, axial, tmp_path):
        path = written(axial, tmp_path)[0]
        px_mm = plan_window(axial.habitats_mould.grid).px_mm
        with Image.open(path) as picture:
            assert picture.info["dpi"] == pytest.approx((25.4 / px_mm, 25.4 / px_mm), rel=1e-3)

    def test_all_slabs_share_one_size(self, oblique, tmp_path):
        assert len({page.shape for page in pixels(oblique, tmp_path)}) == 1

    @given(
        st.tuples(*[st.floats(3.0, 400.0)] * 3),
        st.floats(0.2, 2.0),
        st.tuples(*[st.floats(-100.0, 100.0)] * 3),
    )
    def test_a_window_shows_its_whole_lattice_at_a_page_size(self, extent_mm, spacing_mm, origin_mm):
        shape = [max(2, int(side / spacing_mm)) for side in extent_mm]
        grid = VoxelGrid.axis_aligned(shape, [spacing_mm] * 3, origin_mm)
        window = plan_window(grid)
        corners = grid.to_points([[0, 0, 0], np.array(shape) - 1])[:, 1:]
        (left, bottom), (right, top) = window.to_px(corners)
        assert 0 < left < right < window.width_px
        assert 0 < top < bottom < window.height_px
        assert 470 <= window.width_px <= 620
        assert window.height_px <= 661
        assert window.column_y_mm(7) == pytest.approx(window.y_low_mm + 7.5 * window.px_mm)
        assert window.to_px([window.column_y_mm(7), window.row_z_mm(3)]) == pytest.approx([7.5, 3.5])


class TestLetters:
    def test_every_habitat_on_a_panel_has_its_letter(self, axial):
        artist = artist_of(axial).sections
        silent = dataclasses.replace(artist, codes=("",) * len(artist.codes))
        found = set()
        for content in axial.sampling.slabs:
            arguments = (content.slab.x_mid_mm, content.outlines.mid)
            without = np.asarray(silent.draw(*arguments, bare_tissue=False))
            with_letters = np.asarray(artist.draw(*arguments, bare_tissue=False))
            changed = (with_letters != without).any(axis=2)
            for n, habitat in named(axial):
                own = (without == habitat_ink(habitat, n).tint).all(axis=2)
                if own.sum() > 50:
                    assert (changed & own).sum() > 20, (content.slab.id, habitat.name)
                    found.add(habitat.code)
        assert found == {"A", "B", "C"}

    def test_a_letter_stands_in_the_middle_of_the_widest_part(self):
        labels = np.zeros((200, 300), np.uint16)
        labels[20:180, 20:180] = 1  # a square with a long arm
        labels[90:110, 180:290] = 1
        (place,) = place_letters(labels, [1], (300, 200))
        assert place.pole_px == pytest.approx((100, 100), abs=4)
        assert place.at_px == place.pole_px
        assert place.large

    def test_every_large_region_of_a_habitat_has_a_letter(self):
        labels = np.full((200, 300), 2, np.uint16)
        labels[50:150, 20:120] = 1
        labels[50:150, 180:280] = 1
        places = place_letters(labels, [1, 2], (300, 200))
        assert sorted(place.label for place in places) == [1, 1, 2]

    @pytest.mark.parametrize("size", [1, 2, 5])
    def test_a_speck_has_a_letter_beside_it_and_a_line_to_it(self, size):
        labels = np.full((300, 400), 2, np.uint16)
        labels[101 : 101 + size, 203 : 203 + size] = 1
        speck = next(place for place in place_letters(labels, [1, 2], (400, 300)) if place.label == 1)
        column, row = speck.pole_px
        assert labels[int(row), int(column)] == 1
        assert speck.has_leader
        assert np.hypot(*np.subtract(speck.at_px, speck.pole_px)) > 20

    def test_a_lonely_speck_on_the_edge_has_its_letter_inside(self):
        labels = np.zeros((40, 40), np.uint16)
        labels[0, 0] = 1
        (place,) = place_letters(labels, [1], (40, 40))
        assert min(place.at_px) > 0
        assert max(place.at_px) < 40

    def test_an_empty_section_has_no_letters(self):
        assert place_letters(np.zeros((40, 40), np.uint16), [1], (40, 40)) == ()

    def test_tissue_without_habitat_has_no_letter(self):
        assert place_letters(np.ones((50, 50), np.uint16), [2, 3], (50, 50)) == ()


class TestInks:
    def test_hatchings_differ_without_colour(self):
        covers = [hatch_cover(n) for n in range(HATCH_COUNT)]
        for n, first in enumerate(covers):
            for second in covers[n + 1 :]:
                shifts = [np.roll(second, shift, axis=(0, 1)) for shift in np.ndindex(*second.shape)]
                assert min(np.abs(first - shifted).mean() for shifted in shifts) > 0.04

    @pytest.mark.parametrize("position", range(len(HABITAT_COLORS)))
    def test_lines_stand_out_from_their_tint_without_colour(self, position):
        ink = habitat_ink(Habitat.numbered(1, position), position)
        weights = (0.299, 0.587, 0.114)
        assert np.dot(ink.tint, weights) - np.dot(ink.line, weights) > 75

    def test_sixty_habitats_all_look_different(self):
        tiles = {habitat_ink(Habitat.numbered(n + 1, n), n).tile.tobytes() for n in range(60)}
        assert len(tiles) == 60

    @pytest.mark.parametrize("count", [0, 1, 9, 60])
    def test_the_palette_keeps_paper_and_every_ink(self, count):
        inks = [plain_ink(PAPER), plain_ink(TISSUE)]
        inks += [habitat_ink(Habitat.numbered(n + 1, n), n) for n in range(count)]
        colors = [color for ink in inks for color in (ink.tint, ink.line)]
        picture = Image.fromarray(np.array([colors], np.uint8))
        kept = np.asarray(reduced(picture, build_palette(inks)).convert("RGB"))
        assert kept[0].tolist() == [list(color) for color in colors]


class TestLegend:
    def test_volumes_of_the_rows_add_up_to_the_tissue(self, axial):
        for content in axial.sampling.slabs:
            rows = [LegendRow(h.label, h.code, h.name, None) for h in axial.specimen.habitats.habitats]
            rows.append(LegendRow(None, "", "no habitat", None))
            total = LegendRow(None, "", "Tissue", None, is_sum=True).volume_mm3(content)
            assert sum(row.volume_mm3(content) for row in rows) == pytest.approx(total)

    @pytest.mark.parametrize("count", [3, 9, 27])
    def test_long_names_stay_in_their_columns(self, axial, count, tmp_path):
        design = renamed(with_habitats_split(axial, count), ["Ww " * 20] * count)
        layout = artist_of(design).layout
        page = pixels(design, tmp_path)[1]
        below = page[layout.legend_top_px - 30 :]
        for left in layout.panel_lefts_px:
            gutter = below[:, left + layout.window.width_px + 1 :][:, :90]
            assert (gutter == 255).all()
        assert (below[-30:] == 255).all()

    def test_a_name_that_no_font_has_gives_way_to_the_label(self, axial, tmp_path):
        first = pixels(renamed(axial, ["\ue0ff", "b", "c"]), tmp_path)
        second = pixels(renamed(axial, ["label 1", "b", "c"]), tmp_path)
        assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))

    @pytest.mark.parametrize(("count", "lines"), [(1, 1), (6, 6), (7, 7), (30, 7)])
    def test_many_images_are_named_in_seven_lines_at_most(self, axial, count, lines, tmp_path):
        nearest = axial.sampling.slabs[0].nearest_slices[:1] * count
        slabs = tuple(dataclasses.replace(slab, nearest_slices=nearest) for slab in axial.sampling.slabs)
        sampling = dataclasses.replace(axial.sampling, slabs=slabs)
        grid = axial.specimen.tissue.grid
        image = ScalarImage("ct", np.zeros(grid.shape), grid, axial.specimen.slices)
        specimen = dataclasses.replace(axial.specimen, images=(image,) * (count - 1))
        design = dataclasses.replace(axial, sampling=sampling, specimen=specimen)
        layout = artist_of(design).layout
        page = pixels(design, tmp_path)[0]
        left = layout.panel_lefts_px[1]
        rows = (page[layout.legend_top_px + 24 :, left : left + 60] < 130).any(axis=(1, 2))
        assert np.count_nonzero(np.diff(rows.astype(int)) == 1) == lines


class TestTexts:
    @given(st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20), max_size=80), st.integers(40, 400))
    def test_a_fitted_text_is_whole_or_ends_in_an_ellipsis(self, text, width_px):
        result = fitted(text, STYLE, width_px)
        assert text_width_px(result, STYLE) <= width_px
        assert result == text or (result.endswith("…") and text.startswith(result[:-1]))

    @given(st.lists(st.text(st.characters(categories=["Ll"], max_codepoint=0x7E), min_size=1, max_size=9)))
    def test_wrapped_lines_fit_and_lose_no_word(self, words):
        lines = wrapped(" ".join(words), STYLE, 140)
        assert " ".join(lines).split() == words
        assert all(text_width_px(line, STYLE) <= 140 for line in lines if " " in line)

    def test_breaks_and_tabs_in_names_become_spaces(self):
        assert readable(" two\n\twords ", "-") == "two words"

    def test_scripts_that_need_shaping_are_not_drawn_without_it(self, monkeypatch):
        monkeypatch.setattr(panel_fonts.features, "check", lambda _feature: False)
        panel_fonts._font_file.cache_clear()
        assert readable("נמק", "label 4") == "label 4"
        panel_fonts._font_file.cache_clear()

    def test_signs_that_the_pages_use_are_in_the_font(self):
        assert readable("S01 \N{MINUS SIGN}1.00 mm … \N{EN DASH} °", "-") != "-"


class TestFiles:
    def test_files_are_named_after_slabs(self, oblique, tmp_path):
        paths = written(oblique, tmp_path)
        assert [path.name for path in paths] == [f"{slab.id}.png" for slab in oblique.plan.slabs]

    def test_the_same_design_gives_the_same_bytes(self, oblique, tmp_path):
        first = [path.read_bytes() for path in written(oblique, tmp_path)]
        again = [path.read_bytes() for path in written(oblique, tmp_path)]
        assert first == again

    def test_files_hold_nothing_but_the_picture(self, oblique, tmp_path):
        for path in written(oblique, tmp_path):
            assert chunk_names(path.read_bytes()) <= {b"IHDR", b"PLTE", b"pHYs", b"IDAT", b"IEND"}

    def test_a_scaled_mould_says_that_the_picture_is_not(self, design, scaled_design, tmp_path):
        def right_end_of_note(of_design):
            layout = artist_of(of_design).layout
            row = pixels(of_design, tmp_path)[0][layout.panels_bottom_px + 60 :][:24]
            return int(np.nonzero((row < 160).any(axis=(0, 2)))[0].max())

        assert right_end_of_note(scaled_design) > right_end_of_note(design) + 200


def chunk_names(png):
    names, at = set(), 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        names.add(png[at + 4 : at + 8])
        at += 12 + length
    return names


class TestSideLetters:
    def test_oblique_directions_carry_an_asterisk(self):
        straight = MouldFrame(Rigid.from_parts(lying_rotation(np.array([0.0, 0, 1]), 0.0), np.zeros(3)), 0.0)
        turned = MouldFrame(Rigid.from_parts(lying_rotation(np.array([0.0, 0, 1]), 20.0), np.zeros(3)), 20.0)
        assert not SideLetters.of_frame(straight).any_oblique
        assert SideLetters.of_frame(turned) == SideLetters("L*", "R*", "A*", "P*")
