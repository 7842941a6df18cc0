// The state of a run as the panel knows it: filled once from a whole message, then by deltas.

const MOST_AHEAD = 20; // epochs that an axis shows at least, where so many are planned
const MOST_POINTS = 8000; // of a curve of batches: the memory of a page stays flat however long it trains

class Store {
  constructor() {
    this.state = null;
    this.firstRate = null;
    this.clear();
  }

  clear() {
    this.more = { notes: [], trouble: null, failure: null, restorable: [], monitor: null, ghost: {}, steered: false };
    this.version = null; // of `more`: each message says which one holds
    this.batches = 0; // number of batches received
    this.epochs = 0; // number of epochs received
    this.marks = 0; // number of events received
    this.series = new Map(); // name -> {x: [], y: []}, by number of batches
    this.rows = { numbers: [], ends: [], values: new Map() };
    this.events = [];
  }

  get known() {
    return this.state !== null;
  }
  get ended() {
    return this.known && this.state.ended;
  }

  // Bytes of `wire.whole`: length of the head, head, then for each series x and y, then the rows.
  takeWhole(view) {
    if (!view || view.byteLength < 8) return false;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
    const size = new DataView(bytes.buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
    if (this.known && head.batches < this.batches) return true; // newer points came in the meantime
    const values = new Float32Array(bytes.buffer, 4 + size);
    this.clear();
    for (const key of ["state", "more", "batches", "epochs", "marks", "events"]) this[key] = head[key];
    let at = 0;
    for (const [name, count] of head.series) {
      const x = Array.from(values.subarray(at, at + count));
      const y = Array.from(values.subarray(at + count, at + 2 * count));
      this.series.set(name, { x, y });
      at += 2 * count;
    }
    this.addRows(head.rows, values.subarray(at), 0);
    return true;
  }

  // Returns false when something before this message was missed. What comes twice is left out.
  takeDelta(head, buffers) {
    const [from, to] = head.batches;
    const [firstEpoch, lastEpoch] = head.epochs;
    const [firstMark, lastMark] = head.marks;
    if (from > this.batches || firstEpoch > this.epochs || firstMark > this.marks) return false;
    if (!head.more && this.version !== null && this.version !== head.version) return false;
    if (to >= this.batches) this.state = head.state;
    if (head.more) this.more = head.more;
    this.version = head.version;
    this.addPoints(head.points, floats(buffers[0]), to);
    this.addRows(head.rows, floats(buffers[1]), this.epochs - firstEpoch);
    this.events.push(...head.events.slice(this.marks - firstMark));
    this.batches = Math.max(this.batches, to);
    this.epochs = Math.max(this.epochs, lastEpoch);
    this.marks = Math.max(this.marks, lastMark);
    return true;
  }

  addPoints({ names, count, stride }, values, last) {
    names.forEach((name, i) => {
      const line = this.series.get(name) || { x: [], y: [] };
      for (let k = 0; k < count; k++) {
        const x = last - (count - 1 - k) * stride;
        if (x <= this.batches) continue;
        line.x.push(x);
        line.y.push(values[i * count + k]);
      }
      if (line.x.length > MOST_POINTS) thinOut(line);
      this.series.set(name, line);
    });
  }

  addRows({ names, numbers, ends }, values, skip) {
    const before = this.rows.numbers.length;
    this.rows.numbers.push(...numbers.slice(skip));
    this.rows.ends.push(...ends.slice(skip));
    names.forEach((name, i) => {
      const column = this.rows.values.get(name) || new Array(before).fill(NaN);
      for (let k = skip; k < numbers.length; k++) column.push(values[i * numbers.length + k]);
      this.rows.values.set(name, column);
    });
  }

  // The metrics that have a chart.
  names() {
    return this.known ? this.state.names : [];
  }

  // The last known value of a name: of the last epoch, or of the last batch in the first epoch.
  last(name) {
    const column = this.rows.values.get(name);
    if (column && column.length) return column.at(-1);
    return this.series.get(name)?.y.at(-1) ?? NaN;
  }

  // The row of the best epoch of a metric, by its validation values if it has any; -1 if there are fewer than two.
  best(name) {
    const column = this.rows.values.get("val_" + name) || this.rows.values.get(name) || [];
    const sign = this.state.rises.includes(name) ? 1 : -1;
    let best = -1;
    column.forEach((v, i) => {
      if (Number.isFinite(v) && (best < 0 || sign * v > sign * column[best])) best = i;
    });
    return column.length > 1 ? best : -1;
  }

  bestRow() {
    return this.more.monitor ? this.best(this.more.monitor.replace(/^val_/, "")) : -1;
  }

  steps() {
    return this.state.steps || this.rows.ends[0] || Math.max(1, this.batches);
  }

  // The place of a number of batches on an axis of epochs: the end of epoch k is k.
  epochOf(batch) {
    const { ends, numbers } = this.rows;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle] < batch) low = middle + 1;
      else high = middle;
    }
    const end = low ? ends[low - 1] : 0;
    const epoch = low ? numbers[low - 1] + 1 : this.state.first;
    if (low < ends.length) return epoch + ((batch - end) / Math.max(1, ends[low] - end)) * (numbers[low] + 1 - epoch);
    const here = Math.max(this.steps(), this.batches - (ends.at(-1) ?? 0)); // an epoch of unknown length may be longer
    return epoch + (batch - end) / here;
  }

  // The epochs on the axis: the planned ones, or half, a quarter ... of them while that is enough.
  extent() {
    const { first, epochs } = this.state;
    const done = this.epochOf(this.batches) - first;
    let extent = Math.max(1, epochs - first);
    while (extent / 2 >= MOST_AHEAD && extent / 2 >= done * 1.05) extent /= 2;
    return [first, first + Math.max(extent, done)];
  }

  // Where the learning rate changed: [epoch, value].
  rates() {
    return this.events.filter((e) => e.kind === "learning_rate" && e.value !== undefined).map((e) => [this.epochOf(e.at), e.value]);
  }
}

// Of four neighbours the lowest and the highest stay; the newest points stay all.
function thinOut(line) {
  const x = [];
  const y = [];
  const old = line.x.length - MOST_POINTS / 4;
  for (let i = 0; i < old; i += 4) {
    let low = i;
    let high = i;
    for (let k = i + 1; k < Math.min(i + 4, old); k++) {
      if (line.y[k] < line.y[low]) low = k;
      if (!(line.y[k] <= line.y[high])) high = k;
    }
    for (const k of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) {
      x.push(line.x[k]);
      y.push(line.y[k]);
    }
  }
  line.x = x.concat(line.x.slice(old));
  line.y = y.concat(line.y.slice(old));
}

function floats(view) {
  if (!view || !view.byteLength) return new Float32Array(0);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  return new Float32Array(bytes.buffer);
}

function bytesOf(text) {
  return new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
}
