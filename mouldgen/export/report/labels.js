// Names over the 3-D picture, and the wheel of letters that says where the patient's sides are.

/** Names beside bodies: text over the picture, moved along with them. */
class LabelLayer {
  constructor(layer, view) {
    this.view = view;
    this.layer = layer;
    this.names = [];
    DATA.slabs.forEach((slab, index) => {
      const isNamed = () => view.shown.names && this.hasRoom(index);
      this.add("slab-name", slab.id, () => this.slabTop(index), isNamed, () => index === chosen.slab);
    });
    view.slabs.forEach((slab, index) => {
      for (const body of slab.sites) this.addSite(body, index);
    });
    for (const body of [...view.slabs.flatMap((slab) => slab.marks), ...view.looseMarks]) {
      this.add("mark-label", shortened(body.userData.landmark, 22), () => middleOf(body), () => body.visible, () => false);
    }
    const isArrowNamed = () => view.arrow.visible && view.shown.names;
    this.add("arrow-label", "insertion", () => view.arrowTop.clone(), isArrowNamed, () => false);
  }

  /** Sites of the chosen slab are named, and the chosen site. */
  addSite(body, index) {
    const name = shortened(shortSiteName(body.userData.site, DATA.slabs[index].id), 14);
    const isChosen = () => body.userData.site === chosen.site;
    const isNamed = () => body.visible && (isChosen() || (index === chosen.slab && this.view.explode > 0.1));
    this.add("site-label", name, () => middleOf(body), isNamed, isChosen);
  }

  add(kind, text, place, isShown, isChosen) {
    const node = element("span", { class: `label ${kind}`, dir: "auto" }, text);
    this.layer.append(node);
    this.names.push({ node, place, isShown, isChosen });
  }

  slabTop(index) {
    const { box, group } = this.view.slabs[index];
    const top = new THREE.Vector3((box.min.x + box.max.x) / 2, (box.min.y + box.max.y) / 2, box.max.z + 1);
    return top.applyMatrix4(group.matrixWorld);
  }

  /** With many slabs and little room only every other, or fewer, are named; the chosen one always. */
  hasRoom(index) {
    const [first, second] = [
      this.slabTop(0),
      this.slabTop(Math.min(1, DATA.slabs.length - 1)),
    ].map((place) => place.project(this.view.camera));
    const apart = (Math.abs(second.x - first.x) / 2) * this.view.canvas.clientWidth;
    const every = Math.max(1, Math.ceil(30 / Math.max(1, apart)));
    return index === chosen.slab || index % every === 0;
  }

  draw() {
    const { clientWidth, clientHeight } = this.view.canvas;
    for (const { node, place, isShown, isChosen } of this.names) {
      const shown = isShown();
      node.hidden = !shown;
      if (!shown) continue;
      const at = place().project(this.view.camera);
      node.classList.toggle("chosen", isChosen());
      const [right, down] = [((at.x + 1) / 2) * clientWidth, ((1 - at.y) / 2) * clientHeight];
      node.style.transform = `translate(-50%, -100%) translate(${right}px, ${down}px)`;
    }
  }
}

function middleOf(body) {
  return body.getWorldPosition(new THREE.Vector3());
}

/** The directions of the patient as the camera sees them: dark letters point toward the viewer. */
function drawCompass(camera) {
  const compass = byId("compass");
  const turn = DATA.frame.mould_from_patient;
  const letters = [["L", 0, 1], ["R", 0, -1], ["P", 1, 1], ["A", 1, -1], ["S", 2, 1], ["I", 2, -1]];
  const view = camera.matrixWorldInverse;
  const ends = letters.map(([letter, axis, sign]) => {
    const way = new THREE.Vector3(
      turn[0][axis],
      turn[1][axis],
      turn[2][axis],
    ).multiplyScalar(sign).transformDirection(view);
    return { letter, x: 40 * way.x, y: -40 * way.y, depth: way.z };
  }).sort((a, b) => a.depth - b.depth);
  compass.replaceChildren(...ends.map(({ letter, x, y, depth }) => drawn("g", {
    opacity: (0.62 + 0.38 * depth).toFixed(2),
    "data-letter": letter,
    class: `axis axis-${"RL".includes(letter) ? 0 : "AP".includes(letter) ? 1 : 2}`,
  },
    drawn("line",
      { x1: 0, y1: 0, x2: x.toFixed(1), y2: y.toFixed(1) },
    ), drawn("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 11 }),
    drawn("text", { x: x.toFixed(1), y: (y + 0.5).toFixed(1) }, letter))));
}
