// Where a tool lives: its keys, its talk with the kernel, and the place of its card in the page.
//
// A tool's own file defines `mount(host)`. It draws into `host.card`, and returns a function that ends it.

const BUSY_AFTER = 1500; // ms without an answer: the kernel does not handle messages while a cell runs
const BUSY = "The kernel is busy: this works again when the cell has ended. Interrupt the kernel (■) to end it now.";
const GONE = "The kernel restarted: run the cell again to change anything here.";
const AGAIN_AFTER = 1500; // ms without an answer until a message that may be lost is sent again; then twice as long each time
const AGAIN_AT_LEAST = 60000;
const FORGET_AFTER = 3000; // ms that a card may be out of the page before it ends
const hubs = new Map(); // one for each model, by its uid: AFM gives `initialize` and `render` different proxies

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

  // Asks again until there is an answer: the first message of a page may be sent before JupyterLab has a way into the
  // kernel for it, and then waits behind the cell that runs. There is one promise, whichever message is answered.
  insist(verb, payload) {
    const answer = this.ask(verb, payload);
    const ask = this.count;
    const again = (wait) => {
      if (!this.waiting.has(ask)) return;
      this.send(verb, { ...payload, ask });
      setTimeout(again, wait, Math.min(2 * wait, AGAIN_AT_LEAST));
    };
    setTimeout(again, AGAIN_AFTER, 2 * AGAIN_AFTER);
    return answer;
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
    this.host.hub.insist("shown", { stays: Boolean(lab) }).catch(() => {}); // the kernel has gone: nothing to do
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
