// The Builder: a head with what can be done, the proposal from the data, three panes, the code, the training.

function mount(host) {
  const body = make("div", "bld", host.card);
  body.dataset.tab = "model";
  const bench = new Bench(host, body);
  host.onState((state) => bench.draw(state));
  host.onMessage((message) => message.kind === "training" && bench.training.draw(message.training));
  host.onGone(() => bench.lose());
  host.useKeys({
    "/": () => bench.search(),
    "ctrl+z": () => bench.ask("undo"),
    "ctrl+y": () => bench.ask("redo"),
    t: () => bench.train(),
    Delete: () => bench.remove(),
    "alt+ArrowUp": () => bench.move(-1),
    "alt+ArrowDown": () => bench.move(1),
    ArrowUp: () => bench.model.step(-1),
    ArrowDown: () => bench.model.step(1),
  });
  return () => bench.end();
}

class Bench {
  constructor(host, body) {
    this.host = host;
    this.body = body;
    this.top = make("div", "top", body);
    this.drawHead();
    this.trouble = note(this.top, "e", "bad");
    this.trouble.parentElement.setAttribute("role", "alert");
    this.trouble.parentElement.hidden = true;
    this.advice = make("div", "", this.top);
    this.settings = new Settings(this, this.top);
    this.drawTabs();
    const panes = make("div", "bw", body);
    this.palette = new Palette(this, make("div", "pal", panes));
    this.model = new ModelPane(this, make("div", "mdl", panes));
    this.inspector = new Inspector(this, make("div", "insp", panes));
    this.code = new CodePane(this, make("div", "cp", body));
    this.training = new TrainingPane(this, make("section", "trn", body));
  }

  drawHead() {
    const row = make("div", "row", this.top);
    make("b", "", row, "Builder");
    this.chips = make("span", "row", row);
    const right = make("span", "row sp", row);
    this.undo = button(right, "", { icon: "undo", kind: "sq", title: "Undo", click: () => this.ask("undo") });
    this.redo = button(right, "", { icon: "redo", kind: "sq", title: "Redo", click: () => this.ask("redo") });
    this.check = button(right, "Check", { title: "Check model and data before a training", click: () => this.checkIt() });
    this.go = button(right, "Train", { icon: "play", key: "T", kind: "go", click: () => this.train() });
  }

  drawTabs() {
    const row = make("div", "bt0", this.body);
    row.setAttribute("role", "tablist");
    this.tabs = ["add", "model", "args", "code"].map((tab, i) => {
      const one = button(row, ["Add", "Model", "Arguments", "Code"][i], { click: () => this.showTab(tab) });
      one.setAttribute("role", "tab");
      one.dataset.tb = tab;
      one.onkeydown = (event) => {
        const by = { ArrowLeft: 3, ArrowRight: 1 }[event.key];
        if (by) this.tabs[(i + by) % 4].focus(), this.tabs[(i + by) % 4].click();
      };
      return one;
    });
    this.showTab("model");
  }

  showTab(tab) {
    this.body.dataset.tab = tab;
    for (const one of this.tabs) {
      one.setAttribute("aria-selected", String(one.dataset.tb === tab));
      one.tabIndex = one.dataset.tb === tab ? 0 : -1;
    }
    if (this.model && this.state) this.model.rails();
  }

  draw(state) {
    const before = this.state;
    this.state = state;
    this.chips.replaceChildren(...state.chips.map((text) => make("span", "chip num", null, text)));
    for (const [element, what, words] of [[this.undo, state.undo, "Undo"], [this.redo, state.redo, "Redo"]]) {
      const key = words === "Undo" ? "Ctrl+Z" : "Ctrl+Y";
      enable(element, Boolean(what) && !this.busy, `Nothing to ${words.toLowerCase()}`);
      element.title = what ? `${words}: ${what} (${key})` : `Nothing to ${words.toLowerCase()}`;
      element.setAttribute("aria-label", words);
    }
    enable(this.check, !state.trainable && !this.busy, state.trainable);
    this.drawGo();
    this.drawAdvice();
    this.settings.draw(state);
    this.palette.draw(state);
    this.model.draw(state, before);
    this.inspector.draw(state);
    this.code.draw(state);
    this.training.draw(state.training);
    if (this.host.gone) this.lose();
  }

  get busy() {
    return ["compiling", "training"].includes(this.state?.training?.phase);
  }

  drawGo() {
    const text = this.go.querySelector("span");
    text.textContent = this.busy ? "Stop" : "Train";
    this.go.querySelector("path").setAttribute("d", ICONS[this.busy ? "stop" : "play"]);
    enable(this.go, this.busy || !this.state.trainable, this.state.trainable);
  }

  drawAdvice() {
    this.advice.replaceChildren();
    const { proposal, data, misfit, odd } = this.state;
    if (misfit) note(this.advice, "w", "note").append(`${misfit} Change the shape on the input's card.`);
    for (const words of odd) note(this.advice, "w", "note").append(words);
    const place = note(this.advice, proposal ? "g" : "", "note");
    if (proposal) {
      make("b", "", place, "From your data: ");
      place.append(proposal);
    } else if (!data) place.append("No data: the input has the shape on its card. kw.Builder(x=x, y=y) takes it from x and trains.");
    else place.append("No targets: kw.Builder(x=x, y=y) proposes the last layer and the loss, and trains.");
    const change = button(place.parentElement, "Change", { kind: "q", click: () => this.settings.toggle() });
    change.setAttribute("aria-expanded", String(this.settings.open));
    change.title = "Optimizer, loss, metrics, epochs";
  }

  // Asks Python for a change; what goes wrong is shown above the panes.
  async ask(verb, payload = {}, { quiet = false } = {}) {
    try {
      const answer = await this.host.ask(verb, payload);
      this.trouble.parentElement.hidden = true;
      if (answer.words) this.host.announce([answer.words, ...this.rebuiltWords(answer.rebuilt)].join(" "));
      return answer;
    } catch (error) {
      if (!quiet) this.fail(error.message);
      return { error: error.message };
    }
  }

  rebuiltWords(names) {
    return names?.length ? [`Rebuilt, since its inputs have another shape: ${names.join(", ")}.`] : [];
  }

  fail(text) {
    this.trouble.replaceChildren(text.split("\n")[0]);
    this.trouble.parentElement.hidden = false;
  }

  search() {
    this.showTab("add");
    this.palette.field.focus();
  }

  async insert(layers, more = {}) {
    const { place, replacing, chosen } = this.state;
    const where = replacing ? { replace: chosen } : place;
    const answer = await this.ask("insert", { layers, ...where, ...more });
    if (!answer.error && this.body.dataset.tab === "add" && this.narrow) this.showTab("model");
    return answer;
  }

  get narrow() {
    return getComputedStyle(this.tabs[0].parentElement).display !== "none";
  }

  remove() {
    return this.ask("remove", { card: this.state.chosen });
  }

  move(by) {
    return this.ask("move", { card: this.state.chosen, by });
  }

  async train() {
    if (this.busy) return this.ask("stop");
    if (this.state.trainable) return this.fail(this.state.trainable);
    await this.code.settle();
    return this.ask("train");
  }

  async checkIt() {
    const answer = await this.ask("check");
    if (answer.text) this.training.say(answer.text);
  }

  lose() {
    for (const one of this.body.querySelectorAll("button, input, select, textarea")) if (!one.closest(".bt0")) enable(one, false, GONE);
  }

  end() {
    this.model.end();
    clearTimeout(this.code.timer);
  }
}

// How the model is compiled and trained.
class Settings {
  constructor(bench, parent) {
    this.bench = bench;
    this.open = false;
    this.box = make("div", "set", parent);
    this.box.hidden = true;
    this.fields = {};
    const losses = ["sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy", "mse", "mae", "huber"];
    const optimizers = ["adam", "sgd", "rmsprop", "adamw", "nadam", "adagrad"];
    const known = { optimizer: optimizers, loss: ["", ...losses] };
    for (const name of ["optimizer", "loss", "metrics", "epochs", "batch_size", "validation_split"]) {
      const label = make("label", "", this.box, name);
      const field = make(known[name] ? "select" : "input", "f", label);
      for (const value of known[name] ?? []) make("option", "", field, value);
      field.onchange = () => this.send(name, field.value);
      this.fields[name] = field;
    }
  }

  send(name, value) {
    return this.bench.ask("settings", { settings: { [name]: value } });
  }

  toggle() {
    this.open = !this.open;
    this.box.hidden = !this.open;
    this.bench.drawAdvice();
    if (this.open) this.fields.optimizer.focus();
  }

  draw({ settings }) {
    for (const [name, field] of Object.entries(this.fields)) {
      const value = String(settings[name] ?? "");
      if (field.tagName === "SELECT" && ![...field.options].some((o) => o.value === value)) make("option", "", field, value);
      if (field.getRootNode().activeElement !== field || field.tagName === "SELECT") field.value = value;
      enable(field, !this.bench.busy, "The model is training.");
    }
  }
}

// The training below: where it stands, the curves, the end.
class TrainingPane {
  constructor(bench, box) {
    this.bench = bench;
    this.box = box;
    box.hidden = true;
    box.setAttribute("aria-label", "Training");
    this.found = make("div", "", box);
    const head = make("div", "head", box);
    this.status = make("span", "st", head);
    this.values = make("span", "sp num sm", head);
    this.bar = make("i", "", make("div", "bar", box));
    this.bar.parentElement.hidden = true;
    this.charts = make("div", "two", box);
    this.words = make("pre", "sm", box);
  }

  // What a check found: one line for each rung.
  say(text) {
    this.box.hidden = false;
    const [head, ...lines] = text.split("\n");
    this.found.replaceChildren(make("b", "", null, head));
    for (const line of lines) {
      const row = make("div", "sm", this.found);
      const sign = { "✔": "ok", "✘": "bad", "!": "warn" }[line[0]];
      if (sign) icon(sign, make("span", sign, row));
      row.append(" " + (sign ? line.slice(2) : line));
    }
    this.bench.host.announce(head);
  }

  draw(training) {
    if (!training) return;
    if (this.bench.state) this.bench.state.training = training;
    this.bench.drawGo();
    this.box.hidden = false;
    this.bar.parentElement.hidden = training.panel; // the training panel below has a bar of its own
    const { phase, epoch, epochs, batch, batches, history, now, problem } = training;
    const where = { compiling: "Compiling", training: `Epoch ${Math.min(epoch + 1, epochs)} of ${epochs}` }[phase];
    const end = { done: `Trained ${epochs} epoch${epochs === 1 ? "" : "s"}`, stopped: `Stopped in epoch ${epoch}`, failed: "Failed" }[phase];
    this.status.textContent = where ?? end;
    if (this.last !== phase) this.bench.host.announce(this.status.textContent);
    this.last = phase;
    this.values.textContent = Object.entries(now).map(([name, value]) => `${name} ${number(value)}`).join(" · ");
    this.bar.style.width = `${100 * Math.min(1, (epoch + (batches ? batch / batches : 0)) / epochs)}%`;
    if (end) this.bar.style.width = "100%";
    this.words.textContent = phase === "failed" ? problem : "";
    this.words.className = phase === "failed" ? "bad sm" : "sm";
    const names = Object.keys(history).filter((name) => !name.startsWith("val_")).slice(0, 2);
    this.charts.replaceChildren(...names.map((name) => this.chart(name, history, epochs)));
  }

  chart(name, history, epochs) {
    const box = make("figure", "");
    box.style.margin = "0";
    const title = make("figcaption", "sm", box);
    make("b", "", title, name);
    const lines = [["t", history[name]], ["v", history["val_" + name] ?? []]].filter(([, v]) => v.length);
    const all = lines.flatMap(([, v]) => v).filter((v) => v !== null);
    const low = Math.min(...all), high = Math.max(...all), span = high - low || 1;
    const last = lines.map(([k, v]) => `${k === "v" ? "validation" : "train"} ${number(v.at(-1))}`).join(", ");
    const grid = [2, 50, 98].map((y) => shape("line", { x1: 0, x2: 100, y1: y, y2: y }));
    const svg = shape("svg", { class: "c", viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": `${name} over epochs: ${last}` }, ...grid);
    for (const [kind, values] of lines) {
      const at = (v, i) => `${((i + 1) / epochs) * 100} ${98 - 96 * ((v - low) / span)}`;
      const shown = values.length === 1 ? [values[0], values[0]] : values;
      const d = "M" + shown.map((v, i) => (values.length === 1 ? `${i ? 100 / epochs : 0} ${98 - 96 * ((v - low) / span)}` : at(v ?? low, i))).join("L");
      svg.append(shape("path", { d, class: kind }));
    }
    title.append(` ${number(low)} to ${number(high)}`);
    box.append(svg);
    const axis = make("div", "ax", box);
    for (const text of ["0", "epoch", String(epochs)]) make("span", "", axis, text);
    return box;
  }
}
