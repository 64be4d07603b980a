// A camera that turns about a point, with z always up: by mouse, touch, pen, wheel and keys.

const CLICK_PX = 5;
const LOWEST_ANGLE = 0.02;
const MARGIN = 1.17;

function spanAlong(points, way) {
  const places = points.map((point) => point.dot(way));
  return { middle: (Math.min(...places) + Math.max(...places)) / 2 };
}

class OrbitCamera {
  constructor(camera, canvas, onMove, onClick) {
    this.camera = camera;
    this.canvas = canvas;
    this.onMove = onMove;
    this.onClick = onClick;
    this.target = new THREE.Vector3();
    this.azimuth = 0;
    this.polar = 1;
    this.distance = 100;
    this.reach = 100;
    this.pointers = new Map();
    this.travelled = 0;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.end(event));
    canvas.addEventListener("pointercancel", (event) => this.end(event));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** Look at points, all in view, from a direction: `along` is its azimuth and `down` its angle from +Z, in radians. */
  look(points, along, down) {
    const box = new THREE.Box3().setFromPoints(points);
    const center = box.getCenter(new THREE.Vector3());
    this.reach = box.getSize(new THREE.Vector3()).length() / 2;
    const toward = new THREE.Vector3(
      Math.sin(down) * Math.cos(along),
      Math.sin(down) * Math.sin(along),
      Math.cos(down),
    );
    const right = new THREE.Vector3(-Math.sin(along), Math.cos(along), 0);
    const up = new THREE.Vector3().crossVectors(toward, right);
    const [width, height] = [right, up].map((way) => spanAlong(points, way));
    center.addScaledVector(right, width.middle - center.dot(right)).addScaledVector(up, height.middle - center.dot(up));
    const tall = Math.tan((this.camera.fov * Math.PI) / 360) / MARGIN;
    const wide = tall * this.camera.aspect;
    let distance = 0;
    for (const point of points) {
      const place = point.clone().sub(center);
      distance = Math.max(
        distance,
        place.dot(toward) + Math.max(Math.abs(place.dot(right)) / wide, Math.abs(place.dot(up)) / tall),
      );
    }
    this.glide({ x: center.x, y: center.y, z: center.z, azimuth: along, polar: down, distance });
  }

  pose() {
    return {
      x: this.target.x,
      y: this.target.y,
      z: this.target.z,
      azimuth: this.azimuth,
      polar: this.polar,
      distance: this.distance,
    };
  }

  apply(pose) {
    this.target.set(pose.x, pose.y, pose.z);
    this.azimuth = pose.azimuth;
    this.polar = Math.min(Math.PI - LOWEST_ANGLE, Math.max(LOWEST_ANGLE, pose.polar));
    this.distance = Math.min(12 * this.reach, Math.max(0.15 * this.reach, pose.distance));
    const sine = Math.sin(this.polar);
    this.camera.position.set(
      this.target.x + this.distance * sine * Math.cos(this.azimuth),
      this.target.y + this.distance * sine * Math.sin(this.azimuth),
      this.target.z + this.distance * Math.cos(this.polar));
    this.camera.up.set(0, 0, 1);
    this.camera.lookAt(this.target);
    this.camera.near = this.distance / 50;
    this.camera.far = this.distance + 12 * this.reach;
    this.camera.updateProjectionMatrix();
    this.camera.updateMatrixWorld();
    this.onMove();
  }

  /** Move to a pose within a third of a second, or at once where motion is unwanted. */
  glide(goal) {
    cancelAnimationFrame(this.gliding);
    if (!this.started || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.started = true;
      this.apply(goal);
      return;
    }
    const from = this.pose();
    const turn = Math.round((goal.azimuth - from.azimuth) / (2 * Math.PI)) * 2 * Math.PI;
    const begin = performance.now();
    const step = (now) => {
      const time = Math.min(1, (now - begin) / 320);
      const eased = time * time * (3 - 2 * time);
      const pose = {};
      for (const key of Object.keys(goal)) {
        const end = key === "azimuth" ? goal.azimuth - turn : goal[key];
        pose[key] = from[key] + (end - from[key]) * eased;
      }
      this.apply(pose);
      if (time < 1) this.gliding = requestAnimationFrame(step);
    };
    this.gliding = requestAnimationFrame(step);
  }

  turn(along, down) {
    cancelAnimationFrame(this.gliding);
    this.apply({ ...this.pose(), azimuth: this.azimuth - along, polar: this.polar - down });
  }

  zoom(factor) {
    cancelAnimationFrame(this.gliding);
    this.apply({ ...this.pose(), distance: this.distance * factor });
  }

  pan(rightPx, downPx) {
    const mmPerPx = (2 * this.distance * Math.tan((this.camera.fov * Math.PI) / 360)) / this.canvas.clientHeight;
    const right = new THREE.Vector3().setFromMatrixColumn(this.camera.matrixWorld, 0);
    const up = new THREE.Vector3().setFromMatrixColumn(this.camera.matrixWorld, 1);
    const target = this.target.clone().addScaledVector(right, -rightPx * mmPerPx).addScaledVector(up, downPx * mmPerPx);
    this.apply({ ...this.pose(), x: target.x, y: target.y, z: target.z });
  }

  begin(event) {
    if (this.pointers.size === 0) this.travelled = 0;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.focus({ preventScroll: true });
  }

  move(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const right = event.clientX - last.x;
    const down = event.clientY - last.y;
    this.travelled += Math.abs(right) + Math.abs(down);
    const apart = this.spread();
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.pointers.size > 1) {
      if (apart > 0) this.zoom(apart / Math.max(1, this.spread()));
      this.pan(right / this.pointers.size, down / this.pointers.size);
    } else if (event.shiftKey || event.buttons > 1) {
      this.pan(right, down);
    } else if (this.travelled > CLICK_PX) {
      this.turn(right * 0.008, down * 0.008);
    }
  }

  end(event) {
    const lastOne = this.pointers.delete(event.pointerId) && this.pointers.size === 0;
    if (lastOne && event.type === "pointerup" && this.travelled <= CLICK_PX) this.onClick(event);
  }

  spread() {
    const [one, other] = [...this.pointers.values()];
    return other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
  }

  /** The wheel zooms once the picture was chosen; before that the page scrolls. */
  wheel(event) {
    if (document.activeElement !== this.canvas && !event.ctrlKey) return;
    event.preventDefault();
    this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004));
  }
}
