// Runs over each other, and a table of what differs. Redrawn whole: it changes only when a person or a fit changes it.

// Draws runs of a state into `parent`; `chosen` are their places.
function drawSide(host, parent, state, chosen) {
  const runs = chosen.map((i) => state.runs[i]);
  const metrics = state.metrics.filter((name) => runs.every((run) => run.curves[name]));
  const head = make("div", "head", parent);
  const names = runs.map((run) => called(run.label));
  const title = names.length > 1 ? names.slice(0, -1).join(", ") + " and " + names.at(-1) : names[0];
  make("b", "", head, title[0].toUpperCase() + title.slice(1));
  tellVerdict(make("span", "", head), runs, metrics[0], state);
  const two = make("div", "two", parent);
  const left = make("div", "", two);
  for (const name of metrics.slice(0, 2)) drawOver(left, runs, name);
  drawTable(make("div", "scroll", two), runs, metrics, state);
  host.announce(head.textContent);
}

// "run 7 is better by 0.0238 val_loss and slower by 7 s"
function tellVerdict(place, runs, name, state) {
  const at = bestRun(runs, name, state.rises.includes(name));
  if (at < 0) return place.append("no run has a finite loss");
  const best = runs[at], series = judgedName(best, name);
  const rest = runs.filter((run, i) => i !== at && run.best[name]);
  if (!rest.length) return place.append(`${called(best.label)} has the best ${series}; the other loss is not finite`);
  const gap = (run) => Math.abs(run.best[name][0] - best.best[name][0]);
  const second = rest.reduce((a, b) => (gap(b) < gap(a) ? b : a));
  if (!gap(second)) return place.append(`equal best ${series}`);
  const slower = best.seconds - second.seconds;
  place.append(`${called(best.label)} is better ${runs.length > 2 ? `than ${called(second.label)} ` : ""}by `);
  make("b", "num", place, number(gap(second)));
  place.append(` ${series} and ${slower > 0 ? "slower" : "faster"} by ${seconds(Math.abs(slower))}`);
}

function drawOver(parent, runs, name) {
  const scale = curveScale(runs, name, judged);
  const figure = make("figure", "ch", parent);
  const caption = make("figcaption", "", figure);
  make("b", "", caption, judgedName(runs[0], name));
  const legend = make("span", "lg", caption);
  runs.forEach((run, i) => sample(legend, "c" + i, called(run.label)));
  const plot = make("div", "plot", figure);
  const ys = make("div", "yt", plot), area = make("div", "area", plot), xs = make("div", "xt", plot);
  const ticks = roundTicks(scale.low, scale.high, { top: scale.top });
  for (const tick of ticks) make("span", "", ys, String(+tick.toPrecision(4))).style.top = scale.y(tick) / 10 + "%";
  for (const tick of roundTicks(scale.left, scale.right, { whole: true })) make("span", "", xs, String(tick)).style.left = scale.x(tick) / 10 + "%";
  make("em", "", xs, "epoch");
  const paths = ticks.map((tick) => ["gl", `M0 ${scale.y(tick).toFixed(0)}H1000`]);
  runs.forEach((run, i) => {
    const xs = run.curves[name].x, values = judged(run, name);
    paths.push(["c" + i, curvePath(scale, xs, values)]);
    if (xs.length <= 30) paths.push([`c${i} d`, dotPath(scale, xs, values)]);
  });
  drawing(area, paths);
  const best = runs.map((run) => run.best[name]);
  best.forEach((entry, i) => {
    if (!entry) return;
    const mark = make("span", "mk", area, "★");
    mark.style.left = scale.x(entry[1]) / 10 + "%";
    mark.style.top = scale.y(entry[0]) / 10 + "%";
    make("b", "", mark, number(entry[0]));
    mark.classList.toggle("end", scale.x(entry[1]) > 920);
    const isBelow = best.some((other, j) => j !== i && other && scale.y(other[0]) < scale.y(entry[0]));
    mark.classList.add(!isBelow ? "up" : scale.y(entry[0]) < 800 ? "dw" : "sd"); // beside it where the epochs are below
  });
  area.setAttribute("role", "img");
  area.setAttribute("aria-label", `${judgedName(runs[0], name)}: ` + runs.map((run) => `${called(run.label)} best ${worth(run, name)}`).join(", "));
  hover(area, scale, runs, name);
}

// A cross-hair, and the values of the epoch under the pointer or chosen with the arrow keys.
function hover(area, scale, runs, name) {
  const line = make("span", "x", area), tip = make("div", "tip", area);
  line.hidden = tip.hidden = true;
  area.tabIndex = 0;
  let epoch = null;
  const show = (at) => {
    epoch = Math.max(scale.left + 1, Math.min(scale.right, Math.round(at)));
    line.hidden = tip.hidden = false;
    const share = scale.x(epoch) / 10;
    line.style.left = share + "%";
    tip.style.left = share > 60 ? "auto" : `calc(${share}% + 8px)`;
    tip.style.right = share > 60 ? `calc(${100 - share}% + 8px)` : "auto";
    tip.style.top = "8px";
    tip.replaceChildren(make("div", "", null, `epoch ${epoch}`));
    for (const run of runs) {
      const at = run.curves[name].x.indexOf(epoch);
      make("div", "", tip, `${called(run.label)} ${at < 0 ? "–" : number(judged(run, name)[at])}`);
    }
  };
  const hide = () => (line.hidden = tip.hidden = true);
  area.onpointermove = (event) => {
    const box = area.getBoundingClientRect();
    show(scale.left + ((event.clientX - box.left) / box.width) * (scale.right - scale.left));
  };
  area.onpointerleave = area.onblur = hide;
  area.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    show((epoch ?? scale.left) + step);
    event.preventDefault();
    event.stopPropagation();
  };
}

function drawTable(parent, runs, metrics, state) {
  parent.tabIndex = 0; // it scrolls sideways where many runs are compared
  parent.setAttribute("role", "region");
  parent.setAttribute("aria-label", "What differs");
  const table = make("table", "", parent);
  table.style.width = "100%";
  const line = (name, texts, bold) => {
    const row = make("tr", "", table);
    make("td", "l", row, name);
    for (const text of texts) make(bold ? "b" : "span", "", make("td", "", row), text);
  };
  const head = make("tr", "", table);
  make("th", "l", head, "differs").scope = "col";
  for (const run of runs) make("th", "", head, called(run.label)).scope = "col";
  const differ = state.differ.filter((name) => new Set(runs.map((run) => run.values[name])).size > 1);
  for (const name of differ) line(name, runs.map((run) => run.values[name]), name !== "parameters");
  if (!differ.length) line("no setting", []);
  const result = make("th", "l", make("tr", "", table), "result");
  result.colSpan = runs.length + 1;
  for (const name of metrics) {
    const best = bestRun(runs, name, state.rises.includes(name));
    line("best " + judgedName(runs[0], name), runs.map((run, i) => worth(run, name) + (i === best ? " ★" : "")));
    line("at epoch", runs.map((run) => String(run.best[name]?.[1] ?? "–")));
  }
  line("time", runs.map((run) => seconds(run.seconds)));
  const same = state.differ.filter((name) => !differ.includes(name)).map((name) => [name, runs[0].values[name]]);
  const equal = [...state.equal, ...same];
  const folded = make("details", "", parent);
  make("summary", "t2", folded, equal.length === 1 ? "1 setting is equal" : `${equal.length} settings are equal`);
  make("p", "t2 sm", folded, equal.map(([name, text]) => `${name} ${text}`).join(", "));
}
