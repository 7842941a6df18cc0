// The hood: which code ran, beside its twin and its reference.

function mount(host) {
  const { card } = host;
  const view = { tab: null, op: null };
  const head = make("div", "head", card);
  const chips = make("div", "row", card);
  chips.style.marginTop = "6px";
  const tabs = make("div", "tabs", card);
  tabs.setAttribute("role", "tablist");
  tabs.setAttribute("aria-label", "Implementation");
  const pane = make("div", "pane", card);
  pane.setAttribute("role", "tabpanel");
  const foot = hoodFoot(host, view, card);
  const draw = (state) => {
    const call = `${state.way} ${state.place}`;
    if (view.call !== call) view.tab = state.ran;
    view.call = call;
    drawHead(head, state, view);
    drawChips(chips, state, host, view);
    drawTabs(tabs, state, view, (key) => { view.tab = key; draw(host.state); });
    drawPane(pane, state, view);
    foot.update(state);
  };
  const turn = (by) => () => {
    const keys = host.state.tabs.map((tab) => tab.key);
    view.tab = keys[(keys.indexOf(view.tab) + by + keys.length) % keys.length];
    draw(host.state);
    tabs.querySelector('[aria-selected="true"]').focus();
  };
  host.useKeys({ ArrowLeft: turn(-1), ArrowRight: turn(1) });
  host.onState(draw);
  host.onGone(() => foot.lose());
}

function drawHead(head, state, view) {
  head.replaceChildren();
  make("b", "", head, state.title);
  make("span", "", head, state.words);
  make("span", "sp t2 file", head, state.tabs.find((tab) => tab.key === view.tab).file);
}

function drawChips(row, state, host, view) {
  const focused = row.getRootNode().activeElement?.dataset?.keep;
  row.replaceChildren();
  for (const text of state.ins) make("span", "chip mono", row, text);
  make("span", "t2", row, "→");
  for (const text of state.outs) make("span", "chip mono", row, text);
  for (const text of state.costs) make("span", "chip num", row, text);
  if (state.ops.length > 1) operationSelect(row, state, host, view);
  const group = make("span", "grp", row);
  group.style.marginLeft = "auto";
  for (const way of ["forward", "backward"]) {
    const element = button(group, way, { click: () => attempt(host, "choose", { way }) });
    element.setAttribute("aria-pressed", way === state.way);
    element.dataset.keep = way;
    if (way === "backward" && !state.both) enable(element, false, "Nothing here has a gradient");
    if (host.gone) enable(element, false, GONE);
  }
  if (focused) row.querySelector(`[data-keep="${focused}"]`)?.focus();
}

// A layer that is composed of several operations lists them.
function operationSelect(row, state, host, view) {
  const label = make("label", "row t2", row, `${state.ops.length} operations `);
  const select = make("select", "f", label);
  select.dataset.keep = "op";
  state.ops.forEach((text, i) => (make("option", "", select, `${i + 1}. ${text}`).value = i));
  select.value = state.place;
  select.disabled = host.gone;
  select.onchange = () => attempt(host, "choose", { way: state.way, place: Number(select.value) });
}

function drawTabs(tabs, state, view, choose) {
  const hadFocus = tabs.contains(tabs.getRootNode().activeElement);
  tabs.replaceChildren();
  for (const tab of state.tabs) {
    const element = button(tabs, tab.title, { click: () => choose(tab.key) });
    const chosen = tab.key === view.tab;
    Object.entries({ role: "tab", "aria-selected": chosen, tabindex: chosen ? 0 : -1, id: `tab-${tab.key}`, "aria-controls": "pane" }).forEach(([k, v]) => element.setAttribute(k, v));
    make("span", "t2 num", element, tab.time);
    if (chosen && hadFocus) element.focus();
  }
}

function drawPane(pane, state, view) {
  const tab = state.tabs.find((one) => one.key === view.tab);
  pane.id = "pane";
  pane.setAttribute("aria-labelledby", `tab-${tab.key}`);
  pane.replaceChildren();
  make("p", "t2 sm why", pane, tab.note);
  codeLines(pane, tab.text ? tab.lines : []).setAttribute("aria-label", `Source of ${tab.title}`);
}

function hoodFoot(host, view, card) {
  const row = make("div", "row foot", card);
  const verdict = make("span", "sm", row);
  verdict.setAttribute("role", "status");
  const right = make("span", "row sp", row);
  const run = button(right, "Run it on my sample", { icon: "play", click: async () => {
    enable(run, false, "It runs now");
    await attempt(host, "run", {});
    if (!host.gone) enable(run, true);
  } });
  button(right, "Copy", { icon: "copy", click: async () => {
    await copyText(host.state.tabs.find((tab) => tab.key === view.tab).text);
    host.announce("The source was copied.");
  } });
  const update = (state) => {
    verdict.className = `sm ${state.agrees ? "ok" : "bad"}`;
    verdict.replaceChildren();
    icon(state.agrees ? "ok" : "bad", verdict);
    verdict.append(" " + state.verdict);
    run.querySelector("span").textContent = state.made_up ? "Run it again" : "Run it on my sample";
    run.title = state.made_up ? "On made-up numbers: kw.hood(layer, x) takes your sample" : "";
  };
  return { update, lose: () => enable(run, false, GONE) };
}
