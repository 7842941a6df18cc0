// Curves of epochs: one scale for several runs, paths in thousandths of the picture, round ticks.

// One scale for the curves of a metric. From zero up where values are not far from zero, as in the saved picture.
function curveScale(runs, name, only) {
  const values = [], epochs = runs.map((run) => run.planned);
  for (const { curves } of runs) {
    if (!curves[name]) continue;
    const drawn = only ? only({ curves }, name) : curves[name].t.concat(curves[name].v);
    values.push(...drawn.filter((v) => v !== null));
    epochs.push(...curves[name].x);
  }
  let low = values.length ? Math.min(...values) : 0, high = values.length ? Math.max(...values) : 1;
  const zero = low >= 0 && low < 0.5 * high;
  const most = mostOf(low, high);
  if (zero) low = 0;
  const pad = 0.06 * (high - low) || Math.abs(high) * 0.1 || 0.5;
  const scale = { left: Math.min(...runs.map((run) => run.first)), right: Math.max(1, ...epochs), low: zero ? 0 : low - pad, high: high + (only ? 2.5 : 1) * pad };
  scale.top = Math.min(scale.high, most);
  scale.x = (epoch) => (1000 * (epoch - scale.left)) / (scale.right - scale.left || 1);
  scale.y = (value) => (1000 * (scale.high - value)) / (scale.high - scale.low || 1);
  return scale;
}

// A curve as a path; it breaks where a value is missing.
function curvePath(scale, xs, ys) {
  let path = "", pen = "M";
  xs.forEach((x, i) => {
    if (ys[i] === null || ys[i] === undefined) pen = "M";
    else {
      path += `${pen}${scale.x(x).toFixed(0)} ${scale.y(ys[i]).toFixed(0)}`;
      pen = "L";
    }
  });
  return path;
}

// Points of a curve as a path of dots.
function dotPath(scale, xs, ys) {
  return xs.map((x, i) => (ys[i] === null || ys[i] === undefined ? "" : `M${scale.x(x).toFixed(0)} ${scale.y(ys[i]).toFixed(0)}h0`)).join("");
}

function drawing(parent, paths) {
  const lines = paths.filter(([, d]) => d).map(([className, d]) => shape("path", { class: className, d }));
  const svg = shape("svg", { viewBox: "0 0 1000 1000", preserveAspectRatio: "none", "aria-hidden": "true" }, ...lines);
  parent.append(svg);
  return svg;
}

// A sample of a line for a legend.
function sample(parent, className, text) {
  const key = make("span", "", parent);
  const svg = drawing(key, [[className, "M0 4h18"]]);
  svg.setAttribute("viewBox", "0 0 18 8");
  svg.setAttribute("class", "sw");
  key.append(text);
}

// Three to six round numbers between two values.
function roundTicks(low, high, { whole = false, top = high } = {}) {
  const span = high - low || 1;
  let step = 10 ** Math.floor(Math.log10(span / 2));
  step *= [5, 2, 1, 0.5].find((m) => span / (step * m) >= 3) || 0.5;
  if (whole) step = Math.max(1, Math.ceil(step));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= top + 1e-9 * span; i++) ticks.push(+(i * step).toPrecision(12));
  return ticks;
}

// The series by which a metric is judged: validation values, where all runs have them.
function judged(run, name) {
  const curve = run.curves[name];
  return curve ? curve[curve.j] : [];
}

function judgedName(run, name) {
  return run.curves[name]?.j === "v" ? "val_" + name : name;
}

// The place of the best run by a metric, or -1.
function bestRun(runs, name, rises) {
  let at = -1;
  runs.forEach((run, i) => {
    const mine = run.best[name]?.[0], other = at < 0 ? undefined : runs[at].best[name][0];
    if (mine !== undefined && (other === undefined || (rises ? mine > other : mine < other))) at = i;
  });
  return at;
}

// The best value of a run as text.
function worth(run, name) {
  if (run.bad !== null) return "NaN";
  if (run.status === "failed" && !run.done) return "failed";
  return run.best[name] ? number(run.best[name][0]) : "–";
}

function called(label) {
  return /^\d+$/.test(label) ? "run " + label : label;
}
