// Single bodies of the 3-D picture: drawings on cut faces, punches, landmarks, the shadow of the mould.

/** Shows a drawing in its own colours, without light. */
function drawingMaterial() {
  return new THREE.ShaderMaterial({
    uniforms: { map: { value: null } },
    vertexShader: `
      varying vec2 at;
      void main() { at = uv; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`,
    fragmentShader: "uniform sampler2D map; varying vec2 at; void main() { gl_FragColor = texture2D(map, at); }",
  });
}

function cornersOf({ min, max }) {
  const columns = [min.x, max.x].flatMap((x) => [min.y, max.y].map((y) => [x, y]));
  return columns.flatMap(([x, y]) => [min.z, max.z].map((z) => new THREE.Vector3(x, y, z)));
}

function eased(time) {
  return time * time * (3 - 2 * time);
}

/** A soft shadow on the table below the mould. */
function contactShadow(box) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 128;
  const pen = canvas.getContext("2d");
  const fade = pen.createRadialGradient(64, 64, 26, 64, 64, 64);
  fade.addColorStop(0, "rgba(20, 28, 40, 0.34)");
  fade.addColorStop(0.6, "rgba(20, 28, 40, 0.12)");
  fade.addColorStop(1, "rgba(20, 28, 40, 0)");
  pen.fillStyle = fade;
  pen.fillRect(0, 0, 128, 128);
  const size = box.getSize(new THREE.Vector3());
  const shadow = new THREE.Mesh(
    new THREE.PlaneGeometry(size.x * 1.5, size.y * 1.5),
    new THREE.MeshBasicMaterial({ map: new THREE.CanvasTexture(canvas), transparent: true, depthWrite: false }),
  );
  shadow.position.set((box.min.x + box.max.x) / 2, (box.min.y + box.max.y) / 2, box.min.z - 0.4);
  return shadow;
}

/** A punch: a cylinder along x that stands out of the faces a little. */
function punchBody(site, index) {
  const stands = 0.9;
  const length = site.x_to_mm - site.x_from_mm + 2 * stands;
  const geometry = new THREE.CylinderGeometry(site.punch_tissue_mm / 2, site.punch_tissue_mm / 2, length, 28);
  geometry.rotateZ(Math.PI / 2);
  const habitat = habitatOf(site);
  const body = new THREE.Mesh(
    geometry,
    new THREE.MeshLambertMaterial({ color: habitat ? habitat.color : "#f5f5f5" }),
  );
  body.add(new THREE.LineSegments(
    new THREE.EdgesGeometry(geometry, 40),
    new THREE.LineBasicMaterial({ color: "#101010" }),
  ));
  body.position.set((site.x_from_mm + site.x_to_mm) / 2, site.mould_mm[1], site.mould_mm[2]);
  Object.assign(body.userData, { site: site.id, slab: index, label: site.habitat });
  return body;
}

function dressSite(body, shown) {
  const isChosen = body.userData.site === chosen.site;
  body.visible = shown && !isFaded(body.userData.label);
  body.material.emissive.set(isChosen ? CHOSEN_COLOR : "#000000");
  body.scale.set(isChosen ? 1.25 : 1, isChosen ? 1.12 : 1, isChosen ? 1.12 : 1);
}

function landmarkBody(mark) {
  const body = new THREE.Mesh(
    new THREE.OctahedronGeometry(Math.max(1.4, WINDOW.size / 55)),
    new THREE.MeshLambertMaterial({ color: "#b0125b" }),
  );
  body.position.set(...mark.mould_mm);
  body.userData.landmark = mark.name;
  return body;
}
