// The graph of a model: select a layer, follow its arrows, open a model inside the model.

const EDGE_OF_BOX = 11;

function mount(host) {
  const { card } = host;
  const view = { path: "", tab: "graph", selected: {}, nodes: new Map() };
  const head = make("div", "head", card);
  const tools = graphTools(host, view, card, () => draw());
  const body = make("div", "", card);
  const draw = () => {
    drawTitle(head, view, host.state);
    tools.update();
    body.replaceChildren();
    if (view.tab === "volume") drawVolumes(body, host.state);
    else if (view.tab === "table") drawList(body, host.state.graphs[view.path]);
    else drawGraph(body, host, view, tools);
  };
  const along = (kind) => () => follow(host, view, kind, tools);
  host.useKeys({
    ArrowDown: along("after"),
    ArrowUp: along("before"),
    ArrowLeft: along("left"),
    ArrowRight: along("right"),
    Enter: () => open(host, view, draw),
    Escape: () => leave(view, draw),
    Backspace: () => leave(view, draw),
  });
  let first = true;
  host.onState((state) => {
    if (first) view.tab = state.style;
    first = false;
    if (!state.graphs[view.path]) view.path = "";
    draw();
  });
  host.onGone(() => tools.lose());
}

function drawTitle(head, view, state) {
  head.replaceChildren();
  make("b", "", head, state.name);
  if (view.path) make("span", "acc", head, "› " + view.path.replaceAll("/", " › "));
  make("span", "", head, view.path ? plural(state.graphs[view.path].nodes.length, "layer") : state.words);
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

// The row of controls: `update` follows the selection, `lose` the end of the kernel.
function graphTools(host, view, card, draw) {
  const row = make("div", "row", card);
  row.style.marginTop = "6px";
  const group = make("span", "grp", row);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "View");
  const tabs = [["graph", "Graph"], ["volume", "Volumes"], ["table", "Table"]].map(([tab, text]) =>
    Object.assign(button(group, text, { click: () => { view.tab = tab; draw(); } }), { tab })
  );
  const opener = button(row, "Open", { title: "Shows the layers inside (Enter)", click: () => open(host, view, draw) });
  const back = button(row, "Back", { icon: "undo", title: "Shows the model around it (Esc)", click: () => leave(view, draw) });
  make("span", "sp", row);
  const save = button(row, "Save SVG", { icon: "copy", click: () => saveSvg(host, view) });
  const update = () => {
    for (const tab of tabs) tab.setAttribute("aria-pressed", tab.tab === view.tab);
    const node = selectedNode(host, view);
    opener.hidden = view.tab !== "graph" || !node?.inner;
    opener.querySelector("span").textContent = node ? `Open ${node.name}` : "Open";
    back.hidden = !view.path;
  };
  return { update, lose: () => enable(save, false, GONE) };
}

async function saveSvg(host, view) {
  const { svg } = await host.ask("svg", { path: view.path });
  const link = make("a", "", document.body);
  link.href = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  link.download = `${host.state.graphs[view.path].name}.svg`;
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// --- boxes and arrows

function drawGraph(body, host, view, tools) {
  const graph = host.state.graphs[view.path];
  const two = make("div", "two", body);
  const wide = Math.min(Math.max(graph.width + 12, 220), 560);
  two.style.gridTemplateColumns = `minmax(0, ${wide}px) minmax(0, 1fr)`;
  const frame = make("div", "scroll gv", two);
  view.facts = make("div", "", two);
  const names = graph.nodes.map((node) => node.name).join(", ");
  const [width, height] = [graph.width + 8, graph.height + 8];
  const head = shape("path", { d: "M0 0L8 4L0 8z", class: "head" });
  const marker = shape("marker", { id: "ah", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, head);
  const label = `Graph of ${graph.name}: ${names}`;
  const svg = shape("svg", { class: "gr", viewBox: `-4 -4 ${width} ${height}`, width, height, role: "group", "aria-label": label }, shape("defs", {}, marker));
  frame.append(svg);
  svg.style.maxWidth = `max(100%, ${Math.round(width * 0.8)}px)`;
  for (const edge of graph.edges) {
    svg.append(shape("path", { class: "e", d: edge.path, "marker-end": "url(#ah)", "stroke-dasharray": edge.dash || "none" }));
    if (edge.label) svg.append(shape("text", { class: "t", x: edge.at[0], y: edge.at[1], "text-anchor": edge.anchor }, edge.label));
  }
  view.nodes = new Map();
  for (const node of graph.nodes) view.nodes.set(node.key, drawNode(svg, node, () => select(host, view, node.key, tools)));
  for (const [key, group] of view.nodes) {
    const enter = () => { select(host, view, key, tools); host.keys.get("Enter")(); };
    group.ondblclick = enter;
    group.onkeydown = (event) => event.key === "Enter" && enter(); // the kit leaves Enter to buttons
    group.onfocus = () => select(host, view, key, tools);
  }
  if (!graph.known) make("p", "t2 sm", frame, "This model is a class: its call() decides how layers follow one another.");
  if (!graph.nodes.length) make("p", "t2", frame, "No layers yet: model.add(...) adds one.");
  else select(host, view, view.selected[view.path] ?? initial(graph), tools);
}

// What one looks for first: a shared layer, else a model inside, else the first layer.
function initial(graph) {
  const node = graph.nodes.find((one) => one.calls > 1) ?? graph.nodes.find((one) => one.inner) ?? graph.nodes[0];
  return node.key;
}

function drawNode(svg, node, click) {
  const [x, y, width, height] = node.box;
  const group = shape("g", { role: "button", tabindex: -1, "aria-pressed": false, "aria-label": `${node.name}: ${node.lines.join(", ")}`, class: `kc-${node.family}` });
  if (node.calls > 1) group.append(shape("rect", { class: "stack", x: x + 4, y: y + 4, width, height, rx: 4 }));
  group.append(
    shape("rect", { class: "box", x, y, width, height, rx: 4 }),
    shape("rect", { class: "focus", x: x - 3, y: y - 3, width: width + 6, height: height + 6, rx: 6 }),
    shape("path", { class: "kind", d: `M${x + 1.5} ${y + 2}v${height - 4}` }),
    shape("text", { x: x + EDGE_OF_BOX, y: y + 18 }, node.name),
    ...node.lines.map((line, i) => shape("text", { class: "t", x: x + EDGE_OF_BOX, y: y + 34 + 17 * i }, line))
  );
  svg.append(group);
  if (node.end) svg.append(shape("text", { class: "t", x: x + width / 2, y: y + height + 15, "text-anchor": "middle" }, node.end));
  group.onclick = click;
  return group;
}

function selectedNode(host, view) {
  return host.state.graphs[view.path].nodes.find((node) => node.key === view.selected[view.path]);
}

function select(host, view, key, tools) {
  view.selected[view.path] = key;
  for (const [name, group] of view.nodes) {
    group.setAttribute("aria-pressed", name === key);
    group.setAttribute("tabindex", name === key ? 0 : -1);
  }
  tools.update();
  drawFacts(view.facts, selectedNode(host, view));
}

function drawFacts(place, node) {
  place.replaceChildren();
  if (!node) return;
  make("div", "h4", place, `Selected: ${node.name}`);
  const table = make("table", "facts", place);
  for (const [name, value, kind] of node.facts) {
    const row = make("tr", "", table);
    const [, plain, style] = name.match(/^(.*?)( \(.*\))?$/);
    const first = make("td", "l", row, plain);
    if (style) make("span", "t2", first, style);
    make("td", kind || "", row, value);
  }
  const hint = make("p", "t2 sm", place, "Arrow keys follow the edges; Enter opens a model inside the model; the text twin is ");
  hint.style.marginTop = "6px";
  make("span", "mono", hint, "model.summary()");
  hint.append(".");
}

// --- keys

function follow(host, view, kind, tools) {
  if (view.tab !== "graph") return false;
  const node = selectedNode(host, view);
  if (!node) return false;
  const key = kind === "before" || kind === "after" ? node[kind][0] : beside(host.state.graphs[view.path], node, kind);
  if (!key) return true;
  select(host, view, key, tools);
  view.nodes.get(key).focus();
  return true;
}

// The next box to the left or right at about the same height.
function beside(graph, node, side) {
  const way = side === "left" ? -1 : 1;
  const middle = ([x, y, width, height]) => [x + width / 2, y + height / 2];
  const [x, y] = middle(node.box);
  const near = graph.nodes
    .map((one) => [one.key, ...middle(one.box)])
    .filter(([, left, top]) => (left - x) * way > 1 && Math.abs(top - y) < 40)
    .sort((a, b) => Math.abs(a[1] - x) - Math.abs(b[1] - x));
  return near[0]?.[0];
}

function open(host, view, draw) {
  const node = view.tab === "graph" ? selectedNode(host, view) : null;
  if (!node?.inner) return false;
  view.path = node.inner;
  draw();
  view.nodes.get(view.selected[view.path])?.focus();
  host.announce(`${node.name} is open: Escape goes back.`);
  return true;
}

function leave(view, draw) {
  if (!view.path) return false;
  view.path = view.path.includes("/") ? view.path.slice(0, view.path.lastIndexOf("/")) : "";
  draw();
  view.nodes.get(view.selected[view.path])?.focus();
  return true;
}

// --- volumes and table

function drawVolumes(body, state) {
  const line = make("div", "vols", body);
  state.volumes.forEach((volume, i) => {
    if (i) make("span", "arrow", line, volume.follows ? "→" : " ").setAttribute("aria-hidden", "true");
    const figure = make("figure", "", line);
    const image = make("img", "", figure);
    Object.assign(image, { src: volume.src, width: volume.width, alt: `${volume.name}: ${volume.shape}` });
    const caption = make("figcaption", "", figure);
    make("b", "", caption, volume.name);
    for (const text of [volume.shape, volume.params]) if (text) make("div", "num", caption, text);
    if (!volume.follows && volume.sources.length) make("div", "t2", caption, "from " + volume.sources.join(", "));
  });
}

function drawList(body, graph) {
  const frame = make("div", "scroll frame", body);
  const table = make("table", "facts", frame);
  const row = make("tr", "", make("thead", "", table));
  for (const [name, kind] of [["Layer", "l"], ["Kind", "l"], ["Output shape", "l"], ["Parameters", ""], ["From", "l"]]) make("th", kind, row, name);
  const rows = make("tbody", "", table);
  for (const node of graph.nodes) {
    const line = make("tr", "", rows);
    const name = make("td", "l", line);
    make("span", `kd kc-${node.family}`, name);
    name.append(node.name);
    make("td", "l t2", line, node.kind + (node.calls > 1 ? `, ${node.calls} calls` : ""));
    make("td", "l mono", line, node.shape);
    make("td", "", line, thousands(node.params));
    make("td", "l", line, node.before.join(", ") || "–");
  }
}
