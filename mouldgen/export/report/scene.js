// The case in 3-D: the mould in the size of the plastic, and the tissue scaled to fit into it.
// Coordinates are those of the mould frame, in millimetres: x across the slabs, y along the blade, z up.

const MOULD_COLOR = "#dfe3e8";
const MOULD_EDGE = "#8d96a3";
const TISSUE_COLOR = "#cf9a8b";
const CHOSEN_COLOR = "#0b5fff";
const VIEWS = {
  home: [-0.86, 1.12],
  front: [-Math.PI / 2, Math.PI / 2 - 0.02],
  side: [0, Math.PI / 2 - 0.02],
  top: [-Math.PI / 2, 0.03],
};
const FIRST_EXPLODE = 0.55;

class CaseScene {
  constructor(canvas) {
    THREE.ColorManagement.legacyMode = false;
    this.canvas = canvas;
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true, alpha: true, preserveDrawingBuffer: true });
    this.renderer.debug.checkShaderErrors = false;
    this.renderer.outputEncoding = THREE.sRGBEncoding;
    this.renderer.setPixelRatio(Math.min(2, window.devicePixelRatio || 1));
    this.camera = new THREE.PerspectiveCamera(24, 1, 1, 5000);
    this.scene = new THREE.Scene();
    this.shown = {
      mould: true,
      seeThrough: false,
      specimen: true,
      habitats: HABITATS.size > 0,
      sites: true,
      cuts: false,
      landmarks: true,
      names: true,
    };
    this.explode = FIRST_EXPLODE;
    this.waiting = [];
    this.addLights();
    this.addMould();
    this.addTissue();
    this.addCutPlanes();
    this.addArrow();
    this.labels = new LabelLayer(byId("labels"), this);
    this.orbit = new OrbitCamera(this.camera, canvas, () => this.requestDraw(), (event) => this.pick(event));
    this.place();
    this.resize();
    this.view("home");
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
    canvas.addEventListener("webglcontextrestored", () => this.requestDraw());
  }

  addLights() {
    this.scene.add(new THREE.HemisphereLight("#ffffff", "#aab4c2", 0.72));
    this.lamp = new THREE.DirectionalLight("#ffffff", 0.5);
    const sky = new THREE.DirectionalLight("#fff6ea", 0.28);
    sky.position.set(-0.4, -0.7, 1.6);
    this.scene.add(this.lamp, this.lamp.target, sky);
  }

  addMould() {
    const { surface, edges } = creasedMesh(DATA.scene.mould);
    this.mould = new THREE.Group();
    this.mouldSkin = new THREE.MeshLambertMaterial({
      color: MOULD_COLOR,
      polygonOffset: true,
      polygonOffsetFactor: 1,
      polygonOffsetUnits: 1,
    });
    this.mouldLines = new THREE.LineBasicMaterial({ color: MOULD_EDGE, transparent: true, opacity: 0.55 });
    this.mouldBody = new THREE.Mesh(surface, this.mouldSkin);
    this.mould.add(this.mouldBody, new THREE.LineSegments(edges, this.mouldLines));
    surface.computeBoundingBox();
    this.mouldBox = surface.boundingBox;
    this.mould.add(contactShadow(this.mouldBox));
    this.scene.add(this.mould);
  }

  addTissue() {
    this.tissue = new THREE.Group();
    const [sx, sy, sz] = DATA.frame.scale;
    this.tissue.scale.set(sx, sy, sz);
    this.floor = DATA.scene.bottom_mm * (1 - sz);
    this.plain = new THREE.MeshBasicMaterial({ color: DATA.tissue_color });
    const palette = [
      new THREE.Color(TISSUE_COLOR),
      ...[...HABITATS.values()].map((habitat) => new THREE.Color(habitat.color).lerp(new THREE.Color("#ffffff"), 0.22)),
    ];
    this.slabs = DATA.slabs.map((slab, index) => this.addSlab(slab, index, palette));
    this.tissue.add(...this.slabs.map((slab) => slab.group));
    this.looseMarks = DATA.landmarks.filter((mark) => mark.slab === null).map((mark) => landmarkBody(mark));
    if (this.looseMarks.length) this.tissue.add(...this.looseMarks);
    this.tissueBox = new THREE.Box3();
    for (const slab of this.slabs) this.tissueBox.union(slab.box);
    this.scene.add(this.tissue);
  }

  addSlab(slab, index, palette) {
    const group = new THREE.Group();
    const geometry = slabShell(DATA.scene.slabs[index], palette);
    geometry.computeBoundingBox();
    const skin = new THREE.MeshLambertMaterial({ vertexColors: true });
    const shell = new THREE.Mesh(geometry, skin);
    shell.userData.slab = index;
    group.add(shell);
    const caps = ["lower", "upper"].filter((plane) => slab.faces[plane].outline).map((plane) => this.cap(slab, plane, index));
    for (const cap of caps) group.add(cap.mesh, cap.line);
    const sites = sitesOf(slab.id).map((site) => punchBody(site, index));
    if (sites.length) group.add(...sites);
    const marks = DATA.landmarks.filter((mark) => mark.slab === slab.id).map((mark) => landmarkBody(mark));
    if (marks.length) group.add(...marks);
    return { group, shell, skin, caps, sites, marks, box: geometry.boundingBox, x: 0 };
  }

  cap(slab, plane, index) {
    const face = slab.faces[plane];
    const { across } = FACES[plane];
    const { geometry, box } = capGeometry(face, face.x_mm - across * 0.02, across);
    const mesh = new THREE.Mesh(geometry, this.plain);
    mesh.userData.slab = index;
    const line = new THREE.LineSegments(
      outlineGeometry(face, face.x_mm + across * 0.04),
      new THREE.LineBasicMaterial({ color: "#2b2b2b" }),
    );
    return { mesh, line, face, box, across, slabId: slab.id, inked: null, current: false };
  }

  addCutPlanes() {
    const { min, max } = this.mouldBox;
    const flat = new THREE.PlaneGeometry(max.y - min.y + 10, max.z - min.z + 16);
    flat.rotateY(Math.PI / 2);
    flat.rotateX(Math.PI / 2);
    const glass = new THREE.MeshBasicMaterial({
      color: CHOSEN_COLOR,
      transparent: true,
      opacity: 0.13,
      side: THREE.DoubleSide,
      depthWrite: false,
    });
    const rim = new THREE.LineBasicMaterial({ color: CHOSEN_COLOR, transparent: true, opacity: 0.7 });
    this.cuts = DATA.cuts.map((cut) => {
      const plane = new THREE.Group();
      plane.add(new THREE.Mesh(flat, glass), new THREE.LineSegments(new THREE.EdgesGeometry(flat), rim));
      plane.position.set(cut.x_mm, (min.y + max.y) / 2, (min.z + max.z) / 2 + 8);
      this.scene.add(plane);
      return plane;
    });
  }

  /** The way the specimen goes in, beside the mould. */
  addArrow() {
    const { min, max } = this.mouldBox;
    const length = Math.max(14, 0.42 * (max.z - min.z));
    const paint = new THREE.MeshLambertMaterial({ color: "#0f766e" });
    const shaft = new THREE.Mesh(new THREE.CylinderGeometry(length / 16, length / 16, length * 0.72, 20), paint);
    const head = new THREE.Mesh(new THREE.ConeGeometry(length / 6, length * 0.34, 32), paint);
    shaft.position.y = length * 0.64;
    head.position.y = length * 0.15;
    this.arrow = new THREE.Group();
    this.arrow.add(shaft, head);
    this.arrow.rotation.x = Math.PI / 2;
    this.arrow.position.set(min.x + 0.06 * (max.x - min.x), min.y + 0.06 * (max.y - min.y), max.z + 3);
    this.arrowTop = new THREE.Vector3(this.arrow.position.x, this.arrow.position.y, max.z + 4 + length);
    this.scene.add(this.arrow);
  }

  /** Put everything where the slider and the choice want it. */
  place() {
    const share = this.explode;
    const gap = Math.max(6, (2.2 * (this.tissueBox.max.x - this.tissueBox.min.x)) / Math.max(1, this.slabs.length));
    const sz = this.tissue.scale.z;
    const clear = this.mouldBox.max.z - DATA.scene.bottom_mm - 4;
    const lift = this.shown.mould ? clear * eased(Math.min(1, share / 0.4)) : 0;
    this.tissue.position.set(0, 0, this.floor + lift);
    const raised = 0.16 * (this.tissueBox.max.z - this.tissueBox.min.z) * Math.min(1, 2 * share);
    this.slabs.forEach((slab, index) => {
      slab.x = (index - (this.slabs.length - 1) / 2) * gap * share;
      slab.group.position.set(slab.x, 0, index === chosen.slab && this.slabs.length > 1 ? raised / sz : 0);
    });
    this.cuts.forEach((cut, n) => {
      const beside = this.shown.mould ? 0 : ((this.slabs[n].x + this.slabs[n + 1].x) / 2) * this.tissue.scale.x;
      cut.position.x = DATA.cuts[n].x_mm + beside;
      cut.visible = this.shown.cuts;
    });
    this.mould.visible = this.shown.mould;
    this.arrow.visible = this.shown.mould;
    this.mouldSkin.transparent = this.shown.seeThrough;
    this.mouldSkin.opacity = this.shown.seeThrough ? 0.26 : 1;
    this.mouldSkin.depthWrite = !this.shown.seeThrough;
    this.mouldSkin.side = this.shown.seeThrough ? THREE.DoubleSide : THREE.FrontSide;
    this.mouldSkin.needsUpdate = true;
    this.dress();
    this.requestDraw();
  }

  /** Colours of the slabs, for what is shown and chosen. */
  dress() {
    const { specimen, habitats, sites, landmarks } = this.shown;
    this.slabs.forEach((slab, index) => {
      const isChosen = index === chosen.slab;
      slab.shell.visible = specimen;
      if (slab.skin.vertexColors !== habitats) {
        slab.skin.vertexColors = habitats;
        slab.skin.needsUpdate = true;
      }
      slab.skin.color.set(habitats ? "#ffffff" : TISSUE_COLOR).multiplyScalar(isChosen ? 1 : 0.84);
      slab.skin.emissive.setScalar(isChosen ? 0.05 : 0);
      for (const cap of slab.caps) {
        cap.mesh.visible = specimen || habitats;
        cap.line.visible = cap.mesh.visible;
        cap.line.material.color.set(isChosen ? CHOSEN_COLOR : "#2b2b2b");
        cap.mesh.material = habitats && cap.inked ? cap.inked : this.plain;
        if (habitats && !cap.current) this.wait(cap);
      }
      for (const site of slab.sites) dressSite(site, sites);
      for (const mark of slab.marks) mark.visible = landmarks;
    });
    for (const mark of this.looseMarks) mark.visible = landmarks;
  }

  /** Draw cut faces a few at a time, so that the page answers meanwhile. */
  wait(cap) {
    if (this.waiting.includes(cap)) return;
    this.waiting.push(cap);
    if (this.waiting.length === 1) setTimeout(() => this.inkSome(), 30);
  }

  inkSome() {
    const end = performance.now() + 24;
    while (this.waiting.length && performance.now() < end) {
      const cap = this.waiting[0];
      const map = capTexture(cap.face, cap.box, cap.across, sitesOf(cap.slabId));
      if (cap.inked) cap.inked.uniforms.map.value.dispose();
      else cap.inked = drawingMaterial();
      cap.inked.uniforms.map.value = map;
      cap.current = true;
      this.waiting.shift();
    }
    if (this.waiting.length) setTimeout(() => this.inkSome(), 0);
    this.dress();
    this.requestDraw();
  }

  inkAgain() {
    for (const slab of this.slabs) for (const cap of slab.caps) cap.current = false;
    this.dress();
  }

  pick(event) {
    const frame = this.canvas.getBoundingClientRect();
    const at = new THREE.Vector2(
      ((event.clientX - frame.left) / frame.width) * 2 - 1,
      1 - ((event.clientY - frame.top) / frame.height) * 2,
    );
    const ray = new THREE.Raycaster();
    ray.setFromCamera(at, this.camera);
    const bodies = this.slabs.flatMap((slab) => [slab.shell, ...slab.caps.map((cap) => cap.mesh), ...slab.sites]);
    const hit = ray.intersectObjects(bodies.filter((body) => body.visible), false)[0];
    if (!hit) return;
    if (hit.object.userData.site) chooseSite(hit.object.userData.site);
    else chooseSlab(hit.object.userData.slab);
  }

  /** Look at all that is shown. */
  view(name) {
    this.tissue.updateMatrixWorld(true);
    const boxes = this.slabs.map((slab) => slab.box.clone().applyMatrix4(slab.group.matrixWorld));
    if (this.shown.mould) boxes.push(this.mouldBox);
    this.orbit.look(boxes.flatMap(cornersOf), ...VIEWS[name]);
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas.parentElement;
    if (!clientWidth || !clientHeight || (clientWidth === this.width && clientHeight === this.height)) return;
    [this.width, this.height] = [clientWidth, clientHeight];
    this.renderer.setSize(clientWidth, clientHeight, false);
    this.camera.aspect = clientWidth / clientHeight;
    this.camera.updateProjectionMatrix();
    this.requestDraw();
  }

  requestDraw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.asked = false;
    const { target } = this.orbit;
    this.lamp.position.copy(this.camera.position).sub(target).normalize();
    this.lamp.position.add(new THREE.Vector3(0, 0, 0.55)).add(target);
    this.lamp.target.position.copy(target);
    this.renderer.render(this.scene, this.camera);
    this.labels.draw();
    drawCompass(this.camera);
    this.noteProgress();
  }

  /** Note on the page when the first picture stood and whether all is drawn, for tests. */
  noteProgress() {
    const root = document.documentElement;
    if (!root.dataset.firstPicture) {
      const pen = this.renderer.getContext();
      pen.readPixels(0, 0, 1, 1, pen.RGBA, pen.UNSIGNED_BYTE, new Uint8Array(4));
      root.dataset.firstPicture = String(Math.round(performance.now()));
    }
    if (this.waiting.length) delete root.dataset.settled;
    else root.dataset.settled = "yes";
  }
}
