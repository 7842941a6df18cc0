// The first line of the card with the bar below it, the note slot, the values as a table, and what a failed fit shows.

const NOTHING_TO_STEER = "The kernel restarted: there is nothing to steer. Run the cell again to train.";
const NO_ANSWER = "The kernel cannot hear buttons now. Interrupt it (■): training stops after this batch.";

class Head {
  constructor(parent) {
    this.root = make("div", "head lv", parent);
    this.word = make("span", "st", this.root);
    this.model = make("b", "", this.root);
    this.text = make("span", "num", this.root);
    const right = make("span", "sp t2", this.root);
    this.right = make("span", "", right);
    this.chip = make("span", "chip", right);
    this.track = make("div", "bar", parent);
    this.track.setAttribute("role", "progressbar");
    this.track.setAttribute("aria-label", "Progress");
    this.bar = make("i", "", this.track);
    this.sign = null;
  }

  // { level, icon, word, text, model, right, compiled, compiledTip, fraction }
  write(line) {
    const sign = [line.level, line.icon, line.word].join();
    if (sign !== this.sign) {
      this.sign = sign;
      this.word.className = "st " + line.level;
      this.word.replaceChildren();
      if (line.icon) icon(line.icon, this.word);
      this.word.append((line.icon ? " " : "") + line.word);
    }
    for (const key of ["model", "text", "right"]) {
      if (this[key].textContent !== line[key]) this[key].textContent = line[key];
    }
    put(this.chip, { hidden: !line.compiled, textContent: line.compiled, title: line.compiledTip || "" });
    put(this.track, { className: "bar " + (line.level === "bad" ? "bad" : ""), hidden: Boolean(line.noBar) });
    const share = Math.round(1000 * (line.fraction || 0)) / 10;
    if (this.share === share) return;
    this.share = share;
    this.bar.style.width = share + "%";
    putAttribute(this.track, "aria-valuenow", String(Math.round(share)));
  }
}

// What the first line says: what Python wrote, unless only the page knows better.
function lineOf(store, host) {
  if (!store.known) return { level: "t2", icon: "", word: "Loading", text: "waiting for the first message", model: "", right: "", compiled: "" };
  const s = store.state;
  const since = (performance.now() - (store.takenAt ?? performance.now())) / 1000;
  const paused = s.pausedFor === null ? null : "paused for " + seconds(s.pausedFor + since);
  const text = s.compilingFor === null ? s.text : s.text.replace(" · ", ` · ${seconds(s.compilingFor + since)} · `);
  const compiled = s.ended || s.compilingFor !== null ? "" : s.compiled;
  if (host.gone && !s.ended) {
    const where = s.batches ? `epoch ${thousands(s.epoch + 1)}, batch ${thousands(s.batches - (store.rows.ends.at(-1) || 0))}` : "batch 1";
    return { ...s, level: "bad", icon: "bad", word: "Kernel restarted", text: `this run ended at ${where}; its points are kept`, right: "" };
  }
  return { ...s, text, compiled, right: paused || s.right, noBar: Boolean(store.more.failure) && !s.batches };
}

// One note at a time, in a place that is always there.
class Notes {
  constructor(parent) {
    this.root = make("div", "note lv", parent);
    this.root.setAttribute("role", "status");
    this.sign = make("span", "", this.root);
    this.body = make("div", "", this.root);
    this.title = make("b", "", this.body);
    this.text = make("span", "", this.body);
    this.reason = make("p", "sm t2", this.body);
    this.next = button(this.root, "", { kind: "q", title: "Next note" });
    this.why = button(this.root, "Why?", { kind: "q" });
    this.away = button(this.root, "×", { kind: "q", title: "Dismiss note" });
    this.away.setAttribute("aria-label", "Dismiss note");
    this.dismissed = new Set();
    this.at = 0;
    this.open = false;
    this.shown = null;
    this.problem = "";
  }

  connect(changed) {
    this.why.onclick = () => {
      this.open = !this.open;
      changed();
    };
    this.next.onclick = () => {
      this.at += 1;
      this.open = false;
      changed();
    };
    this.away.onclick = () => {
      if (this.problem) this.problem = "";
      else this.dismissed.add(keyOf(this.shown));
      this.open = false;
      changed();
    };
  }

  write(store, host, busy) {
    const notes = store.more.notes.filter((note) => !this.dismissed.has(keyOf(note)));
    const own = this.own(store, host, busy);
    this.shown = own || notes[this.at % Math.max(1, notes.length)] || quiet(store);
    const { level = "", title, text, why, sign, fixed } = this.shown;
    put(this.root, { className: "note lv " + (level === "quiet" ? "t2" : level) });
    put(this.sign, { className: { w: "warn", e: "bad", g: "ok", quiet: "t2" }[level] ?? "acc" });
    const mark = sign || { e: "bad", g: "ok" }[level] || "note";
    if (this.mark !== mark) {
      this.mark = mark;
      this.sign.replaceChildren(icon(mark));
    }
    put(this.title, { textContent: title ? title.replace(/\.?$/, ". ") : "" });
    coded(this.text, text || "");
    put(this.reason, { textContent: why || "", hidden: !this.open || !why });
    put(this.why, { hidden: !why });
    putAttribute(this.why, "aria-expanded", String(this.open));
    put(this.away, { hidden: Boolean(fixed) });
    const place = `${(this.at % Math.max(1, notes.length)) + 1} of ${notes.length} ›`;
    put(this.next, { hidden: Boolean(own) || notes.length < 2, textContent: place });
  }

  // What only the page knows comes first.
  own(store, host, busy) {
    if (this.problem) return { level: "w", sign: "warn", title: "", text: this.problem };
    if (host.gone) return { level: "e", title: "The controls have nothing to steer", text: "Run the cell again to train; log, smooth, zoom and the table still work.", fixed: true };
    if (busy) return { level: "w", sign: "warn", title: "The kernel cannot hear buttons now", text: "Interrupt it (■): training stops after this batch; the history is kept.", fixed: true };
    if (!store.known) return { level: "quiet", title: "", text: "", fixed: true };
    const { compiling } = store.state;
    if (!compiling) return null;
    const ghost = Object.keys(store.more.ghost).length ? " The grey line is your last run." : "";
    const [, ready, rest] = compiling.match(/^(.*?ready)(.*)$/) || [null, "", compiling];
    return { level: "", sign: "back", title: "", text: ready + rest + ghost, fixed: true };
  }
}

function quiet(store) {
  const text = store.more.trouble ? "The curves end where the values are not finite." : store.ended ? "Nothing to note." : "Nothing to note so far.";
  return { level: "quiet", sign: "ok", title: "", text, fixed: true };
}

function keyOf(note) {
  return `${note.kind} ${note.title}`;
}

// The values of the epochs: the last hundred, the best one marked.
class Values {
  constructor(parent) {
    Object.assign(this, folded(parent, "Values per epoch"));
    this.meter = make("span", "meter sm", this.summary.parentElement);
    this.meter.title = "Processor and memory of the kernel";
    this.filled = -1;
  }

  write(store) {
    const count = store.rows.numbers.length;
    put(this.summary, { textContent: `Values per epoch (${thousands(store.epochs)})` });
    put(this.meter, { textContent: (store.known && store.state.meter) || "" });
    put(this.root, { hidden: Boolean(store.more.failure) && !count });
    if (!this.root.open || this.filled === count) return;
    this.filled = count;
    const columns = [...store.rows.values].filter(([name]) => name !== "learning_rate");
    const rates = ratesByEpoch(store);
    const best = store.bestRow();
    const first = Math.max(0, count - 100);
    const rows = store.rows.numbers.slice(first).map((epoch, k) => [
      (first + k === best ? "★ " : "") + (epoch + 1), ...columns.map(([, v]) => number(v[first + k])),
      ...(rates ? [rates[first + k] === undefined ? "–" : rateText(rates[first + k])] : []),
    ]);
    const body = fill(this.table, ["epoch", ...columns.map(([n]) => n), ...(rates ? ["rate"] : [])], rows);
    if (best >= first) body.children[best - first].className = "best";
  }
}

// What the last single step did to each layer, and to the weights that it changed most.
class Step {
  constructor(parent) {
    Object.assign(this, folded(parent, "Last step"));
    this.most = make("table", "num", this.table.parentElement);
  }

  write({ step }) {
    put(this.root, { hidden: !step });
    if (!step || this.summary.textContent === step.title) return;
    this.summary.textContent = step.title;
    fill(this.table, ["weight norm", "before", "after", "update"], step.rows);
    fill(this.most, ["changed most", "before", "after", "change"], step.most);
  }
}

// A table below a line that folds it.
function folded(parent, name) {
  const root = make("details", "foot", parent);
  const summary = make("span", "", make("summary", "t2", root), name);
  const scroll = make("div", "scroll vals", root);
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", name);
  return { root, summary, table: make("table", "num", scroll) };
}

function fill(table, head, rows) {
  table.replaceChildren();
  const top = make("tr", "", make("thead", "", table));
  for (const name of head) make("th", "", top, name).scope = "col";
  const body = make("tbody", "", table);
  for (const cells of rows) {
    const row = make("tr", "", body);
    for (const cell of cells) make("td", "", row, cell);
  }
  return body;
}

// The learning rate of each epoch, where it is in the logs or has changed.
function ratesByEpoch(store) {
  const logged = store.rows.values.get("learning_rate");
  if (logged) return logged;
  const changes = store.rates();
  if (!changes.length && store.firstRate === null) return null;
  return store.rows.numbers.map((n) => changes.filter(([x]) => x < n + 1).at(-1)?.[1] ?? store.firstRate ?? undefined);
}

// Text whose parts between backticks are code.
function coded(element, text) {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  element.replaceChildren();
  text.split("`").forEach((part, i) => (i % 2 ? make("span", "mono", element, part) : element.append(part)));
}

// Why a fit failed: the two sides that disagree, the reason, the line, what to do, and the folded traceback.
class Failure {
  constructor(parent) {
    this.root = make("div", "fail", parent);
    this.root.hidden = true;
    this.written = "";
  }

  write({ failure }) {
    put(this.root, { hidden: !failure });
    const key = JSON.stringify(failure);
    if (!failure || key === this.written) return;
    this.written = key;
    this.root.replaceChildren();
    if (failure.sides && failure.sides.length) this.sides(failure.sides);
    if (failure.text) coded(make("p", "why-text", this.root), failure.text);
    if (failure.line) this.line(failure.line);
    if (failure.fix) this.fix(failure.fix, failure.code);
    if (failure.trace && failure.trace.length) this.trace(failure.trace);
  }

  sides(sides) {
    const row = make("div", "row frame sides", this.root);
    sides.forEach((side, i) => {
      if (i) make("b", "bad", row, "≠");
      const [who, what] = side;
      const box = make("span", "nd" + (i ? " er" : ""), row);
      make("span", "", box, who);
      if (what) make("span", "mono", box, what);
    });
  }

  // The person's own line, and where it is.
  line({ source, where, number: at }) {
    const pre = make("pre", "in mono", this.root, source + "   ");
    pre.tabIndex = 0;
    make("i", "c", pre, `# ${where}, line ${at}`);
  }

  fix(fix, code) {
    const body = note(this.root, "g", "ok");
    coded(body, fix);
    button(body.parentElement, "Copy the fix", { icon: "copy", click: () => copyText(code || fix) });
  }

  trace(trace) {
    const details = make("details", "foot", this.root);
    make("summary", "t2", details, `Traceback (${trace.length} lines)`);
    make("pre", "mono t2", details, trace.join("\n"));
  }
}
