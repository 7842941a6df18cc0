// One metric: epoch k at x = k, batches between, validation dashed, a star at the best epoch, the last run dotted.

const HIGH = 1000; // units of a drawing in each direction
const OUTSIDE = 3000; // as far as a curve is followed that leaves the picture
const FEW_DOTS = 60;

class Chart {
  constructor(name, store, look, parent, isFirst) {
    Object.assign(this, { name, store, look, isFirst }); // `look` is shared: log, smooth, from, to, cursor, hidden
    this.root = make("figure", "ch", parent);
    const caption = make("figcaption", "", this.root);
    const title = make("b", "", caption);
    for (const part of name.split(/(?<=_)/)) {
      title.append(part);
      make("wbr", "", title);
    }
    this.legend = make("span", "lg", caption);
    this.keys = { train: this.key("train", "tr"), val: this.key("val", "va"), ghost: this.key("ghost", "gh") };
    const plot = make("div", "plot", this.root);
    this.yt = make("div", "yt", plot);
    this.area = make("div", "area", plot);
    this.area.tabIndex = 0;
    this.area.setAttribute("role", "img");
    this.xt = make("div", "xt", plot);
    this.unit = make("em", "", this.xt);
    this.draws();
    this.pools = { y: [], x: [], mark: [], cut: [] };
    Object.assign(this, { width: 400, inView: true }); // the panel keeps both up to date: to ask here costs a layout
  }

  key(kind, line) {
    const key = make("button", "lb", this.legend);
    key.type = "button";
    key.title = "Show or hide";
    key.append(shape("svg", { class: "sw", viewBox: "0 0 18 8", "aria-hidden": "true" }, shape("path", { class: line, d: "M0 4h18" })));
    const text = make("span", "", key);
    key.hidden = true;
    key.onclick = () => {
      const id = kind + " " + this.name;
      if (!this.look.hidden.delete(id)) this.look.hidden.add(id);
      key.setAttribute("aria-pressed", String(!this.look.hidden.has(id)));
      this.look.changed();
    };
    key.setAttribute("aria-pressed", "true");
    return { key, text };
  }

  // What is in the picture; elements stay, only their places change.
  draws() {
    const svg = shape("svg", { viewBox: `0 0 ${HIGH} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.area.append(svg);
    const path = (kind) => svg.appendChild(shape("path", { class: kind }));
    this.paths = {};
    for (const kind of ["gl", "ev", "rt", "gh", "raw", "th", "tr", "trd", "va", "vad"]) this.paths[kind] = path(kind);
    this.bad = make("div", "nf", this.area);
    this.badText = make("b", "bad", make("span", "mk", this.bad));
    this.star = make("span", "mk sx", this.area, "★");
    this.bestText = make("b", "", make("span", "mk", this.area));
    this.rateText = make("span", "mk ra", this.area);
    this.zone = make("div", "zone", this.area);
    this.cross = make("div", "x", this.area);
    this.spots = { train: make("i", "spot t", this.area), val: make("i", "spot v", this.area) };
    this.tip = make("div", "tip", this.area);
    this.tipHead = make("b", "", this.tip);
    this.tipRows = make("table", "", this.tip);
    for (const part of [this.bad, this.star, this.bestText.parentElement, this.rateText, this.zone, this.cross, this.tip, ...Object.values(this.spots)]) part.hidden = true;
  }

  // --- scales

  x(epoch) {
    const [from, to] = this.span;
    return (HIGH * (epoch - from)) / (to - from);
  }

  y(value) {
    const place = HIGH * (1 - this.axis.place(value));
    return Math.min(OUTSIDE, Math.max(-OUTSIDE, place));
  }

  epochAt(clientX) {
    const box = this.area.getBoundingClientRect();
    const [from, to] = this.span;
    return from + Math.min(1, Math.max(0, (clientX - box.left) / box.width)) * (to - from);
  }

  // Before the first epoch has ended, and without a finite one, the batches of an epoch are the picture.
  findSpan() {
    const { look, store } = this;
    const { trouble } = store.more;
    const { first, epochs } = store.state;
    const none = !this.epochLines.some((line) => line.y.some(Number.isFinite));
    const ended = Boolean(trouble) && none;
    this.start = ended ? trouble.epoch : first;
    this.inBatches = store.batches > 0 && (none || epochs - first === 1);
    if (look.from !== null) this.span = [look.from, look.to];
    else if (ended) this.span = [this.start, this.start + Math.max(10, 3 * (trouble.batch + 1)) / store.steps()];
    else if (this.inBatches) this.span = [first, first + 1];
    else this.span = store.extent();
    if (this.inBatches) this.ghost = null;
  }

  // --- curves

  shown(kind) {
    return !this.look.hidden.has(kind + " " + this.name);
  }

  // The curves of the epochs: [{ kind, x, y }].
  findLines() {
    const { rows } = this.store;
    const x = rows.numbers.map((n) => n + 1);
    this.epochLines = [["train", this.name], ["val", "val_" + this.name]]
      .filter(([, name]) => rows.values.has(name))
      .map(([kind, name]) => ({ kind, x, y: rows.values.get(name) }));
    const { ghost: ghosts } = this.store.more;
    const ghost = Object.hasOwn(ghosts, this.name) && ghosts[this.name]; // a metric may be called "constructor"
    this.ghost = ghost && { name: ghost[0].startsWith("val_") ? "last run, val" : "last run", x: ghost[1], y: ghost[2] };
  }

  // The curve of the batches: all of them in the first epoch, where it is zoomed, and before a value that is not finite;
  // else those of the current epoch. Running means of the first few batches of an epoch are noise, and left out.
  batchLine() {
    const { store, look } = this;
    const line = store.series.get(this.name);
    if (!line || !this.shown("train")) return { x: [], y: [] };
    const { ends } = store.rows;
    const all = !ends.length || look.from !== null || this.inBatches;
    const wait = Math.max(2, 0.08 * store.steps());
    let first = 0;
    if (!all) for (first = line.x.length; first > 0 && line.x[first - 1] > ends.at(-1); ) first--;
    const x = [];
    const y = [];
    let passed = 0;
    for (let i = first; i < line.x.length; i++) {
      while (passed < ends.length && line.x[i] > ends[passed]) passed++;
      if (passed > 0 && line.x[i] - ends[passed - 1] < wait) continue;
      x.push(store.epochOf(line.x[i]));
      y.push(line.y[i]);
    }
    return { x, y };
  }

  smoothed(values) {
    const keep = this.look.smooth;
    let mean = NaN;
    return values.map((v) => {
      if (Number.isFinite(v)) mean = Number.isFinite(mean) ? keep * mean + (1 - keep) * v : v;
      return Number.isFinite(v) ? mean : v;
    });
  }

  findAxis(batches) {
    const [from, to] = this.span;
    const inside = ({ x, y }) => y.filter((_, i) => x[i] >= from && x[i] <= to);
    const few = this.epochLines.every((line) => line.y.length < 2) || this.look.from !== null;
    const extra = few ? inside(batches) : batches.y.slice(-1);
    const series = this.epochLines.filter(({ kind }) => this.shown(kind)).map(inside);
    if (this.ghost && this.shown("ghost") && this.look.from === null) {
      if (this.store.batches) extra.push(...this.ghost.y.slice(-1));
      else series.push(this.ghost.y);
    }
    const values = [...series.flat(), ...extra];
    this.isLog = this.look.log ?? (Boolean(this.store.more.trouble) && differMuch(values));
    this.axis = valueAxis(series, extra, this.isLog);
  }

  // --- drawing

  draw() {
    if (!this.store.known) return;
    this.findLines();
    this.findSpan();
    const batches = this.batchLine();
    this.findAxis(batches);
    this.drawAxes();
    this.drawCurves(batches);
    drawMarks(this);
    this.drawCursor();
    this.writeLegend();
  }

  set(kind, d) {
    if (this.paths[kind].getAttribute("d") !== d) this.paths[kind].setAttribute("d", d);
  }

  // Puts texts at places; elements are used again.
  pool(kind, parent, className, items) {
    const pool = this.pools[kind];
    while (pool.length < items.length) pool.push(make("span", className, parent));
    pool.forEach((element, i) => {
      put(element, { hidden: i >= items.length });
      if (i >= items.length) return;
      const { text, ...style } = items[i];
      put(element, { textContent: text });
      Object.assign(element.style, style);
    });
  }

  drawAxes() {
    const { ticks, labels } = this.axis;
    this.set("gl", ticks.map((v) => `M0 ${Math.round(this.y(v))}H${HIGH}`).join(""));
    this.pool("y", this.yt, "", ticks.map((v, i) => ({ text: labels[i], top: this.y(v) / 10 + "%" })));
    const [from, to] = this.span;
    const scale = this.inBatches ? this.store.steps() : 1;
    const start = this.inBatches ? this.start : 0;
    const step = Math.max(1, roundStep(((to - from) * scale) / 5)) || 1;
    const items = [];
    const fine = this.look.from !== null && (to - from) * scale < 2 ? 0.1 * Math.ceil((to - from) * 3) : step;
    for (let i = Math.ceil(((from - start) * scale) / fine - 1e-6); i * fine <= (to - start) * scale + 1e-6; i++) {
      items.push({ text: thousandsOrPart(i * fine + 0), left: this.x(start + (i * fine) / scale) / 10 + "%" });
    }
    this.pool("x", this.xt, "", items);
    const unit = this.inBatches ? "batch of epoch " + (start + 1) : "epoch";
    put(this.unit, { textContent: unit });
  }

  drawCurves(batches) {
    const { smooth } = this.look;
    const [train, val] = ["train", "val"].map((kind) => this.epochLines.find((line) => line.kind === kind && this.shown(kind)));
    const alone = !this.epochLines.some((line) => line.y.length > 1) || this.inBatches;
    const last = train && train.y.length && !alone ? [[train.x.at(-1)], [smooth ? NaN : train.y.at(-1)]] : [[], []];
    const y = smooth ? this.smoothed(batches.y) : batches.y;
    const line = this.path(last[0].concat(batches.x), last[1].concat(y));
    this.set("th", alone ? "" : line);
    const dotted = this.inBatches && Boolean(this.store.more.trouble);
    const lines = { tr: train, va: val };
    let raw = "";
    for (const [kind, found] of Object.entries(lines)) {
      const values = found && (smooth ? this.smoothed(found.y) : found.y);
      if (smooth && found) raw += this.path(found.x, found.y);
      const both = kind === "tr" && alone ? line : "";
      this.set(kind, both + (found && !(kind === "tr" && this.inBatches) ? this.path(found.x, values) : ""));
      const few = kind === "tr" && this.inBatches ? dotted && batches : found;
      this.set(kind + "d", few ? this.dots(few.x, few === batches ? y : values) : "");
    }
    this.set("raw", raw);
    this.set("gh", this.ghost && this.shown("ghost") ? this.path(this.ghost.x, this.ghost.y) : "");
  }

  // A line through points; of each column of pixels only first, lowest, highest and last. A value that is not finite is a gap.
  path(xs, ys) {
    const parts = [];
    let column = null;
    let open = false;
    const go = (x, y) => {
      parts.push((open ? "L" : "M") + x + " " + y);
      open = true;
    };
    const flush = () => {
      if (column) for (const y of new Set([column.low, column.high, column.last])) if (y !== column.first || column.low !== column.high) go(column.x, y);
      column = null;
    };
    const [from, to] = this.span;
    const pixels = Math.min(1, (this.width * devicePixelRatio) / HIGH);
    for (let i = 0; i < xs.length; i++) {
      if (xs[i + 1] < from || xs[i - 1] > to) continue;
      if (!Number.isFinite(ys[i])) {
        flush();
        open = false;
        continue;
      }
      const x = Math.round(this.x(xs[i]));
      const y = Math.round(this.y(ys[i]));
      const pixel = Math.round(x * pixels);
      if (!column || column.pixel !== pixel) {
        flush();
        go(x, y);
        column = { x, pixel, first: y, low: y, high: y, last: y };
      } else {
        column.low = Math.min(column.low, y);
        column.high = Math.max(column.high, y);
        column.last = y;
      }
    }
    flush();
    return parts.join("");
  }

  dots(xs, ys) {
    const [from, to] = this.span;
    const inside = xs.map((_, i) => i).filter((i) => xs[i] >= from && xs[i] <= to && Number.isFinite(ys[i]));
    if (inside.length > FEW_DOTS) return "";
    return inside.map((i) => `M${Math.round(this.x(xs[i]))} ${Math.round(this.y(ys[i]))}h0`).join("");
  }

  // --- reading values

  // The row of the epoch under the cursor, or -1 between epochs.
  row() {
    const { cursor } = this.look;
    const { numbers } = this.store.rows;
    if (cursor === null || !numbers.length) return -1;
    let best = 0;
    numbers.forEach((n, i) => {
      if (Math.abs(n + 1 - cursor) < Math.abs(numbers[best] + 1 - cursor)) best = i;
    });
    return cursor > numbers.at(-1) + 1.5 ? -1 : best;
  }

  drawCursor() {
    const { drag, cursor } = this.look;
    put(this.zone, { hidden: !drag });
    if (drag) {
      const [a, b] = drag.map((epoch) => this.x(epoch) / 10).sort((p, q) => p - q);
      Object.assign(this.zone.style, { left: a + "%", width: b - a + "%" });
    }
    const found = cursor === null || drag ? null : this.read();
    put(this.cross, { hidden: !found });
    put(this.tip, { hidden: !found });
    for (const [kind, spot] of Object.entries(this.spots)) {
      const y = found && Number.isFinite(found[kind]) ? this.y(found[kind]) : -1;
      put(spot, { hidden: !found || y < 0 || y > HIGH || !this.shown(kind) });
      if (!spot.hidden) Object.assign(spot.style, { left: this.x(found.x) / 10 + "%", top: y / 10 + "%" });
    }
    if (!found) return;
    const left = this.x(found.x) / 10;
    this.cross.style.left = left + "%";
    const down = this.store.state.rises.includes(this.name);
    Object.assign(this.tip.style, {
      left: left > 55 ? "auto" : left + 2 + "%", right: left > 55 ? 102 - left + "%" : "auto",
      top: down ? "auto" : "2px", bottom: down ? "5px" : "auto",
    });
    this.tipHead.textContent = found.text;
    this.writeTip(found);
  }

  // The values at the cursor: of the nearest epoch, or of the nearest batch where there is no epoch yet.
  read() {
    const { store } = this;
    const row = this.inBatches ? -1 : this.row();
    const inView = ([from, to], x) => x >= from && x <= to;
    if (row >= 0) {
      const x = store.rows.numbers[row] + 1;
      if (!inView(this.span, x)) return null;
      const at = (name) => store.rows.values.get(name)?.[row];
      return { x, text: "epoch " + thousands(x), train: at(this.name), val: at("val_" + this.name) };
    }
    const line = store.series.get(this.name);
    if (!line || !line.x.length) return null;
    let best = 0;
    line.x.forEach((b, i) => {
      if (Math.abs(store.epochOf(b) - this.look.cursor) < Math.abs(store.epochOf(line.x[best]) - this.look.cursor)) best = i;
    });
    const x = store.epochOf(line.x[best]);
    const start = store.rows.ends.filter((end) => end < line.x[best]).at(-1) ?? 0;
    return inView(this.span, x) ? { x, text: "batch " + thousands(line.x[best] - start), train: line.y[best] } : null;
  }

  writeTip({ train, val }) {
    const rows = [["train", train], ["val", val]].filter(([, v]) => v !== undefined).map(([k, v]) => [k, number(v)]);
    if (Number.isFinite(train) && Number.isFinite(val)) rows.push(["gap", (val > train ? "+" : "") + number(val - train)]);
    while (this.tipRows.rows.length > rows.length) this.tipRows.deleteRow(-1);
    rows.forEach((texts, i) => {
      const row = this.tipRows.rows[i] || this.tipRows.insertRow();
      texts.forEach((text, k) => ((row.cells[k] || row.insertCell()).textContent = text));
    });
  }

  writeLegend() {
    const { store, name, keys } = this;
    const has = { train: true, val: store.rows.values.has("val_" + name), ghost: Boolean(this.ghost) };
    const texts = { train: "train " + number(store.last(name)), val: "val " + number(store.last("val_" + name)), ghost: this.ghost?.name };
    if (Number.isNaN(store.last(name)) && !store.batches) texts.train = "train";
    if (this.inBatches && store.more.trouble) texts.train = "train, every batch" + (this.isLog ? ", log scale" : "");
    for (const [kind, { key, text }] of Object.entries(keys)) {
      put(key, { hidden: !has[kind] });
      if (has[kind]) put(text, { textContent: texts[kind] });
    }
    const best = store.best(name);
    const words = [texts.train, has.val ? texts.val : "", best >= 0 ? `best in epoch ${store.rows.numbers[best] + 1}` : ""];
    const label = `${name} by epoch: ${words.filter(Boolean).join(", ")}`;
    putAttribute(this.area, "aria-label", label);
  }
}

function thousandsOrPart(value) {
  return Number.isInteger(+value.toFixed(6)) ? thousands(value) : String(+value.toFixed(2));
}
