// The arithmetic of one unit: what it sees, times its weights, the sum, the bias, the activation.

function drawUnit(place, unit, onHood) {
  place.replaceChildren();
  make("div", "h4", place, "One unit: " + unit.title);
  if (unit.planes) drawPlanes(place, unit);
  if (unit.terms) drawTerms(place, unit);
  drawSums(place, unit);
  if (unit.words) {
    const said = make("p", "sm " + (unit.equal ? "ok" : "bad"), place);
    said.style.margin = "6px 0";
    icon(unit.equal ? "ok" : "bad", said);
    said.append(" " + unit.words);
  }
  if (unit.note) note(place, "").textContent = unit.note;
  const row = make("div", "row", place);
  if (onHood) button(row, "Open the hood", { title: "The code that ran for this layer", click: onHood });
  if (unit.code) {
    const copy = button(row, "Copy as NumPy", { icon: "copy", click: async () => {
      await copyText(unit.code);
      copy.lastChild.textContent = "Copied";
      setTimeout(() => { copy.lastChild.textContent = "Copy as NumPy"; }, 1500);
    } });
  }
}

// Windows: one channel at a time, the one that matters most first.
function drawPlanes(place, unit) {
  const area = make("div", "planes", place);
  const show = (plane) => {
    area.replaceChildren();
    const first = make("div", "ar", area);
    grid(first, unit.captions[0], plane.field, "field");
    if (!plane.weights) return;
    make("b", "", first, "×");
    grid(first, unit.captions[1], plane.weights, "signed");
    const second = make("div", "ar", area);
    make("b", "", second, "=");
    grid(second, "products", plane.products, "signed w");
  };
  if (unit.planes.length > 1) {
    const label = make("label", "row t2", null, "channel ");
    const choice = make("select", "f", label);
    unit.planes.forEach((plane, i) => make("option", "", choice, plane.name.replace("channel ", "")).value = i);
    choice.onchange = () => show(unit.planes[choice.value]);
    area.before(label);
    label.append(` of ${unit.planes.length} shown, the largest sum first`);
  }
  show(unit.planes[0]);
}

function grid(parent, caption, values, kind) {
  const figure = make("figure", "", parent);
  make("figcaption", "", figure, caption);
  const table = make("div", "m3 " + kind, figure);
  table.style.gridTemplateColumns = `repeat(${values[0].length}, 1fr)`;
  table.setAttribute("role", "img");
  table.setAttribute("aria-label", caption + ": " + values.map((row) => row.map(short).join(" ")).join("; "));
  const top = Math.max(...values.flat().map((v) => Math.abs(v || 0))) || 1;
  for (const value of values.flat()) {
    const cell = make("span", value === null ? "pad" : "", table, value === null ? "pad" : kind.endsWith("w") ? number4(value) : short(value));
    if (value === null) cell.title = "there is no input here";
    else cell.style.background = shade(value, top, kind);
  }
}

function shade(value, top, kind) {
  const part = Math.abs(value) / top;
  if (kind === "field" && value >= 0) return `color-mix(in srgb, var(--text) ${Math.round(30 * part)}%, transparent)`;
  return `color-mix(in srgb, var(${value >= 0 ? "--pos" : "--neg"}) ${Math.round(45 * part)}%, transparent)`;
}

// Two decimals in a grid, three digits where two decimals would say nothing.
function short(value) {
  if (value === null) return "pad";
  const size = Math.abs(value);
  return size >= 0.01 && size < 100 ? value.toFixed(2).replace("-", "−") : value === 0 ? "0.00" : number(value);
}

function number4(value) {
  const size = Math.abs(value);
  return size < 10 && (size >= 0.01 || value === 0) ? value.toFixed(4).replace("-", "−") : number(value);
}

// Long sums: the largest terms, and the rest.
function drawTerms(place, unit) {
  const scroll = make("div", "scroll", place);
  const table = make("table", "terms sm", scroll);
  const weighted = unit.terms.some((term) => term.weight !== null);
  const head = make("tr", "", table);
  for (const name of weighted ? ["at", unit.captions[0], unit.captions[1], "product"] : ["at", unit.captions[0]]) {
    make("th", name === "at" ? "l" : "", head, name).scope = "col";
  }
  for (const term of unit.terms) {
    const row = make("tr", "", table);
    make("td", "l", row, term.name);
    make("td", "", row, term.field === null ? "pad" : number4(term.field));
    if (!weighted) continue;
    make("td", "", row, number4(term.weight));
    const last = make("td", "", row, number4(term.product));
    last.style.background = shade(term.product, Math.abs(unit.terms[0].product) || 1, "signed");
  }
  if (unit.rest[0]) {
    const row = make("tr", "", table);
    const words = make("td", "l", row, `the other ${thousands(unit.rest[0])}`);
    words.colSpan = weighted ? 3 : 1;
    make("td", "", row, weighted ? number4(unit.rest[1]) : "");
  }
}

function drawSums(place, unit) {
  const table = make("table", "sums", place);
  for (const [words, value] of unit.rows) {
    const row = make("tr", "", table);
    make("td", "l", row, words);
    make("td", "", row, value === null ? "not finite" : number4(value));
  }
  const last = make("tr", "best", table);
  const left = make("td", "l", last);
  make("b", "", left, "value");
  if (unit.formula) left.append(" = " + unit.formula);
  const right = make("td", "", last);
  const value = unit.value === undefined ? unit.engine : unit.value;
  make("b", "", right, value === null ? "not finite" : number4(value));
}

// Bars of an output.
function drawBars(place, output) {
  if (!output.title) return;
  make("div", "h4", place, output.title);
  const bars = make("div", "hb", place);
  const top = output.shares ? 1 : Math.max(...output.values.map((v) => Math.abs(v || 0))) || 1;
  output.names.forEach((name, i) => {
    const value = output.values[i];
    make("b", "", bars, name);
    const bar = make("i", "", make("u", "", bars));
    bar.style.width = 100 * Math.min(1, Math.abs(value || 0) / top) + "%";
    if (value < 0) bar.style.background = "var(--neg)";
    make("span", "", bars, output.shares ? share(value) : number(value));
  });
  if (output.rest) make("p", "t2 sm", place, `and ${thousands(output.rest)} more`);
}
