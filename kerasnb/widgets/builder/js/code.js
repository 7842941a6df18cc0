// The code: a text area above its coloured copy. What is typed becomes the model after a pause.

const PAUSE = 700; // ms after the last key

class CodePane {
  constructor(bench, box) {
    this.bench = bench;
    const both = make("div", "both", make("div", "pad", box));
    this.shown = make("pre", "", both);
    this.shown.setAttribute("aria-hidden", "true");
    this.field = make("textarea", "", both);
    this.field.spellcheck = false;
    this.field.setAttribute("aria-label", "Code of the model");
    this.field.setAttribute("autocapitalize", "off");
    this.field.setAttribute("wrap", "off");
    this.field.oninput = () => this.typed();
    this.field.onclick = () => this.pointed();
    this.field.onblur = () => this.settle();
    this.field.onkeydown = (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.settle(), event.preventDefault();
      if (event.key === "Escape") this.revert();
    };
    const foot = make("div", "row bt", box);
    this.status = make("span", "sm", foot);
    this.status.setAttribute("role", "status");
    const right = make("span", "row sp", foot);
    this.back = button(right, "Revert", { icon: "undo", title: "Show the code of the model as it is", click: () => this.revert() });
    this.copy = button(right, "Copy", { icon: "copy", title: "Copy the code with its imports: paste it into a new cell", click: () => this.copied() });
    this.text = "";
  }

  get dirty() {
    return this.field.value !== this.text;
  }

  draw(state) {
    const was = this.text;
    this.text = state.code.text;
    if (this.field.value === was || !state.problem) this.field.value = this.text;
    this.state = state;
    this.field.readOnly = this.bench.busy;
    this.paint();
  }

  paint() {
    const { problem, code, chosen } = this.state;
    const marked = this.dirty ? -1 : code.lines[chosen];
    const bad = this.dirty && problem ? problem.line - 1 : -1;
    this.shown.replaceChildren(...this.field.value.split("\n").map((line, i) => {
      const row = make("span", "ln" + (i === marked ? " a" : "") + (i === bad ? " e" : ""));
      colour(row, line);
      return row;
    }));
    this.field.rows = this.field.value.split("\n").length;
    this.back.hidden = !this.dirty;
    this.field.setAttribute("aria-invalid", String(bad >= 0));
    this.say(problem);
  }

  say(problem) {
    this.status.replaceChildren();
    if (this.dirty && problem) {
      this.status.className = "bad sm";
      icon("bad", this.status);
      const where = problem.line ? `line ${problem.line}: ` : "";
      const text = /[.!?]$/.test(problem.text) ? problem.text : `${problem.text}.`;
      this.status.append(` ${where}${text} The model keeps its last valid state.`);
    } else if (this.dirty) {
      this.status.className = "t2 sm";
      this.status.append("edited: Ctrl+Enter makes it the model");
    } else {
      this.status.className = "ok sm";
      icon("ok", this.status);
      this.status.append(" valid: model and code are equal");
    }
  }

  typed() {
    this.state.problem = null;
    this.paint();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), PAUSE);
  }

  // Sends what was typed, and waits until it is the model or is marked as none.
  async settle() {
    clearTimeout(this.timer);
    if (!this.dirty || this.bench.busy || this.bench.host.gone) return;
    const text = this.field.value;
    if (this.sent === text && this.state.problem) return;
    this.sent = text;
    await this.bench.ask("code", { text });
  }

  revert() {
    clearTimeout(this.timer);
    this.field.value = this.text;
    this.state.problem = null;
    this.paint();
  }

  pointed() {
    if (this.dirty) return;
    const line = this.field.value.slice(0, this.field.selectionStart).split("\n").length - 1;
    const key = Object.entries(this.state.code.lines).filter(([, l]) => l === line).map(([k]) => k).at(-1);
    if (key && key !== this.state.chosen) this.bench.ask("select", { card: key });
  }

  async copied() {
    const answer = await this.bench.ask("cell");
    if (!answer.code) return;
    await copyText(answer.code);
    this.flash("Copied, with imports: paste it into a new cell.");
  }

  flash(words) {
    this.status.className = "ok sm";
    this.status.replaceChildren(words);
    this.bench.host.announce(words);
  }
}

// Colours strings, numbers and comments of a line.
function colour(row, line) {
  let at = 0;
  for (const match of line.matchAll(/("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|(#.*)|(\b\d[\d_]*(?:\.\d*)?(?:e-?\d+)?\b)|\b(True|False|None|import|from|as)\b/g)) {
    row.append(line.slice(at, match.index));
    make("i", match[1] ? "s" : match[2] ? "c" : match[3] ? "n" : "y", row, match[0]);
    at = match.index + match[0].length;
  }
  row.append(line.slice(at) || (line ? "" : " "));
}
