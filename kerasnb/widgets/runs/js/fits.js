// The fits of a cell: a small picture for each, the running one live; two that are chosen are compared below.

function mount(host) {
  new FitsCard(host);
}

class FitsCard {
  constructor(host) {
    this.host = host;
    this.chosen = new Set(); // places of runs, in the order in which they were chosen
    Object.assign(this, { order: "order", metric: null, same: true, compared: "" });
    this.cells = new Map();
    this.build(host.card);
    host.useKeys({ Escape: () => this.clear() });
    host.onState(() => this.draw());
    host.onGone(() => this.draw());
  }

  build(card) {
    this.head = make("div", "head", card);
    this.buildTools(make("div", "row frame", card));
    this.grid = make("div", "sms", card);
    this.grid.setAttribute("role", "group");
    this.grid.setAttribute("aria-label", "fits");
    this.told = make("p", "t2 sm", card);
    this.told.style.marginTop = "6px";
    this.side = make("div", "side", card);
    const foot = make("details", "foot", card);
    this.summary = make("summary", "t2", foot);
    this.table = make("div", "scroll", foot);
    this.table.tabIndex = 0; // it scrolls sideways in a narrow card
    this.table.setAttribute("role", "region");
    this.table.setAttribute("aria-label", "Table of the runs");
  }

  buildTools(row) {
    const choose = (label, options, change) => {
      const box = make("label", "row t2", row, label + " ");
      const field = make("select", "f", box);
      for (const [value, text] of options) make("option", "", field, text).value = value;
      field.onchange = () => (change(field.value), this.draw());
      return field;
    };
    choose("sort by", [["order", "order of runs"], ["best", "best value"]], (value) => (this.order = value));
    this.metrics = choose("show", [], (value) => (this.metric = value));
    this.sameAxes = button(row, "same axes", { click: () => ((this.same = !this.same), this.draw()) });
    const stop = () => this.host.tell("stop");
    this.stop = button(row, "Stop", { icon: "stop", title: "Ends the running fit after its batch", click: stop });
    const legend = make("span", "lg sp", row);
    sample(legend, "th", "train");
    sample(legend, "c0", "val");
  }

  draw() {
    const { state } = this.host, { runs } = state;
    this.fillMetrics(state);
    const name = this.metric, rises = state.rises.includes(name);
    const best = bestRun(runs, name, rises);
    drawHead(this.head, state, name, best);
    this.sameAxes.setAttribute("aria-pressed", this.same);
    this.stop.hidden = this.host.gone || runs.every((run) => ENDED.includes(run.status));
    const shared = curveScale(runs, name);
    const order = runs.map((_, i) => i);
    if (this.order === "best") order.sort((a, b) => rank(runs[a], name, rises) - rank(runs[b], name, rises));
    for (const i of order) this.drawCell(i, this.same ? shared : curveScale([runs[i]], name), i === best);
    order.forEach((i, place) => {
      const { cell } = this.cells.get(i), there = this.grid.children[place];
      if (there !== cell) this.grid.insertBefore(cell, there || null);
    });
    const parts = ["run", ...state.telling, "best " + judgedName(runs[0], name)].join(" · ");
    const all = `All: epochs ${shared.left}–${shared.right}, ${name} ${number(shared.low)}–${number(shared.top)}.`;
    this.told.textContent = `Title: ${parts}. ${this.same ? all : "Each has its own axes."} Choose two (Space) to compare.`;
    this.compare(state);
    this.summary.textContent = `Table of the ${runs.length} runs`;
    drawRuns(this.table, state);
  }

  fillMetrics({ metrics }) {
    if (this.metrics.options.length !== metrics.length) {
      this.metrics.replaceChildren();
      for (const name of metrics) make("option", "", this.metrics, name).value = name;
    }
    if (!metrics.includes(this.metric)) this.metric = metrics[0] ?? "loss";
    this.metrics.value = this.metric;
  }

  drawCell(i, scale, best) {
    const run = this.host.state.runs[i], name = this.metric;
    if (!this.cells.has(i)) this.cells.set(i, newCell(this.grid, () => this.toggle(i)));
    const { cell, title, value, bar } = this.cells.get(i);
    const text = [run.label, ...run.title].join(" · ");
    title.textContent = title.title = text;
    const running = !ENDED.includes(run.status);
    value.textContent = (best ? "★ " : running ? "▶ " : "") + worth(run, name);
    value.className = ["NaN", "failed"].includes(worth(run, name)) ? "bad" : "";
    bar.hidden = !running;
    bar.firstChild.style.width = 100 * (run.fraction || 0) + "%";
    cell.classList.toggle("best", best);
    cell.setAttribute("aria-pressed", this.chosen.has(i));
    cell.setAttribute("aria-label", `Run ${text}, ${running ? run.line : `best ${judgedName(run, name)} ${worth(run, name)}`}`);
    drawCurves(this.cells.get(i), run, name, scale, best);
  }

  toggle(i) {
    if (!this.chosen.delete(i)) this.chosen.add(i);
    if (this.chosen.size > 2) this.chosen.delete(this.chosen.values().next().value); // the one chosen first
    this.draw();
  }

  clear() {
    if (!this.chosen.size) return false;
    this.chosen.clear();
    this.draw();
  }

  compare(state) {
    const pair = [...this.chosen].sort((a, b) => a - b);
    this.side.hidden = pair.length < 2;
    const now = this.side.hidden ? "" : JSON.stringify(pair.map((i) => state.runs[i]));
    if (now === this.compared) return;
    this.compared = now;
    this.side.replaceChildren();
    if (!this.side.hidden) drawSide(this.host, this.side, state, pair);
  }
}

const ENDED = ["completed", "stopped", "interrupted", "failed"];

function newCell(grid, click) {
  const cell = make("button", "smc", grid);
  cell.type = "button";
  cell.onclick = click;
  const first = make("span", "l1", cell);
  const title = make("span", "", first), value = make("b", "", first);
  const area = make("span", "area", cell), bar = make("span", "bar");
  make("i", "", bar);
  return { cell, title, value, area, bar };
}

function drawCurves({ area, bar }, run, name, scale, best) {
  const curve = run.curves[name] || { x: [], t: [], v: [] };
  const dots = curve.x.length === 1;
  area.replaceChildren(bar);
  drawing(area, [
    ["gl", "M0 500h1000"],
    [dots ? "c0 d" : "c0", (dots ? dotPath : curvePath)(scale, curve.x, curve.v)],
    [dots ? "th d" : "th", (dots ? dotPath : curvePath)(scale, curve.x, curve.t)],
  ]);
  if (!best || !run.best[name]) return;
  const mark = make("span", "mk", area, "★");
  mark.style.left = scale.x(run.best[name][1]) / 10 + "%";
  mark.style.top = scale.y(run.best[name][0]) / 10 + "%";
}

function rank(run, name, rises) {
  const value = run.best[name]?.[0];
  return value === undefined ? Infinity : rises ? -value : value;
}

function drawHead(head, state, name, best) {
  head.replaceChildren();
  const { runs } = state;
  const running = runs.filter((run) => !ENDED.includes(run.status));
  const sign = make("span", "st " + (running.length ? "acc" : "ok"), head);
  icon(running.length ? "play" : "ok", sign);
  sign.append(` ${runs.length} fits`);
  const line = make("span", "", head);
  if (best >= 0) {
    const run = runs[best];
    line.append(`best ${judgedName(run, name)} `);
    make("b", "num", line, worth(run, name));
    const made = state.telling.map((text, i) => `${text} ${run.title[i]}`).join(", ");
    line.append(` in run ${run.label}` + (made ? ` (${made})` : ""));
  }
  const bad = runs.filter((run) => run.bad !== null);
  const told = bad.slice(0, 2).map((run) => `run ${run.label} not finite from epoch ${run.bad}`);
  if (bad.length > 2) told.push(`${bad.length - 2} more not finite`);
  for (const run of running) told.push(`run ${run.label}: ${run.line}`);
  if (told.length) line.append((best >= 0 ? " · " : "") + told.join(" · "));
  make("span", "sp t2 num", head, seconds(runs.reduce((sum, run) => sum + run.seconds, 0)));
}

function drawRuns(place, state) {
  const { runs, metrics, differ } = state;
  const table = make("table", "");
  const head = make("tr", "", table);
  for (const name of ["run", ...differ, ...metrics.map((n) => "best " + judgedName(runs[0], n)), "at epoch", "epochs", "time"]) make("th", "", head, name).scope = "col";
  const best = bestRun(runs, metrics[0], state.rises.includes(metrics[0]));
  runs.forEach((run, i) => {
    const row = make("tr", i === best ? "best" : "", table);
    const cells = [run.label, ...differ.map((n) => run.values[n]), ...metrics.map((n) => worth(run, n)), run.best[metrics[0]]?.[1] ?? "–", run.done, seconds(run.seconds)];
    for (const text of cells) make("td", "", row, String(text));
  });
  place.replaceChildren(table);
}
