// What all tools share: elements, numbers, keys, the talk with the kernel, and the place where a card stands.
//
// A tool's own file defines `mount(host)`. It draws into `host.card`, and returns a function that ends it.

const BUSY_AFTER = 1500; // ms without an answer: the kernel does not handle messages while a cell runs
const BUSY = "The kernel is busy: this works again when the cell has ended. Interrupt the kernel (■) to end it now.";
const GONE = "The kernel restarted: run the cell again to change anything here.";
const FORGET_AFTER = 3000; // ms that a card may be out of the page before it ends
const hubs = new Map(); // one for each model, by its uid: AFM gives `initialize` and `render` different proxies

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  stop: "M3.5 3.5h9v9h-9z",
  step: "M3 3v10l7-5zM11 3h2v10h-2z",
  plus: "M7.2 3h1.6v4.2H13v1.6H8.8V13H7.2V8.8H3V7.2h4.2z",
  copy: "M5 2h8v9h-2v3H3V5h2zm1.3 1.3v6.4h5.4V3.3z",
  back: "M8 3a5 5 0 1 1-4.7 3.3l1.4.5A3.5 3.5 0 1 0 8 4.5V7L4 3.7 8 .5z",
  undo: "M6 3 2 7l4 4V8.3c3.5 0 5.6 1 7 3.2C12.5 8 10 5.7 6 5.7z",
  redo: "M10 3l4 4-4 4V8.3c-3.5 0-5.6 1-7 3.2C3.5 8 6 5.7 10 5.7z",
  ok: "M6.5 12 2.5 8l1.2-1.2 2.8 2.8 5.8-5.8L13.5 5z",
  bad: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm3 9-1 1-2-2-2 2-1-1 2-2-2-2 1-1 2 2 2-2 1 1-2 2z",
  warn: "M8 1.5 15 14H1zM7.2 6v4h1.6V6zm0 5v1.6h1.6V11z",
  note: "M3 2h10v9H8l-3 3v-3H3z",
  lock: "M5 7V5a3 3 0 0 1 6 0v2h1v7H4V7zm1.4 0h3.2V5a1.6 1.6 0 0 0-3.2 0z",
  star: "M8 1.5l2 4.3 4.7.6-3.5 3.2.9 4.7L8 12l-4.1 2.3.9-4.7L1.3 6.4 6 5.8z",
  up: "M8 3l5 6h-3.5v4h-3V9H3z",
  down: "M8 13 3 7h3.5V3h3v4H13z",
};

// --- elements

function make(tag, className, parent, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

function icon(name, parent) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("fill-rule", "evenodd");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  if (parent) parent.append(svg);
  return svg;
}

// A button: { icon, key (shown as <kbd>), title, kind ("go", "q", "sq"), click }. A square one needs a title.
function button(parent, text, { icon: sign, key, title, kind = "", click } = {}) {
  const element = make("button", ("b " + kind).trim(), parent);
  element.type = "button";
  if (sign) icon(sign, element);
  if (text) make("span", "", element, text);
  if (key) make("kbd", "", element, key);
  if (title) element.title = title;
  if (!text && title) element.setAttribute("aria-label", title);
  if (click) element.onclick = click;
  return element;
}

// A note: a coloured edge, an icon and a body. kind: "" (accent), "w" (warning), "e" (error), "g" (good).
function note(parent, kind, sign = "note") {
  const element = make("div", ("note " + kind).trim(), parent);
  icon(sign, make("span", { w: "warn", e: "bad", g: "ok" }[kind] || "acc", element));
  return make("div", "", element);
}

// Enables a control, or disables it with the reason in its title.
function enable(element, able, reason = "") {
  element.disabled = !able;
  if (element.dataset.hint === undefined) element.dataset.hint = element.title;
  element.title = able ? element.dataset.hint : reason || element.dataset.hint;
}

// --- numbers: 3 significant digits, 4 decimals from 0.9 up, a true minus sign

function number(value) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  let text;
  if (value === 0) text = "0";
  else if (size >= 1e6 || size < 1e-4) text = shortExponent(value);
  else if (size >= 1000) text = thousands(value);
  else if (size >= 0.9 && size < 10) text = value.toFixed(4);
  else text = value.toPrecision(3);
  return text.replace("-", "−").replace("e−", "e-");
}

function shortExponent(value) {
  return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
}

// A learning rate as people type it: 1e-3, 5e-4, 0.1
function rateText(value) {
  if (value === null || value === undefined) return "";
  if (value >= 0.01 && value < 1000) return String(+value.toPrecision(4));
  return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
}

function thousands(value) {
  return Math.round(value).toLocaleString("en-US");
}

function percent(share) {
  return share > 0 && share < 0.001 ? "<.1 %" : (100 * share).toFixed(1) + " %";
}

function seconds(value) {
  if (value < 0.1) return Math.round(value * 1000) + " ms";
  if (value < 10) return value.toFixed(1) + " s";
  if (value < 60) return Math.round(value) + " s";
  if (value < 3600) return Math.floor(value / 60) + " min " + String(Math.floor(value % 60)).padStart(2, "0") + " s";
  return Math.floor(value / 3600) + " h " + String(Math.floor((value % 3600) / 60)).padStart(2, "0") + " min";
}

// --- pictures: numbers as pixels

// Draws a grid of values in [-1, 1] on a canvas: blue above zero, orange below, clear at zero.
function signed(canvas, values, rows, columns) {
  paint(canvas, rows, columns, (i) => {
    const v = Math.max(-1, Math.min(1, values[i] || 0));
    return v >= 0 ? [47, 127, 224, 255 * v] : [212, 98, 15, -255 * v];
  });
}

// Draws values in [0, 1] as grey, or as colours where there are three for each pixel.
function image(canvas, values, rows, columns, channels = 1) {
  const at = (i) => 255 * Math.max(0, Math.min(1, values[i]));
  paint(canvas, rows, columns, (i) =>
    channels >= 3 ? [at(i * channels), at(i * channels + 1), at(i * channels + 2), 255] : [at(i * channels), at(i * channels), at(i * channels), 255]
  );
}

function paint(canvas, rows, columns, colour) {
  canvas.width = columns;
  canvas.height = rows;
  const pen = canvas.getContext("2d");
  const pixels = pen.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) pixels.data.set(colour(i), 4 * i);
  pen.putImageData(pixels, 0, 0);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", "", document.body, text);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

// --- the talk with the kernel: one hub for each model

class Hub {
  constructor(model) {
    this.model = model;
    this.waiting = new Map();
    this.count = 0;
    this.gone = false;
    this.listeners = { state: new Set(), message: new Set(), gone: new Set() };
    model.on("msg:custom", (content, buffers) => this.take(content, buffers));
    model.on("change:state", () => this.tell("state", this.state));
    model.on("comm_live_update", () => this.lose());
  }

  get state() {
    return this.model.get("state");
  }

  tell(kind, ...values) {
    for (const listener of [...this.listeners[kind]]) listener(...values);
  }

  take(content, buffers) {
    const waiting = this.waiting.get(content.reply);
    if (waiting) {
      this.waiting.delete(content.reply);
      if (content.error !== undefined) waiting.reject(new Error(content.error));
      else waiting.resolve({ ...content.result, buffers });
    } else if (content.reply === undefined) this.tell("message", content, buffers);
  }

  // The end of the connection: it does not come back.
  lose() {
    if (this.gone) return;
    this.gone = true;
    for (const { reject } of this.waiting.values()) reject(new Error(GONE));
    this.waiting.clear();
    this.tell("gone");
  }

  send(verb, payload, buffers) {
    if (!this.gone) this.model.send({ do: verb, ...payload }, undefined, buffers);
  }

  ask(verb, payload, buffers) {
    if (this.gone) return Promise.reject(new Error(GONE));
    const ask = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(ask, { resolve, reject });
      this.model.send({ do: verb, ask, ...payload }, undefined, buffers);
    });
  }
}

// --- a card: where a tool draws, and what it may ask

class Host {
  constructor(hub, element) {
    this.hub = hub;
    this.element = element;
    const shadow = element.attachShadow({ mode: "open" });
    make("style", "", shadow, hub.model.get("css"));
    this.root = make("div", "page", shadow);
    this.card = make("section", "k", this.root);
    this.live = make("div", "sr", this.root);
    this.live.setAttribute("aria-live", "polite");
    this.ends = [];
    this.keys = new Map();
    this.focused = null;
    this.watchFocus();
    this.follow();
    this.onGone(() => setTimeout(() => this.sayGone()));
  }

  get state() {
    return this.hub.state;
  }
  get gone() {
    return this.hub.gone;
  }

  // Calls `listener` now and whenever the state changes.
  onState(listener) {
    this.listen("state", listener);
    listener(this.state);
  }
  onMessage(listener) {
    this.listen("message", listener);
  }
  onGone(listener) {
    this.listen("gone", listener);
    if (this.gone) listener();
  }
  listen(kind, listener) {
    this.hub.listeners[kind].add(listener);
    this.ends.push(() => this.hub.listeners[kind].delete(listener));
  }

  // One way: nothing comes back.
  tell(verb, payload = {}, buffers = []) {
    this.hub.send(verb, payload, buffers);
  }

  // A promise of the answer. While the kernel is busy the card says so; the answer still comes when the cell has ended.
  async ask(verb, payload = {}, buffers = []) {
    const slow = setTimeout(() => this.busy(true), BUSY_AFTER);
    try {
      return await this.hub.ask(verb, payload, buffers);
    } finally {
      clearTimeout(slow);
      this.busy(false);
    }
  }

  busy(is) {
    if (is && !this.wait) {
      this.wait = note(this.root, "w", "warn");
      this.wait.parentElement.setAttribute("role", "status");
      this.wait.textContent = BUSY;
    } else if (!is && this.wait) {
      this.wait.parentElement.remove();
      this.wait = null;
    }
  }

  // A card says that its kernel has gone, unless it has done so in its own words.
  sayGone() {
    if (/restarted/i.test(this.root.innerText)) return;
    const words = note(this.root, "w", "warn");
    words.parentElement.setAttribute("role", "status");
    words.textContent = GONE;
  }

  // Says something to screen readers.
  announce(text) {
    this.live.textContent = text;
  }

  // Which keys the card uses outside of its input fields: { " ": fn, "ctrl+z": fn, "alt+ArrowUp": fn, s: fn }.
  // All others, Ctrl+S among them, go on to the notebook's and the browser's own shortcuts.
  useKeys(map) {
    for (const [key, action] of Object.entries(map)) this.keys.set(key, action);
    if (!this.root.hasAttribute("tabindex")) this.root.tabIndex = 0;
  }

  follow() {
    // JupyterLab handles keys on the document before the card sees them, unless an element in between has this
    // attribute. It is there only for keys that the card uses.
    const mark = "data-lm-suppress-shortcuts";
    const before = (event) => {
      const inside = event.composedPath().includes(this.element);
      this.element.toggleAttribute(mark, inside && this.uses(event));
    };
    window.addEventListener("keydown", before, true);
    this.ends.push(() => window.removeEventListener("keydown", before, true));
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    const theme = () => (this.root.dataset.theme = isDark() ? "dark" : "light");
    const observer = new MutationObserver(theme);
    for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true });
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", theme);
    this.ends.push(() => observer.disconnect(), () => scheme.removeEventListener("change", theme));
    theme();
  }

  // What has the focus inside of the card, also right after the card was taken out of the page with its old output.
  watchFocus() {
    this.root.addEventListener("focusin", (event) => { [this.focused] = event.composedPath(); });
    const left = () => { if (this.element.isConnected && !this.root.getRootNode().activeElement) this.focused = null; };
    this.root.addEventListener("focusout", () => setTimeout(left));
  }

  refocus(focused) {
    if (!focused || ![document.body, null].includes(document.activeElement)) return;
    (focused.isConnected ? focused : this.root).focus({ preventScroll: true });
  }

  uses(event) {
    const [target] = event.composedPath();
    if (isField(target)) return !(event.ctrlKey || event.metaKey) || "acvxyz".includes(event.key.toLowerCase());
    if (["Enter", " "].includes(event.key) && target.closest?.("button, summary, a, [role=button], [role=tab]")) return true;
    return this.keys.has(keyName(event));
  }

  onKey(event) {
    const [target] = event.composedPath();
    const action = this.keys.get(keyName(event));
    if (!action || isField(target)) return;
    if (["Enter", " "].includes(event.key) && target.closest?.("button, summary, a, [role=button], [role=tab]")) return;
    if (action(event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  end() {
    for (const end of this.ends.splice(0)) end();
  }
}

function keyName(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return (event.ctrlKey || event.metaKey ? "ctrl+" : "") + (event.altKey ? "alt+" : "") + (event.shiftKey && key.length > 1 ? "shift+" : "") + key;
}

function isField(target) {
  if (target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName)) return true;
  return target.tagName === "INPUT" && !["checkbox", "radio", "button"].includes(target.type);
}

function isDark() {
  const { body, documentElement: page } = document;
  const lab = body.dataset.jpThemeLight;
  if (lab !== undefined) return lab === "false";
  if (body.classList.contains("vscode-body")) return !body.classList.contains("vscode-light");
  for (const node of [page, body]) {
    if (node.dataset.theme) return node.dataset.theme === "dark";
    if (node.classList.contains("dark")) return true;
    if (node.classList.contains("light")) return false;
  }
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
}

// The cell keeps a static picture of the tool, which is what a saved notebook shows. While the page is open, the card
// stands in front of the picture: whenever one with the tool's uid appears, the card moves there.
class Place {
  constructor(host, uid, view) {
    Object.assign(this, { host, uid, view, area: null, timer: null });
    this.observer = new MutationObserver(() => this.settle());
    host.onMessage(({ kind }) => kind === "closed" && this.end());
    this.start();
  }

  // A view is drawn before it is put into the page.
  start() {
    if (!this.view.isConnected) {
      this.timer = setTimeout(() => this.start(), 20);
      return;
    }
    const lab = this.view.closest(".jp-OutputArea");
    this.area = lab || this.view.parentElement || this.view.getRootNode();
    this.observer.observe(this.area, { childList: true, subtree: true });
    this.host.tell("shown", { stays: Boolean(lab) });
  }

  settle() {
    const { element } = this.host;
    const picture = this.area.querySelector(`[data-knb="${this.uid}"]`);
    if (picture && picture.previousSibling !== element) {
      const { focused } = this.host;
      picture.before(element);
      picture.style.display = "none";
      this.host.refocus(focused);
    }
    if (!this.area.contains(element)) this.leave();
  }

  // The tool has closed: its picture is what stays.
  end() {
    this.observer.disconnect();
    this.host.finish();
    const picture = this.area?.querySelector(`[data-knb="${this.uid}"]`);
    if (picture) picture.style.display = "";
  }

  // Ends the card if it is still out of the page after a while.
  leave() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.area && this.area.contains(this.host.element)) return;
      this.observer.disconnect();
      this.host.finish();
    }, FORGET_AFTER);
  }
}

function initialize({ model }) {
  hubs.set(model.get("uid"), new Hub(model));
  return () => hubs.get(model.get("uid"))?.lose();
}

function render({ model, el }) {
  const uid = model.get("uid");
  if (!hubs.has(uid)) hubs.set(uid, new Hub(model)); // hosts that do not call `initialize`
  const hub = hubs.get(uid);
  const element = make("div", "kerasnb", el);
  const host = new Host(hub, element);
  const unmount = mount(host);
  host.finish = () => {
    host.finish = () => {};
    if (unmount) unmount();
    host.end();
    element.remove();
  };
  const place = new Place(host, uid, el);
  return () => place.leave();
}
