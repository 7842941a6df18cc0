// One metric on a canvas: batches as a thin line, epochs with dots, validation dashed, a star at the best epoch.

const MARGIN = { left: 48, right: 14, top: 10, bottom: 22 };
const HEIGHT = 190;

class Chart {
  constructor(name, store, look, hovered) {
    this.name = name;
    this.store = store;
    this.look = look; // shared by all charts: log, smooth, from, to, hover, hidden
    this.root = make("figure", "knb-chart");
    const title = make("figcaption", "knb-title", this.root);
    make("b", "", title).textContent = name;
    this.legend = make("span", "knb-legend", title);
    this.chips = { train: this.chip("train", "━"), val: this.chip("val", "╍") };
    this.star = make("span", "knb-star", this.legend);
    this.canvas = make("canvas", "knb-canvas", this.root);
    this.canvas.setAttribute("role", "img");
    this.canvas.style.height = HEIGHT + "px";
    this.follow(hovered);
  }

  chip(kind, sign) {
    const chip = make("button", "knb-chip knb-" + kind, this.legend);
    chip.type = "button";
    chip.title = "Show or hide";
    make("i", "", chip).textContent = sign;
    make("span", "", chip);
    chip.onclick = () => {
      const key = kind + " " + this.name;
      if (!this.look.hidden.delete(key)) this.look.hidden.add(key);
      chip.classList.toggle("knb-off", this.look.hidden.has(key));
      chip.setAttribute("aria-pressed", String(!this.look.hidden.has(key)));
      this.draw();
    };
    return chip;
  }

  // Pointer: hovering shows values, dragging zooms in, a double click zooms out.
  follow(changed) {
    const canvas = this.canvas;
    let from = null;
    const at = (event) => this.batchAt(event.clientX - canvas.getBoundingClientRect().left);
    canvas.onpointermove = (event) => {
      this.look.hover = at(event);
      this.look.drag = from === null ? null : [from, this.look.hover];
      changed();
    };
    canvas.onpointerleave = () => {
      this.look.hover = null;
      changed();
    };
    canvas.onpointerdown = (event) => {
      from = at(event);
      canvas.setPointerCapture(event.pointerId);
    };
    canvas.onpointerup = (event) => {
      const to = at(event);
      if (from !== null && Math.abs(this.pixel(to) - this.pixel(from)) > 8) {
        [this.look.from, this.look.to] = [Math.min(from, to), Math.max(from, to)];
      }
      from = this.look.drag = null;
      changed();
    };
    canvas.ondblclick = () => {
      this.look.from = this.look.to = null;
      changed();
    };
  }

  // --- scales

  span() {
    return this.look.from === null ? [0, this.store.extent()] : [this.look.from, this.look.to];
  }

  pixel(batch) {
    const [from, to] = this.span();
    return MARGIN.left + ((batch - from) / (to - from)) * (this.width - MARGIN.left - MARGIN.right);
  }

  batchAt(pixel) {
    const [from, to] = this.span();
    const fraction = (pixel - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right);
    return from + Math.min(1, Math.max(0, fraction)) * (to - from);
  }

  height(value) {
    const [low, high] = this.range;
    const fraction = this.look.log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return MARGIN.top + (1 - fraction) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  }

  // The visible lines: [kind, x, y].
  lines() {
    const { series, rows } = this.store;
    const hidden = (kind) => this.look.hidden.has(kind + " " + this.name);
    const lines = [];
    const batches = series.get(this.name);
    if (batches && !hidden("train")) lines.push(["batch", ...this.recent(batches)]);
    for (const [kind, name] of [["train", this.name], ["val", "val_" + this.name]]) {
      const column = rows.values.get(name);
      if (column && !hidden(kind)) lines.push([kind, rows.ends, column]);
    }
    return lines;
  }

  // The line of batches: smoothed if requested; of many epochs only the current one, or the zoomed range.
  recent({ x, y }) {
    const ends = this.store.rows.ends;
    if (this.look.smooth) return [x, this.smoothed({ x, y })];
    if (this.look.from !== null || !ends.length) return [x, y];
    let first = 0;
    if (ends.length > 10) for (first = x.length; first > 0 && x[first - 1] > ends.at(-1); ) first--;
    return [x.slice(first), this.settled(x, y, ends).slice(first)];
  }

  // Values are running means over an epoch: those of its first few batches are noise, and left out after the first epoch.
  settled(x, y, ends) {
    const wait = Math.max(2, 0.08 * this.store.steps());
    let passed = 0;
    return y.map((value, i) => {
      while (passed < ends.length && x[i] > ends[passed]) passed++;
      return passed > 0 && x[i] - ends[passed - 1] < wait ? NaN : value;
    });
  }

  smoothed({ y }) {
    const keep = this.look.smooth;
    const out = new Array(y.length);
    let mean = NaN;
    for (let i = 0; i < y.length; i++) {
      if (Number.isFinite(y[i])) mean = Number.isFinite(mean) ? keep * mean + (1 - keep) * y[i] : y[i];
      out[i] = mean;
    }
    return out;
  }

  // The range of the values. Once there are some epochs, only the last of the batches counts: the first values would
  // flatten all others.
  findRange(lines) {
    let low = Infinity;
    let high = -Infinity;
    const [from, to] = this.span();
    const epochs = lines.some(([kind, x]) => kind !== "batch" && x.length > 3) && this.look.from === null;
    for (const [kind, x, y] of lines) {
      for (let i = kind === "batch" && epochs ? y.length - 1 : 0; i < y.length; i++) {
        if (x[i] < from || x[i] > to || !this.drawable(y[i])) continue;
        if (y[i] < low) low = y[i];
        if (y[i] > high) high = y[i];
      }
    }
    if (low > high) return this.look.log ? [0.1, 1] : [0, 1];
    if (this.look.log) return [low / 1.15, high * 1.15];
    const pad = (high - low) * 0.08 || Math.abs(high) * 0.1 || 0.5;
    return [low - pad, high + pad];
  }

  // --- drawing

  draw() {
    const scale = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    if (!this.width) return;
    if (this.canvas.width !== Math.round(this.width * scale)) {
      this.canvas.width = Math.round(this.width * scale);
      this.canvas.height = Math.round(HEIGHT * scale);
    }
    const style = getComputedStyle(this.root);
    this.colour = (name) => style.getPropertyValue("--knb-" + name).trim();
    const pen = this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.width, HEIGHT);
    pen.font = "11px system-ui, sans-serif";
    pen.lineJoin = pen.lineCap = "round";
    const lines = this.lines();
    this.range = this.findRange(lines);
    this.drawGrid(pen);
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN.left, 0, this.width - MARGIN.left - MARGIN.right + 6, HEIGHT - MARGIN.bottom + 2);
    pen.clip();
    this.drawEvents(pen);
    for (const line of lines) this.drawLine(pen, ...line);
    this.drawBest(pen);
    this.drawHover(pen, lines);
    pen.restore();
    this.label();
  }

  drawGrid(pen) {
    pen.lineWidth = 1;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const value of this.valueTicks()) {
      const y = Math.round(this.height(value)) + 0.5;
      pen.strokeStyle = this.colour("grid");
      pen.beginPath();
      pen.moveTo(MARGIN.left, y);
      pen.lineTo(this.width - MARGIN.right, y);
      pen.stroke();
      pen.fillStyle = this.colour("dim");
      pen.fillText(show(+value.toPrecision(6)), MARGIN.left - 7, y);
    }
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    for (const [batch, text] of this.epochTicks()) pen.fillText(text, this.pixel(batch), HEIGHT - 6);
  }

  valueTicks() {
    const [low, high] = this.range;
    const ticks = [];
    if (this.look.log && high / low > 8) {
      const all = [];
      for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e++) for (const m of [1, 2, 5]) all.push(m * 10 ** e);
      const seen = all.filter((v) => v >= low && v <= high);
      const tens = seen.filter((v) => Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-9);
      return tens.length >= 3 ? tens : seen;
    }
    const step = niceStep((high - low) / 6);
    for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step);
    return ticks.filter((v) => !this.look.log || v > 0);
  }

  epochTicks() {
    const [from, to] = this.span();
    const steps = this.store.steps();
    const first = this.store.state.first;
    const step = Math.max(niceStep((to - from) / steps / Math.max(2, this.width / 90)), (to - from) / steps < 2 ? 0.1 : 1);
    const ticks = [];
    for (let i = Math.ceil((from / steps + first) / step); (i * step - first) * steps <= to; i++) {
      ticks.push([(i * step - first) * steps, String(+(i * step).toFixed(2))]);
    }
    return ticks;
  }

  drawEvents(pen) {
    for (const event of this.store.events) {
      if (event.kind !== "learning_rate") continue;
      const x = Math.round(this.pixel(event.at)) + 0.5;
      pen.strokeStyle = pen.fillStyle = this.colour("dim");
      pen.setLineDash([1, 4]);
      pen.beginPath();
      pen.moveTo(x, MARGIN.top);
      pen.lineTo(x, HEIGHT - MARGIN.bottom);
      pen.stroke();
      pen.textAlign = "left";
      pen.fillText("lr " + show(event.value), x + 3, MARGIN.top + 8);
    }
    pen.setLineDash([]);
  }

  drawLine(pen, kind, x, y) {
    const epochs = this.store.rows.ends.length;
    const faint = kind === "batch" && epochs > 1;
    pen.strokeStyle = pen.fillStyle = this.colour(kind === "val" ? "val" : "train");
    pen.globalAlpha = faint ? 0.4 : 1;
    pen.lineWidth = faint ? 1 : 2;
    pen.setLineDash(kind === "val" ? [6, 5] : []);
    if (kind !== "batch" || epochs <= 1) this.stroke(pen, x, y, []);
    else this.stroke(pen, x, y, this.look.smooth ? [] : this.store.rows.ends);
    pen.setLineDash([]);
    if (kind !== "batch" && this.visible(x) <= 30) {
      for (let i = 0; i < x.length; i++) {
        if (!this.drawable(y[i])) continue;
        pen.beginPath();
        pen.arc(this.pixel(x[i]), this.height(y[i]), 2.6, 0, 7);
        pen.fill();
      }
    }
    pen.globalAlpha = 1;
  }

  drawable(value) {
    return Number.isFinite(value) && !(this.look.log && value <= 0);
  }

  visible(x) {
    const [from, to] = this.span();
    return x.filter((v) => v >= from && v <= to).length;
  }

  // A line through points; for each column of pixels only first, lowest, highest and last. Breaks after `ends`.
  stroke(pen, x, y, ends) {
    let end = 0;
    let column = null;
    let open = false;
    const go = (px, py) => {
      if (open) pen.lineTo(px, py);
      else pen.moveTo(px, py);
      open = true;
    };
    const flush = () => {
      if (column) for (const py of [column.low, column.high, column.last]) go(column.px, py);
      column = null;
    };
    pen.beginPath();
    for (let i = 0; i < x.length; i++) {
      if (end < ends.length && x[i] > ends[end]) {
        flush();
        open = false;
        while (end < ends.length && x[i] > ends[end]) end++;
      }
      if (!this.drawable(y[i])) continue;
      const px = Math.round(this.pixel(x[i]) * 2) / 2;
      const py = this.height(y[i]);
      if (!column || column.px !== px) {
        flush();
        go(px, py);
        column = { px, low: py, high: py, last: py };
      } else {
        column.low = Math.min(column.low, py);
        column.high = Math.max(column.high, py);
        column.last = py;
      }
    }
    flush();
    pen.stroke();
  }

  drawBest(pen) {
    const best = this.store.best(this.name);
    const column = this.store.rows.values.get("val_" + this.name) || this.store.rows.values.get(this.name);
    if (best < 0 || column.length < 2 || !this.drawable(column[best])) return;
    pen.fillStyle = this.colour("text");
    pen.textAlign = "center";
    pen.font = "14px system-ui, sans-serif";
    pen.fillText("★", this.pixel(this.store.rows.ends[best]), this.height(column[best]) - 6);
    pen.font = "11px system-ui, sans-serif";
  }

  drawHover(pen, lines) {
    const { hover, drag } = this.look;
    if (drag) {
      pen.fillStyle = this.colour("grid");
      pen.fillRect(this.pixel(drag[0]), MARGIN.top, this.pixel(drag[1]) - this.pixel(drag[0]), HEIGHT - MARGIN.top - MARGIN.bottom);
    }
    if (hover === null || hover === undefined) return;
    pen.strokeStyle = this.colour("dim");
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(this.pixel(hover), MARGIN.top);
    pen.lineTo(this.pixel(hover), HEIGHT - MARGIN.bottom);
    pen.stroke();
    for (const [kind, x, y] of lines) {
      const i = nearest(x, hover);
      if (i < 0 || !this.drawable(y[i])) continue;
      pen.fillStyle = this.colour(kind === "val" ? "val" : "train");
      pen.beginPath();
      pen.arc(this.pixel(x[i]), this.height(y[i]), 4, 0, 7);
      pen.fill();
    }
  }

  // The text of the title: the last values, or those under the pointer.
  label() {
    const { store, look, name } = this;
    const hover = look.hover ?? null;
    const row = hover === null ? -1 : nearest(store.rows.ends, hover);
    const line = store.series.get(name);
    const values = { train: store.last(name), val: store.last("val_" + name) };
    if (hover !== null && line && line.x.length) values.train = line.y[nearest(line.x, hover)];
    if (row >= 0) values.val = (store.rows.values.get("val_" + name) || [])[row];
    for (const kind of ["train", "val"]) {
      const known = kind === "train" || store.rows.values.has("val_" + name);
      this.chips[kind].hidden = !known;
      this.chips[kind].lastChild.textContent = kind + " " + (values[kind] === undefined || Number.isNaN(values[kind]) ? "–" : show(values[kind]));
    }
    const best = store.best(name);
    this.star.textContent = best >= 0 && store.rows.numbers.length > 1 ? "★ " + (store.rows.numbers[best] + 1) : "";
    this.star.title = "Best epoch" + (store.rows.values.has("val_" + name) ? " on validation" : "");
    this.canvas.setAttribute("aria-label", `Curves of ${name}. train ${show(values.train)}` + (values.val === undefined ? "" : `, validation ${show(values.val)}`));
  }
}

function nearest(x, target) {
  let low = 0;
  let high = x.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] < target) low = middle;
    else high = middle;
  }
  return Math.abs(x[low] - target) <= Math.abs(x[high] - target) ? low : high;
}

function niceStep(rough) {
  const ten = 10 ** Math.floor(Math.log10(rough));
  return ten * [1, 2, 5, 10].find((m) => m * ten >= rough * 0.999);
}

function make(tag, className, parent) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (parent) parent.append(element);
  return element;
}
