// Draw: strokes on a canvas, the answer beside it.

const PEN = 14; // width of a stroke in a square of 196
const AREA = 196;
const MOVE = 6; // pixels that an arrow key moves the pen

function mount(host) {
  return new DrawView(host).end;
}

class DrawView {
  constructor(host) {
    this.host = host;
    this.strokes = host.state.strokes.map((stroke) => [...stroke]);
    this.now = null; // the stroke that is being drawn
    this.pen = [AREA / 2, AREA / 2];
    this.keyboard = this.down = false; // whether the pen of the keyboard is shown, and whether it draws
    this.build();
    this.latest = new Latest((ended) => this.send(ended));
    host.useKeys({
      c: () => this.clear(), z: () => this.undo(), " ": () => this.toggle(),
      ArrowLeft: () => this.walk(-MOVE, 0), ArrowRight: () => this.walk(MOVE, 0),
      ArrowUp: () => this.walk(0, -MOVE), ArrowDown: () => this.walk(0, MOVE),
    });
    host.onState((state) => this.take(state));
    host.onGone(() => this.lose());
    const theme = new MutationObserver(() => this.paint());
    theme.observe(host.root, { attributes: true, attributeFilter: ["data-theme"] });
    this.end = () => theme.disconnect();
  }

  build() {
    const { card, state } = this.host;
    const head = make("div", "head", card);
    make("b", "", head, state.title);
    make("span", "", head, "the model answers while you draw");
    const both = make("div", "ex", card);
    const left = make("div", "", both);
    this.canvas = make("canvas", "area", left);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", "Drawing. Arrows move the pen, Space draws, C clears, Z takes back");
    const ratio = Math.max(1, window.devicePixelRatio || 1);
    this.canvas.width = this.canvas.height = AREA * ratio;
    this.ratio = ratio;
    this.canvas.onpointerdown = (event) => this.start(event);
    this.canvas.onpointermove = (event) => this.go(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => this.stop(event);
    const row = make("div", "row", left);
    row.style.marginTop = "6px";
    this.clears = button(row, "Clear", { key: "C", click: () => this.clear() });
    this.undoes = button(row, "Undo", { icon: "undo", key: "Z", click: () => this.undo() });
    this.mode = make("p", "t2 sm", left, "");
    const right = make("div", "", both);
    this.title = make("div", "h4", right);
    this.bars = make("div", "", right);
    if (state.note) {
      const said = note(right, "");
      said.textContent = state.note;
      said.previousSibling.remove();
    }
    const seen = make("div", "seen", right);
    this.seen = make("canvas", "px ink", seen);
    this.seen.setAttribute("role", "img");
    this.seen.setAttribute("aria-label", "What the model sees");
    make("span", "t2 sm", seen, `what the model sees: ${state.size.join(" x ")} pixels, centred and scaled`);
    this.problem = make("p", "bad", card);
    this.problem.setAttribute("role", "alert");
  }

  // --- what is drawn

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * AREA, ((event.clientY - box.top) / box.height) * AREA].map((v) => Math.round(v * 10) / 10);
  }

  start(event) {
    if (event.button > 0 || this.now) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.lift();
    this.keyboard = false;
    this.pointer = event.pointerId;
    this.now = [this.place(event)];
    this.strokes.push(this.now);
    this.change(false);
  }

  go(event) {
    if (!this.now || event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.now.push(this.place(one));
    this.pen = this.now.at(-1);
    this.change(false);
  }

  stop(event) {
    if (!this.now || event.pointerId !== this.pointer) return;
    this.now = null;
    this.change(true);
  }

  walk(right, below) {
    this.keyboard = true;
    this.pen = [this.pen[0] + right, this.pen[1] + below].map((v) => Math.max(0, Math.min(AREA, v)));
    if (this.down) {
      this.strokes.at(-1).push([...this.pen]);
      this.change(false);
    } else this.paint();
  }

  toggle() {
    this.keyboard = true;
    if (this.down) {
      this.lift();
      this.change(true);
    } else {
      this.down = true;
      this.strokes.push([[...this.pen]]);
      this.change(false);
    }
    this.say(this.down ? "The pen draws: arrows move it, Space lifts it." : "The pen is up.");
  }

  lift() {
    this.down = false;
    this.mode.textContent = "";
  }

  say(words) {
    this.mode.textContent = words;
    this.host.announce(words);
  }

  clear() {
    this.strokes = [];
    this.lift();
    this.change(true);
  }

  undo() {
    this.strokes.pop();
    this.lift();
    this.change(true);
  }

  change(ended) {
    this.paint();
    this.latest.go(ended || (this.ended ?? false));
    this.ended = ended;
  }

  // --- drawing

  paint() {
    const colour = getComputedStyle(this.host.card).color;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, AREA, AREA);
    this.trace(pen, colour);
    if (this.down || this.keyboard) {
      pen.beginPath();
      pen.arc(...this.pen, PEN / 2, 0, 7);
      pen.lineWidth = 2;
      pen.strokeStyle = getComputedStyle(this.host.root).getPropertyValue("--acc");
      pen.stroke();
    }
  }

  trace(pen, colour) {
    Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    for (const stroke of this.strokes) {
      pen.beginPath();
      pen.moveTo(...stroke[0]);
      for (const point of stroke.slice(1)) pen.lineTo(...point);
      if (stroke.length === 1) pen.lineTo(stroke[0][0] + 0.01, stroke[0][1]);
      pen.stroke();
    }
  }

  // The drawing as one byte for each pixel, 255 for ink.
  bytes() {
    const { side } = this.host.state;
    this.small ??= Object.assign(document.createElement("canvas"), { width: side, height: side });
    const pen = this.small.getContext("2d", { willReadFrequently: true });
    pen.setTransform(side / AREA, 0, 0, side / AREA, 0, 0);
    pen.clearRect(0, 0, AREA, AREA);
    this.trace(pen, "#000");
    const { data } = pen.getImageData(0, 0, side, side);
    return Uint8Array.from({ length: side * side }, (_, i) => data[4 * i + 3]);
  }

  async send(ended) {
    const payload = ended ? { strokes: this.strokes } : {};
    try {
      this.show(await this.host.ask("draw", payload, [this.bytes().buffer]));
      this.problem.textContent = "";
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }

  take(state) {
    if (!this.now && !this.down && JSON.stringify(state.strokes) !== JSON.stringify(this.strokes) && !this.latest?.busy) {
      this.strokes = state.strokes.map((stroke) => [...stroke]);
    }
    this.paint();
    this.show(state);
  }

  show({ empty, names, values, answer, share: part, seconds: time, seen }) {
    if (this.named !== names.join("\n")) {
      this.bars.replaceChildren();
      this.list = barsOf(this.bars, names, true);
      this.named = names.join("\n");
    }
    this.title.replaceChildren();
    if (empty) {
      this.title.textContent = "Draw in the square: the answer appears here.";
      this.list.clear();
    } else {
      this.title.append("Answer: ");
      make("span", "acc", this.title, answer);
      make("span", "num", this.title, ` · ${sure(part)} · ${Math.max(1, Math.round(1000 * time))} ms`);
      this.list.set(values);
    }
    const [rows, columns] = this.host.state.size;
    paint(this.seen, rows, columns, (i) => [0, 0, 0, seen[i]]);
    if (!this.now) this.host.announce(empty ? "Nothing is drawn" : `Answer ${answer}, ${sure(part)}`);
  }

  lose() {
    for (const control of [this.clears, this.undoes]) enable(control, false, GONE);
    this.problem.textContent = GONE;
  }
}
