// Explore: what an answer depends on. Sliders for a row, two maps for an image, the words of a text.

function mount(host) {
  const View = { row: RowView, image: ImageView, text: TextView }[host.state.kind];
  const view = new View(host);
  host.onState((state) => view.take(state));
  host.onGone(() => view.lose());
  return () => view.end();
}

const REST = 600; // ms without a change until the saved picture follows

class ExploreView {
  constructor(host) {
    this.host = host;
    this.state = host.state;
    this.head = make("div", "head", host.card);
    const both = make("div", "two ex2", host.card);
    this.left = make("div", "", both);
    this.right = make("div", "", both);
    this.title = make("div", "h4", this.right);
    this.bars = make("div", "", this.right);
    this.problem = make("p", "bad", host.card);
    this.problem.setAttribute("role", "alert");
  }

  // The choice of the class that is asked about.
  choice(parent, words) {
    const label = make("label", "row t2", parent, words);
    this.select = make("select", "f", label);
    this.state.names.forEach((name, i) => (make("option", "", this.select, name).value = i));
    this.select.onchange = () => this.ask("column", { column: Number(this.select.value) });
    label.hidden = this.state.names.length < 2;
    return label;
  }

  take(state) {
    this.state = state;
    this.head.replaceChildren();
    make("b", "", this.head, "Explore");
    make("span", "", this.head, state.model + " · " + this.about);
    if (this.select) this.select.value = state.column;
    this.answer(state);
  }

  answer({ shown, values, before, best, classes, names, score }) {
    const key = shown.join();
    if (key !== this.shown) {
      this.bars.replaceChildren();
      this.list = barsOf(this.bars, shown.map((i) => this.state.names[i]), this.state.classes);
      this.shown = key;
    }
    this.list.set(values);
    this.title.replaceChildren();
    this.title.append(this.state.classes ? "Answer: " : "Output: ");
    const name = this.state.names[best];
    make("span", "acc", this.title, this.state.classes ? name : number(values[0]));
    const at = shown.indexOf(best);
    if (this.state.classes) make("span", "num", this.title, ` · ${share(values[at])}`);
    if (before) {
      const change = values[at] - before[at];
      const words = this.state.classes ? signedText(100 * change, 1) + " points" : signedText(change, 4);
      make("span", "t2 num", this.title, Math.abs(change) < 1e-9 ? " · as given" : ` · ${words} from as given`);
    }
  }

  text(value) {
    return this.state.classes ? share(value) : number(value);
  }

  async ask(verb, payload) {
    try {
      const answer = await this.host.ask(verb, payload);
      this.problem.textContent = "";
      return answer;
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }

  lose() {
    for (const control of this.host.card.querySelectorAll("button, select, input")) enable(control, false, GONE);
    this.problem.textContent = GONE;
  }

  end() {
    clearTimeout(this.rest);
  }
}

function signedText(value, digits) {
  return (value >= 0 ? "+" : "−") + Math.abs(value).toFixed(digits);
}

// A signed map on a canvas, from bytes.
function drawMap(canvas, { rows, columns, data }) {
  const bytes = Int8Array.from(atob(data), (c) => c.charCodeAt(0));
  signed(canvas, Float32Array.from(bytes, (v) => v / 127), rows, columns);
}

// --- a row of features

class RowView extends ExploreView {
  about = "move a slider, and the model answers";

  constructor(host) {
    super(host);
    this.latest = new Latest((values, rest) => this.send(values, rest));
    const tools = make("div", "row", this.left);
    button(tools, "As given", { icon: "back", title: "All features as given", click: () => this.ask("reset") });
    this.choice(tools, "slope of ");
    this.place = make("div", "sliders", this.left);
    this.more = make("p", "t2 sm", this.left);
    this.rows = [];
    this.waiting = {};
  }

  take(state) {
    super.take(state);
    if (this.rows.length !== state.sliders.length) {
      this.place.replaceChildren();
      for (const name of ["feature", "", "value", "slope"]) make("span", "t2 sm", this.place, name);
      this.rows = state.sliders.map((slider, i) => this.slider(slider, i));
    }
    state.sliders.forEach((slider, i) => this.set(i, slider));
    this.more.textContent = state.more ? `and ${thousands(state.more)} more features` : "";
  }

  slider({ name, low, high, step }, i) {
    const label = make("label", "", this.place, name);
    const range = make("input", "", this.place);
    Object.assign(range, { type: "range", min: low, max: high, step, id: "f" + i });
    label.htmlFor = range.id;
    const field = make("input", "f num", this.place);
    field.setAttribute("aria-label", name);
    field.inputMode = "decimal";
    const slope = make("span", "num r", this.place);
    range.oninput = () => this.move(i, Number(range.value), field, false);
    range.onchange = () => this.move(i, Number(range.value), field, true);
    field.onchange = () => {
      const value = Number(field.value.replace("−", "-").replace(/,/g, ""));
      if (field.value.trim() && Number.isFinite(value)) this.move(i, value, null, true);
      else field.value = fieldText(this.state.sliders[i].value);
    };
    return { range, field, slope, label };
  }

  set(i, { value, slope, given }) {
    const row = this.rows[i];
    if (this.host.root.getRootNode().activeElement !== row.range) row.range.value = value;
    row.field.value = fieldText(value);
    row.slope.textContent = number(slope);
    const moved = Math.abs(value - given) > 1e-6 * Math.max(1, Math.abs(given));
    row.label.classList.toggle("moved", moved);
    row.label.title = `given as ${fieldText(given)}`;
  }

  move(i, value, field, rest) {
    this.state.sliders[i].value = value;
    if (field) field.value = fieldText(value);
    else this.rows[i].range.value = value;
    this.waiting[i] = value;
    this.latest.go({ ...this.waiting }, false);
    clearTimeout(this.rest);
    if (rest) this.rest = setTimeout(() => this.latest.go({ ...this.waiting }, true), REST);
  }

  async send(values, rest) {
    const answer = await this.ask("set", { values, rest });
    if (!answer) return;
    this.answer(answer);
    answer.slopes.forEach((slope, i) => (this.rows[i].slope.textContent = number(slope)));
    this.host.announce(this.title.textContent);
  }
}

// A whole number as it is, others with four digits.
function fieldText(value) {
  return String(Number.isInteger(value) ? value : +value.toPrecision(4));
}

// --- an image

class ImageView extends ExploreView {
  about = "what the answer depends on";

  constructor(host) {
    super(host);
    const tools = make("div", "row", this.left);
    this.choice(tools, "about ");
    const label = make("label", "row t2", tools, "patch ");
    this.sides = make("select", "f", label);
    this.sides.onchange = () => this.ask("patch", { side: Number(this.sides.value) });
    const row = make("div", "pics", this.left);
    [this.sample, this.fall, this.slope] = ["the sample", "", ""].map((words) => this.figure(row, words));
    const key = make("p", "t2 sm key", this.left);
    make("i", "pos", key);
    key.append("speaks for it");
    make("i", "neg", key);
    key.append("speaks against it");
    this.words = make("p", "", this.left);
    this.words.setAttribute("role", "status");
    const step = (down, right) => () => this.step(down, right);
    host.useKeys({ ArrowLeft: step(0, -1), ArrowRight: step(0, 1), ArrowUp: step(-1, 0), ArrowDown: step(1, 0) });
  }

  figure(parent, words) {
    const figure = make("figure", "", parent);
    const place = make("div", "u", figure);
    const caption = make("figcaption", "t2 sm", figure, words);
    place.onpointermove = place.onpointerdown = (event) => this.point(event, place);
    return { place, caption };
  }

  take(state) {
    super.take(state);
    const name = state.names[state.column];
    this.sides.replaceChildren();
    for (const side of state.sides) make("option", "", this.sides, `${side} x ${side}`).value = side;
    this.sides.value = state.side;
    this.sample.place.replaceChildren();
    const shown = drawThing(this.sample.place, state.thing, 150);
    shown.setAttribute("role", "img");
    shown.setAttribute("aria-label", "the sample");
    this.fall.caption.textContent = `fall of ${name} when a patch is covered, at most ${this.state.classes ? signedText(100 * state.maps[0].top, 1).slice(1) + " points" : number(state.maps[0].top)}`;
    this.slope.caption.textContent = `gradient of ${name}, at most ${number(state.maps[1].top)} for each unit of a pixel`;
    [this.fall, this.slope].forEach(({ place, caption }, i) => {
      place.replaceChildren();
      const canvas = make("canvas", "px map", place);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", caption.textContent);
      Object.assign(canvas.style, { width: "150px", height: Math.round((150 * state.size[0]) / state.size[1]) + "px" });
      drawMap(canvas, state.maps[i]);
    });
    const flat = state.covered.flat();
    const best = flat.indexOf(Math.min(...flat));
    this.cover(Math.floor(best / state.columns.length), best % state.columns.length);
  }

  point(event, place) {
    const box = place.getBoundingClientRect();
    const { rows, columns, size, side } = this.state;
    const nearest = (starts, at) => starts.reduce((best, start, i) => (Math.abs(start + side / 2 - at) < Math.abs(starts[best] + side / 2 - at) ? i : best), 0);
    const at = [((event.clientY - box.top) / box.height) * size[0], ((event.clientX - box.left) / box.width) * size[1]];
    this.cover(nearest(rows, at[0]), nearest(columns, at[1]));
  }

  step(down, right) {
    const { rows, columns } = this.state;
    this.cover(clampTo(this.at[0] + down, rows.length), clampTo(this.at[1] + right, columns.length));
    this.host.announce(this.words.textContent);
  }

  // Marks one patch in all three pictures, and says what happens when it is covered.
  cover(i, j) {
    this.at = [i, j];
    const { rows, columns, side, size, covered, names, column, score } = this.state;
    for (const { place } of [this.sample, this.fall, this.slope]) {
      place.querySelector("em")?.remove();
      Object.assign(make("em", "", place).style, {
        left: (100 * columns[j]) / size[1] + "%", top: (100 * rows[i]) / size[0] + "%",
        width: (100 * side) / size[1] + "%", height: (100 * side) / size[0] + "%",
      });
    }
    const last = (start, extent) => Math.min(start + side, extent) - 1;
    this.words.textContent =
      `${names[column]} goes from ${this.text(score)} to ${this.text(covered[i][j])} when rows ${rows[i]} to ` +
      `${last(rows[i], size[0])} and columns ${columns[j]} to ${last(columns[j], size[1])} are covered.`;
  }
}

function clampTo(value, count) {
  return Math.max(0, Math.min(count - 1, value));
}

// --- a text

class TextView extends ExploreView {
  about = "how much the answer falls without each word";

  constructor(host) {
    super(host);
    this.choice(make("div", "row", this.left), "about ");
    this.place = make("div", "words-of", this.left);
    this.words = make("p", "", this.left);
    this.words.setAttribute("role", "status");
  }

  take(state) {
    super.take(state);
    this.place.replaceChildren();
    const top = Math.max(...state.words.map((w) => Math.abs(w.fall))) || 1;
    state.words.forEach((word, i) => {
      const control = make("button", "word", this.place, word.word);
      control.type = "button";
      control.style.background = `color-mix(in srgb, var(${word.fall >= 0 ? "--pos" : "--neg"}) ${Math.round((55 * Math.abs(word.fall)) / top)}%, transparent)`;
      control.onclick = control.onpointerenter = control.onfocus = () => this.say(word);
      if (Math.abs(word.fall) === top) this.say(word);
    });
    if (state.more) make("span", "t2 sm", this.place, `and ${thousands(state.more)} more words`);
  }

  say({ word, without }) {
    const { names, column, score } = this.state;
    this.words.textContent = `${names[column]} goes from ${this.text(score)} to ${this.text(without)} without “${word}”.`;
  }
}
