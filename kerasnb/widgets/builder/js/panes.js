// Two of the three panes: the palette for the place of the blue line, and the model as cards.

const OPEN = ["Core", "Convolution", "Pooling"];

class Palette {
  constructor(bench, box) {
    this.bench = bench;
    this.open = new Set(OPEN);
    this.whole = new Set();
    this.asked = null; // the layer whose reason or question stands open
    this.mends = this.partners = [];
    make("h4", "", box, "Layers");
    this.field = make("input", "f search", box);
    this.field.type = "search";
    this.field.setAttribute("aria-label", "Search layers");
    this.field.oninput = () => this.list();
    this.field.onkeydown = (event) => this.onKey(event);
    this.box = make("div", "", box);
  }

  onKey(event) {
    if (event.key === "Enter") {
      const first = this.box.querySelector(".it:not([aria-disabled=true])") ?? this.box.querySelector(".it");
      first?.click();
    } else if (event.key === "ArrowDown") this.box.querySelector(".it")?.focus();
    else if (event.key === "Escape") this.field.value = "", this.list();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  draw(state) {
    const count = state.families.reduce((sum, family) => sum + family.layers.filter((l) => !l.share).length, 0);
    this.field.placeholder = `Search ${count} layers  ( / )`;
    this.state = state;
    this.list();
  }

  list() {
    const word = this.field.value.trim().toLowerCase();
    const focus = this.box.getRootNode().activeElement?.dataset?.layer;
    this.box.replaceChildren();
    for (const family of this.state.families) {
      const rows = family.layers.filter((layer) => layer.name.toLowerCase().includes(word));
      if (rows.length) this.family(family.name, word ? best(rows, word) : rows, Boolean(word));
    }
    if (!word || "input".includes(word)) this.inputs(Boolean(word));
    if (!this.box.children.length) make("p", "t2 sm", this.box, `No layer has ${word} in its name.`);
    if (focus) this.box.querySelector(`[data-layer="${CSS.escape(focus)}"]`)?.focus();
  }

  family(name, rows, searching) {
    const fold = this.fold(name, searching);
    const shown = rows.filter((row) => searching || this.whole.has(name) || !row.why || row.first);
    for (const row of shown) this.layer(fold, row);
    const rest = rows.length - shown.length;
    if (!rest && !this.whole.has(name)) return;
    const text = rest ? `${rest} more, not possible here` : "fewer";
    button(fold, text, { kind: "q more", click: () => {
      if (this.whole.has(name)) this.whole.delete(name);
      else this.whole.add(name);
      this.list();
    } });
  }

  fold(name, open) {
    const fold = make("details", "", this.box);
    fold.open = open || this.open.has(name);
    make("summary", "", fold, name);
    fold.ontoggle = () => {
      if (this.field.value) return;
      if (fold.open) this.open.add(name);
      else this.open.delete(name);
    };
    return fold;
  }

  layer(parent, row) {
    const item = button(parent, row.name, { kind: "it", click: () => this.pick(row) });
    item.dataset.layer = row.name;
    item.title = row.why || (row.shape ? `${row.name} gives ${row.shape}` : row.with ? `${row.name} joins two tensors` : row.name);
    const hint = make("span", "sp", item);
    if (row.why) {
      item.setAttribute("aria-disabled", "true");
      hint.textContent = "not here";
    } else if (row.share) hint.textContent = "again";
    else if (row.with) hint.textContent = "join";
    item.onkeydown = (event) => this.along(event, item);
    if (this.asked === row.name && (row.why || row.with)) this.answer(parent, item, row);
  }

  along(event, item) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.altKey) return;
    const all = [...this.box.querySelectorAll(".it")].filter((one) => one.offsetParent);
    (all[all.indexOf(item) + by] ?? this.field).focus();
    event.preventDefault();
    event.stopPropagation();
  }

  async pick(row) {
    if (row.why || row.with) {
      this.asked = this.asked === row.name ? null : row.name;
      this.mends = this.partners = [];
      if (this.asked && row.joins && !this.state.replacing) {
        this.partners = (await this.bench.ask("partners", { layer: row.name }, { quiet: true })).partners ?? [];
      } else if (row.why && this.asked && !row.share) {
        this.mends = (await this.bench.ask("mends", { layer: row.name }, { quiet: true })).mends ?? [];
      }
      this.list();
      if (row.why && this.asked) this.bench.host.announce(row.why);
      return undefined;
    }
    this.asked = null;
    if (row.share) return this.bench.ask("share", { card: row.name, ...this.state.place });
    return this.bench.insert([{ name: row.name }]);
  }

  // The reason why not with its mends, or the tensors to join.
  answer(parent, item, row) {
    const box = make("div", row.why ? "why" : "why go", parent);
    item.setAttribute("aria-expanded", "true");
    const { after, before, branch } = this.state.place;
    const goes = branch ? " into a new branch" : before ? `, and only ${before} takes the result` : "";
    const lead = row.why ? row.why : `${row.name} joins ${after} with one of these${goes}`;
    const cut = row.why && row.why.indexOf(" would ") > 0 ? row.why.indexOf(" would ") : 0;
    if (cut) make("b", "", box, lead.slice(0, cut));
    box.append(lead.slice(cut) + (this.mends.length ? " One click mends it:" : row.with ? ":" : ""));
    for (const mend of this.mends) {
      const place = mend.elsewhere ? { after: mend.after, before: null, branch: false } : {};
      button(box, mend.label, { click: () => this.done(() => this.bench.insert(mend.layers, place)) });
    }
    for (const one of this.partners) this.partner(box, row, one);
  }

  // A tensor to join with; one that does not fit says why.
  partner(box, row, one) {
    const text = `with ${one.card} ${one.shape}${one.end ? " · output" : ""}`;
    const item = button(box, text, { click: () => this.join(row, one) });
    if (!one.why) return;
    item.setAttribute("aria-disabled", "true");
    item.title = one.why;
    make("span", "t2 sm", item, one.why);
  }

  join(row, one) {
    if (one.why) return this.bench.host.announce(one.why);
    return this.done(() => this.bench.insert([{ name: row.name }], { with: one.card }));
  }

  done(action) {
    this.asked = null;
    return action();
  }

  // A further input has a shape of its own.
  inputs(searching) {
    const fold = this.fold("Inputs", searching);
    const item = button(fold, "Input", { kind: "it", click: () => {
      this.asked = this.asked === "Input" ? null : "Input";
      this.list();
    } });
    item.dataset.layer = "Input";
    make("span", "sp", item, "add");
    item.onkeydown = (event) => this.along(event, item);
    if (this.asked !== "Input") return;
    const box = make("div", "why go", fold);
    const fields = ["shape", "name"].map((name) => {
      const label = make("label", "", box, name);
      const field = make("input", "f", label);
      field.placeholder = name === "shape" ? "(28, 28, 1)" : "automatic";
      return field;
    });
    const [shape, name] = fields;
    const add = () => this.done(() => this.bench.ask("add_input", { shape: shape.value, name: name.value }));
    button(box, "Add the input", { click: add });
    for (const field of fields) field.onkeydown = (event) => event.key === "Enter" && add();
  }
}

// Names that start with the word come first.
function best(rows, word) {
  const rank = (row) => (row.name.toLowerCase().startsWith(word) ? 0 : 1) + (row.why ? 2 : 0);
  return [...rows].sort((a, b) => rank(a) - rank(b));
}

class ModelPane {
  constructor(bench, box) {
    this.bench = bench;
    this.box = box;
    this.title = make("h4", "", box);
    this.list = make("div", "", box);
    this.pictures = new Map();
    this.observer = new ResizeObserver(() => this.rails());
    this.observer.observe(box);
  }

  end() {
    this.observer.disconnect();
    clearTimeout(this.timer);
  }

  draw(state, before) {
    this.state = state;
    this.title.textContent = `Model · ${thousands(state.total)} parameters`;
    const focus = this.box.getRootNode().activeElement?.dataset?.card;
    this.list.className = state.chain ? "" : "graph";
    this.list.replaceChildren();
    state.cards.forEach((card, i) => this.row(card, i));
    if (focus !== undefined) this.list.querySelector(`[data-card="${CSS.escape(state.chosen)}"]`)?.focus();
    this.rails();
    const ended = before?.training?.phase !== state.training?.phase && !this.bench.busy;
    if (JSON.stringify(before?.cards) !== JSON.stringify(state.cards) || ended) this.look();
  }

  row(card, i) {
    const { place, chain } = this.state;
    const row = make("div", "row1", this.list);
    if (chain) {
      if (i && !(place.after === this.state.cards[i - 1].key && !this.state.replacing)) make("div", "fl", row);
    } else this.edges(row, card);
    const item = make("button", `lc kc-${card.kind}` + (card.key === this.state.chosen ? " sel" : ""), row);
    item.type = "button";
    item.dataset.card = card.key;
    item.setAttribute("aria-pressed", String(card.key === this.state.chosen));
    item.onclick = () => this.select(card.key);
    const words = make("span", "", item);
    make("b", "", words, card.key);
    make("span", "t2 sm", words, ` ${card.brief}${card.again ? ", shared" : ""}${card.frozen ? ", frozen" : ""}`);
    make("br", "", words);
    make("span", "mono", words, card.shape);
    make("span", "t2 sm num", words, card.input ? (this.bench.state.data ? ` · x[${this.sample ?? 0}]` : "") : ` · ${thousands(card.params)}`);
    if (card.end && !chain) make("span", "t2 sm", words, " · output");
    this.picture(make("span", "pv", item), this.pictures.get(card.key), card);
    if (place.after === card.key && !place.before && !this.state.replacing) this.line(row, this.words(place));
  }

  words({ after, branch }) {
    if (branch) return `a new branch of ${after} starts here`;
    return this.state.chain ? "next layer goes here" : `next layer goes here, behind ${after}`;
  }

  line(parent, text) {
    make("span", "", make("div", "ins", parent), text);
  }

  // The edges into a card: a click puts the blue line there.
  edges(parent, card) {
    const { place } = this.state;
    const row = make("div", "edges", parent);
    for (const from of card.from) {
      if (place.after === from && place.before === card.key) {
        this.line(parent, `next layer goes here: ${from} → ${card.key}`);
        continue;
      }
      const click = () => this.bench.ask("place", { after: from, before: card.key });
      const edge = button(row, `← ${from}`, { kind: "q", click, title: `Insert between ${from} and ${card.key}` });
      edge.setAttribute("aria-label", `Insert between ${from} and ${card.key}`);
    }
  }

  // Lines of a graph: each tensor keeps a lane until the last layer that takes it.
  rails() {
    this.list.querySelector(".rail")?.remove();
    if (!this.state || this.state.chain || !this.list.offsetParent) return;
    const { lanes, edges, width } = lanesOf(this.state.cards);
    this.list.style.setProperty("--lanes", `${14 * width + 12}px`);
    const rows = new Map([...this.list.querySelectorAll(".lc")].map((one) => [one.dataset.card, one]));
    const top = this.list.getBoundingClientRect().top;
    const y = (key) => {
      const rect = rows.get(key).getBoundingClientRect();
      return rect.top - top + rect.height / 2;
    };
    const x = (lane) => 14 * lane + 6;
    const svg = shape("svg", { class: "rail", "aria-hidden": "true", width: 14 * width + 12, height: this.list.offsetHeight });
    const { chosen } = this.state;
    for (const [from, to] of edges) {
      const [a, b] = [lanes.get(from), lanes.get(to)];
      const d = a === b ? `M${x(a)} ${y(from)}V${y(to)}` : `M${x(a)} ${y(from)}V${y(to) - 16}Q${x(a)} ${y(to)} ${x(b)} ${y(to)}`;
      svg.append(shape("path", { d, class: from === chosen || to === chosen ? "on" : "" }));
    }
    for (const { key } of this.state.cards) {
      svg.append(shape("circle", { cx: x(lanes.get(key)), cy: y(key), r: 4, class: key === chosen ? "on" : "" }));
      svg.append(shape("path", { d: `M${x(lanes.get(key))} ${y(key)}H${14 * width + 2}`, class: key === chosen ? "on" : "" }));
    }
    this.list.style.position = "relative";
    this.list.append(svg);
  }

  step(by) {
    const keys = this.state.cards.map((card) => card.key);
    const next = keys[keys.indexOf(this.state.chosen) + by];
    if (next) this.select(next);
  }

  // Shows the choice at once; arguments, palette and line follow with the answer.
  select(key) {
    this.list.querySelector(".ins")?.remove();
    for (const one of this.list.querySelectorAll(".lc")) {
      const is = one.dataset.card === key;
      one.classList.toggle("sel", is);
      one.setAttribute("aria-pressed", String(is));
      if (is) this.line(one.parentElement, this.words({ after: key, branch: false }));
    }
    this.state = { ...this.state, chosen: key };
    if (this.list.contains(this.box.getRootNode().activeElement)) this.list.querySelector(`[data-card="${CSS.escape(key)}"]`).focus();
    return this.bench.ask("select", { card: key });
  }

  // --- pictures of one sample

  look() {
    clearTimeout(this.timer);
    if (!this.bench.state.data) return;
    this.timer = setTimeout(async () => {
      const answer = await this.bench.ask("preview", {}, { quiet: true });
      if (!answer.cards) return;
      this.sample = answer.sample;
      this.pictures = new Map(answer.cards.map((card, i) => [card.key, { ...card, data: answer.buffers[i] }]));
      for (const one of this.list.querySelectorAll(".lc")) this.picture(one.querySelector(".pv"), this.pictures.get(one.dataset.card));
    }, 60);
  }

  picture(place, picture) {
    place.replaceChildren();
    if (!picture) return;
    const { kind, rows, columns, count, data } = picture;
    const bytes = kind === "image" ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Int8Array(data.buffer, data.byteOffset, data.byteLength);
    if (kind === "bars") place.append(barsOf(bytes));
    else if (kind === "strip") this.canvas(place, 102, 10, (c) => signed(c, Array.from(bytes, (v) => v / 127), 1, columns));
    else if (kind === "image") imageOf(this.canvas(place, 36, 36), bytes, rows, columns, count);
    else for (let i = 0; i < count; i++) {
      const part = bytes.subarray(i * rows * columns, (i + 1) * rows * columns);
      const wide = rows && columns / rows > 2 ? 60 : 30;
      this.canvas(place, wide, 30, (c) => signed(c, Array.from(part, (v) => v / 127), rows, columns));
    }
  }

  canvas(place, width, height, paintIt) {
    const canvas = make("canvas", "px", place);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    if (paintIt) paintIt(canvas);
    return canvas;
  }
}
