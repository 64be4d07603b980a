// What the page knows, what is chosen, and how elements and numbers are written.
// All text reaches the page as text nodes or attributes, never as markup.

const DATA = JSON.parse(document.getElementById("case-data").textContent);
const HABITATS = new Map(DATA.habitats.map((habitat, position) => [habitat.label, { ...habitat, position }]));
const HAS_CERTAINTY = DATA.habitats.some((habitat) => habitat.mean_certainty !== null);

const chosen = { slab: firstSlab(), site: null, habitat: null };
const watchers = [];

/** The slab with most sites; of several, the one nearest to the middle. */
function firstSlab() {
  const middle = (DATA.slabs.length - 1) / 2;
  const order = DATA.slabs.map((slab, index) => ({ index, sites: sitesOf(slab.id).length }));
  order.sort((a, b) => b.sites - a.sites || Math.abs(a.index - middle - 0.1) - Math.abs(b.index - middle - 0.1));
  return order[0].index;
}

/** Call `watcher` now and whenever the chosen slab, site or habitat changes. */
function watch(watcher) {
  watchers.push(watcher);
  watcher(chosen);
}

function choose(change) {
  Object.assign(chosen, change);
  for (const watcher of watchers) watcher(chosen);
}

function chooseSlab(index) {
  const slab = Math.min(Math.max(index, 0), DATA.slabs.length - 1);
  const site = DATA.sites.find((one) => one.id === chosen.site);
  choose({ slab, site: site && site.slab === DATA.slabs[slab].id ? chosen.site : null });
}

function chooseSite(id) {
  const site = DATA.sites.find((one) => one.id === id);
  if (site) choose({ site: id, slab: indexOfSlab(site.slab) });
}

function indexOfSlab(id) {
  return DATA.slabs.findIndex((slab) => slab.id === id);
}

function sitesOf(slabId) {
  return DATA.sites.filter((site) => site.slab === slabId);
}

function habitatOf(site) {
  return site.habitat === null ? null : HABITATS.get(site.habitat) || null;
}

function isFaded(label) {
  return chosen.habitat !== null && chosen.habitat !== label;
}

function byId(id) {
  return document.getElementById(id);
}

function element(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function drawn(name, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key.startsWith("--") || key === "background") node.style.setProperty(key, value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

function fixed(value, decimals = 1) {
  const text = (Math.round(value * 10 ** decimals) / 10 ** decimals + 0).toFixed(decimals);
  return text.replace("-", "\u2212");
}

function millilitres(mm3) {
  const value = mm3 / 1000;
  return fixed(value, value >= 100 ? 1 : 2);
}

function percent(share) {
  return `${fixed(100 * share, 0)} %`;
}

/** A probability, rounded down: it never reads as more than it is. */
function roundedDown(probability) {
  return Math.floor(100 * probability + 1e-9) / 100;
}

function chance(probability) {
  return probability > 0.99 ? "> 99 %" : `${fixed(100 * roundedDown(probability), 0)} %`;
}

function counted(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/** The square that stands for a habitat: its letter on its tint, with its hatching. */
function swatch(habitat) {
  const tile = drawn("svg", { class: "swatch", viewBox: "0 0 24 24", "aria-hidden": "true" },
    drawn("rect", { width: 24, height: 24, fill: habitat.tint }),
    drawn("rect", { width: 24, height: 24, fill: `url(#hatch-${habitat.position})` }),
    drawn("circle", { cx: 12, cy: 12, r: 8.6, fill: "#fff", "fill-opacity": 0.86 }),
    drawn("text", { x: 12, y: 12.5, "text-anchor": "middle", "dominant-baseline": "central" }, habitat.code));
  return tile;
}

function habitatName(habitat) {
  return element("span", { class: "habitat" }, swatch(habitat), element("span", { dir: "auto" }, habitat.name),
    habitat.is_stable ? null : element("span", { class: "unstable", title: unstableWords(habitat) }, "unstable"));
}

/** Why a habitat is marked. */
function unstableWords(habitat) {
  return habitat.stability === null ? "Its labels do not repeat."
    : `Its labels repeat only to ${fixed(habitat.stability, 2)} (Dice) when images and outline change a little.`;
}
