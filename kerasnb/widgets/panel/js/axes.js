// Axes of charts: the values they span, and round numbers; as in axes.py.

const LEAST_EPOCHS = 4; // from so many on, a first epoch that flattens the rest is cut
const FLATTENS = 0.5; // the others fill less than this part of the range
const MANY_TIMES = 50; // values that differ by more need a logarithmic scale

// The axis of values: `series` are the values of each curve by epochs, `extra` other values to span.
function valueAxis(series, extra, log) {
  const fits = (v) => Number.isFinite(v) && (!log || v > 0);
  const others = extra.filter(fits);
  const kept = series.map((values) => values.filter(fits));
  const cut = kept.map((values, i) => {
    if (values.length < LEAST_EPOCHS || !flattens(kept, i, others)) return null;
    return kept[i].splice(0, 1)[0];
  });
  const found = [...kept.flat(), ...others];
  const isLog = log && found.length > 0;
  const [low, high, ticks] = isLog ? decades(found) : rounded(found);
  const place = isLog ? (v) => (v > 0 ? Math.log(v / low) / Math.log(high / low) : -3) : (v) => (v - low) / (high - low);
  const largest = Math.max(...ticks.map(Math.abs));
  return { low, high, ticks, cut, place, labels: ticks.map((v) => tickLabel(Math.abs(v) < 1e-9 * largest ? 0 : v)) };
}

function flattens(kept, i, extra) {
  const others = [...kept.flatMap((values, j) => (j === i ? values.slice(1) : values)), ...extra];
  const [low, high] = ends(others);
  const first = kept[i][0];
  return high - low < FLATTENS * (Math.max(high, first) - Math.min(low, first));
}

function ends(values) {
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
}

function rounded(values) {
  let [low, high] = values.length ? ends(values) : [0, 1];
  const most = mostOf(low, high);
  const size = Math.max(high, -low), pad = size * 0.1 || 0.5;
  if (high - low < 1e-12 * Math.max(size, 1e-290)) [low, high] = [low - pad, high + pad];
  high = Math.min(high, most);
  const step = roundStep((high - low) / 3);
  const ticks = [];
  for (let i = Math.floor(low / step + 1e-9); i <= Math.ceil(high / step - 1e-9); i++) ticks.push(i * step);
  return [ticks[0], ticks.at(-1), ticks];
}

function decades(values) {
  const [low, high] = ends(values);
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(Math.ceil(Math.log10(high) - 1e-9), first + 1);
  const step = Math.ceil((last - first) / 5);
  const ticks = [];
  for (let e = first; e < last + step; e += step) ticks.push(10 ** e);
  return [ticks[0], ticks.at(-1), ticks];
}

function roundStep(rough) {
  const ten = 10 ** Math.floor(Math.log10(rough));
  return ten * [1, 2, 5, 10].find((m) => m * ten >= rough * 0.999);
}

// A round number as short as it can be: 0.05, 1,000, 1e-5.
function tickLabel(value) {
  const size = Math.abs(value);
  if (!size || (size >= 1e-4 && size < 1000)) return String(+value.toPrecision(5)).replace("-", "−");
  return number(value);
}

function differMuch(values) {
  const [low, high] = ends(values.filter(Number.isFinite));
  return low > 0 && high / low > MANY_TIMES;
}
