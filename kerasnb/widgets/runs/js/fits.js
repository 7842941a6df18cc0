// The fits of a cell: a small picture for each, the running one live; two that are chosen are compared below.

function mount(host) {
  const view = { chosen: new Set(), sort: "order", metric: null, same: true, cells: new Map() };
  const head = make("div", "head", host.card);
  const row = make("div", "row frame", host.card);
  const choose = (label, options, change) => {
    const box = make("label", "row t2", row, label + " ");
    const field = make("select", "f", box);
    for (const [value, text] of options) make("option", "", field, text).value = value;
    field.onchange = () => (change(field.value), draw());
    return field;
  };
  const sort = choose("sort by", [["order", "order of runs"], ["best", "best value"]], (value) => (view.sort = value));
  const metric = choose("show", [], (value) => (view.metric = value));
  const same = button(row, "same axes", { click: () => ((view.same = !view.same), draw()) });
  const stop = button(row, "Stop", { icon: "stop", title: "Ends the running fit after its batch", click: () => host.tell("stop") });
  const legend = make("span", "lg sp", row);
  sample(legend, "th", "train");
  sample(legend, "c0", "val");
  const grid = make("div", "sms", host.card);
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", "fits");
  const told = make("p", "t2 sm", host.card);
  told.style.marginTop = "6px";
  const side = make("div", "side", host.card);
  const foot = make("details", "foot", host.card);
  const summary = make("summary", "t2", foot);
  const table = make("div", "scroll", foot);
  table.tabIndex = 0; // it scrolls sideways in a narrow card
  table.setAttribute("role", "region");
  table.setAttribute("aria-label", "Table of the runs");
  let drawn = "";

  const draw = () => {
    const state = host.state, { runs } = state;
    fillMetrics(metric, state, view);
    const name = view.metric, rises = state.rises.includes(name);
    const best = bestRun(runs, name, rises);
    drawHead(head, state, name, best);
    same.setAttribute("aria-pressed", view.same);
    stop.hidden = host.gone || runs.every((run) => ENDED.includes(run.status));
    const shared = curveScale(runs, name);
    const order = runs.map((_, i) => i);
    if (view.sort === "best") order.sort((a, b) => rank(runs[a], name, rises) - rank(runs[b], name, rises));
    for (const i of order) drawCell(i, view.same ? shared : curveScale([runs[i]], name), i === best);
    order.forEach((i, place) => { if (grid.children[place] !== view.cells.get(i).cell) grid.insertBefore(view.cells.get(i).cell, grid.children[place] || null); });
    const parts = ["run", ...state.telling, "best " + judgedName(runs[0], name)].join(" · ");
    const axes = view.same ? `All: epochs ${shared.left}–${shared.right}, ${name} ${number(shared.low)}–${number(shared.high)}.` : "Each has its own axes.";
    told.textContent = `Title: ${parts}. ${axes} Choose two (Space) to compare.`;
    drawSideOf(state);
    summary.textContent = `Table of the ${runs.length} runs`;
    drawRuns(table, state);
  };

  const drawCell = (i, scale, best) => {
    const state = host.state, run = state.runs[i], name = view.metric;
    if (!view.cells.has(i)) view.cells.set(i, newCell(grid, () => toggle(i)));
    const { cell, title, value, area, bar } = view.cells.get(i);
    const text = [run.label, ...run.title].join(" · ");
    title.textContent = title.title = text;
    const running = !ENDED.includes(run.status);
    value.textContent = (best ? "★ " : running ? "▶ " : "") + worth(run, name);
    value.className = ["NaN", "failed"].includes(worth(run, name)) ? "bad" : "";
    bar.hidden = !running;
    bar.firstChild.style.width = 100 * (run.fraction || 0) + "%";
    cell.classList.toggle("best", best);
    cell.setAttribute("aria-pressed", view.chosen.has(i));
    cell.setAttribute("aria-label", `Run ${text}, ${running ? run.line : `best ${judgedName(run, name)} ${worth(run, name)}`}`);
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
  };

  const toggle = (i) => {
    if (!view.chosen.delete(i)) view.chosen.add(i);
    if (view.chosen.size > 2) view.chosen.delete(view.chosen.values().next().value); // the one chosen first
    draw();
  };

  const drawSideOf = (state) => {
    const pair = [...view.chosen].sort((a, b) => a - b);
    side.hidden = pair.length < 2;
    const now = side.hidden ? "" : JSON.stringify(pair.map((i) => state.runs[i]));
    if (now === drawn) return;
    drawn = now;
    side.replaceChildren();
    if (!side.hidden) drawSide(host, side, state, pair);
  };

  host.useKeys({ Escape: () => { if (!view.chosen.size) return false; view.chosen.clear(); draw(); } });
  host.onState(draw);
  host.onGone(draw);
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

function fillMetrics(field, state, view) {
  if (field.options.length !== state.metrics.length) {
    field.replaceChildren();
    for (const name of state.metrics) make("option", "", field, name).value = name;
  }
  if (!state.metrics.includes(view.metric)) view.metric = state.metrics[0] ?? "loss";
  field.value = view.metric;
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
