// The state of a run as the panel knows it: filled once from a whole message, then by deltas.

class Store {
  constructor() {
    this.clear();
  }

  clear() {
    this.state = { headline: "Starting", pace: "", fraction: null, status: "created", names: [], rises: [], first: 0, epochs: 1 };
    this.batches = 0; // number of batches received
    this.epochs = 0; // number of epochs received
    this.series = new Map(); // name -> {x: [], y: []}, by number of batches
    this.rows = { numbers: [], ends: [], values: new Map() };
    this.events = [];
  }

  // Bytes of `wire.whole`: length of the head, head, then for each series x and y, then the rows.
  takeWhole(view) {
    if (!view || view.byteLength < 8) return false;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
    const size = new DataView(bytes.buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
    const values = new Float32Array(bytes.buffer, 4 + size);
    this.clear();
    this.state = head.state;
    this.batches = head.batches;
    this.epochs = head.epochs;
    this.events = head.events;
    let at = 0;
    for (const [name, count] of head.series) {
      const x = Array.from(values.subarray(at, at + count));
      const y = Array.from(values.subarray(at + count, at + 2 * count));
      this.series.set(name, { x, y });
      at += 2 * count;
    }
    this.addRows(head.rows, values.subarray(at));
    return true;
  }

  // Returns false when something before this message was missed.
  takeDelta(head, buffers) {
    this.state = head.state;
    const [from, to] = head.batches;
    const [firstEpoch, lastEpoch] = head.epochs;
    if (from > this.batches || firstEpoch > this.epochs) return false;
    if (to <= this.batches && lastEpoch <= this.epochs) {
      if (from === this.batches) this.events.push(...head.events); // a learning rate set during a pause
      return true;
    }
    if (from < this.batches || firstEpoch < this.epochs) return false;
    this.addPoints(head.points, floats(buffers[0]), to);
    this.addRows(head.rows, floats(buffers[1]));
    this.events.push(...head.events);
    this.batches = to;
    this.epochs = lastEpoch;
    return true;
  }

  addPoints({ names, count, stride }, values, last) {
    names.forEach((name, i) => {
      const line = this.series.get(name) || { x: [], y: [] };
      for (let k = 0; k < count; k++) {
        line.x.push(last - (count - 1 - k) * stride);
        line.y.push(values[i * count + k]);
      }
      this.series.set(name, line);
    });
  }

  addRows({ names, numbers, ends }, values) {
    const before = this.rows.numbers.length;
    this.rows.numbers.push(...numbers);
    this.rows.ends.push(...ends);
    names.forEach((name, i) => {
      const column = this.rows.values.get(name) || new Array(before).fill(NaN);
      for (let k = 0; k < numbers.length; k++) column.push(values[i * numbers.length + k]);
      this.rows.values.set(name, column);
    });
  }

  // The metrics that have a chart.
  names() {
    const names = new Set(this.state.names);
    for (const name of this.series.keys()) names.add(name);
    names.delete("learning_rate");
    return [...names];
  }

  // The last known value of a name: of the last epoch, or of the last batch in the first epoch.
  last(name) {
    const column = this.rows.values.get(name);
    const line = this.series.get(name);
    if (line && line.y.length && this.batches > (this.rows.ends.at(-1) || 0)) return line.y.at(-1);
    if (column && column.length) return column.at(-1);
    return line && line.y.length ? line.y.at(-1) : NaN;
  }

  // The row of the best epoch of a metric, by its validation values if it has any.
  best(name) {
    const column = this.rows.values.get("val_" + name) || this.rows.values.get(name) || [];
    const sign = this.state.rises.includes(name) ? 1 : -1;
    let best = -1;
    column.forEach((v, i) => {
      if (Number.isFinite(v) && (best < 0 || sign * v > sign * column[best])) best = i;
    });
    return best;
  }

  steps() {
    return this.state.steps || this.rows.ends[0] || Math.max(1, this.batches);
  }

  // The number of batches that the x axis spans: all of them when the run has ended; until then a half, a quarter ...
  // of the planned ones while that is enough, so that the first epochs of many are not a thin strip.
  extent() {
    const ended = ["completed", "stopped", "interrupted", "failed"].includes(this.state.status);
    if (ended) return Math.max(1, this.batches);
    const steps = this.steps();
    let extent = steps * Math.max(1, this.state.epochs - this.state.first);
    while (extent / 2 > steps * 2 && extent / 2 >= this.batches * 1.05) extent /= 2;
    return Math.max(1, extent, this.batches);
  }
}

function floats(view) {
  if (!view || !view.byteLength) return new Float32Array(0);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  return new Float32Array(bytes.buffer);
}

function show(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2).replace("-", "−");
  return String(+value.toPrecision(4)).replace("-", "−");
}
