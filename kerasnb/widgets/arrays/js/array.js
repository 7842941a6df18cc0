// An array as facets: the number under the pointer or the cursor, and the same as a table.

const SIDE_PX = 150; // of a facet
const CELL_MOST = 16;
const CELL_LEAST = 3;
const TABLE_MOST = 64;

function mount(host) {
  const { card } = host;
  const view = { table: false, facet: 0, row: 0, column: 0, cells: [] };
  const head = make("div", "head", card);
  make("b", "", head, "Array");
  const words = make("span", "", head);
  const tools = arrayTools(host, view, card, () => draw(host.state));
  const body = make("div", "", card);
  view.said = make("div", "said mono", card);
  const draw = (state) => {
    words.textContent = state.words;
    tools.update(state);
    view.facet = Math.min(view.facet, Math.max(0, state.facets.length - 1));
    body.replaceChildren();
    view.cells = [];
    view.numbers = state.facets.map((facet) => floats(facet.data));
    if (!state.facets.length) make("p", "t2", body, "The array is empty: it holds no numbers.");
    else if (view.table) drawNumbers(body, host, view);
    else drawFacets(body, host, view);
  };
  const step = (down, right) => () => moveCursor(host, view, down, right);
  host.useKeys({
    ArrowUp: step(-1, 0), ArrowDown: step(1, 0), ArrowLeft: step(0, -1), ArrowRight: step(0, 1),
    "[": () => moveFacet(host, view, -1), "]": () => moveFacet(host, view, 1),
  });
  host.onState(draw);
  host.onGone(() => tools.lose());
}

function floats(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

function arrayTools(host, view, card, draw) {
  const row = make("div", "row", card);
  row.style.marginTop = "6px";
  const group = make("span", "grp", row);
  const tabs = [[false, "Picture"], [true, "Table"]].map(([table, text]) =>
    Object.assign(button(group, text, { click: () => { view.table = table; draw(); } }), { table })
  );
  const axes = ["rows", "columns"].map((name) => {
    const label = make("label", "row t2", row, `${name} `);
    const select = make("select", "f", label);
    select.onchange = () => lookAt(host, view, axes);
    return { name, label, select };
  });
  make("span", "sp", row);
  const pages = make("span", "row", row);
  const back = button(pages, "", { icon: "undo", kind: "sq", title: "Earlier grids", click: () => turnPage(host, view, -1) });
  const at = make("span", "num t2", pages);
  const on = button(pages, "", { icon: "redo", kind: "sq", title: "Later grids", click: () => turnPage(host, view, 1) });
  const legend = make("span", "row t2 sm num", row);
  const update = (state) => {
    for (const tab of tabs) tab.setAttribute("aria-pressed", tab.table === view.table);
    for (const { name, label, select } of axes) {
      label.hidden = state.shape.length < 3;
      select.replaceChildren();
      state.shape.forEach((extent, axis) => (make("option", "", select, `axis ${axis} (${extent})`).value = axis));
      select.value = state[name];
    }
    pages.hidden = state.pages < 2;
    at.textContent = `${state.page + 1} of ${state.pages}`;
    if (!host.gone) {
      enable(back, state.page > 0, "These are the first grids");
      enable(on, state.page < state.pages - 1, "These are the last grids");
    }
    legend.replaceChildren();
    make("span", "", legend, exact(-state.scale));
    make("span", "legend", legend);
    make("span", "", legend, exact(state.scale));
    if (state.step > 1) make("span", "warn", legend, `1 of ${state.step} rows and columns`);
  };
  const lose = () => {
    for (const { select } of axes) select.disabled = true;
    for (const element of [back, on]) enable(element, false, GONE);
  };
  return { update, lose };
}

// The other axis makes way where both would be the same.
function lookAt(host, view, axes) {
  const [rows, columns] = axes.map(({ select }) => Number(select.value));
  const { state } = host;
  if (rows !== columns) return attempt(host, "look", { rows, columns });
  return attempt(host, "look", rows === state.rows ? { rows: state.columns, columns } : { rows, columns: state.rows });
}

function turnPage(host, view, by) {
  const { rows, columns, page } = host.state;
  return attempt(host, "look", { rows, columns, page: page + by });
}

// --- the picture

function drawFacets(body, host, view) {
  const frame = make("div", "facets", body);
  host.state.facets.forEach((facet, i) => {
    const figure = make("figure", "", frame);
    const each = Math.max(CELL_LEAST, Math.min(CELL_MOST, Math.floor(SIDE_PX / Math.max(facet.rows, facet.columns))));
    const cells = make("div", "cells", figure);
    const canvas = make("canvas", "px", cells);
    paintFacet(canvas, facet, view.numbers[i], host.state.scale);
    Object.assign(canvas.style, { width: `${facet.columns * each}px`, height: `${facet.rows * each}px` });
    cells.style.width = canvas.style.width;
    cells.tabIndex = i === view.facet ? 0 : -1;
    cells.setAttribute("role", "img");
    cells.setAttribute("aria-label", `Grid ${placeText(facet)} of ${facet.rows} rows and ${facet.columns} columns; arrow keys read numbers`);
    const mark = make("em", "", cells);
    mark.hidden = true;
    if (facet.place.length) make("figcaption", "mono", figure, placeText(facet));
    view.cells.push({ cells, mark, each });
    cells.onpointermove = (event) => {
      const box = canvas.getBoundingClientRect();
      const row = Math.floor((event.clientY - box.top) / each);
      const column = Math.floor((event.clientX - box.left) / each);
      if (row >= 0 && column >= 0 && row < facet.rows && column < facet.columns) sayCell(host, view, i, row, column);
    };
    cells.onfocus = () => sayCell(host, view, i, i === view.facet ? view.row : 0, i === view.facet ? view.column : 0);
  });
}

function paintFacet(canvas, facet, numbers, scale) {
  paint(canvas, facet.rows, facet.columns, (i) => {
    if (!Number.isFinite(numbers[i])) return [198, 40, 40, 255];
    const share = Math.max(-1, Math.min(1, numbers[i] / scale));
    return share >= 0 ? [47, 127, 224, 255 * share] : [212, 98, 15, -255 * share];
  });
}

function placeText(facet) {
  return facet.place.length ? `[${facet.place.join(", ")}]` : "";
}

// The indices of a number in the array itself.
function indexText(state, facet, row, column) {
  const index = [];
  state.others.forEach((axis, i) => (index[axis] = facet.place[i]));
  if (state.rows !== null) index[state.rows] = row * state.step;
  if (state.columns !== null) index[state.columns] = column * state.step;
  return `[${index.join(", ")}]`;
}

function sayCell(host, view, i, row, column, aloud = false) {
  const facet = host.state.facets[i];
  Object.assign(view, { facet: i, row, column });
  const text = `${indexText(host.state, facet, row, column)} = ${exact(view.numbers[i][row * facet.columns + column])}`;
  view.said.textContent = text;
  if (aloud) host.announce(text);
  view.cells.forEach(({ cells, mark, each }, k) => {
    mark.hidden = k !== i;
    cells.tabIndex = k === i ? 0 : -1;
    const side = Math.max(each, 6);
    const shift = (each - side) / 2;
    Object.assign(mark.style, { left: `${column * each + shift}px`, top: `${row * each + shift}px`, width: `${side}px`, height: `${side}px` });
  });
}

function moveCursor(host, view, down, right) {
  if (view.table || !view.cells.length) return false;
  const facet = host.state.facets[view.facet];
  const row = Math.max(0, Math.min(facet.rows - 1, view.row + down));
  const column = Math.max(0, Math.min(facet.columns - 1, view.column + right));
  sayCell(host, view, view.facet, row, column, true);
  return true;
}

function moveFacet(host, view, by) {
  if (view.table || !view.cells.length) return false;
  const next = (view.facet + by + view.cells.length) % view.cells.length;
  view.facet = next;
  view.cells[next].cells.focus();
  sayCell(host, view, next, view.row, view.column, true);
  return true;
}

// --- the table

function drawNumbers(body, host, view) {
  const { facets } = host.state;
  const facet = facets[view.facet];
  if (facets.length > 1) {
    const label = make("label", "row t2 frame", body, "grid ");
    const select = make("select", "f", label);
    facets.forEach((one, i) => (make("option", "", select, placeText(one)).value = i));
    select.value = view.facet;
    select.onchange = () => { view.facet = Number(select.value); body.replaceChildren(); drawNumbers(body, host, view); };
  }
  const frame = make("div", "scroll frame", body);
  frame.tabIndex = 0;
  frame.style.maxHeight = "420px";
  const table = make("table", "nums", frame);
  const [rows, columns] = [Math.min(facet.rows, TABLE_MOST), Math.min(facet.columns, TABLE_MOST)];
  const top = make("tr", "", table);
  make("th", "", top);
  for (let j = 0; j < columns; j++) make("th", "", top, String(j * host.state.step));
  for (let i = 0; i < rows; i++) {
    const line = make("tr", "", table);
    make("th", "", line, String(i * host.state.step));
    for (let j = 0; j < columns; j++) make("td", "", line, exact(view.numbers[view.facet][i * facet.columns + j]));
  }
  view.said.textContent = rows < facet.rows || columns < facet.columns ? `The first ${rows} rows and ${columns} columns.` : "";
}

// Whole numbers, such as pixels and ids, have no decimals.
function exact(value) {
  return Number.isInteger(value) && Math.abs(value) < 1e6 ? thousands(value).replace("-", "−") : number(value);
}
