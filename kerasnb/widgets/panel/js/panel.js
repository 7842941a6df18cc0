// The panel: a status line, controls that say when they cannot work, and a chart for each metric.

const PING_EVERY = 1500; // ms; a kernel that does not answer in this time cannot hear the buttons
const SPEAK_EVERY = 3000; // ms between two sentences for a screen reader
const BUSY = "The kernel cannot hear buttons while it trains here. Interrupt the kernel (■) to stop after the running batch.";

function render({ model, el }) {
  const store = new Store();
  const look = { log: false, smooth: 0, from: null, to: null, hover: null, drag: null, hidden: new Set() };
  const charts = new Map();
  const parts = build(el);
  let due = false;
  let missed = false;
  let answered = 0;
  let asked = 0;
  let spokenEpochs = 0;
  let spokenAt = 0;
  let tabledEpochs = 0;

  const redraw = () => {
    parts.all.hidden = look.from === null;
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      for (const chart of charts.values()) chart.draw();
    });
  };
  const send = (content) => model.send(content);

  function refresh() {
    for (const name of store.names()) {
      if (charts.has(name)) continue;
      const chart = new Chart(name, store, look, redraw);
      charts.set(name, chart);
      parts.charts.append(chart.root);
    }
    words();
    controls();
    redraw();
  }

  function words() {
    const s = store.state;
    parts.name.textContent = s.model || "model";
    parts.headline.textContent = s.headline;
    parts.pace.textContent = s.pace || "";
    parts.root.dataset.status = s.status;
    parts.root.setAttribute("aria-label", "Training of " + (s.model || "a model"));
    parts.bar.style.width = (100 * (s.fraction || 0)).toFixed(2) + "%";
    parts.track.classList.toggle("knb-busy", s.compiling || s.fraction === null);
    parts.track.setAttribute("aria-valuenow", Math.round(100 * (s.fraction || 0)));
    if (document.activeElement !== parts.rate && !parts.rate.dataset.sent && s.rate !== null) parts.rate.value = show(s.rate).replace("−", "-");
    if (store.epochs > tabledEpochs && parts.values.open) fillTable();
    if (store.epochs > spokenEpochs && Date.now() - spokenAt > SPEAK_EVERY) {
      spokenEpochs = store.epochs;
      spokenAt = Date.now();
      const values = [...store.rows.values].map(([name, v]) => name + " " + show(v.at(-1)));
      parts.spoken.textContent = `Epoch ${store.rows.numbers.at(-1) + 1} of ${s.epochs}: ${values.join(", ")}`;
    }
  }

  function fillTable() {
    tabledEpochs = store.epochs;
    const names = [...store.rows.values.keys()];
    const cells = (list, tag) => "<tr>" + list.map((v) => `<${tag}>${v}</${tag}>`).join("") + "</tr>";
    const escape = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
    const first = Math.max(0, store.rows.numbers.length - 100);
    const rows = store.rows.numbers.slice(first).map((n, i) => cells([n + 1, ...names.map((k) => show(store.rows.values.get(k)[first + i]))], "td"));
    parts.table.innerHTML = cells(["epoch", ...names.map(escape)], "th") + rows.join("");
  }

  // --- controls

  const running = () => ["training", "paused"].includes(store.state.status);
  const heard = () => answered > 0 && answered >= asked - 1;

  function controls() {
    const ready = running() && heard();
    const paused = store.state.status === "paused";
    parts.pause.textContent = paused ? "▶ Resume" : "❚❚ Pause";
    parts.pause.setAttribute("aria-label", paused ? "Resume (Space)" : "Pause (Space)");
    for (const control of [parts.pause, parts.stop]) control.disabled = !ready || parts.stop.dataset.asked === "1";
    parts.rate.disabled = !ready || store.state.rate === null;
    const silent = running() && !heard() && asked > 1;
    parts.why.textContent = silent ? BUSY : parts.why.dataset.refused || "";
    parts.why.hidden = !parts.why.textContent;
    for (const control of [parts.pause, parts.stop, parts.rate]) control.title = silent ? BUSY : control.dataset.hint;
  }

  function ping() {
    if (!running() && store.state.status !== "created") return;
    asked += 1;
    send({ do: "ping", n: asked });
    controls();
  }

  const pauseOrResume = () => {
    if (parts.pause.disabled) return;
    send({ do: store.state.status === "paused" ? "resume" : "pause" });
  };
  const stop = () => {
    if (parts.stop.disabled) return;
    parts.stop.dataset.asked = "1";
    parts.stop.textContent = "Stopping …";
    send({ do: "stop" });
    controls();
  };
  parts.pause.onclick = pauseOrResume;
  parts.stop.onclick = stop;
  parts.rate.onchange = () => {
    parts.rate.dataset.sent = "1";
    parts.why.dataset.refused = "";
    send({ do: "rate", value: Number(parts.rate.value.trim().replace(",", ".")) });
    setTimeout(() => delete parts.rate.dataset.sent, 1000);
  };
  parts.root.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // saving, say
    event.stopPropagation(); // the notebook has shortcuts of its own
    if (["INPUT", "BUTTON", "SUMMARY"].includes(event.target.tagName)) return;
    if (event.key === " ") pauseOrResume();
    else if (event.key === "s" || event.key === "S") stop();
    else return;
    event.preventDefault();
  };
  parts.values.ontoggle = fillTable;
  parts.log.onclick = () => {
    look.log = !look.log;
    parts.log.setAttribute("aria-pressed", String(look.log));
    redraw();
  };
  parts.smooth.oninput = () => {
    look.smooth = Number(parts.smooth.value);
    redraw();
  };
  parts.all.onclick = () => {
    look.from = look.to = null;
    redraw();
  };

  // --- messages

  function onMessage(content, buffers) {
    if (content.do === "pong") {
      answered = Math.max(answered, content.n);
      controls();
    } else if (content.do === "refused") {
      parts.why.dataset.refused = content.why;
      controls();
    } else if (content.do === "whole") {
      missed = !store.takeWhole(buffers[0]);
      refresh();
    } else if (content.do === "delta") {
      if (!store.takeDelta(content, buffers)) {
        if (!missed) send({ do: "resend" });
        missed = true; // until the whole comes, asked for or by itself
      }
      refresh();
    }
  }
  function onWhole() {
    const view = model.get("history");
    if (missed || store.batches === 0) missed = !store.takeWhole(view);
    refresh();
  }

  model.on("msg:custom", onMessage);
  model.on("change:history", onWhole);
  onWhole();
  send({ do: "resend" });
  ping();
  const timer = setInterval(ping, PING_EVERY);
  const sizes = new ResizeObserver(redraw);
  sizes.observe(parts.charts);
  const theme = new MutationObserver(redraw);
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", redraw);

  return () => {
    clearInterval(timer);
    sizes.disconnect();
    theme.disconnect();
    dark.removeEventListener("change", redraw);
    model.off("msg:custom", onMessage);
    model.off("change:history", onWhole);
  };
}

// The elements of the panel, by name.
function build(el) {
  const root = make("div", "knb", el);
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.dataset.lmSuppressShortcuts = "true";
  const status = make("div", "knb-status", root);
  const name = make("b", "", status);
  const headline = make("span", "knb-headline", status);
  const pace = make("span", "knb-pace", status);
  const track = make("div", "knb-track", root);
  track.setAttribute("role", "progressbar");
  track.setAttribute("aria-label", "Progress");
  const bar = make("div", "knb-bar", track);
  const tools = make("div", "knb-tools", root);
  const buttons = make("div", "knb-controls", tools);
  const pause = button(buttons, "❚❚ Pause", "Pause after the running batch (Space)");
  const stopper = button(buttons, "■ Stop", "Stop after the running batch (S)");
  const label = make("label", "knb-rate", buttons);
  make("span", "knb-wide", label).textContent = "learning rate ";
  make("span", "knb-narrow", label).textContent = "lr ";
  const rate = make("input", "", label);
  Object.assign(rate, { type: "text", inputMode: "decimal", size: 8, disabled: true });
  rate.dataset.hint = "Takes effect from the next batch on";
  const looks = make("div", "knb-looks", tools);
  const log = button(looks, "log", "Logarithmic values");
  log.disabled = false;
  log.setAttribute("aria-pressed", "false");
  const smoothing = make("label", "", looks);
  smoothing.append("smooth ");
  const smooth = make("input", "", smoothing);
  Object.assign(smooth, { type: "range", min: 0, max: 0.98, step: 0.02, value: 0 });
  const all = button(looks, "show all", "Undo the zoom: drag over a picture to zoom, double click to undo");
  all.disabled = false;
  const why = make("div", "knb-why", root);
  const charts = make("div", "knb-charts", root);
  const details = make("details", "knb-values", root);
  make("summary", "", details).textContent = "Values per epoch";
  const table = make("table", "", make("div", "knb-scroll", details));
  const spoken = make("div", "knb-spoken", root);
  spoken.setAttribute("aria-live", "polite");
  return { root, name, headline, pace, pause, stop: stopper, rate, track, bar, why, charts, log, smooth, all, values: details, table, spoken };
}

function button(parent, text, hint) {
  const made = make("button", "knb-button", parent);
  Object.assign(made, { type: "button", textContent: text, title: hint, disabled: true });
  made.dataset.hint = hint;
  return made;
}

export default { render };
