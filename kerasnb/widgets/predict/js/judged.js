// Confusion matrix and mistakes first: from a number to the samples behind it, from a sample to its label.

function mount(host) {
  const view = host.state.matrix ? new MatrixView(host) : new MistakesView(host);
  host.onState((state) => view.take(state));
  host.onGone(() => view.lose());
  const arrow = (down, right) => (event) => view.arrow(event, down, right);
  host.useKeys({ ArrowLeft: arrow(0, -1), ArrowRight: arrow(0, 1), ArrowUp: arrow(-1, 0), ArrowDown: arrow(1, 0), Escape: () => view.open(null) });
}

const COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"];

class SamplesView {
  constructor(host) {
    this.host = host;
    this.chosen = null; // the number of the sample that is open
  }

  // The list of samples, and below it what can be done with the chosen one.
  list(parent) {
    this.place = make("div", "ths", parent);
    this.tools = make("div", "row tools", parent);
    this.all = button(this.tools, "Show all", { click: () => this.ask("all", { on: !this.state.everything }) });
    const label = make("label", "row t2", this.tools, "label is ");
    this.select = make("select", "f", label);
    this.correct = button(this.tools, "Correct the label", { click: () => this.fix() });
    this.detail = make("div", "detail", parent);
    this.problem = make("p", "bad", parent);
    this.problem.setAttribute("role", "alert");
    this.kept = make("p", "t2 sm", parent);
    this.kept.append(this.keeps);
    make("span", "mono", this.kept, "kw.corrected()");
    this.kept.append(" returns them.");
  }

  take(state) {
    this.state = state;
    if (!state.samples.some((s) => s.sample === this.chosen)) this.chosen = null;
    this.place.replaceChildren();
    this.buttons = state.samples.map((sample) => this.figure(sample));
    if (!state.samples.length) make("p", "t2", this.place, this.empty());
    const more = state.total > state.samples.length;
    this.all.hidden = !more && !state.everything;
    this.all.lastChild.textContent = state.everything ? "Show few" : `Show all`;
    if (more && state.everything) make("p", "t2 sm rest", this.place, `the first ${thousands(state.samples.length)} of ${thousands(state.total)}`);
    this.label();
    this.headline(state);
  }

  figure(sample) {
    const { names } = this.state;
    const control = make("button", "th " + sample.thing.kind, this.place);
    control.type = "button";
    control.tabIndex = this.place.childElementCount === 1 ? 0 : -1;
    control.setAttribute("aria-pressed", sample.sample === this.chosen);
    drawThing(control, sample.thing, 60);
    const words = make("span", "said", control, "meant ");
    make("b", "", words, names[sample.label]);
    if (sample.label !== sample.given) {
      words.append(" ");
      make("s", "t2", words, names[sample.given]).setAttribute("aria-label", "given as " + names[sample.given]);
    }
    make("br", "", words);
    words.append("said ");
    make("b", "", words, names[sample.said]);
    make("span", "t2", words, " " + sure(sample.share));
    control.title = `sample ${thousands(sample.sample)}`;
    control.onclick = () => this.open(sample.sample === this.chosen ? null : sample.sample);
    return control;
  }

  get sample() {
    return this.state.samples.find((s) => s.sample === this.chosen);
  }

  // The label of the chosen sample: as given, what the model said, all others.
  label() {
    const { names } = this.state;
    const sample = this.sample;
    const why = this.state.samples.length ? "Choose a sample first" : this.empty();
    enable(this.correct, Boolean(sample), why);
    enable(this.select, Boolean(sample), why);
    this.select.replaceChildren();
    if (!sample) return make("option", "", this.select, "–");
    const order = [sample.given, sample.said, ...names.keys()].filter((c, i, all) => all.indexOf(c) === i);
    for (const c of order) {
      const option = make("option", "", this.select, names[c] + (c === sample.given ? " (as given)" : ""));
      option.value = c;
    }
    this.select.value = sample.label === sample.given ? sample.said : sample.label;
  }

  async open(sample) {
    this.chosen = sample;
    this.state.samples.forEach((s, i) => {
      this.buttons[i].setAttribute("aria-pressed", s.sample === sample);
      if (s.sample === sample) for (const other of this.buttons) other.tabIndex = other === this.buttons[i] ? 0 : -1;
    });
    this.label();
    this.detail.replaceChildren();
    if (sample === null) return;
    const answer = await this.ask("sample", { sample });
    if (!answer || this.chosen !== sample) return;
    this.detail.replaceChildren();
    drawThing(this.detail, this.sample.thing, 112);
    const right = make("div", "", this.detail);
    make("div", "h4", right, answer.title);
    barsOf(right, answer.names, true).set(answer.values);
    this.host.announce(`${answer.title}: meant ${this.state.names[this.sample.label]}, said ${this.state.names[this.sample.said]} ${sure(this.sample.share)}`);
  }

  async fix() {
    const label = Number(this.select.value);
    await this.ask("correct", { sample: this.chosen, label });
    this.host.announce(`Sample ${this.chosen} is now ${this.state.names[label]}`);
  }

  async ask(verb, payload) {
    try {
      this.problem.textContent = "";
      return await this.host.ask(verb, payload);
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }

  // Arrows go along the samples, with wrapping lines.
  along(event, down, right) {
    const at = this.buttons.indexOf(event.composedPath()[0].closest?.(".th"));
    if (at < 0) return false;
    const top = this.buttons[at].offsetTop;
    const line = Math.max(1, this.buttons.filter((b) => b.offsetTop === top).length);
    const next = this.buttons[at + right + down * line];
    if (!next) return true;
    for (const other of this.buttons) other.tabIndex = other === next ? 0 : -1;
    next.focus();
    return true;
  }

  arrow(event, down, right) {
    return this.along(event, down, right);
  }

  lose() {
    for (const control of [this.all, this.select, this.correct]) enable(control, false, GONE);
    this.problem.textContent = GONE;
  }
}

class MistakesView extends SamplesView {
  keeps = "Corrections are kept; ";

  constructor(host) {
    super(host);
    this.head = make("div", "head", host.card);
    this.list(make("div", "first", host.card));
    this.all.className = "b q";
  }

  empty() {
    return "No mistakes at all: is this data that the model has learned?";
  }

  headline({ total, samples }) {
    this.head.replaceChildren();
    const name = make("span", "st " + (total ? "warn" : "ok"), this.head);
    icon(total ? "warn" : "ok", name);
    name.append(" Mistakes first");
    const few = samples.length;
    const words = few === 1 ? "the surest wrong answer" : `the ${COUNTS[few] ?? thousands(few)} surest wrong answers`;
    if (total) make("span", "", this.head, `${words} of ${thousands(total)}`);
    make("span", "sp", this.head).append(this.all);
  }
}

class MatrixView extends SamplesView {
  keeps = "Corrections are kept when you choose another cell; ";

  constructor(host) {
    super(host);
    this.head = make("div", "head", host.card);
    const two = make("div", "two g2" + (host.state.classes.length > 12 ? " wide" : ""), host.card);
    const left = make("div", "scroll", two);
    make("div", "h4", left, "meant (rows)");
    this.table = make("table", "cm", left);
    this.some = make("p", "t2 sm", left);
    const right = make("div", "", two);
    this.title = make("div", "h4", right);
    this.list(right);
  }

  empty() {
    return "No samples in this cell.";
  }

  headline(state) {
    this.head.replaceChildren();
    make("b", "", this.head, state.tool);
    make("span", "num", this.head, state.headline);
    this.title.textContent = state.title;
    this.some.textContent = state.some;
    this.cells(state);
  }

  cells({ classes, names, matrix, cell }) {
    if (this.drawn !== classes.join()) this.build(classes, names, matrix);
    this.drawn = classes.join();
    this.grid.flat().forEach((control) => {
      const on = control.meant === cell[0] && control.said === cell[1];
      control.setAttribute("aria-pressed", on);
      control.tabIndex = on ? 0 : -1;
    });
  }

  build(classes, names, matrix) {
    this.table.replaceChildren();
    const top = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, j) => i !== j)));
    const first = make("tr", "", this.table);
    make("td", "", first);
    const wide = make("th", "", first, "predicted");
    wide.colSpan = classes.length;
    const head = make("tr", "", this.table);
    make("td", "", head);
    for (const c of classes) make("th", "", head, names[c]).scope = "col";
    this.grid = classes.map((meant, i) => {
      const row = make("tr", "", this.table);
      make("th", "", row, names[meant]).scope = "row";
      return classes.map((said, j) => this.cell(make("td", "", row), { meant, said, value: matrix[i][j], top }, names));
    });
  }

  cell(place, { meant, said, value, top }, names) {
    const kind = meant === said ? "d" : value ? "h" + (1 + Math.min(4, Math.floor((4.99 * (value - 1)) / Math.max(1, top)))) : "";
    const control = make("button", kind, place, value || "");
    control.type = "button";
    control.setAttribute("aria-label", `meant ${names[meant]}, predicted ${names[said]}: ${value}`);
    Object.assign(control, { meant, said, onclick: () => this.choose(control) });
    return control;
  }

  async choose(control) {
    this.detail.replaceChildren();
    await this.ask("cell", { meant: control.meant, said: control.said });
    this.host.announce(this.state.title);
  }

  arrow(event, down, right) {
    if (this.along(event, down, right)) return true;
    const target = event.composedPath()[0];
    const row = this.grid.findIndex((cells) => cells.includes(target));
    if (row < 0) {
      this.grid.flat().find((control) => control.tabIndex === 0)?.focus();
      return true;
    }
    const next = this.grid[row + down]?.[this.grid[row].indexOf(target) + right];
    if (!next) return true;
    for (const other of this.grid.flat()) other.tabIndex = other === next ? 0 : -1;
    next.focus();
    return true;
  }
}
