// The row of controls: what steers the training while it runs, and what looks at it and goes on after its end.

const MORE = 5; // epochs that one click adds

class Tools {
  constructor(parent, act) {
    this.act = act;
    this.root = make("div", "row tl", parent);
    this.live = make("span", "row lvt", this.root);
    this.after = make("span", "row lvt", this.root);
    this.after.hidden = true;
    this.buildLive();
    this.buildAfter();
    this.buildAgain();
    this.buildLooks();
    this.typed = null;
  }

  buildLive() {
    const { act, live } = this;
    this.pause = button(live, "Pause", { icon: "pause", key: "Space", kind: "pz", title: "Pause after this batch (Space)", click: act.pause });
    this.resume = button(live, "Resume", { icon: "play", key: "Space", kind: "go pz", title: "Go on (Space)", click: act.pause });
    const steps = make("span", "grp", live);
    this.batch = button(steps, "Batch", { icon: "step", title: "One batch, then pause (B)", click: act.batch });
    this.epoch = button(steps, "Epoch", { icon: "step", title: "One epoch, then pause (E)", click: act.epoch });
    this.stop = button(live, "Stop", { icon: "stop", key: "S", title: "Stop after this batch (S)", click: act.stop });
    this.more = button(live, MORE + " epochs", { icon: "plus", title: `Adds ${MORE} epochs to this fit`, click: act.more });
    this.more.setAttribute("aria-label", `Add ${MORE} epochs`);
    const label = make("label", "row t2", live);
    this.what = make("span", "", label, "learning rate");
    this.which = make("select", "f", label);
    this.which.hidden = true;
    this.which.setAttribute("aria-label", "What to change");
    this.which.onchange = () => {
      this.typed = null;
      this.writeRate();
    };
    this.rate = make("input", "f rate", label);
    Object.assign(this.rate, { type: "text", inputMode: "decimal", spellcheck: false, title: "Takes effect with the next batch (Enter)" });
    this.rate.setAttribute("aria-label", "learning rate");
    this.rate.onchange = () => act.set(this.which.value || "learning_rate", this.rate.value.trim());
    this.rate.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      this.typed = null;
      this.writeRate(true);
    };
  }

  buildAfter() {
    const { act, after } = this;
    this.extend = button(after, MORE + " epochs", { icon: "plus", title: `Trains ${MORE} more epochs, in the background`, click: act.more });
    this.extend.setAttribute("aria-label", `Train ${MORE} more epochs`);
    this.weights = make("label", "row t2", after);
    make("span", "", this.weights, "weights of epoch");
    this.slider = make("input", "ep", this.weights);
    Object.assign(this.slider, { type: "range", min: 1, max: 1, step: 1, value: 1 });
    this.slider.setAttribute("aria-label", "Weights of epoch");
    this.slider.oninput = () => act.scrub(Number(this.slider.value));
    this.chosen = make("output", "chip num", after);
    this.restore = button(after, "Restore", { icon: "back", title: "Puts the weights of this epoch into the model", click: () => act.restore(Number(this.slider.value)) });
  }

  // It stands beside both: a training whose values are not finite can start again, too.
  buildAgain() {
    this.again = button(this.root, "Start again", { icon: "back", title: "Initial weights, start again: from before the first epoch", click: this.act.again });
    this.again.setAttribute("aria-label", "Initial weights, start again");
  }

  buildLooks() {
    const { act } = this;
    const looks = make("span", "row sp", this.root);
    this.zoomOut = button(looks, "zoom out", { key: "Esc", title: "Shows all epochs again (Esc)", click: act.zoomOut });
    this.zoomOut.hidden = true;
    this.log = button(looks, "log", { title: "Logarithmic scale (L)", click: act.log });
    this.log.setAttribute("aria-pressed", "false");
    const label = make("label", "row t2", looks, "smooth ");
    this.smooth = make("input", "sm0", label);
    Object.assign(this.smooth, { type: "range", min: 0, max: 0.95, step: 0.05, value: 0 });
    this.smooth.setAttribute("aria-label", "Smoothing");
    this.smooth.oninput = () => act.smooth(Number(this.smooth.value));
    this.copy = button(looks, "", { icon: "copy", kind: "sq", title: "Copy as code: replays every click, bit-equal", click: act.copy });
  }

  // --- what can be done now

  // `reason`: why nothing can be asked of the kernel, else an empty string.
  write(store, reason) {
    this.store = store;
    const { known, ended, more } = store;
    const empty = Boolean(more.failure) && !store.batches;
    put(this.root, { hidden: empty });
    put(this.live, { hidden: ended });
    put(this.after, { hidden: !ended });
    const state = known ? store.state : { status: "created", adjustable: {} };
    const paused = state.status === "paused";
    const waits = reason || (known && state.status !== "created" ? "" : "The training has not started.");
    put(this.pause, { hidden: paused });
    put(this.resume, { hidden: !paused });
    for (const control of [this.pause, this.resume, this.batch, this.epoch, this.stop, this.more]) {
      enable(control, !waits && !this.stopping, this.stopping ? "Stopping after this batch." : waits);
    }
    this.stop.classList.toggle("go", Boolean(more.trouble));
    const names = Object.keys(state.adjustable);
    for (const control of [this.rate, this.which]) {
      const typing = control.getRootNode().activeElement === control; // what is half typed must not be lost
      if (!typing || ended) enable(control, !waits && names.length > 0, waits || "The learning rate follows a schedule.");
    }
    this.writeNames(names);
    this.writeRate();
    put(this.again, { hidden: !ended && !more.trouble });
    const lost = reason || (more.again ? "" : "The weights before the first epoch are not kept");
    enable(this.again, !lost, lost);
    if (ended) this.writeAfter(store, reason);
    enable(this.copy, !reason && known && more.steered, reason || "This run has no clicks to copy.");
  }

  writeNames(names) {
    const many = names.length > 1;
    put(this.which, { hidden: !many });
    put(this.what, { hidden: many });
    if (this.names === names.join()) return;
    this.names = names.join();
    this.which.replaceChildren();
    for (const name of names) make("option", "", this.which, name.replaceAll("_", " ")).value = name;
  }

  // The field shows what was typed as long as it is what holds.
  writeRate(force = false) {
    if (!this.store?.known) return;
    const name = this.which.value || "learning_rate";
    const value = this.store.state.adjustable[name];
    putAttribute(this.rate, "aria-label", name.replaceAll("_", " "));
    if (!force && (this.rate.getRootNode().activeElement === this.rate || this.pending)) return;
    const { typed } = this;
    const text = typed && typed.name === name && Math.abs(typed.value - value) <= 1e-6 * Math.abs(value) ? typed.text : rateText(value);
    put(this.rate, { value: text });
  }

  writeAfter(store, reason) {
    const { numbers } = store.rows;
    const { restorable } = store.more;
    const { inModel } = store.state;
    enable(this.extend, !reason && store.more.steered, reason || "This run cannot go on: the cell that trains can.");
    this.weights.hidden = this.chosen.hidden = this.restore.hidden = !numbers.length;
    if (!numbers.length) return;
    this.slider.min = numbers[0] + 1;
    this.slider.max = numbers.at(-1) + 1;
    const key = `${inModel} ${numbers.length}`;
    if (this.settled !== key) {
      this.settled = key;
      this.slider.value = (inModel ?? numbers.at(-1)) + 1;
    }
    const epoch = Number(this.slider.value) - 1;
    const best = store.bestRow() >= 0 && numbers[store.bestRow()] === epoch;
    const restored = epoch === inModel ? (inModel === numbers.at(-1) ? ", in the model" : ", restored") : "";
    const text = (best ? "★ " : restored ? "" : "epoch ") + (epoch + 1) + restored;
    put(this.chosen, { textContent: text });
    const kept = restorable.includes(epoch);
    const why = reason || (epoch === inModel ? "These weights are in the model already" : kept ? "" : restorable.length ? "The weights of this epoch are not kept: they would take too much memory" : "No weights are kept of this run");
    enable(this.restore, !why, why);
  }
}
