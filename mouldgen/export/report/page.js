// The page as a whole: header, switches, keys.

const SWITCHES = [
  { name: "mould", title: "Mould", key: "m" },
  { name: "seeThrough", title: "See-through", key: "t" },
  { name: "specimen", title: "Specimen", key: "s" },
  { name: "habitats", title: "Habitats", key: "h", wanted: () => HABITATS.size > 0 },
  { name: "sites", title: "Sites", key: "p", wanted: () => DATA.sites.length > 0 },
  {
    name: "regions",
    title: "Hit regions",
    key: "g",
    wanted: () => DATA.slabs.some((slab) => Object.keys(slab.hit_regions).length),
  },
  { name: "cuts", title: "Cut planes", key: "c", wanted: () => DATA.cuts.length > 0 },
  { name: "landmarks", title: "Landmarks", key: "l", wanted: () => DATA.landmarks.length > 0 },
  { name: "names", title: "Names", key: "n" },
];
const KEYS = [
  [
    "\u2190  \u2192",
    "slab before, slab after",
  ], ["Home  End", "first slab, last slab"], ["E", "explode, or put together"],
  ["R", "reset the view"], [
    "1  2  3",
    "from the front, the +X end, above",
  ], ["Shift + arrows", "turn the picture"], ["+  \u2212", "zoom"],
  ...SWITCHES.map(({ key, title }) => [key.toUpperCase(), `${title} on or off`]), ["Esc", "all habitats, no site"], ["?", "these keys"],
];

let view = null;

function showHeader() {
  byId("case-id").textContent = DATA.case_id;
  byId("design-hash").textContent = DATA.design_hash;
  const facts = [
    [`${millilitres(DATA.specimen.volume_mm3)} mL`, "specimen"],
    [String(DATA.slabs.length), DATA.slabs.length === 1 ? "slab" : "slabs"],
    [String(HABITATS.size), HABITATS.size === 1 ? "habitat" : "habitats"],
    [String(DATA.sites.length), DATA.sites.length === 1 ? "site" : "sites"],
  ];
  byId("facts").append(...facts.map(([figure, word]) => element("li", {}, element("b", {}, figure), ` ${word}`)));
}

function openScene() {
  const excuse = sceneExcuse();
  if (!excuse) {
    try {
      view = new CaseScene(byId("canvas"));
      watchScene();
      return;
    } catch (error) {
      showExcuse("This browser cannot draw in 3-D here (no WebGL). The slab pages and tables below are complete.");
      return;
    }
  }
  showExcuse(excuse);
}

function sceneExcuse() {
  if (!DATA.scene || typeof THREE === "undefined") {
    return "This report was written without its 3-D picture: see the findings below. The slab pages and tables are complete.";
  }
  return "";
}

function showExcuse(text) {
  view = null;
  byId("no-3d").textContent = text;
  byId("no-3d").hidden = false;
  byId("view").classList.add("without-3d");
}

function watchScene() {
  let habitat = chosen.habitat;
  watch((now) => {
    if (now.habitat !== habitat) view.inkAgain();
    habitat = now.habitat;
    view.place();
  });
  if (DATA.frame.scale.some((factor) => factor !== 1)) {
    byId("scale-note").textContent = "Drawn in the size of the plastic. Drawings and volumes are at imaging size; distances of sites are those on the slab.";
    byId("scale-note").hidden = false;
  }
}

function showSwitches() {
  const shown = view ? view.shown : {};
  shown.regions = true;
  for (const one of SWITCHES) {
    if (one.wanted && !one.wanted()) continue;
    const button = element("button", {
      type: "button",
      "data-switch": one.name,
      "aria-pressed": String(Boolean(shown[one.name])),
      title: `${one.title} (${one.key.toUpperCase()})`,
    },
      one.title, element("kbd", { "aria-hidden": "true" }, one.key.toUpperCase()));
    button.addEventListener("click", () => {
      shown[one.name] = !shown[one.name];
      button.setAttribute("aria-pressed", String(shown[one.name]));
      document.body.classList.toggle("without-regions", !shown.regions);
      document.body.classList.toggle("without-sites", shown.sites === false);
      if (view) view.place();
    });
    byId("toggles").append(button);
  }
  byId("explode").addEventListener("input", () => explodeTo(Number(byId("explode").value) / 100));
  for (const button of document.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => look(button.dataset.view));
  }
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(button.dataset.zoom === "in" ? 0.8 : 1.25));
  }
}

function look(from) {
  if (view) view.view(from);
}

function zoom(factor) {
  if (view) view.orbit.zoom(factor);
}

function explodeTo(share) {
  byId("explode").value = String(Math.round(100 * share));
  if (!view) return;
  view.explode = share;
  view.place();
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    if (!(event.target instanceof Element) || event.target.closest("input, select, textarea")) return;
    if (answerKey(event)) event.preventDefault();
  });
  byId("show-help").addEventListener("click", openHelp);
}

/** Do what a key says; return whether it says anything. */
function answerKey(event) {
  const { key, shiftKey } = event;
  if (shiftKey && view && turnBy(key)) return true;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (step && !event.target.closest(".scroller")) {
    chooseSlab(chosen.slab + step);
    return true;
  }
  const actions = {
    e: () => explodeTo(view && view.explode > 0.05 ? 0 : 0.55),
    r: () => look("home"),
    1: () => look("front"),
    2: () => look("side"),
    3: () => look("top"),
    "+": () => zoom(0.85),
    "=": () => zoom(0.85),
    "-": () => zoom(1.18),
    "?": openHelp,
    Escape: () => choose({ site: null, habitat: null }),
  };
  if (!event.target.closest(".scroller")) {
    actions.Home = () => chooseSlab(0);
    actions.End = () => chooseSlab(DATA.slabs.length - 1);
  }
  const action = actions[key] || actions[key.toLowerCase()] || switchFor(key.toLowerCase());
  if (action) action();
  return Boolean(action);
}

function turnBy(key) {
  const turn = { ArrowLeft: [0.12, 0], ArrowRight: [-0.12, 0], ArrowUp: [0, 0.12], ArrowDown: [0, -0.12] }[key];
  if (turn) view.orbit.turn(...turn);
  return Boolean(turn);
}

function switchFor(key) {
  const one = SWITCHES.find((candidate) => candidate.key === key);
  const button = one && document.querySelector(`[data-switch="${one.name}"]`);
  return button ? () => button.click() : null;
}

function openHelp() {
  const help = byId("help");
  help.replaceChildren(element("h2", { id: "help-title" }, "Keys"),
    element("dl", { class: "keys" },
      KEYS.map(([keys, meaning]) => element("div", {}, element("dt", {}, keys), element("dd", {}, meaning))),
    ),
    element("p", { class: "quiet" },
      "Drag to turn, two fingers or the right button to move, pinch to zoom. The wheel zooms after a click on the picture.",
    ),
    element("button", { type: "button", onclick: () => help.close() }, "Close"));
  help.showModal();
}

defineHatchings();
showHeader();
showFindings();
showSlabPage();
showStrip();
showSlabTable();
showSiteTable();
markRows();
showDetails();
showParameters();
preparePrint();
listenToKeys();
openScene();
showSwitches();
