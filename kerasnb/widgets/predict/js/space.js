// Space: a map of points. Pointing at one shows the sample and those nearest to it; three directions can be turned.

const COLOURS = ["--train", "--val", "--s3", "--s4", "--s5", "--s6"];
const SHAPES = ["circle", "square", "triangle", "diamond"]; // as in spaced.py

function mount(host) {
  return new SpaceView(host).end;
}

class SpaceView {
  constructor(host) {
    this.host = host;
    this.turn = [0, 0]; // angles around the vertical and the horizontal axis
    this.at = null;
    this.off = new Set(); // entries of the legend that are hidden
    this.build();
    this.latest = new Latest((point) => this.look(point));
    host.onState((state) => this.take(state));
    host.onGone(() => { this.problem.textContent = GONE; });
    const step = (by) => () => this.step(by);
    host.useKeys({
      ArrowRight: step(1), ArrowDown: step(1), ArrowLeft: step(-1), ArrowUp: step(-1),
      "alt+ArrowLeft": () => this.rotate(-0.2, 0), "alt+ArrowRight": () => this.rotate(0.2, 0),
      "alt+ArrowUp": () => this.rotate(0, -0.2), "alt+ArrowDown": () => this.rotate(0, 0.2),
    });
    const theme = new MutationObserver(() => this.paint());
    theme.observe(host.root, { attributes: true, attributeFilter: ["data-theme"] });
    const size = new ResizeObserver(() => this.paint());
    size.observe(this.canvas);
    this.end = () => { theme.disconnect(); size.disconnect(); };
  }

  build() {
    const { card } = this.host;
    this.head = make("div", "head", card);
    const two = make("div", "two sp2", card);
    const left = make("div", "map", two);
    this.canvas = make("canvas", "points", left);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.onpointermove = (event) => this.hover(event);
    this.canvas.onpointerdown = (event) => { this.drag = [event.clientX, event.clientY]; this.canvas.setPointerCapture(event.pointerId); };
    this.canvas.onpointerup = this.canvas.onpointercancel = () => { this.drag = null; };
    this.hint = make("p", "t2 sm", left);
    this.right = make("div", "", two);
    this.legend = make("div", "legend", this.right);
    this.detail = make("div", "near", this.right);
    this.problem = make("p", "bad", card);
    this.problem.setAttribute("role", "alert");
  }

  take(state) {
    this.state = state;
    this.head.replaceChildren();
    make("b", "", this.head, "Space");
    make("span", "", this.head, `${state.model} · ${state.words}`);
    const deep = state.points[0].length === 3;
    const shown = state.points.length < state.total ? `${thousands(state.points.length)} of ${thousands(state.total)} samples. ` : `${thousands(state.total)} samples. `;
    this.hint.textContent = shown + "Arrows go from point to point" + (deep ? "; drag, or Alt and arrows, turn the map." : ".");
    this.canvas.setAttribute("aria-label", `Map of ${thousands(state.points.length)} samples: ${state.words}`);
    this.legend.replaceChildren();
    state.legend.forEach((entry, i) => {
      const control = button(this.legend, "", { kind: "q", title: `${entry.name}: ${entry.count} samples; click hides them`, click: () => this.toggle(i, control) });
      control.setAttribute("aria-pressed", true);
      control.append(this.sign(i), `${entry.name} `);
      make("span", "t2", control, thousands(entry.count));
    });
    if (!this.detail.childElementCount) make("p", "t2 sm", this.detail, "Point at a sample to see it, and those nearest to it.");
    this.paint();
  }

  sign(i) {
    const canvas = Object.assign(document.createElement("canvas"), { width: 24, height: 24, className: "sign" });
    const pen = canvas.getContext("2d");
    pen.scale(2, 2);
    this.mark(pen, i, 6, 6, 4);
    return canvas;
  }

  toggle(i, control) {
    if (!this.off.delete(i)) this.off.add(i);
    control.setAttribute("aria-pressed", !this.off.has(i));
    this.paint();
  }

  // --- the map

  get colours() {
    const style = getComputedStyle(this.host.root);
    return COLOURS.map((name) => style.getPropertyValue(name));
  }

  mark(pen, i, x, y, r) {
    pen.fillStyle = this.colours[i % COLOURS.length];
    pen.beginPath();
    const shape = SHAPES[(i + Math.floor(i / COLOURS.length)) % SHAPES.length];
    if (shape === "circle") pen.arc(x, y, r, 0, 7);
    else if (shape === "square") pen.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
    else {
      const corners = shape === "triangle" ? [[0, -1.15], [1.1, 0.8], [-1.1, 0.8]] : [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]];
      corners.forEach(([dx, dy], k) => pen[k ? "lineTo" : "moveTo"](x + r * dx, y + r * dy));
      pen.closePath();
    }
    pen.fill();
  }

  // Where the points are on the canvas: turned, then seen from the front.
  places() {
    const side = this.canvas.clientWidth;
    const [a, b] = this.turn;
    const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
    return this.state.points.map(([x, y, z = 0]) => {
      const [u, w] = [ca * x + sa * z, ca * z - sa * x];
      const [v, depth] = [cb * y - sb * w, sb * y + cb * w];
      return [side * (0.5 + 0.47 * u), side * (0.5 - 0.47 * v), depth];
    });
  }

  paint() {
    const side = this.canvas.clientWidth;
    if (!this.state || !side) return;
    const ratio = Math.max(1, window.devicePixelRatio || 1);
    if (this.canvas.width !== Math.round(side * ratio)) this.canvas.width = this.canvas.height = Math.round(side * ratio);
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, side, side);
    this.spots = this.places();
    const size = this.state.points.length > 800 ? 2.4 : 3.4;
    const order = [...this.spots.keys()].sort((i, j) => this.spots[i][2] - this.spots[j][2]);
    pen.globalAlpha = 0.8;
    for (const i of order) if (this.shows(i)) this.mark(pen, this.state.marks[i], this.spots[i][0], this.spots[i][1], size);
    pen.globalAlpha = 1;
    if (this.at === null) return;
    pen.beginPath();
    pen.arc(this.spots[this.at][0], this.spots[this.at][1], 8, 0, 7);
    pen.lineWidth = 2;
    pen.strokeStyle = getComputedStyle(this.host.card).color;
    pen.stroke();
  }

  shows(i) {
    return !this.off.has(this.state.marks[i]);
  }

  hover(event) {
    if (this.drag) return this.dragged(event);
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, near] = [null, 14 ** 2];
    this.spots.forEach(([px, py], i) => {
      const away = (px - x) ** 2 + (py - y) ** 2;
      if (away < near && this.shows(i)) [best, near] = [i, away];
    });
    if (best !== null && best !== this.at) this.choose(best);
  }

  dragged(event) {
    const [x, y] = this.drag;
    this.drag = [event.clientX, event.clientY];
    this.rotate((event.clientX - x) / 120, (event.clientY - y) / 120);
  }

  rotate(right, down) {
    if (this.state.points[0].length < 3) return false;
    this.turn = [this.turn[0] + right, Math.max(-1.5, Math.min(1.5, this.turn[1] + down))];
    this.paint();
  }

  // Arrows go from point to point, from left to right.
  step(by) {
    const order = [...this.spots.keys()].filter((i) => this.shows(i)).sort((i, j) => this.spots[i][0] - this.spots[j][0] || i - j);
    if (!order.length) return;
    const place = this.at === null ? (by > 0 ? -1 : order.length) : order.indexOf(this.at);
    this.choose(order[(place + by + order.length) % order.length], true);
  }

  choose(point, says = false) {
    this.at = point;
    this.says = says;
    this.paint();
    this.latest.go(point);
  }

  async look(point) {
    try {
      const { this: own, near } = await this.host.ask("point", { point });
      this.detail.replaceChildren();
      make("div", "h4", this.detail, `Sample ${thousands(own.sample)}${own.label ? ", label " + own.label : ""}`);
      drawThing(this.detail, own.thing, 84);
      make("div", "h4", this.detail, "Nearest to it");
      const row = make("div", "row", this.detail);
      for (const other of near) {
        const figure = make("figure", "", row);
        drawThing(figure, other.thing, 60);
        make("figcaption", "t2 sm", figure, other.label || `sample ${thousands(other.sample)}`);
      }
      if (this.says) this.host.announce(`Sample ${own.sample} ${own.label}; nearest: ${near.map((n) => n.label || n.sample).join(", ")}`);
      this.problem.textContent = "";
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }
}
