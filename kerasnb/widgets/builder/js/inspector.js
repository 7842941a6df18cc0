// The third pane: the arguments of the chosen layer, and what its inputs, outputs and weights come to.

class Inspector {
  constructor(bench, box) {
    this.bench = bench;
    this.box = box;
    this.folded = true;
  }

  draw(state) {
    const root = this.box.getRootNode();
    const focus = this.box.contains(root.activeElement) ? root.activeElement.dataset.field : null;
    const { inspector } = state;
    this.state = state;
    this.box.replaceChildren();
    make("h4", "", this.box, `${inspector.name} · ${inspector.type === "InputLayer" ? "Input" : inspector.type}`);
    if (inspector.about) this.box.lastChild.title = inspector.about;
    this.fields(this.box, inspector.fields.filter((field) => field.main));
    for (const field of inspector.fields) if (field.off) make("p", "t2 sm", this.box, field.off);
    const rest = inspector.fields.filter((field) => !field.main);
    if (rest.length) {
      const fold = make("details", "", this.box);
      fold.open = !this.folded;
      fold.ontoggle = () => (this.folded = !fold.open);
      make("summary", "t2", fold, `${rest.length} more argument${rest.length === 1 ? "" : "s"}`);
      this.fields(fold, rest);
    }
    this.problem = make("p", "bad", this.box);
    this.problem.setAttribute("role", "alert");
    this.effect(inspector);
    this.buttons(inspector, state);
    if (focus) this.box.querySelector(`[data-field="${CSS.escape(focus)}"]`)?.focus();
  }

  fields(parent, fields) {
    const grid = make("div", "ag", parent);
    for (const field of fields) {
      const id = `a-${field.name}`;
      const label = make("label", "", grid, field.name);
      label.htmlFor = id;
      const input = make(field.kind === "choice" ? "select" : "input", field.kind === "bool" ? "" : "f", grid);
      input.id = id;
      input.dataset.field = field.name;
      if (field.kind === "bool") input.type = "checkbox", (input.checked = field.value);
      else if (field.kind === "choice") {
        for (const choice of field.choices) make("option", "", input, choice || "none").value = choice;
        input.value = field.value;
      } else {
        input.type = field.kind === "int" ? "number" : "text";
        if (field.kind === "int") input.min = 1;
        input.value = field.value;
      }
      enable(input, !this.bench.busy && !field.off, field.off || "The model is training.");
      input.onchange = () => this.set(field, input);
    }
  }

  async set(field, input) {
    const value = field.kind === "bool" ? input.checked : input.value;
    const answer = await this.bench.ask("set", { card: this.state.chosen, argument: field.name, value }, { quiet: true });
    if (!answer.error) return;
    this.problem.textContent = answer.error.split("\n")[0];
    input.setAttribute("aria-invalid", "true");
  }

  effect({ takes, gives, sums, count }) {
    const title = make("div", "h4", this.box, "Effect");
    title.style.marginTop = "6px";
    const words = make("div", "sm num", this.box);
    for (const shape of takes) words.append(shape), make("br", "", words);
    words.append("→ ");
    make("b", "", words, gives);
    make("br", "", words);
    if (count) words.append(sums.includes(" ") || sums.includes("·") ? `${sums} = ` : "");
    make("b", "", words, thousands(count));
    words.append(` parameter${count === 1 ? "" : "s"}`);
  }

  buttons({ type }, state) {
    const isInput = type === "InputLayer";
    const row = make("div", "row", this.box);
    row.style.marginTop = "8px";
    const up = button(row, "↑", { kind: "sq", title: "Move up (Alt+↑)", click: () => this.bench.move(-1) });
    const down = button(row, "↓", { kind: "sq", title: "Move down (Alt+↓)", click: () => this.bench.move(1) });
    up.setAttribute("aria-label", "Move up");
    down.setAttribute("aria-label", "Move down");
    const replace = button(row, "Replace", { title: "Choose the layer that takes its place in the palette", click: () => this.replace() });
    replace.setAttribute("aria-pressed", String(state.replacing));
    const branch = button(row, "Branch", { title: "Start a new branch behind this layer", click: () => this.branch() });
    branch.setAttribute("aria-pressed", String(state.place.branch));
    const remove = button(row, "Remove", { key: "Del", title: "Remove this layer (Del)", click: () => this.bench.remove() });
    for (const one of [up, down, replace]) enable(one, !isInput && !this.bench.busy, isInput ? "Inputs stay in front." : "The model is training.");
    for (const one of [branch, remove]) enable(one, !this.bench.busy, "The model is training.");
    const last = make("p", "t2 sm", this.box);
    last.style.marginTop = "8px";
    if (state.replacing) last.append("Choose the layer that takes its place: the palette is judged for it. ");
    for (const words of this.bench.rebuiltWords(state.rebuilt)) make("span", "warn", last, words + " ");
    last.append("Other layers keep their weights bit-equal.");
  }

  async replace() {
    await this.bench.ask("place", { replace: !this.state.replacing });
    if (this.bench.state.replacing) this.bench.search();
  }

  branch() {
    const { after, branch } = this.state.place;
    return this.bench.ask("place", { after: this.state.chosen ?? after, branch: !branch });
  }
}
