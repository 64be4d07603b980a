// Tables that sort by click and by keyboard, lists of figures, findings.

/** Return a table; a column is { title, unit, value, cell, number }, and its heading is a button that sorts. */
function sortedTable(name, columns, rows, { rowData, onRow, footer } = {}) {
  const body = element("tbody", {});
  const heads = columns.map((column) => {
    const sign = element("span", { class: "sort-sign", "aria-hidden": "true" });
    const button = element("button", { type: "button" },
      column.head || column.title,
      column.unit ? element("small", {}, ` ${column.unit}`) : null,
      sign,
    );
    return element("th", { scope: "col", "aria-sort": "none", class: column.number ? "number" : null }, button);
  });
  const lines = rows.map((row) => {
    const line = element("tr", { ...(rowData ? rowData(row) : {}), ...(onRow ? { tabindex: 0 } : {}) },
      columns.map((column, n) => element(
        n ? "td" : "th",
        { scope: n ? null : "row", class: column.number ? "number" : null, ...(column.data ? column.data(row) : {}) },
        column.cell ? column.cell(row) : String(column.value(row)),
      )));
    if (onRow) {
      line.addEventListener("click", () => onRow(row));
      line.addEventListener("keydown",
        (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); onRow(row); } },
      );
    }
    return { line, row };
  });
  body.append(...lines.map(({ line }) => line));
  heads.forEach((head, n) => head.firstChild.addEventListener("click",
    () => sortBy(columns[n], head, heads, lines, body, name),
  ));
  return element("table", { class: "sorted" }, element("caption", { class: "unseen" }, name),
    element("thead", {}, element("tr", {}, heads)), body, footer ? element("tfoot", {}, footer) : null);
}

function sortBy(column, head, heads, lines, body, name) {
  const downward = head.getAttribute("aria-sort") === "ascending";
  for (const other of heads) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", downward ? "descending" : "ascending");
  const sign = downward ? -1 : 1;
  const sorted = lines.map((entry, n) => ({ ...entry, n })).sort((a, b) => sign * compared(
    column.value(a.row),
    column.value(b.row),
  ) || a.n - b.n);
  body.append(...sorted.map(({ line }) => line));
  announce(`${name}: sorted by ${column.title}, ${downward ? "falling" : "rising"}`);
}

function compared(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), undefined, { numeric: true });
}

function announce(text) {
  byId("announcer").textContent = text;
}

function showSlabTable() {
  const habitats = [...HABITATS.values()];
  const largest = new Map(habitats.map(({ label }) => [
    label,
    Math.max(1e-9, ...DATA.slabs.map((slab) => slab.habitat_volume_mm3[label] || 0)),
  ]));
  const columns = [
    { title: "Slab", value: (slab) => slab.index, cell: (slab) => slab.id },
    {
      title: "Thickness",
      unit: "mm",
      number: true,
      value: (slab) => slab.x_upper_mm - slab.x_lower_mm,
      cell: (slab) => fixed(slab.x_upper_mm - slab.x_lower_mm),
    },
    {
      title: "Tissue",
      unit: "mL",
      number: true,
      value: (slab) => slab.tissue_volume_mm3,
      cell: (slab) => millilitres(slab.tissue_volume_mm3),
    },
    ...habitats.map((habitat) => ({
      title: `${habitat.code} ${habitat.name}`, head: habitatName(habitat), unit: "mL", number: true,
      value: (slab) => slab.habitat_volume_mm3[habitat.label] || 0,
      cell: (slab) => (slab.habitat_volume_mm3[habitat.label] ? millilitres(slab.habitat_volume_mm3[habitat.label]) : "\u2013"),
      data: (slab) => ({
        "--share": (slab.habitat_volume_mm3[habitat.label] || 0) / largest.get(habitat.label),
        "--color": habitat.color,
        "data-label": habitat.label,
      }),
    })),
    ...(DATA.sites.length ? [{
      title: "Sites",
      number: true,
      value: (slab) => sitesOf(slab.id).length,
      cell: (slab) => sitesOf(slab.id).length || "\u2013",
    }] : []),
  ];
  const sum = (of) => DATA.slabs.reduce((total, slab) => total + of(slab), 0);
  const totals = element("tr", {}, element("th", { scope: "row" }, "All"), element("td", {}), element(
    "td",
    { class: "number" },
    millilitres(sum((slab) => slab.tissue_volume_mm3)),
  ),
    habitats.map(({ label }) => element("td", { class: "number" },
      millilitres(sum((slab) => slab.habitat_volume_mm3[label] || 0)),
    )),
    DATA.sites.length ? element("td", { class: "number" }, String(DATA.sites.length)) : null);
  byId("slab-table").append(sortedTable("Volumes by slab and habitat", columns, DATA.slabs, {
    rowData: (slab) => ({ "data-slab": slab.id }), onRow: (slab) => chooseSlab(slab.index - 1), footer: totals,
  }));
  if (DATA.kerf_mm > 0) {
    const words = `Each cut takes ${fixed(DATA.kerf_mm, 2)} mm: ${millilitres(DATA.kerf_loss_mm3)} mL of tissue in all.`;
    byId("slab-table").after(element("p", { class: "quiet" }, words));
  }
}

const FACE_WORDS = { through: "through", lower: "into the lower face", upper: "into the upper face" };

function showSiteTable() {
  byId("site-lead").textContent = DATA.sites.length ? siteLead() : "No sites were planned for this case.";
  if (DATA.sites.length) {
    byId("site-table").append(sortedTable("Sites", siteColumns(), DATA.sites, {
      rowData: (site) => ({ "data-site": site.id, "data-label": site.habitat }),
      onRow: (site) => {
        chooseSite(site.id);
        announce(siteWords(site));
      },
    }));
  } else {
    byId("site-table").remove();
  }
  showFilter();
  showUnreachable();
}

function siteLead() {
  const { punch_diameter_mm: punch, sigma_mm: error } = DATA.sampling;
  return [
    `${counted(DATA.sites.length, "site", "sites")} for a punch of ${fixed(punch)} mm and a registration error of ${fixed(error)} mm.`,
    "Distances are measured on the slab: from the score line (plus is to the right on the upper face) and from the base line.",
    `Probability: how likely the punch takes its habitat${HAS_CERTAINTY ? ", the certainty of its labels included" : ""}.`,
    HAS_CERTAINTY ? "Certainty: that of the labels in the punch." : "",
    ...[...HABITATS.values()].filter((habitat) => !habitat.is_stable)
      .map((habitat) => `${habitat.code} is unstable. ${unstableWords(habitat)}`),
  ].filter(Boolean).join(" ");
}

function siteColumns() {
  const length = (title, value) => ({ title, unit: "mm", number: true, value, cell: (site) => fixed(value(site)) });
  const columns = [
    { title: "Site", value: (site) => site.id, cell: (site) => element("b", { dir: "auto" }, site.id) },
    { title: "Slab", value: (site) => site.slab },
    {
      title: "Habitat",
      value: (site) => (habitatOf(site) ? habitatOf(site).position : -1),
      cell: (site) => (habitatOf(site) ? habitatName(habitatOf(site)) : "tissue"),
    },
    length("From score", (site) => site.right_of_score_mm),
    length("Above base", (site) => site.above_base_mm),
    {
      title: "Punch",
      value: (site) => site.face,
      cell: (site) => `${fixed(site.punch_diameter_mm)} mm ${FACE_WORDS[site.face]}`,
    },
    {
      title: "Probability",
      number: true,
      value: (site) => site.hit_probability,
      cell: (site) => fixed(roundedDown(site.hit_probability), 2),
      data: (site) => ({
        "--share": site.hit_probability,
        "--color": site.hit_probability < DATA.sampling.min_probability ? "#c2410c" : "#0f766e",
      }),
    },
    { title: "Purity", number: true, value: (site) => site.purity, cell: (site) => fixed(site.purity, 2) },
    ...(HAS_CERTAINTY ? [{
      title: "Certainty",
      number: true,
      value: (site) => site.certainty ?? -1,
      cell: (site) => (site.certainty === null ? "\u2013" : fixed(site.certainty, 2)),
    }] : []),
    {
      title: "Goes to",
      value: (site) => site.destination,
      cell: (site) => element("span", { dir: "auto" }, site.destination || "by tick"),
    },
    { title: "Tube", value: (site) => site.tube, cell: (site) => element("span", { dir: "auto" }, site.tube) },
    {
      title: "Patient L, P, S",
      unit: "mm",
      value: (site) => site.lps_mm[0],
      cell: (site) => element("span", { class: "quiet nowrap" }, site.lps_mm.map((v) => fixed(v)).join(", ")),
    },
  ];
  const inCassettes = { title: "Cassette", value: (site) => site.cassette };
  if (DATA.blocks.length) columns.splice(-1, 0, inCassettes);
  return columns;
}

/** One button a habitat; pressed, only that habitat stands out in tables, drawings and 3-D. */
function showFilter() {
  if (!HABITATS.size) {
    byId("habitat-filter").remove();
    return;
  }
  const every = element("button", { type: "button", onclick: () => choose({ habitat: null }) }, "All habitats");
  const buttons = [...HABITATS.values()].map((habitat) => element("button",
    {
      type: "button",
      "data-label": habitat.label,
      onclick: () => choose({ habitat: chosen.habitat === habitat.label ? null : habitat.label }),
    },
    habitatName(habitat),
  ));
  byId("habitat-filter").append(every, ...buttons);
  watch(({ habitat }) => {
    every.setAttribute("aria-pressed", String(habitat === null));
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.label === String(habitat)));
  });
}

function markRows() {
  watch(({ slab, site, habitat }) => {
    for (const row of document.querySelectorAll("#slab-table tbody tr")) {
      row.classList.toggle("chosen", row.dataset.slab === DATA.slabs[slab].id);
    }
    for (const cell of document.querySelectorAll("#slab-table td[data-label]")) {
      cell.classList.toggle("faded", habitat !== null && cell.dataset.label !== String(habitat));
    }
    for (const row of document.querySelectorAll("#site-table tbody tr")) {
      row.classList.toggle("chosen", row.dataset.site === site);
      row.hidden = habitat !== null && row.dataset.label !== String(habitat);
    }
  });
}

function showUnreachable() {
  if (!DATA.unreachable.length) return;
  byId("unreachable").append(element("h3", {},
    "Habitats that cannot be sampled",
  ), element("div", { class: "finding-list" }, DATA.unreachable.map((item) => {
    const habitat = HABITATS.get(item.habitat);
    return element("article", { class: "finding warning unreachable" }, findingIcon("warning"),
      element("div", {},
        element("h4", {}, habitat ? habitatName(habitat) : `label ${item.habitat}`),
        element("p", {}, item.reason),
        element("p", { class: "advice" }, item.advice),
      ));
  })));
}

const SEVERITIES = { error: "Error", warning: "Warning", info: "Note" };

/** The gravest first, otherwise in the order they were found. */
function showFindings() {
  const order = Object.keys(SEVERITIES);
  const sorted = order.flatMap((severity) => DATA.findings.filter((finding) => finding.severity === severity));
  byId("finding-list").append(...sorted.map(findingCard));
  if (!sorted.length) byId("finding-list").append(element("p", {}, "Nothing was found that needs attention."));
  const badge = byId("finding-count");
  badge.textContent = String(sorted.length);
  badge.classList.add(sorted.length ? sorted[0].severity : "none");
}

function findingCard(finding) {
  return element("article", { class: `finding ${finding.severity}` },
    findingIcon(finding.severity),
    element("div", {},
      element("h4", {}, SEVERITIES[finding.severity], element("code", {}, finding.code)),
      element("p", { dir: "auto" }, finding.message),
    ),
  );
}

/** A triangle, an octagon or a disc, each with its own sign: to be told apart without colour. */
function findingIcon(severity) {
  const shape = {
    error: drawn("path", { d: "M8 2h8l6 6v8l-6 6H8l-6-6V8z" }),
    warning: drawn("path", { d: "M12 2.2 22.6 21.2H1.4z" }),
    info: drawn("circle", { cx: 12, cy: 12, r: 10 }),
  }[severity];
  const sign = { error: "M8.5 8.5l7 7m0-7l-7 7", warning: "M12 9v6m0 2.6v.6", info: "M12 7v.4M12 11v6" }[severity];
  return drawn("svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" },
    shape,
    drawn("path", { class: "sign", d: sign }),
  );
}

function figures(pairs) {
  return element("dl", { class: "figures" },
    pairs.map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, value))),
  );
}

function showDetails() {
  const { mould, specimen, frame } = DATA;
  const scaled = frame.scale.some((factor) => factor !== 1);
  byId("mould-figures").append(figures([
    ["Specimen", `${millilitres(specimen.volume_mm3)} mL`], [
      "Segmented",
      `${millilitres(specimen.segmented_mm3)} mL`,
    ],
    ["Slot width", `${fixed(mould.slot_width_mm, 2)} mm`], ["Clearance", `${fixed(mould.clearance_mm, 2)} mm`],
    ["Rim above underside", `${fixed(mould.rim_z_mm)} mm`], [
      "Guides above underside",
      `${fixed(mould.guide_z_mm)} mm`,
    ],
    ["Void below the rim", `${fixed(mould.void_percent)} %`], [
      "Locked by plastic",
      `${fixed(mould.locked_mm3, 1)} mm\u00b3`,
    ],
    [
      "Size of the plastic",
      scaled ? frame.scale.map((factor) => fixed(factor, 3)).join(" \u00d7 ") : "that of the images",
    ],
    ["Engraved", mould.marks.join(", ") || "nothing"],
    ...specimen.structures.map(({ name, terminology }) => [
      "Structure",
      terminology ? `${name} (${terminology})` : name,
    ]),
  ]));
  byId("transform").append(element("p", { class: "quiet" },
    "Patient millimetres (LPS) to mould millimetres, at imaging size:",
  ),
    element("table", { class: "matrix" },
      element("tbody", {},
        frame.mould_from_patient.map((row) => element("tr", {},
          row.map((value) => element("td", {}, fixed(value, 6))),
        )),
      ),
    ),
    figures([
      ["Cut normal (+X)", frame.cut_normal_lps.map((v) => fixed(v, 3)).join(", ")],
      ["Insertion (\u2212Z)", frame.insertion_lps.map((v) => fixed(v, 3)).join(", ")],
    ]));
  byId("versions").append(figures(Object.entries(DATA.versions)));
}

function showParameters() {
  const written = (value) => (value === null ? "not set" : typeof value === "object" ? JSON.stringify(value) : String(value));
  const columns = [
    { title: "Section", value: (one) => (one.key.includes(".") ? one.key.split(".")[0] : "") },
    { title: "Key", value: (one) => one.key, cell: (one) => element("code", {}, one.key.split(".").slice(-1)[0]) },
    {
      title: "Value",
      value: (one) => written(one.value),
      cell: (one) => element(one.changed ? "b" : "span", { dir: "auto" }, written(one.value)),
    },
    { title: "Unit", value: (one) => one.unit },
    { title: "What it is for", value: (one) => one.help },
  ];
  byId("parameters").append(sortedTable("Parameters",
    columns,
    DATA.parameters,
    { rowData: (one) => ({ "data-changed": String(one.changed) }) },
  ));
  byId("only-changed").addEventListener("change",
    (event) => byId("parameters").classList.toggle("only-changed", event.target.checked),
  );
}
