// A model as a table of its layers: fold, measure, compare bars.

const KERNEL_COLUMNS = [["ms", "ms", "ms"], ["flops", "FLOPs", "FLOPs"], ["bytes", "Bytes", "bytes"]];
const BARS = [["all", "ms, FLOPs, bytes"], ["ms", "ms"], ["flops", "FLOPs"], ["bytes", "bytes"], ["none", "none"]];

function mount(host) {
  const { card } = host;
  const view = { bars: "all", folded: new Map(), rows: [] };
  const head = make("div", "head", card);
  const tools = summaryTools(host, view, card);
  const told = make("div", "", card);
  told.setAttribute("role", "status");
  const table = make("div", "sum", card);
  const units = make("div", "t2 sm num", card);
  host.useKeys({
    ArrowUp: () => move(host, view, -1),
    ArrowDown: () => move(host, view, 1),
    ArrowLeft: () => foldRow(host, view, false),
    ArrowRight: () => foldRow(host, view, true),
  });
  host.onState((state) => {
    drawHead(head, state);
    tools.update(state);
    drawTable(table, view, state);
    units.textContent = state.told;
    drawChange(told, host, view, state);
  });
  host.onGone(() => tools.lose());
}

function drawHead(head, state) {
  head.replaceChildren();
  make("b", "", head, state.name);
  make("span", "", head, `${state.kind} · ${state.sizes}`);
  make("span", "sp t2 num", head, state.step);
}

// The row of controls. `update` follows the state, `lose` the end of the kernel.
function summaryTools(host, view, card) {
  const row = make("div", "row", card);
  row.style.marginTop = "6px";
  const label = make("label", "row t2", row, "bars ");
  const bars = make("select", "f", label);
  for (const [value, text] of BARS) make("option", "", bars, text).value = value;
  bars.onchange = () => {
    view.bars = bars.value;
    host.card.querySelector(".sum").dataset.bars = bars.value;
  };
  const fold = button(row, "Fold all", { click: () => foldAll(host, view, fold) });
  const measure = button(row, "Measure", { icon: "back", title: "Runs the step a few times; weights stay as they are", click: () => measureStep(host, view, measure) });
  make("span", "sp", row);
  copier(row, host, "Graph", "model.plot()", view);
  copier(row, host, "Peek", "kw.peek(model, x[0])", view);
  button(row, "Copy text", { icon: "copy", click: async () => {
    await copyText(host.state.text);
    host.announce("The summary was copied as text.");
  } });
  const update = (state) => {
    label.hidden = !state.counted;
    fold.hidden = !state.rows.some((one) => one.children.length);
    measure.querySelector("span").textContent = state.timed ? "Measure again" : "Measure";
    if (!host.gone) enable(measure, !state.why, state.why);
  };
  return { update, lose: () => enable(measure, false, GONE) };
}

// A button that copies a call to run in a cell: a card cannot open another one.
function copier(row, host, text, code) {
  const element = button(row, text, { title: `Copies ${code} for a cell`, click: async () => {
    await copyText(code);
    element.querySelector("span").textContent = "Copied";
    host.announce(`${code} was copied: paste it into a cell.`);
    setTimeout(() => (element.querySelector("span").textContent = text), 1500);
  } });
  return element;
}

async function measureStep(host, view, control) {
  enable(control, false, "The step runs now");
  await attempt(host, "measure");
  if (!host.gone) enable(control, !host.state.why, host.state.why);
}

// --- the table

function drawTable(table, view, state) {
  const flat = state.rows.flatMap(function all(row) { return [row, ...row.children.flatMap(all)]; });
  const longest = Math.max(0, ...flat.map((row) => row.state?.[1].length ?? 0));
  table.style.setProperty("--state", `${Math.max(106, 22 + 6.4 * longest)}px`);
  const drawn = JSON.stringify([state.rows, state.change, state.counted, state.timed], (key, value) => (key === "state" ? undefined : value));
  if (drawn === view.drawn) { // a training goes on: only what its units do is new
    view.rows.forEach((line, i) => drawState(line.lastElementChild, flat[i]));
    return;
  }
  view.drawn = drawn;
  const columns = KERNEL_COLUMNS.filter(([key]) => state.counted && (key !== "ms" || state.timed));
  const focused = table.getRootNode().activeElement?.dataset?.path;
  Object.assign(table.dataset, { bars: view.bars, columns: columns.length });
  table.setAttribute("role", "treegrid");
  table.setAttribute("aria-label", `Layers of ${state.name}`);
  table.replaceChildren();
  view.rows = [];
  const header = make("div", "rw h", table);
  header.setAttribute("role", "row");
  const names = [["Layer", ""], ["Output shape", ""], ["Parameters", "r"], ...columns.map(([, name]) => [name, "r"]), ["State", "r"]];
  for (const [name, kind] of names) make("span", kind, header, name).setAttribute("role", "columnheader");
  const widest = Math.max(14, ...flat.map((row) => row.shape.length));
  table.style.setProperty("--shape", `${Math.min(widest, 26) * 7.3}px`);
  const scale = {};
  for (const [key] of columns) scale[key] = Math.max(...flat.map((row) => row[key] ?? 0), 1e-9);
  for (const row of state.rows) drawRow(table, view, row, { columns, scale, change: state.change, level: 1 });
  if (!state.rows.length) make("p", "t2", table, "No layers yet: model.add(...) adds one.");
  const first = view.rows.find((row) => row.dataset.path === focused) ?? view.rows[0];
  if (first) first.tabIndex = 0;
  if (focused && first) first.focus();
}

function drawRow(parent, view, row, look) {
  const inner = row.children.length > 0;
  const details = inner ? make("details", "", parent) : parent;
  const line = make(inner ? "summary" : "div", "rw" + (row.frozen ? " fz" : ""), details);
  if (look.change && look.change.what === "added" && look.change.path === row.path) line.classList.add("new");
  line.setAttribute("role", "row");
  line.setAttribute("aria-level", look.level);
  line.tabIndex = -1;
  line.dataset.path = row.path;
  view.rows.push(line);
  line.onfocus = () => rove(view, line);
  nameCell(line, row, inner, look.level);
  cell(line, "mono", row.shape);
  cell(line, "r p", row.params === null ? "?" : thousands(row.params));
  for (const [key] of look.columns) barCell(line, key, row[key], look.scale[key]);
  drawState(cell(line, "r"), row);
  if (!inner) return;
  details.open = view.folded.get(row.path) ?? row.children.length <= 12;
  line.setAttribute("aria-expanded", details.open);
  details.ontoggle = () => {
    view.folded.set(row.path, details.open);
    line.setAttribute("aria-expanded", details.open);
  };
  const group = make("div", "", details);
  group.setAttribute("role", "rowgroup");
  for (const child of row.children) drawRow(group, view, child, { ...look, level: look.level + 1 });
}

function cell(line, kind, text) {
  const element = make("span", kind, line, text);
  element.setAttribute("role", "gridcell");
  return element;
}

function nameCell(line, row, inner, level) {
  const name = cell(line, "name");
  name.style.paddingLeft = `${(level - 1) * 22 + 26}px`;
  make("span", "car", name, inner ? "▸" : "").setAttribute("aria-hidden", "true");
  make("span", `kd kc-${row.family}`, name);
  make("span", "nm", name, row.name);
  make("span", "t2 sm", name, " " + row.kind);
  if (row.from.length) make("span", "from t2 sm", name, "from " + row.from.join(", "));
}

function barCell(line, key, value, top) {
  const element = cell(line, `mb r c-${key}`);
  const bar = make("i", "", make("u", "", element));
  bar.style.width = `${(100 * (value ?? 0)) / top}%`;
  make("span", "", element, value === null ? "–" : key === "ms" ? msText(value) : compactText(value));
}

function drawState(element, row) {
  element.replaceChildren();
  if (row.frozen) {
    const text = make("span", "sm", element);
    icon("lock", text);
    text.append(" frozen");
  } else if (row.state) {
    const [kind, words] = row.state;
    const text = make("span", `${kind} sm`, element);
    if (kind === "warn") icon("warn", text);
    text.append(" " + words);
  }
}

function msText(value) {
  if (value > 0 && value < 0.005) return "<.01";
  return value === 0 ? "0" : value < 100 ? value.toFixed(2) : thousands(value);
}

function compactText(value) {
  if (value < 1000) return String(value);
  if (value < 1e5) return (value / 1e3).toFixed(0) + "k";
  return value < 1e9 ? (value / 1e6).toFixed(1) + "M" : (value / 1e9).toFixed(1) + "G";
}

// --- what changed, keys

function drawChange(told, host, view, state) {
  const key = state.change && `${state.change.what} ${state.change.path} ${state.rows.length}`;
  if (key === view.change) return;
  view.change = key;
  told.replaceChildren();
  if (!state.change) return;
  const { what, name } = state.change;
  note(told, "", what === "added" ? "plus" : "undo").textContent = `${name} was ${what}: ${state.sizes}.`;
}

function visibleRows(view) {
  return view.rows.filter((row) => row.checkVisibility());
}

function rove(view, line) {
  for (const row of view.rows) row.tabIndex = row === line ? 0 : -1;
}

function move(host, view, by) {
  const rows = visibleRows(view);
  const at = rows.indexOf(host.root.getRootNode().activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}

function foldRow(host, view, open) {
  const line = host.root.getRootNode().activeElement;
  const details = line?.closest("details");
  if (!details) return false;
  if (line.tagName === "SUMMARY" && details.open !== open) details.open = open;
  else if (line.tagName === "SUMMARY" && open) move(host, view, 1);
  else if (!open) (line.tagName === "SUMMARY" ? details.parentElement.closest("details") ?? details : details).querySelector("summary").focus();
  return true;
}

function foldAll(host, view, control) {
  const all = [...host.card.querySelectorAll(".sum details")];
  const open = !all.some((details) => details.open);
  for (const details of all) details.open = open;
  control.querySelector("span").textContent = open ? "Fold all" : "Unfold all";
}
