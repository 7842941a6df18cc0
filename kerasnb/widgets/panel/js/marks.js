// What is marked in a chart: where values are not finite, where the learning rate changed, the best epoch, what is cut.

const FEW_MARKS = 6; // changes of the learning rate that are marked one by one

function drawMarks(chart) {
  markTrouble(chart);
  markRates(chart);
  markBest(chart);
  markCut(chart);
}

function markTrouble(chart) {
  const { trouble } = chart.store.more;
  if (!trouble) return put(chart.bad, { hidden: true });
  const at = chart.x(trouble.epoch + (trouble.batch + (chart.inBatches ? 1 : 0)) / chart.store.steps()) / 10;
  put(chart.bad, { hidden: at > 100 });
  chart.bad.style.left = Math.max(0, at) + "%";
  put(chart.badText, { textContent: chart.inBatches ? "not finite from batch " + (trouble.batch + 1) : "not finite" });
}

// Changes of the learning rate: dashed marks; a line of steps where there are many.
function markRates(chart) {
  const [from, to] = chart.span;
  const rates = chart.store.rates().filter(([x]) => x >= from && x <= to);
  const many = rates.length > FEW_MARKS;
  chart.set("ev", many ? "" : rates.map(([x]) => `M${Math.round(chart.x(x))} 0V${HIGH}`).join(""));
  const { width } = chart;
  const items = [];
  let taken = -Infinity;
  if (chart.isFirst && !many) {
    for (const [x, value] of rates) {
      const left = (chart.x(x) / HIGH) * width;
      if (left - taken < 70 || left > width - 56) continue;
      items.push({ text: "rate " + rateText(value), left: left + 5 + "px" });
      taken = left;
    }
  }
  chart.pool("mark", chart.area, "mk ev2", items);
  if (many && chart.store.firstRate) rates.unshift([from, chart.store.firstRate]);
  put(chart.rateText, { hidden: !(many && chart.isFirst) });
  chart.set("rt", chart.rateText.hidden ? "" : rateSteps(chart, rates));
  if (!chart.rateText.hidden) put(chart.rateText, { textContent: `rate ${shortRate(rates[0][1])} → ${shortRate(rates.at(-1)[1])}` });
}

function rateSteps(chart, rates) {
  const [low, high] = ends(rates.map(([, v]) => Math.log(v)));
  const y = (v) => Math.round(20 + 130 * (high > low ? (high - Math.log(v)) / (high - low) : 0.5));
  const parts = rates.map(([x, v], i) => `${i ? "H" + Math.round(chart.x(x)) : "M" + Math.round(chart.x(x)) + " " + y(v)}V${y(v)}`);
  return parts.join("") + "H" + Math.round(chart.x(Math.min(chart.span[1], chart.store.epochOf(chart.store.batches))));
}

function markBest(chart) {
  const best = chart.store.best(chart.name);
  const kind = chart.store.rows.values.has("val_" + chart.name) ? "val" : "train";
  const value = best < 0 ? NaN : chart.store.rows.values.get((kind === "val" ? "val_" : "") + chart.name)[best];
  const x = best < 0 ? 0 : chart.x(chart.store.rows.numbers[best] + 1);
  const y = Number.isFinite(value) ? chart.y(value) : -1;
  const label = chart.bestText.parentElement;
  const hidden = !chart.shown(kind) || y < 0 || y > HIGH || x < 0 || x > HIGH;
  put(chart.star, { hidden });
  put(label, { hidden });
  if (hidden) return;
  const rises = chart.store.state.rises.includes(chart.name);
  const below = (rises && y < 800) || y < 150;
  const side = x < 90 ? "10px" : x > 910 ? "-100%" : "-50%";
  Object.assign(chart.star.style, { left: x / 10 + "%", top: y / 10 + "%" });
  Object.assign(label.style, { left: x / 10 + "%", top: `calc(${y / 10}% ${below ? "+ 8px" : "- 8px"})`, transform: `translate(${side}, ${x < 90 ? (below ? "-110%" : "10%") : below ? "0" : "-100%"})` });
  put(chart.bestText, { textContent: "best " + number(value) });
}

// The value of a first epoch that is outside of the picture, with an arrow.
function markCut(chart) {
  const lines = chart.epochLines.filter(({ kind }) => chart.shown(kind));
  const items = [];
  chart.axis.cut.forEach((value, i) => {
    if (value === null || !lines[i]) return;
    const above = chart.y(value) < 0;
    const at = lines[i].y.indexOf(value);
    const place = { text: (above ? "↑ " : "↓ ") + number(value), left: `calc(${leaves(chart, lines[i], at, above) / 10}% + 5px)` };
    const away = 2 + 15 * items.length + "px";
    items.push({ ...place, top: above ? away : "auto", bottom: above ? "auto" : away });
  });
  chart.pool("cut", chart.area, "mk cut", items);
}

// Where the line from a value outside comes into the picture.
function leaves(chart, { x, y }, at, above) {
  const [from, to] = [y[at], y[at + 1] ?? y[at]].map((v) => chart.y(v));
  const share = ((above ? 0 : HIGH) - from) / (to - from || 1);
  return chart.x(x[at] + Math.min(1, Math.max(0, share)) * ((x[at + 1] ?? x[at]) - x[at]));
}

function shortRate(value) {
  return rateText(+value.toPrecision(2));
}
