// An error of shapes: the chain with the broken edge, the fix to copy, a short traceback.

function mount(host) {
  const draw = (state) => {
    host.card.replaceChildren();
    drawHead(host.card, state);
    const two = make("div", "two", host.card);
    drawChain(two, state);
    drawFix(make("div", "", two), state, host);
  };
  host.onState(draw);
  host.useKeys({ c: () => host.card.querySelector(".go")?.click() });
}

function drawHead(parent, state) {
  const head = make("div", "head", parent);
  const status = make("span", "st bad", head);
  icon("bad", status);
  status.append(" Shapes do not fit");
  make("span", "", head, state.between);
}

function drawChain(parent, state) {
  const chain = make("div", "chain", parent);
  chain.setAttribute("role", "img");
  const spoken = state.nodes.map((node) => `${node.name} ${node.shape}${node.state === "new" ? " (proposed)" : ""}`);
  chain.setAttribute("aria-label", `Chain: ${spoken.join(", ")}. It breaks between ${state.between}.`);
  state.nodes.forEach((node, index) => {
    if (node.edge) make("div", "dn er", chain, "✕ " + node.edge);
    else if (index) make("div", "dn", chain);
    const kind = { bad: " er", new: " gs" }[node.state] || "";
    const box = make("div", `nd kc-${node.family}${kind}`, chain);
    make("b", "", box, node.name);
    if (node.kind) make("span", "t2 sm", box, node.kind);
    make("span", "mono", box, node.shape);
  });
}

function drawFix(parent, state, host) {
  const why = make("p", "why", parent);
  make("b", "", why, state.head + " ");
  withCode(why, state.why);
  const code = make("pre", "in mono", parent);
  for (const line of state.code) {
    const kind = { "+": "ok", "-": "bad" }[line.sign];
    make(kind ? "b" : "span", kind || "", code, `${line.sign || " "} ${line.code}\n`);
  }
  const row = make("div", "row", parent);
  const said = make("span", "t2 sm", null);
  const copy = (text, words) => copyText(text).then(() => { said.textContent = words; host.announce(words); });
  if (state.fix) button(row, "Copy the fix", { icon: "copy", kind: "go", key: "C", click: () => copy(state.fix, "Copied. Paste it where the line is green.") });
  if (state.builder) {
    const open = async () => {
      try {
        const { code } = await host.ask("builder");
        if (code) copy(code, `${code} is copied. Paste it into a new cell, and run it.`);
      } catch (error) {
        said.textContent = error.message;
      }
    };
    const builder = button(row, "Open in Builder", { click: open, title: "kw.Builder opens on this model" });
    host.onGone(() => enable(builder, false, GONE));
  }
  row.append(said);
  if (state.other) make("p", "t2 sm other", parent, state.other);
  const folded = make("details", "foot", parent);
  make("summary", "t2", folded, "Short traceback (your code only)");
  make("pre", "mono t2", folded, state.trace);
}

// Text whose `backticks` become code.
function withCode(parent, text) {
  text.split("`").forEach((part, i) => make(i % 2 ? "code" : "span", "", parent, part));
}
