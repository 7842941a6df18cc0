// The cards of a lesson: a prediction whose options lock when a cell runs, and how an exercise went.

const STEPS = ["Predict", "Run", "See", "Explain", "Try"];

function mount(host) {
  const card = host.state.kind === "predict" ? new Prediction(host) : new Exercise(host);
  host.onState((state) => card.draw(state));
}

class Prediction {
  constructor(host) {
    this.host = host;
    this.read = null; // the option whose reply is read, once they are locked
    const keys = {};
    host.state.options.forEach((_, i) => { keys[String(i + 1)] = () => this.pick(i); });
    host.useKeys(keys);
    this.build(host.state);
  }

  build(state) {
    const { card } = this.host;
    const head = make("div", "head", card);
    make("span", "chip", head, state.lesson === "own" ? "Lesson" : `Lesson ${state.lesson}`);
    make("b", "", head, `Predict ${state.number}`);
    make("span", "sp t2 num", head, `question ${state.number} of ${state.count}`);
    this.steps = make("ol", "steps", card);
    for (const step of STEPS) make("li", "", this.steps, step);
    const group = make("div", "", card);
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", state.question);
    const asked = make("p", "asked", group);
    codeWords(asked, state.question);
    this.options = state.options.map((option, i) => this.option(group, option, i));
    this.reply = make("div", "reply", card);
    this.reply.setAttribute("aria-live", "polite");
    const row = make("div", "row", card);
    this.next = button(row, "Next: try it", { icon: "play", kind: "go", click: () => this.go() });
    this.said = make("span", "t2 sm", row);
  }

  option(parent, option, i) {
    const label = make("label", "op", parent);
    const radio = make("input", "", label);
    radio.type = "radio";
    radio.name = "option";
    radio.onchange = () => this.pick(i);
    const text = make("span", "", label);
    make("kbd", "", text, String(i + 1));
    text.append(" ");
    codeWords(text, option.text);
    return { label, radio };
  }

  pick(i) {
    const state = this.host.state;
    if (state.locked || this.host.gone) this.read = i;
    else {
      this.early = i;
      this.host.ask("choose", { option: i }).catch(() => {});
    }
    this.draw(state);
    this.options[i].radio.focus();
  }

  draw(state) {
    const locked = state.locked || this.host.gone;
    const chosen = locked ? state.chosen : this.early ?? state.chosen;
    if (locked && this.read === null) this.read = chosen;
    const shown = locked ? this.read : chosen;
    this.options.forEach(({ label, radio }, i) => {
      radio.checked = i === shown;
      label.classList.toggle("mine", locked && i === chosen);
    });
    const now = locked ? "Explain" : chosen === null || chosen === undefined ? "Predict" : "Run";
    [...this.steps.children].forEach((step) => {
      step.classList.toggle("now", step.textContent === now);
      if (step.textContent === now) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
    this.drawReply(locked && shown !== null && shown !== undefined ? state.options[shown] : null);
    this.said.textContent = this.words(locked, chosen);
    this.next.hidden = !locked || !this.cellAfter();
  }

  words(locked, chosen) {
    const open = chosen === null || chosen === undefined;
    if (!locked) return open ? "Choose before you run the next cell." : `You chose ${chosen + 1}. Run the next cell.`;
    if (open) return "The cell has run. Choose an option to read its reply.";
    return `You chose ${chosen + 1} before the run. Choose another option to read its reply.`;
  }

  drawReply(option) {
    this.reply.replaceChildren();
    if (!option) return;
    const body = note(this.reply, option.right ? "g" : "w", option.right ? "ok" : "note");
    make("b", "", body, option.right ? "Yes. " : "No. ");
    codeWords(body, option.reply);
  }

  cellAfter() {
    return this.host.element.closest(".jp-Cell")?.nextElementSibling;
  }

  go() {
    this.cellAfter()?.scrollIntoView({ block: "start" });
  }
}

class Exercise {
  constructor(host) {
    this.host = host;
  }

  draw(state) {
    const { card } = this.host;
    card.replaceChildren();
    const head = make("div", "head", card);
    make("b", "", head, `Exercise ${state.number}`);
    make("span", { right: "ok", hint: "warn" }[state.verdict] || "t2", head, { right: "right", hint: "not yet" }[state.verdict] || "waiting");
    const kind = { right: "g", hint: "w" }[state.verdict] || "";
    const body = note(card, kind, { right: "ok", hint: "note" }[state.verdict] || "note");
    make("b", "", body, { right: "Right.", hint: "Not yet. " }[state.verdict] || "Waiting. ");
    codeWords(body, state.verdict === "waiting" ? "Replace `...` with your answer, and run the cell again." : state.hint);
    state.more.forEach((hint, i) => {
      const folded = make("details", "", body);
      make("summary", "t2", folded, `Hint ${i + 2} of ${state.more.length + 1}`);
      codeWords(make("div", "", folded), hint);
    });
    this.drawSolution(card, state);
  }

  drawSolution(card, state) {
    if (state.solution) {
      const folded = make("details", "solution", card);
      make("summary", "t2 sm", folded, "Solution");
      make("pre", "in", folded, state.solution);
    } else if (state.solvable && state.verdict !== "right") {
      const tries = state.left === 1 ? "one more try" : "two tries";
      codeWords(make("p", "t2 sm after", card), `The solution is here after ${tries}, and in \`lesson.solution(${state.number})\`.`);
    }
  }
}

// Text whose `backticks` become code.
function codeWords(parent, text) {
  text.split("`").forEach((part, i) => make(i % 2 ? "code" : "span", "", parent, part));
}
