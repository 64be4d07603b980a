// The page of the chosen slab, the strip of all slabs, and the pages for the printer.

const OBLIQUE = [...DATA.letters.y, ...DATA.letters.z].some((letter) => letter.includes("*"));
let shownImage = 0;

function slabPage(slab, index) {
  const before = DATA.slabs[index - 1];
  const after = DATA.slabs[index + 1];
  return [slabTitle(slab, index), panelsOf(slab, before, after)];
}

function slabTitle(slab, index) {
  const thick = slab.x_upper_mm - slab.x_lower_mm;
  return element("div", { class: "slab-title" },
    element("h2", {}, slab.id),
    element("p", {}, element("b", {}, `${fixed(thick)} mm thick`), `, slab ${index + 1} of ${DATA.slabs.length}`,
      element("br", {}), element("span", { class: "quiet" },
        `x from ${fixed(slab.x_lower_mm, 2)} to ${fixed(slab.x_upper_mm, 2)} mm, ${millilitres(slab.tissue_volume_mm3)} mL`,
      )),
    element("div", { class: "steps", role: "group", "aria-label": "Neighbouring slabs" },
      element("button",
        {
          type: "button",
          disabled: index === 0,
          "aria-label": "Slab before",
          title: "Slab before (\u2190)",
          onclick: () => chooseSlab(index - 1),
        },
        "\u2190",
      ),
      element("button",
        {
          type: "button",
          disabled: index === DATA.slabs.length - 1,
          "aria-label": "Slab after",
          title: "Slab after (\u2192)",
          onclick: () => chooseSlab(index + 1),
        },
        "\u2192",
      )));
}

function panelsOf(slab, before, after) {
  const panels = element("div", { class: `panels${slab.images.length ? " with-image" : ""}` });
  panels.append(
    panel("upper", drawFace(slab, "upper"), after ? ` toward ${after.id}` : ", end of the specimen"),
    panel("lower", drawFace(slab, "lower"), before ? ` toward ${before.id}` : ", end of the specimen"),
    panel("mid", drawFace(slab, "mid"), ""));
  if (slab.images.length) {
    const image = slab.images[Math.min(shownImage, slab.images.length - 1)];
    panels.append(panel("image", drawFace(slab, "mid", { image }), "", imagePicker(slab, image)));
  }
  panels.append(element("div", { class: "words" }, contentsOf(slab), linksOf(slab)));
  return panels;
}

function panel(kind, picture, toward, title = null) {
  const words = FACES[kind] || { title: "Middle, in the image", seen: "seen like the upper face" };
  return element("figure", { class: `panel panel-${kind}` },
    element("figcaption", {}, element("b", {}, title || words.title), toward ? element("span", { class: "toward" }, toward) : null,
      element("span", { class: "seen" }, words.seen)),
    picture);
}

function imagePicker(slab, image) {
  if (slab.images.length === 1) return element("span", { dir: "auto" }, `Middle, in ${image.name}`);
  const picker = element("select",
    { "aria-label": "Image", onchange: (event) => { shownImage = event.target.selectedIndex; choose({}); } },
  );
  slab.images.forEach((one, n) => picker.append(element("option", { selected: n === shownImage }, one.name)));
  return element("span", {}, "Middle, in ", picker);
}

/** What the slab holds, as a bar and in figures. */
function contentsOf(slab) {
  const whole = slab.tissue_volume_mm3 || 1;
  const volumes = [...HABITATS.values()].map((habitat) => [habitat, slab.habitat_volume_mm3[habitat.label] || 0]);
  const bare = Math.max(0, slab.tissue_volume_mm3 - volumes.reduce((sum, [, mm3]) => sum + mm3, 0));
  const bar = element("div", { class: "bar", "aria-hidden": "true" },
    volumes.map(([habitat, mm3]) => element("i", { "--share": mm3 / whole, background: habitat.color })));
  const rows = volumes.filter(([, mm3]) => mm3 > 0).map(([habitat, mm3]) => element("tr",
    { "data-label": habitat.label },
    element("td", {}, habitatName(habitat)),
    element("td", { class: "number" }, millilitres(mm3)),
    element("td", { class: "number" }, percent(mm3 / whole)),
  ));
  if (HABITATS.size && bare > 1e-6 * whole) {
    rows.push(element("tr", {},
      element("td", {}, "tissue without habitat"),
      element("td", { class: "number" }, millilitres(bare)),
      element("td", { class: "number" }, percent(bare / whole)),
    ));
  }
  rows.push(element("tr", { class: "total" },
    element("td", {}, "Tissue"),
    element("td", { class: "number" }, millilitres(slab.tissue_volume_mm3)),
    element("td", {}, ""),
  ));
  return element("div", { class: "contents" }, HABITATS.size ? bar : null,
    element("table", {}, element("thead", {},
      element("tr", {},
        element("th", { scope: "col" }, "In this slab"),
        element("th", { scope: "col", class: "number" }, "mL"),
        element("th", { scope: "col", class: "number" }, "share"),
      ),
    ),
      element("tbody", {}, rows)));
}

function linksOf(slab) {
  const notes = [
    "Slices count from 0, instances as DICOM numbers them.",
    "Base line: where the slab stands on a ruler, a tick every 10 mm.",
    OBLIQUE ? "An asterisk marks a direction more than 5\u00b0 off." : "",
    slab.has_score_mark ? "" : "The score slot does not mark this slab: mark its top at y = 0 by hand.",
  ];
  return element("div", { class: "slices" },
    element("h3", {}, "Nearest image slices"),
    element("ul", {}, slab.nearest_slices.map(sliceItem)),
    element("p", { class: "quiet" }, notes.filter(Boolean).join(" ")),
  );
}

function sliceItem(slice) {
  const tilt = slice.angle_deg > 0.5 ? `, tilted by ${fixed(slice.angle_deg)}\u00b0` : "";
  return element("li", {},
    element("b", { dir: "auto" }, slice.image),
    ` slice ${slice.index}`,
    slice.instance_number === null ? "" : ` (instance ${slice.instance_number})`,
    element("span", { class: "quiet" }, `, ${fixed(Math.abs(slice.distance_mm))} mm from the middle${tilt}`),
  );
}

function showSlabPage() {
  const page = byId("slab-page");
  let shown = null;
  watch(({ slab, site, habitat }) => {
    const key = `${slab} ${shownImage}`;
    if (key !== shown) page.replaceChildren(...slabPage(DATA.slabs[slab], slab));
    if (shown !== null && key !== shown) announce(`Slab ${DATA.slabs[slab].id}`);
    shown = key;
    markChosen(page, site, habitat);
  });
}

function markChosen(page, site, habitat) {
  for (const node of page.querySelectorAll("[data-site]")) node.classList.toggle("chosen", node.dataset.site === site);
  for (const node of page.querySelectorAll("svg [data-label], tr[data-label]")) {
    node.classList.toggle("faded", habitat !== null && node.dataset.label !== String(habitat));
  }
}

/** All slabs side by side, small; arrow keys choose. */
function showStrip() {
  const strip = byId("strip");
  DATA.slabs.forEach((slab, index) => {
    strip.append(element("div", {
      class: "thumb",
      role: "option",
      id: `thumb-${slab.id}`,
      "data-slab": slab.id,
      onclick: () => chooseSlab(index),
    },
      thumbnail(slab), element("b", {}, slab.id),
      sitesOf(slab.id).length ? element("span",
        { class: "dots", title: counted(sitesOf(slab.id).length, "site", "sites") },
        String(sitesOf(slab.id).length),
      ) : null));
  });
  watch(({ slab, habitat }) => {
    [...strip.children].forEach((thumb, index) => thumb.setAttribute("aria-selected", String(index === slab)));
    for (const path of strip.querySelectorAll("[data-label]")) {
      path.classList.toggle("faded", habitat !== null && path.dataset.label !== String(habitat));
    }
    const thumb = strip.children[slab];
    strip.setAttribute("aria-activedescendant", thumb.id);
    requestAnimationFrame(() => {
      const middle = thumb.offsetLeft - strip.offsetLeft + thumb.clientWidth / 2;
      strip.scrollTo({ left: middle - strip.clientWidth / 2 });
    });
  });
}

function thumbnail(slab) {
  const { half, low, high } = WINDOW;
  const inset = 0.11 * WINDOW.size;
  const face = slab.faces.mid;
  const clip = `clip-${slab.id}-strip`;
  const paths = Object.entries(face.habitats).filter(([label]) => HABITATS.has(Number(label)))
    .map(([label, d]) => drawn("path",
      {
        d,
        fill: HABITATS.get(Number(label)).color,
        "fill-opacity": 0.75,
        "data-label": label,
        "fill-rule": "evenodd",
      },
    ));
  return drawn("svg", {
    viewBox: `${-half + inset} ${-high + inset} ${2 * (half - inset)} ${high - low - 2 * inset}`,
    "aria-hidden": "true",
  },
    drawn("g", { transform: `scale(${STEP_MM} ${-STEP_MM})` },
      drawn("clipPath", { id: clip }, drawn("path", { d: face.outline, "clip-rule": "evenodd" })),
      drawn("path", { d: face.outline, fill: DATA.tissue_color, "fill-rule": "evenodd" }),
      drawn("g", { "clip-path": `url(#${clip})` }, paths), drawn("path", { d: face.outline, class: "outline" })));
}

/** Every slab's page for the printer, and the 3-D picture as it stands. */
function preparePrint() {
  const pages = byId("print-pages");
  window.addEventListener("beforeprint", () => {
    pages.replaceChildren(...DATA.slabs.map((slab, index) => element("section",
      { class: "slab-page printed" },
      slabPage(slab, index),
    )));
  });
  window.addEventListener("afterprint", () => pages.replaceChildren());
}
