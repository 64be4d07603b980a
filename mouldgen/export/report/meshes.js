// From packed numbers to triangles, edges and the cut faces of slabs.

const CREASE_COSINE = Math.cos((32 * Math.PI) / 180);
const CAP_PX = DATA.slabs.length > 16 ? 320 : 448;

function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let n = 0; n < raw.length; n += 1) bytes[n] = raw.charCodeAt(n);
  return bytes;
}

/** All browsers of today run on machines that store the lowest byte first, as the page does. */
function unpacked({ low, step, positions, faces, wide }) {
  const steps = new Uint16Array(bytesOf(positions).buffer);
  const points = new Float32Array(steps.length);
  for (let n = 0; n < steps.length; n += 1) points[n] = low[n % 3] + steps[n] * step;
  const bytes = bytesOf(faces).buffer;
  return { points, corners: wide ? new Uint32Array(bytes) : new Uint16Array(bytes) };
}

/** Triangles shaded smoothly but for sharp edges, and those edges as lines. */
function creasedMesh(packed) {
  const { points, corners } = unpacked(packed);
  const normals = faceNormals(points, corners);
  const { positions, shading } = creasedCorners(points, corners, normals);
  const surface = new THREE.BufferGeometry();
  surface.setAttribute("position", new THREE.BufferAttribute(positions, 3));
  surface.setAttribute("normal", new THREE.BufferAttribute(shading, 3));
  const edges = new THREE.BufferGeometry();
  edges.setAttribute("position", new THREE.Float32BufferAttribute(sharpEdges(points, corners, normals), 3));
  return { surface, edges };
}

function faceNormals(points, corners) {
  const normals = new Float32Array(corners.length);
  for (let n = 0; n < corners.length; n += 3) {
    const [a, b, c] = [3 * corners[n], 3 * corners[n + 1], 3 * corners[n + 2]];
    const [ux, uy, uz] = [points[b] - points[a], points[b + 1] - points[a + 1], points[b + 2] - points[a + 2]];
    const [vx, vy, vz] = [points[c] - points[a], points[c + 1] - points[a + 1], points[c + 2] - points[a + 2]];
    normals[n] = uy * vz - uz * vy;
    normals[n + 1] = uz * vx - ux * vz;
    normals[n + 2] = ux * vy - uy * vx;
  }
  return normals;
}

/** The normal of a corner is the mean of the faces around it that lean less than the crease angle. */
function creasedCorners(points, corners, normals) {
  const around = facesAround(points.length / 3, corners);
  const positions = new Float32Array(corners.length * 3);
  const shading = new Float32Array(corners.length * 3);
  const lengths = new Float32Array(corners.length / 3);
  for (let face = 0; face < lengths.length; face += 1) lengths[face] = Math.sqrt(dotted(normals, 3 * face, 3 * face)) || 1;
  for (let n = 0; n < corners.length; n += 1) {
    const own = 3 * Math.floor(n / 3);
    let [x, y, z] = [0, 0, 0];
    for (let at = around.start[corners[n]]; at < around.start[corners[n] + 1]; at += 1) {
      const other = 3 * around.faces[at];
      if (dotted(normals, own, other) >= CREASE_COSINE * lengths[own / 3] * lengths[other / 3]) {
        x += normals[other];
        y += normals[other + 1];
        z += normals[other + 2];
      }
    }
    const length = Math.hypot(x, y, z) || 1;
    positions.set(points.subarray(3 * corners[n], 3 * corners[n] + 3), 3 * n);
    shading[3 * n] = x / length;
    shading[3 * n + 1] = y / length;
    shading[3 * n + 2] = z / length;
  }
  return { positions, shading };
}

function facesAround(vertexCount, corners) {
  const start = new Uint32Array(vertexCount + 1);
  for (const corner of corners) start[corner + 1] += 1;
  for (let n = 0; n < vertexCount; n += 1) start[n + 1] += start[n];
  const next = start.slice();
  const faces = new Uint32Array(corners.length);
  for (let n = 0; n < corners.length; n += 1) {
    faces[next[corners[n]]] = Math.floor(n / 3);
    next[corners[n]] += 1;
  }
  return { start, faces };
}

function sharpEdges(points, corners, normals) {
  const count = points.length / 3;
  const seen = new Map();
  const lines = [];
  for (let n = 0; n < corners.length; n += 1) {
    const face = 3 * Math.floor(n / 3);
    const from = corners[n];
    const to = corners[face + ((n + 1) % 3)];
    const key = Math.min(from, to) * count + Math.max(from, to);
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, face);
    } else if (isSharp(normals, face, other)) {
      lines.push(...points.subarray(3 * from, 3 * from + 3), ...points.subarray(3 * to, 3 * to + 3));
    }
  }
  return lines;
}

function isSharp(normals, one, other) {
  const lengths = Math.sqrt(dotted(normals, one, one) * dotted(normals, other, other));
  return dotted(normals, one, other) < CREASE_COSINE * lengths;
}

function dotted(normals, one, other) {
  return normals[one] * normals[other] + normals[one + 1] * normals[other + 1] + normals[one + 2] * normals[other + 2];
}

/** The outside of a slab; every vertex has the colour of the habitat below it. */
function slabShell(packed, palette) {
  const { points, corners } = unpacked(packed);
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.BufferAttribute(points, 3));
  geometry.setAttribute("normal", new THREE.BufferAttribute(new Int8Array(bytesOf(packed.normals).buffer), 3, true));
  const numbers = bytesOf(packed.habitats);
  const colors = new Float32Array(numbers.length * 3);
  numbers.forEach((number, n) => palette[number].toArray(colors, 3 * n));
  geometry.setAttribute("color", new THREE.BufferAttribute(colors, 3));
  geometry.setIndex(new THREE.BufferAttribute(corners, 1));
  return geometry;
}

/** The cut face of a slab, to be seen from outside; texture coordinates span the box around its outline. */
function capGeometry(face, x, across) {
  const rings = ringsOf(face.outline);
  const box = boundsOf(rings);
  const path = new THREE.ShapePath();
  for (const ring of rings) {
    ring.forEach(([y, z], n) => (n ? path.lineTo(y, z) : path.moveTo(y, z)));
    path.lineTo(ring[0][0], ring[0][1]);
  }
  const flat = new THREE.ShapeGeometry(path.toShapes(true));
  const place = flat.getAttribute("position");
  const onDrawing = new Float32Array(place.count * 2);
  for (let n = 0; n < place.count; n += 1) {
    const [y, z] = [place.getX(n), place.getY(n)];
    onDrawing[2 * n] = (y - box.left) / (box.right - box.left);
    onDrawing[2 * n + 1] = (z - box.low) / (box.high - box.low);
    place.setXYZ(n, x, y, z);
  }
  flat.setAttribute("uv", new THREE.BufferAttribute(onDrawing, 2));
  flat.deleteAttribute("normal");
  if (across < 0) flat.getIndex().array.reverse();
  return { geometry: flat, box };
}

function outlineGeometry(face, x) {
  const points = [];
  for (const ring of ringsOf(face.outline)) {
    ring.forEach(([y, z], n) => {
      const [nextY, nextZ] = ring[(n + 1) % ring.length];
      points.push(x, y, z, x, nextY, nextZ);
    });
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.Float32BufferAttribute(points, 3));
  return geometry;
}

/** The drawing of a cut face: habitats with hatching, borders and letters, to be read from outside. */
function capTexture(face, box, across, sites) {
  const scale = CAP_PX / Math.max(box.right - box.left, box.high - box.low);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(8, Math.ceil((box.right - box.left) * scale));
  canvas.height = Math.max(8, Math.ceil((box.high - box.low) * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = DATA.tissue_color;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(scale * STEP_MM, 0, 0, -scale * STEP_MM, -box.left * scale, box.high * scale);
  const known = Object.entries(face.habitats)
    .filter(([label]) => HABITATS.has(Number(label)))
    .map(([label, d]) => [HABITATS.get(Number(label)), d]);
  for (const [habitat, d] of known) inkHabitat(pen, habitat, new Path2D(d), across, scale);
  for (const [habitat, d] of known) letterHabitat(pen, habitat, letterPlaces(d, sites), across);
  const texture = new THREE.CanvasTexture(canvas);
  texture.anisotropy = 4;
  return texture;
}

function inkHabitat(pen, habitat, path, across, scale) {
  pen.globalAlpha = isFaded(habitat.label) ? 0.15 : 1;
  pen.fillStyle = habitat.tint;
  pen.fill(path, "evenodd");
  const pattern = pen.createPattern(hatchCanvas(habitat), "repeat");
  const tile = TILE_MM / STEP_MM / hatchCanvas(habitat).width;
  pattern.setTransform(new DOMMatrix([across * tile, 0, 0, -tile, 0, 0]));
  pen.fillStyle = pattern;
  pen.fill(path, "evenodd");
  pen.strokeStyle = "rgb(72, 72, 72)";
  pen.lineWidth = 1.3 / scale / STEP_MM;
  pen.stroke(path);
  pen.globalAlpha = 1;
}

const hatchCanvases = new Map();
function hatchCanvas(habitat) {
  if (!hatchCanvases.has(habitat.label)) {
    const canvas = document.createElement("canvas");
    canvas.width = 48;
    canvas.height = 48;
    const pen = canvas.getContext("2d");
    pen.scale(2, 2);
    pen.lineCap = "round";
    pen.lineWidth = habitat.hatch_width;
    pen.strokeStyle = habitat.line;
    pen.fillStyle = habitat.line;
    if (habitat.hatch_width) pen.stroke(new Path2D(habitat.hatch));
    else pen.fill(new Path2D(habitat.hatch));
    hatchCanvases.set(habitat.label, canvas);
  }
  return hatchCanvases.get(habitat.label);
}

function letterHabitat(pen, habitat, places, across) {
  if (isFaded(habitat.label)) return;
  for (const place of places) {
    const size = (place.radius > 0.62 * LETTER_MM ? 1.2 * LETTER_MM : SMALL_MM * 1.3) / STEP_MM;
    pen.save();
    pen.translate(place.y / STEP_MM, place.z / STEP_MM);
    pen.scale(across, -1);
    pen.font = `700 ${size}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = size / 4;
    pen.strokeStyle = "#fff";
    pen.strokeText(habitat.code, 0, 0);
    pen.fillStyle = "#181818";
    pen.fillText(habitat.code, 0, 0);
    pen.restore();
  }
}
