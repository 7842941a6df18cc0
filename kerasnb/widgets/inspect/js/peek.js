// Peek: what each layer makes of one sample. Left the activations, right the arithmetic of one unit and the output.

function mount(host) {
  return new PeekView(host).end;
}

const REST = 700; // ms without a move until the saved picture follows
const STRIP = 64; // units of a vector in one line, as in places.py

class PeekView {
  constructor(host) {
    this.host = host;
    this.scale = "layer";
    this.weights = null; // null: shown where there are gradients
    this.at = null; // the chosen unit: { row, map, r, c }
    this.build();
    host.onState((state) => this.take(state));
    host.onGone(() => this.lose());
    host.useKeys({
      ArrowLeft: () => this.move(0, -1), ArrowRight: () => this.move(0, 1),
      ArrowUp: () => this.move(-1, 0), ArrowDown: () => this.move(1, 0),
      "[": () => this.step(-1), "]": () => this.step(1),
    });
    this.end = () => clearTimeout(this.rest);
  }

  build() {
    const card = this.host.card;
    this.head = make("div", "head", card);
    const tools = make("div", "row tools", card);
    this.back = button(tools, "←", { kind: "sq", title: "Previous sample ([)", click: () => this.step(-1) });
    this.field = make("input", "f num", tools);
    this.field.setAttribute("aria-label", "Sample");
    this.field.inputMode = "numeric";
    this.field.onchange = () => this.go({ to: Number(this.field.value) });
    this.forth = button(tools, "→", { kind: "sq", title: "Next sample (])", click: () => this.step(1) });
    this.only = button(tools, "Mistakes only", { click: () => this.go({ only: !this.state.only }) });
    const label = make("label", "row t2", tools, "scale ");
    this.choice = make("select", "f", label);
    for (const name of ["layer", "map"]) make("option", "", this.choice, "per " + name).value = name;
    this.choice.onchange = () => { this.scale = this.choice.value; this.paint(); };
    this.strips = button(tools, "Weights", { title: "How weights and gradients are spread", click: () => { this.weights = !this.showsWeights(); this.layers(); } });
    this.legend = make("span", "row sp t2 sm legend", tools);
    this.problem = make("p", "bad", card);
    this.problem.setAttribute("role", "alert");
    const both = make("div", "pk", card);
    this.left = make("div", "", both);
    this.right = make("div", "side", both);
    this.unit = make("div", "", this.right);
    this.bars = make("div", "bars", this.right);
    this.hood = new HoodPane(this.host, card);
  }

  showsWeights() {
    return this.weights ?? this.state.rows.some((row) => row.strips.some((strip) => strip.gradient));
  }

  async take(state) {
    const moved = this.state && this.state.turn !== state.turn;
    this.state = state;
    const [of, answer, sure] = state.headline;
    this.head.replaceChildren();
    make("b", "", this.head, state.model);
    const said = make("span", "", this.head, of + (answer ? " · answer " : ""));
    if (answer) make("b", "", said, answer);
    if (sure) make("span", "num", said, ` (${sure})`);
    this.field.value = state.sample;
    const one = state.samples < 2;
    for (const control of [this.back, this.field, this.forth]) enable(control, !one, "There is one sample");
    enable(this.only, !state.filter, state.filter);
    this.only.setAttribute("aria-pressed", state.only);
    this.bars.replaceChildren();
    drawBars(this.bars, state.output);
    this.layers();
    const { turn, buffers } = await this.host.ask("maps");
    if (turn !== this.state.turn) return;
    this.pictures = buffers.map((b) => new Int8Array(b.buffer ?? b, b.byteOffset ?? 0, b.byteLength));
    this.paint();
    if (this.at && moved) this.choose(this.at, false);
    else if (!this.at) this.start();
    this.host.announce(`${of}${answer ? ", answer " + answer : ""} ${sure}`);
  }

  // The first unit to show: the largest of the first layer that has maps or units.
  start() {
    const row = this.state.rows.findIndex((r) => r.kind && (r.layout === "maps" || r.layout === "vector"));
    if (row >= 0) this.largest(row);
  }

  // --- rows

  layers() {
    const state = this.state;
    const had = this.left.contains(this.left.getRootNode().activeElement);
    this.strips.setAttribute("aria-pressed", this.showsWeights());
    this.left.replaceChildren();
    this.views = state.rows.map((row, i) => this.layer(row, i));
    const signs = state.rows.some((row) => row.layout !== "image" && row.low < 0);
    this.legend.replaceChildren();
    const swatches = make("span", "swatches", this.legend);
    for (const part of signs ? [-1, -0.5, 0, 0.5, 1] : [0, 0.5, 1]) {
      make("span", "", swatches).style.background =
        `color-mix(in srgb, var(${part < 0 ? "--neg" : "--pos"}) ${100 * Math.abs(part)}%, transparent)`;
    }
    this.legend.append(signs ? "− to + layer maximum" : "0 to layer maximum");
    if (this.pictures) this.paint();
    const view = this.at && this.views[this.at.row]?.[this.at.map];
    if (had && view) view.control.focus({ preventScroll: true });
  }

  layer(row, i) {
    const line = make("div", "lr", this.left);
    const words = make("div", "", line);
    words.style.paddingLeft = 12 * row.depth + "px";
    const name = make("b", "", words);
    row.name.split(/(?<=_)/).forEach((part, i) => name.append(...(i ? [make("wbr"), part] : [part])));
    make("span", "t2 sm", words, " " + row.activation);
    make("br", "", words);
    make("span", "mono", words, row.shape);
    make("br", "", words);
    make("span", "t2 sm num", words, row.range);
    if (row.silent && row.silent.count) {
      const line = make("div", "warn sm", words);
      icon("warn", line);
      line.append(" " + row.silent.words);
    }
    const right = make("div", "", line);
    const place = make("div", "mp " + row.layout, right);
    const views = Array.from({ length: row.layout === "image" ? 1 : row.maps }, (_, map) => this.map(place, row, i, map));
    if (row.all > row.maps) make("span", "t2 sm", place, `the first ${row.maps} of ${thousands(row.all)} maps`);
    if (row.units > row.rows * row.columns) make("span", "t2 sm", place, `the first ${thousands(row.rows * row.columns)} of ${thousands(row.units)} units`);
    if (this.showsWeights()) for (const strip of row.strips) this.strip(right, strip);
    return views;
  }

  map(place, row, i, map) {
    const control = make("button", "", place);
    control.type = "button";
    control.title = row.layout === "maps" ? `map ${map}` : row.name;
    control.setAttribute("aria-label", `${row.name}${row.layout === "maps" ? ` map ${map}` : ""}: its largest unit`);
    control.tabIndex = map === 0 ? 0 : -1;
    const inside = make("span", "u", control);
    const canvas = make("canvas", "px" + (row.layout === "image" && row.maps === 1 ? " ink" : ""), inside);
    const [width, height] = sizeOf(row);
    Object.assign(canvas.style, { width: width + "px", height: height + "px" });
    control.onclick = (event) => {
      if (event.detail === 0) return this.largest(i, map);
      const box = canvas.getBoundingClientRect();
      const c = Math.floor(((event.clientX - box.left) / box.width) * row.columns);
      const r = Math.floor(((event.clientY - box.top) / box.height) * row.rows);
      this.choose({ row: i, map, r: clamp(r, row.rows), c: clamp(c, row.columns) });
    };
    return { control, canvas, inside };
  }

  strip(place, { name, weight, gradient }) {
    const line = make("div", "strip sm t2", place);
    make("span", "mono", line, name);
    this.spread(line, weight, name);
    make("span", "num", line, "rms " + number(weight.rms)).title = `largest ${number(weight.top)} · ${percent(weight.zero)} zero`;
    if (!gradient) return;
    make("span", "", line, "gradient");
    this.spread(line, gradient, "gradient of " + name);
    make("span", "num", line, "rms " + number(gradient.rms));
  }

  spread(place, { strip, top }, name) {
    const values = Uint8Array.from(atob(strip), (c) => c.charCodeAt(0));
    const canvas = make("canvas", "px", place);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${name}: how its numbers are spread from −${number(top)} to ${number(top)}`);
    const middle = (values.length - 1) / 2;
    signed(canvas, Array.from(values, (v, i) => (i < middle ? -v : v) / 255), 1, values.length);
  }

  paint() {
    this.state.rows.forEach((row, i) => {
      const [rows, columns] = row.picture;
      const size = rows * columns;
      const data = this.pictures[i];
      if (data.length !== size * row.maps) return; // pictures of another sample are on their way
      const most = Math.max(...row.tops, 0) || 1;
      if (row.layout === "image") return this.image(row, data, size, i);
      for (let map = 0; map < row.maps; map++) {
        const factor = (this.scale === "map" ? 1 : row.tops[map] / most) / 127;
        const part = data.subarray(map * size, (map + 1) * size);
        signed(this.views[i][map].canvas, Float32Array.from(part, (v) => (v === -128 ? 0 : v * factor)), rows, columns);
      }
    });
    this.mark();
  }

  // A picture: ink of one channel, or colours of three.
  image(row, data, size, i) {
    const [rows, columns] = row.picture;
    const [low, high] = [row.low, Math.max(...row.tops)];
    const at = (map, pixel) => Math.max(0, Math.min(1, ((data[map * size + pixel] * row.tops[map]) / 127 - low) / (high - low || 1)));
    paint(this.views[i][0].canvas, rows, columns, (pixel) =>
      row.maps === 3 ? [255 * at(0, pixel), 255 * at(1, pixel), 255 * at(2, pixel), 255] : [0, 0, 0, 255 * at(0, pixel)]
    );
  }

  // --- one unit

  largest(row, map = null) {
    const { picture, maps, tops, steps } = this.state.rows[row];
    const chosen = map ?? tops.indexOf(Math.max(...tops));
    const size = picture[0] * picture[1];
    const part = this.pictures[row].subarray(chosen * size, (chosen + 1) * size);
    let best = 0;
    part.forEach((v, i) => { if (v !== -128 && Math.abs(v) > Math.abs(part[best])) best = i; });
    this.choose({ row, map: Math.min(chosen, maps - 1), r: Math.floor(best / picture[1]) * steps[0], c: (best % picture[1]) * steps[1] }, false);
  }

  async choose(at, says = true) {
    this.at = at;
    this.mark();
    let unit;
    try {
      unit = await this.host.ask("unit", at);
    } catch (error) {
      this.problem.textContent = error.message;
      return;
    }
    if (this.at !== at) return; // another one was chosen meanwhile
    this.problem.textContent = "";
    this.origin = unit.from;
    drawUnit(this.unit, unit, this.state.rows[at.row].hood ? () => this.open(at.row) : null);
    this.mark();
    if (says) this.host.announce(`${unit.title}: ${number(unit.value ?? unit.engine)}`);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.host.tell("settle"), REST);
  }

  // Arrows: within a map, past its side to the next map, past its top or bottom to the next layer.
  move(down, right) {
    if (!this.at || !this.pictures) return this.pictures ? this.start() : undefined;
    let { row, map, r, c } = this.at;
    const now = this.state.rows[row];
    [r, c] = [r + down, c + right];
    if (c < 0 || c >= now.columns) {
      const next = map + right;
      if (now.layout === "vector" && r + right >= 0 && r + right < now.rows) [r, c] = [r + right, c < 0 ? now.columns - 1 : 0];
      else if (next >= 0 && next < now.maps && now.layout === "maps") [map, c] = [next, c < 0 ? now.columns - 1 : 0];
      else return;
    }
    if (r < 0 || r >= now.rows) {
      row += down;
      const next = this.state.rows[row];
      if (!next) return;
      map = next.layout === "image" ? 0 : Math.min(map, next.maps - 1);
      r = down > 0 ? 0 : next.rows - 1;
      c = Math.min(next.columns - 1, Math.floor(((c + 0.5) / now.columns) * next.columns));
    }
    const units = this.state.rows[row].units;
    if (units && r * STRIP + c >= units) c = (units - 1) % STRIP;
    this.choose({ row, map, r, c });
    this.views[row][map].control.focus({ preventScroll: true });
    this.views[row][map].control.scrollIntoView?.({ block: "nearest" });
  }

  mark() {
    if (!this.views) return;
    for (const view of this.views.flat()) {
      view.control.classList.remove("sel");
      view.control.removeAttribute("aria-current");
      view.inside.querySelectorAll("em").forEach((box) => box.remove());
    }
    if (!this.at) return;
    const { row, map, r, c } = this.at;
    const view = this.views[row]?.[map];
    if (!view) return;
    for (const other of this.views[row]) other.control.tabIndex = other === view ? 0 : -1;
    view.control.classList.add("sel");
    view.control.setAttribute("aria-current", "true");
    this.box(row, map, [r, r], [c, c], "own");
    if (!this.origin || this.origin.row === row) return;
    const { row: source, maps, r: rows, c: columns } = this.origin;
    for (let m = maps[0]; m <= Math.min(maps[1], this.views[source].length - 1); m++) this.box(source, m, rows, columns, "seen");
  }

  box(row, map, [r0, r1], [c0, c1], kind) {
    const view = this.views[row]?.[map];
    if (!view) return;
    const { rows, columns } = this.state.rows[row];
    const [width, height] = sizeOf(this.state.rows[row]);
    const wide = Math.max(((c1 - c0 + 1) / columns) * width, 11);
    const high = Math.max(((r1 - r0 + 1) / rows) * height, Math.min(11, height));
    const box = make("em", kind, view.inside);
    const put = (low, high, all, extent, side) => Math.max(0, Math.min(extent - side, (((low + high + 1) / 2) / all) * extent - side / 2));
    Object.assign(box.style, {
      left: put(c0, c1, columns, width, wide) + "px", top: put(r0, r1, rows, height, high) + "px",
      width: wide + "px", height: high + "px",
    });
  }

  // --- samples

  step(by) {
    if (this.state.samples > 1) this.go({ by });
  }

  async go(message) {
    try {
      await this.host.ask("sample", message);
      this.problem.textContent = "";
    } catch (error) {
      this.problem.textContent = error.message;
      this.field.value = this.state.sample;
    }
  }

  async open(row) {
    try {
      await this.hood.open(row);
      this.problem.textContent = "";
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }

  lose() {
    for (const control of [this.back, this.forth, this.field, this.only]) enable(control, false, GONE);
    this.problem.textContent = GONE;
  }
}

// The size of one map on the page.
function sizeOf(row) {
  const { layout, rows, columns } = row;
  if (layout === "image") return columns >= rows ? [112, Math.max(16, Math.round((112 * rows) / columns))] : [Math.max(16, Math.round((112 * columns) / rows)), 112];
  if (layout === "vector") return [Math.max(24, Math.min(320, columns * 10)), rows === 1 ? 20 : Math.max(24, rows * 8)];
  if (layout === "sequence") return [Math.max(24, Math.min(420, columns * (columns > 40 ? 6 : 12))), Math.max(24, Math.min(200, rows * (rows > 16 ? 5 : 12)))];
  return [47, Math.max(24, Math.min(94, Math.round((47 * rows) / columns)))];
}

function clamp(value, count) {
  return Math.max(0, Math.min(count - 1, value));
}
