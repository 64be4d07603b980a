// Slabs as drawings: SVG of the two faces and the middle, in millimetres.
// Sections are stored as seen from the +X end: y to the right, z up. That is how the upper face looks.
// The lower face, looked at itself, is the mirror image: y to the left.

const STEP_MM = DATA.path_step_mm;
const FACES = {
  upper: { across: 1, title: "Upper face", seen: "slab on its lower face, base edge toward you" },
  lower: { across: -1, title: "Lower face", seen: "turned over left to right, base edge toward you" },
  mid: { across: 1, title: "Middle", seen: "halfway through, seen like the upper face" },
};
const MM_PER_TILE_SHARE = 1 / 15;

/** Return the rings of a path as lists of [y, z] in millimetres. */
function ringsOf(path) {
  return path.split("z").filter(Boolean).map((part) => {
    const steps = part.match(/-?\d+/g).map(Number);
    const ring = [];
    let y = 0;
    let z = 0;
    for (let n = 0; n < steps.length; n += 2) {
      y += steps[n];
      z += steps[n + 1];
      ring.push([y * STEP_MM, z * STEP_MM]);
    }
    return ring;
  });
}

function boundsOf(rings) {
  const box = { left: Infinity, right: -Infinity, low: Infinity, high: -Infinity };
  for (const ring of rings) {
    for (const [y, z] of ring) {
      box.left = Math.min(box.left, y);
      box.right = Math.max(box.right, y);
      box.low = Math.min(box.low, z);
      box.high = Math.max(box.high, z);
    }
  }
  return box;
}

/** One window for all slabs, so that they can be compared and flipped through. */
const WINDOW = (() => {
  const rings = DATA.slabs.flatMap((slab) => Object.values(slab.faces).flatMap((face) => ringsOf(face.outline)));
  const box = rings.length ? boundsOf(rings) : { left: -10, right: 10, low: 0, high: 20 };
  const half = Math.max(box.right, -box.left);
  const size = Math.max(2 * half, box.high - box.low);
  const margin = 0.14 * size;
  return { half: half + margin, low: box.low - margin, high: box.high + margin, size: size + 2 * margin };
})();
const TILE_MM = WINDOW.size * MM_PER_TILE_SHARE;
const LETTER_MM = WINDOW.size / 17;
const SMALL_MM = WINDOW.size / 30;

/** Put the hatchings into the page once: plain ones for legends, and one for either way of looking. */
function defineHatchings() {
  const defs = drawn("defs", {});
  for (const habitat of HABITATS.values()) {
    const scale = TILE_MM / STEP_MM / 24;
    defs.append(hatching(habitat, `hatch-${habitat.position}`, null));
    defs.append(hatching(habitat, `hatch-${habitat.position}-1`, `scale(${scale} ${-scale})`));
    defs.append(hatching(habitat, `hatch-${habitat.position}--1`, `scale(${-scale} ${-scale})`));
  }
  document.body.append(drawn("svg", { class: "unseen", width: 0, height: 0, "aria-hidden": "true" }, defs));
}

function hatching(habitat, id, transform) {
  const line = habitat.hatch_width
    ? { fill: "none", stroke: habitat.line, "stroke-width": habitat.hatch_width, "stroke-linecap": "round" }
    : { fill: habitat.line };
  return drawn("pattern", { id, width: 24, height: 24, patternUnits: "userSpaceOnUse", patternTransform: transform },
    drawn("path", { d: habitat.hatch, ...line }));
}

/** Return an SVG of one face (or the middle) of a slab. */
function drawFace(slab, plane, options = {}) {
  const { across } = FACES[plane];
  const face = slab.faces[plane];
  const { half, low, high } = WINDOW;
  const picture = drawn("svg", {
    class: `face face-${plane}`, viewBox: `${-half} ${-high} ${2 * half} ${high - low}`,
    role: "img", "aria-label": `${slab.id}, ${FACES[plane].title}`, "data-plane": plane, "data-across": across,
  });
  const flipped = drawn("g", { transform: `scale(${across * STEP_MM} ${-STEP_MM})`, class: "sections" });
  if (options.image) picture.append(imageOf(options.image, across));
  picture.append(baseLine(slab), flipped);
  if (face.outline) {
    flipped.append(...sectionsOf(slab, face, across, options));
    if (!options.image) picture.append(...lettersOf(face, across, sitesOf(slab.id)));
  } else {
    picture.append(drawn("text",
      { class: "nothing", x: 0, y: -(low + high) / 2, "font-size": LETTER_MM },
      "end of tissue",
    ));
  }
  if (slab.has_score_mark && face.outline) picture.append(scoreLine(across));
  picture.append(...sideLetters(across), scaleBar());
  picture.append(...sitesOf(slab.id).map((site) => drawSite(site, slab, plane, across)));
  picture.append(...marksOf(slab, across));
  return picture;
}

function sectionsOf(slab, face, across, { image }) {
  const clip = `clip-${slab.id}-${face.x_mm}-${across}-${nextNumber()}`;
  const outline = { d: face.outline, "fill-rule": "evenodd" };
  const parts = [drawn("clipPath", { id: clip }, drawn("path", { d: face.outline, "clip-rule": "evenodd" }))];
  if (!image) parts.push(drawn("path", { ...outline, class: "tissue", fill: DATA.tissue_color }));
  const habitats = drawn("g", { class: image ? "habitat-borders" : "habitat-fills", "clip-path": `url(#${clip})` });
  for (const [label, d] of Object.entries(face.habitats)) {
    const habitat = HABITATS.get(Number(label));
    if (habitat) habitats.append(habitatPath(habitat, d, across, image));
  }
  parts.push(habitats, drawn("path", { ...outline, class: "outline" }));
  for (const [label, d] of Object.entries(slab.hit_regions || {})) {
    parts.push(drawn("path",
      {
        d,
        class: "hit-region",
        "data-label": label,
        stroke: HABITATS.has(Number(label)) ? HABITATS.get(Number(label)).line : "#333",
      },
    ));
  }
  return parts;
}

function habitatPath(habitat, d, across, image) {
  const group = drawn("g", { class: "habitat-path", "data-label": habitat.label });
  group.append(drawn("title", {}, `${habitat.code}  ${habitat.name}`));
  if (!image) group.append(drawn("path", { d, fill: habitat.tint, "fill-rule": "evenodd" }));
  if (!image) group.append(drawn("path", { d, fill: `url(#hatch-${habitat.position}-${across})`, "fill-rule": "evenodd" }));
  group.append(drawn("path", { d, class: "border", "--tone": habitat.color }));
  return group;
}

let lastNumber = 0;
function nextNumber() {
  lastNumber += 1;
  return lastNumber;
}

function imageOf(image, across) {
  const [left, low, right, high] = image.box_mm;
  return drawn("image", {
    href: image.picture, x: left, y: -high, width: right - left, height: high - low,
    preserveAspectRatio: "none", transform: `scale(${across} 1)`,
  });
}

/** The letter of every habitat, in the widest part of each of its regions, beside the sites. */
function lettersOf(face, across, sites) {
  const letters = [];
  for (const [label, path] of Object.entries(face.habitats)) {
    const habitat = HABITATS.get(Number(label));
    if (!habitat) continue;
    for (const place of letterPlaces(path, sites)) {
      const size = place.radius > 0.62 * LETTER_MM ? LETTER_MM : SMALL_MM * 1.15;
      letters.push(drawn("text", {
        class: "letter", "data-label": label, x: across * place.y, y: -place.z, "font-size": size, "stroke-width": size / 5,
      }, habitat.code));
    }
  }
  return letters;
}

/** Where letters stand: in every region wide enough, and always in the widest. */
function letterPlaces(path, sites) {
  const rings = ringsOf(path);
  const outer = rings.filter((ring) => signedArea(ring) > 0);
  const places = outer.map((ring) => widestPlace(ring, rings, sites)).sort((a, b) => b.radius - a.radius);
  return places.filter((place, n) => n === 0 || place.radius > 0.5 * LETTER_MM).slice(0, 6);
}

function signedArea(ring) {
  let sum = 0;
  for (let n = 0; n < ring.length; n += 1) {
    const [y, z] = ring[n];
    const [nextY, nextZ] = ring[(n + 1) % ring.length];
    sum += y * nextZ - nextY * z;
  }
  return sum / 2;
}

/** About the point of a region farthest from its border and from sites: a lattice, then a finer one around the best. */
function widestPlace(ring, rings, sites) {
  let box = boundsOf([ring]);
  let best = { y: ring[0][0], z: ring[0][1], radius: 0 };
  for (let round = 0; round < 3; round += 1) {
    const stepY = (box.right - box.left) / 10;
    const stepZ = (box.high - box.low) / 10;
    for (let i = 0; i <= 10; i += 1) {
      for (let j = 0; j <= 10; j += 1) {
        const y = box.left + i * stepY;
        const z = box.low + j * stepZ;
        const radius = isInside(y, z, rings) && isInside(y, z, [ring]) ? Math.min(
          distanceTo(y, z, rings),
          distanceToSites(y, z, sites),
        ) : 0;
        if (radius > best.radius) best = { y, z, radius };
      }
    }
    box = { left: best.y - stepY, right: best.y + stepY, low: best.z - stepZ, high: best.z + stepZ };
  }
  return best;
}

function isInside(y, z, rings) {
  let inside = false;
  for (const ring of rings) {
    for (let n = 0, last = ring.length - 1; n < ring.length; last = n, n += 1) {
      const [y1, z1] = ring[n];
      const [y2, z2] = ring[last];
      if (z1 > z !== z2 > z && y < ((y2 - y1) * (z - z1)) / (z2 - z1) + y1) inside = !inside;
    }
  }
  return inside;
}

function distanceTo(y, z, rings) {
  let nearest = Infinity;
  for (const ring of rings) {
    for (let n = 0, last = ring.length - 1; n < ring.length; last = n, n += 1) {
      const [y1, z1] = ring[last];
      const dy = ring[n][0] - y1;
      const dz = ring[n][1] - z1;
      const along = Math.min(1, Math.max(0, ((y - y1) * dy + (z - z1) * dz) / (dy * dy + dz * dz || 1)));
      nearest = Math.min(nearest, Math.hypot(y - y1 - along * dy, z - z1 - along * dz));
    }
  }
  return nearest;
}

function distanceToSites(y, z, sites) {
  return Math.min(
    Infinity,
    ...sites.map((site) => Math.hypot(y - site.mould_mm[1], z - site.mould_mm[2]) - site.punch_tissue_mm / 2),
  );
}

/** What the slab stands on, with a tick every 10 mm from y = 0. */
function baseLine(slab) {
  const base = -slab.base_line_z_mm;
  const reach = Math.floor((WINDOW.half * 0.86) / 10) * 10;
  const tick = WINDOW.size / 90;
  let ticks = `M${-reach} ${base}H${reach}`;
  for (let y = -reach; y <= reach; y += 10) ticks += `M${y} ${base}v${y === 0 ? 2 * tick : tick}`;
  return drawn("g", { class: "datum" }, drawn("path", { d: ticks, class: "base-line" }),
    drawn("text",
      {
        class: "datum-name base-name",
        x: reach,
        y: base + SMALL_MM * 0.95,
        "font-size": SMALL_MM * 0.8,
        "text-anchor": "end",
      },
      "base line",
    ));
}

/** Where the score slot marks the top, at y = 0. */
function scoreLine(across) {
  const top = -WINDOW.high + WINDOW.size * 0.085;
  const end = Math.max(-DATA.mould.score_z_tissue_mm, top + SMALL_MM);
  return drawn("g", { class: "datum" }, drawn("path", { d: `M0 ${top}V${end}`, class: "score-line" }),
    drawn("text",
      {
        class: "datum-name",
        x: across * SMALL_MM * 0.4,
        y: top + SMALL_MM * 0.5,
        "font-size": SMALL_MM * 0.8,
        "text-anchor": across > 0 ? "start" : "end",
      },
      "score",
    ));
}

function sideLetters(across) {
  const [front, back] = DATA.letters.y;
  const [base, top] = DATA.letters.z;
  const { half, low, high } = WINDOW;
  const inset = WINDOW.size * 0.045;
  const middle = -(low + high) / 2;
  const sides = [
    [-half + inset, middle, across > 0 ? front : back, across > 0 ? "front" : "back"],
    [half - inset, middle, across > 0 ? back : front, across > 0 ? "back" : "front"],
    [0, -high + inset * 0.8, top, "top"],
    [0, -low - inset * 0.8, base, "base"],
  ];
  return sides.map(([x, y, letter, word], n) => drawn("g", {
    class: "side",
    "data-side": ["left", "right", "top", "bottom"][n],
  },
    drawn("text",
      { class: "side-letter", x, y: n < 2 ? y - SMALL_MM * 0.35 : y, "font-size": LETTER_MM * 0.86 },
      letter,
    ),
    drawn("text",
      {
        class: "side-word",
        x: n < 2 ? x : x + LETTER_MM * 0.75,
        y: n < 2 ? y + SMALL_MM * 0.75 : y,
        "font-size": SMALL_MM * 0.78,
        "text-anchor": n < 2 ? "middle" : "start",
      },
      word,
    )));
}

function scaleBar() {
  const length = [50, 20, 10, 5, 2, 1].find((mm) => mm <= WINDOW.half * 0.55) || 1;
  const left = -WINDOW.half + WINDOW.size * 0.03;
  const y = -WINDOW.low - WINDOW.size * 0.028;
  const end = WINDOW.size / 90;
  return drawn("g", { class: "scale-bar" },
    drawn("path",
      { d: `M${left} ${y - end}V${y + end}M${left} ${y}H${left + length}M${left + length} ${y - end}V${y + end}` },
    ),
    drawn("text", { x: left + length + SMALL_MM * 0.4, y, "font-size": SMALL_MM * 0.8 }, `${length} mm`));
}

/** A punch, to scale. One that does not reach this face is dashed. */
function drawSite(site, slab, plane, across) {
  const [, y, z] = site.mould_mm;
  const habitat = habitatOf(site);
  const present = site.face === "through" || site.face === plane
    || (plane === "mid" && site.x_from_mm <= slab.faces.mid.x_mm && site.x_to_mm >= slab.faces.mid.x_mm);
  const words = siteWords(site);
  const group = drawn("g", {
    class: `site${present ? "" : " beyond"}`, "data-site": site.id, "data-label": site.habitat, tabindex: 0, role: "button",
    "aria-label": words, onclick: () => chooseSite(site.id),
    onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); chooseSite(site.id); } },
  });
  const radius = site.punch_tissue_mm / 2;
  const size = SMALL_MM;
  const text = { x: across * y, y: -z - radius - size * 0.62, "font-size": size };
  group.append(
    drawn("title", {}, words),
    drawn("circle", { class: "touch", cx: across * y, cy: -z, r: Math.max(radius, WINDOW.size / 28) }),
    drawn("circle", { class: "halo", cx: across * y, cy: -z, r: radius }),
    drawn("circle", { class: "punch", cx: across * y, cy: -z, r: radius, stroke: habitat ? habitat.line : "#222" }),
    drawn("path",
      {
        class: "cross",
        d: `M${across * y - radius / 3} ${-z}h${(2 * radius) / 3}M${across * y} ${-z - radius / 3}v${(2 * radius) / 3}`,
      },
    ),
    drawn("text",
      { ...text, class: "site-name", "stroke-width": size / 4.5 },
      shortened(shortSiteName(site.id, slab.id), 14),
    ),
    drawn("text",
      {
        x: across * y,
        y: -z + radius + size * 0.75,
        class: "site-more",
        "font-size": size * 0.92,
        "stroke-width": size / 4.5,
      },
      chance(site.hit_probability),
    ));
  return group;
}

function siteWords(site) {
  const habitat = habitatOf(site);
  const name = habitat ? `${habitat.code} ${habitat.name}` : "tissue";
  return `${site.id}: ${name}, hits with probability ${fixed(roundedDown(site.hit_probability), 2)}, purity ${fixed(site.purity, 2)}`;
}

/** The name of a site without that of its slab. */
function shortSiteName(id, slabId) {
  return id.startsWith(`${slabId}-`) ? id.slice(slabId.length + 1) : id;
}

function shortened(text, length) {
  const letters = Array.from(text);
  return letters.length > length ? `${letters.slice(0, length - 1).join("")}\u2026` : text;
}

/** Landmarks between the faces of this slab. */
function marksOf(slab, across) {
  return DATA.landmarks.filter((mark) => mark.slab === slab.id).map((mark) => {
    const [, y, z] = mark.mould_mm;
    const reach = WINDOW.size / 60;
    return drawn("g", { class: "landmark" }, drawn("title", {}, mark.name),
      drawn("path", { d: `M${across * y} ${-z - reach}l${reach} ${reach}l${-reach} ${reach}l${-reach} ${-reach}z` }),
      drawn("text",
        { x: across * y + 1.5 * reach, y: -z, "font-size": SMALL_MM * 0.85, "stroke-width": SMALL_MM / 5 },
        shortened(mark.name, 22),
      ));
  });
}
