// The panel: one card for a run, while it happens and after it.

const PATIENCE = 1500; // ms; a kernel that does not answer in this time does not hear buttons while it trains
const PING_EVERY = 5000; // ms from one answer to the next question; a click asks at once
const TICK = 500;
const ANNOUNCE_EVERY = 3000; // ms between two announcements to a screen reader

function mount(host) {
  const panel = new PanelCard(host);
  return () => panel.end();
}

class PanelCard {
  constructor(host) {
    this.host = host;
    this.store = new Store();
    this.charts = new Map();
    this.look = { log: null, smooth: 0, from: null, to: null, cursor: null, drag: null, hidden: new Set(), changed: () => this.redraw() };
    Object.assign(this, { due: false, missed: false, busy: false, waiting: false, asked: -Infinity, announced: 0, announcedAt: 0 });
    this.build();
    this.watch();
    host.root.setAttribute("role", "group");
    host.useKeys(this.keys());
    host.onMessage((content, buffers) => this.onMessage(content, buffers));
    host.onState((state) => this.onWhole(state));
    host.onGone(() => this.refresh());
    this.timer = setInterval(() => this.tick(), TICK);
    this.tick();
    this.refresh();
  }

  end() {
    clearInterval(this.timer);
    this.sizes.disconnect();
    this.views.disconnect();
  }

  // What a chart must know of the page: how wide it is, and whether it is in view. The others are not drawn.
  watch() {
    const chartOf = ({ target }) => [...this.charts.values()].find((chart) => chart.area === target);
    this.sizes = new ResizeObserver((entries) => {
      for (const entry of entries) chartOf(entry).width = entry.contentRect.width || 400;
      this.redraw();
    });
    this.views = new IntersectionObserver((entries) => {
      for (const entry of entries) chartOf(entry).inView = entry.isIntersecting;
      this.redraw();
    }, { rootMargin: "200px" });
  }

  build() {
    const { card } = this.host;
    this.head = new Head(card);
    this.tools = new Tools(card, this.actions());
    this.middle = make("div", "", card);
    this.area = make("div", "charts", this.middle);
    this.order = make("div", "order", this.middle);
    this.failure = new Failure(card);
    this.notes = new Notes(card);
    this.notes.connect(() => this.refresh());
    this.step = new Step(card);
    this.values = new Values(card);
    this.values.root.ontoggle = () => this.values.write(this.store);
  }

  // --- what is shown

  refresh() {
    const { store, host } = this;
    putAttribute(host.root, "aria-label", "Training of " + ((store.known && store.state.model) || "a model"));
    if (!store.known || !["training", "paused"].includes(store.state.status)) this.tools.stopping = false;
    this.head.write(lineOf(store, host));
    this.tools.write(store, this.reason());
    this.failure.write(store.more);
    this.makeCharts();
    put(this.area, { hidden: Boolean(store.more.failure) && !store.batches });
    put(this.notes.root, { hidden: this.area.hidden && !this.notes.problem });
    this.writeOrder();
    this.notes.write(store, host, this.busy);
    this.step.write(store.more);
    this.values.write(store);
    this.announce();
    this.redraw();
  }

  makeCharts() {
    const names = this.store.known ? this.store.names() : [];
    if (!names.length && !this.charts.size && !this.store.ended) this.placeholder();
    for (const name of names) {
      if (this.charts.has(name)) continue;
      this.empty?.remove();
      const chart = new Chart(name, this.store, this.look, this.area, this.charts.size === 0);
      this.charts.set(name, chart);
      this.sizes.observe(chart.area);
      this.views.observe(chart.area);
      this.follow(chart);
    }
  }

  // Axes where the first chart will be, so that nothing moves when it comes.
  placeholder() {
    if (this.empty) return;
    this.empty = make("figure", "ch", this.area);
    make("b", "", make("figcaption", "", this.empty), "\u00a0");
    const plot = make("div", "plot", this.empty);
    make("div", "yt", plot);
    make("div", "area", plot);
    make("em", "", make("div", "xt", plot), "epoch");
  }

  // What ran in the batch whose values were not finite, in its order.
  writeOrder() {
    const found = this.store.more.trouble?.order || [];
    put(this.order, { hidden: !found.length });
    this.middle.classList.toggle("two", found.length > 0 && this.charts.size === 1);
    const key = JSON.stringify(found);
    if (this.ordered === key || !found.length) return;
    this.ordered = key;
    this.order.replaceChildren();
    make("div", "h4", this.order, `Batch ${this.store.more.trouble.batch + 1}, in the order it ran`);
    for (const { name, value, level } of found) {
      const row = make("div", "row", this.order);
      const kind = { w: "warn", e: "bad", g: "ok" }[level] || "ok";
      icon(kind, make("span", kind, row));
      row.append(name);
      make("span", "sp mono " + kind, row, value);
    }
  }

  redraw() {
    put(this.tools.zoomOut, { hidden: this.look.from === null });
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      for (const chart of this.charts.values()) if (chart.inView) chart.draw();
      putAttribute(this.tools.log, "aria-pressed", String([...this.charts.values()].some((chart) => chart.isLog)));
    });
  }

  announce() {
    const { store } = this;
    const due = store.ended || Date.now() - this.announcedAt > ANNOUNCE_EVERY;
    const mark = store.known ? `${store.epochs} ${store.ended}` : "0 false";
    if (!due || mark === this.announced || !store.epochs) return;
    this.announced = mark;
    this.announcedAt = Date.now();
    if (store.ended) return this.host.announce(`${store.state.word}: ${store.state.text}`);
    const values = [...store.rows.values].map(([name, v]) => name + " " + number(v.at(-1)));
    this.host.announce(`Epoch ${store.rows.numbers.at(-1) + 1} of ${store.state.epochs}: ${values.join(", ")}`);
  }

  // --- looking: cursor, zoom

  follow(chart) {
    const { look } = this;
    const { area } = chart;
    let from = null;
    area.onpointermove = (event) => {
      look.cursor = chart.epochAt(event.clientX);
      look.drag = from === null ? null : [from, look.cursor];
      this.redraw();
    };
    area.onpointerleave = () => {
      if (from === null) look.cursor = null;
      this.redraw();
    };
    area.onpointerdown = (event) => {
      from = chart.epochAt(event.clientX);
      area.setPointerCapture(event.pointerId);
    };
    area.onpointerup = area.onpointercancel = (event) => {
      const to = chart.epochAt(event.clientX);
      const wide = Math.abs(chart.x(to) - chart.x(from ?? to)) > 20;
      if (from !== null && wide && event.type === "pointerup") [look.from, look.to] = [Math.min(from, to), Math.max(from, to)];
      from = look.drag = null;
      this.redraw();
    };
    area.ondblclick = () => this.zoomOut();
  }

  zoomOut() {
    this.look.from = this.look.to = null;
    this.redraw();
  }

  // The cursor to the epoch before or after.
  walk(step) {
    const { numbers } = this.store.rows;
    if (!numbers.length) return false;
    const { cursor } = this.look;
    const at = cursor === null ? numbers.at(-1) + 1 - step * (step < 0 ? 0 : 1) + (step < 0 ? 1 : 0) : Math.round(cursor);
    this.look.cursor = Math.min(numbers.at(-1) + 1, Math.max(numbers[0] + 1, at + step));
    if (this.store.ended) this.tools.slider.value = this.look.cursor;
    this.refresh();
    const chart = [...this.charts.values()][0];
    const row = chart && chart.row();
    if (row >= 0) this.host.announce(`epoch ${numbers[row] + 1}: ` + [...this.store.rows.values].map(([name, v]) => `${name} ${number(v[row])}`).join(", "));
  }

  // --- steering

  reason() {
    if (this.host.gone) return NOTHING_TO_STEER;
    return this.busy && !this.store.ended ? NO_ANSWER : "";
  }

  actions() {
    const { look } = this;
    return {
      pause: () => this.ask(this.store.state.status === "paused" ? "resume" : "pause"),
      batch: () => this.ask("step", { what: "batch" }),
      epoch: () => this.ask("step", { what: "epoch" }),
      stop: () => {
        this.tools.stopping = true;
        this.ask("stop");
      },
      more: () => this.ask("more", { count: MORE }),
      set: (name, text) => this.setNumber(name, text),
      restore: (epoch) => this.ask("restore", { epoch: epoch - 1 }),
      again: () => this.ask("again"),
      scrub: (epoch) => {
        look.cursor = epoch;
        this.refresh();
      },
      copy: () => this.copy(),
      log: () => {
        look.log = ![...this.charts.values()].some((chart) => chart.isLog);
        this.redraw();
      },
      smooth: (value) => {
        look.smooth = value;
        this.redraw();
      },
      zoomOut: () => this.zoomOut(),
    };
  }

  keys() {
    const { tools } = this;
    const press = (...controls) => () => {
      const control = controls.find((c) => !c.hidden && !c.disabled && !tools.live.hidden);
      if (!control) return false;
      control.click();
    };
    return {
      " ": press(tools.pause, tools.resume), b: press(tools.batch), e: press(tools.epoch), s: press(tools.stop),
      l: () => tools.log.click(), ArrowLeft: () => this.walk(-1), ArrowRight: () => this.walk(1),
      Escape: () => {
        if (this.look.from === null && this.look.cursor === null) return false;
        this.look.cursor = null;
        this.zoomOut();
      },
    };
  }

  // While it trains the card itself says that the kernel is busy; after the end the kit does.
  async ask(verb, payload = {}) {
    this.notes.problem = "";
    this.refresh();
    if (!this.store.ended) this.ping();
    try {
      return await (this.store.ended ? this.host.ask(verb, payload) : this.host.hub.ask(verb, payload));
    } catch (problem) {
      if (verb === "stop") this.tools.stopping = false;
      if (!this.host.gone) this.notes.problem = problem.message;
      this.refresh();
      return null;
    }
  }

  async setNumber(name, text) {
    const { tools } = this;
    tools.pending = true;
    const answer = await this.ask("set", { name, value: text });
    tools.pending = false;
    tools.rate.toggleAttribute("aria-invalid", false);
    if (answer) tools.typed = { name, text, value: answer.value };
    else tools.rate.setAttribute("aria-invalid", "true");
  }

  async copy() {
    const answer = await this.ask("code");
    if (!answer) return;
    await copyText(answer.code);
    this.host.announce("The code is in the clipboard");
    this.tools.copy.replaceChildren(icon("ok"));
    setTimeout(() => this.tools.copy.replaceChildren(icon("copy")), 1500);
  }

  // --- messages

  // What goes on without messages: the seconds of a pause, whether the kernel answers.
  tick() {
    const before = this.busy;
    const since = performance.now() - this.asked;
    if (this.host.gone || this.store.ended) this.busy = false;
    else if (this.waiting) this.busy = since >= PATIENCE;
    else if (since >= PING_EVERY) this.ping();
    if (this.busy !== before) this.refresh();
    else if ((this.store.state?.compilingFor ?? this.store.state?.pausedFor ?? null) !== null) this.head.write(lineOf(this.store, this.host));
  }

  ping() {
    if (this.waiting) return;
    this.asked = performance.now();
    this.waiting = true;
    const answered = () => {
      this.waiting = false;
      if (this.busy) {
        this.busy = false;
        this.refresh();
      }
    };
    this.host.hub.insist("ping", {}).then(answered, answered);
  }

  onMessage(content, buffers) {
    if (content.kind !== "delta") return;
    if (this.store.takeDelta(content, buffers)) this.store.takenAt = performance.now();
    else this.askWhole();
    this.refresh();
  }

  // Something was missed: everything is asked for, once.
  async askWhole() {
    if (this.missed) return;
    this.missed = true;
    try {
      const { buffers } = await this.host.hub.ask("whole", {});
      this.store.takeWhole(buffers[0]);
    } catch {
      // another message brings the end of the connection
    }
    this.missed = false;
    this.refresh();
  }

  // What a page that opens late starts with; later it is only looked at where messages are missed.
  onWhole({ whole, rate }) {
    this.store.firstRate = rate ?? null;
    if (!whole || (this.store.known && !this.missed)) return;
    this.store.takeWhole(bytesOf(whole));
    this.refresh();
  }
}
