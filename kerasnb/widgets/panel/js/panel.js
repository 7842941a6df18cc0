// The panel: a status line, controls that explain when they cannot work, and a chart for each metric.

const PING_EVERY = 1500; // ms; a kernel that does not answer in this time does not handle messages while it trains
const ANNOUNCE_EVERY = 3000; // ms between two announcements to a screen reader
const BUSY = "The buttons don’t work here while the kernel is busy training. Interrupt the kernel (■) to stop after the current batch.";

function render({ model, el }) {
  const store = new Store();
  const look = { log: false, smooth: 0, from: null, to: null, hover: null, drag: null, hidden: new Set() };
  const charts = new Map();
  const parts = build(el);
  let due = false;
  let missed = false;
  let answered = 0;
  let pings = 0;
  let announcedEpochs = 0;
  let announcedAt = 0;
  let epochsInTable = 0;

  const redraw = () => {
    parts.resetZoom.hidden = look.from === null;
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
    writeStatus();
    updateControls();
    redraw();
  }

  function writeStatus() {
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
    if (store.epochs > epochsInTable && parts.values.open) fillTable();
    if (store.epochs > announcedEpochs && Date.now() - announcedAt > ANNOUNCE_EVERY) {
      announcedEpochs = store.epochs;
      announcedAt = Date.now();
      const values = [...store.rows.values].map(([name, v]) => name + " " + show(v.at(-1)));
      parts.announcements.textContent = `Epoch ${store.rows.numbers.at(-1) + 1} of ${s.epochs}: ${values.join(", ")}`;
    }
  }

  function fillTable() {
    epochsInTable = store.epochs;
    const names = [...store.rows.values.keys()];
    const cells = (list, tag) => "<tr>" + list.map((v) => `<${tag}>${v}</${tag}>`).join("") + "</tr>";
    const escape = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
    const first = Math.max(0, store.rows.numbers.length - 100);
    const rows = store.rows.numbers.slice(first).map((n, i) => cells([n + 1, ...names.map((k) => show(store.rows.values.get(k)[first + i]))], "td"));
    parts.table.innerHTML = cells(["epoch", ...names.map(escape)], "th") + rows.join("");
  }

  // --- controls

  const running = () => ["training", "paused"].includes(store.state.status);
  const responsive = () => answered > 0 && answered >= pings - 1;

  function updateControls() {
    const ready = running() && responsive();
    const paused = store.state.status === "paused";
    parts.pause.textContent = paused ? "▶ Resume" : "❚❚ Pause";
    parts.pause.setAttribute("aria-label", paused ? "Resume (Space)" : "Pause (Space)");
    for (const control of [parts.pause, parts.stop]) control.disabled = !ready || parts.stop.dataset.requested === "1";
    parts.rate.disabled = !ready || store.state.rate === null;
    const unresponsive = running() && !responsive() && pings > 1;
    parts.reason.textContent = unresponsive ? BUSY : parts.reason.dataset.refused || "";
    parts.reason.hidden = !parts.reason.textContent;
    for (const control of [parts.pause, parts.stop, parts.rate]) control.title = unresponsive ? BUSY : control.dataset.hint;
  }

  function ping() {
    if (!running() && store.state.status !== "created") return;
    pings += 1;
    send({ do: "ping", n: pings });
    updateControls();
  }

  const pauseOrResume = () => {
    if (parts.pause.disabled) return;
    send({ do: store.state.status === "paused" ? "resume" : "pause" });
  };
  const stop = () => {
    if (parts.stop.disabled) return;
    parts.stop.dataset.requested = "1";
    parts.stop.textContent = "Stopping…";
    send({ do: "stop" });
    updateControls();
  };
  parts.pause.onclick = pauseOrResume;
  parts.stop.onclick = stop;
  parts.rate.onchange = () => {
    parts.rate.dataset.sent = "1";
    parts.reason.dataset.refused = "";
    send({ do: "rate", value: Number(parts.rate.value.trim().replace(",", ".")) });
    setTimeout(() => delete parts.rate.dataset.sent, 1000);
  };
  parts.root.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // shortcuts of the browser
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
  parts.resetZoom.onclick = () => {
    look.from = look.to = null;
    redraw();
  };

  // --- messages

  function onMessage(content, buffers) {
    if (content.do === "pong") {
      answered = Math.max(answered, content.n);
      updateControls();
    } else if (content.do === "refused") {
      parts.reason.dataset.refused = content.why;
      updateControls();
    } else if (content.do === "whole") {
      missed = !store.takeWhole(buffers[0]);
      refresh();
    } else if (content.do === "delta") {
      if (!store.takeDelta(content, buffers)) {
        if (!missed) send({ do: "resend" });
        missed = true; // until a whole message arrives, requested or not
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
  const pause = button(buttons, "❚❚ Pause", "Pause after the current batch (Space)");
  const stopper = button(buttons, "■ Stop", "Stop after the current batch (S)");
  const label = make("label", "knb-rate", buttons);
  make("span", "knb-wide", label).textContent = "learning rate ";
  make("span", "knb-narrow", label).textContent = "lr ";
  const rate = make("input", "", label);
  Object.assign(rate, { type: "text", inputMode: "decimal", size: 8, disabled: true });
  rate.dataset.hint = "Takes effect with the next batch";
  const looks = make("div", "knb-looks", tools);
  const log = button(looks, "log", "Logarithmic scale");
  log.disabled = false;
  log.setAttribute("aria-pressed", "false");
  const smoothing = make("label", "", looks);
  smoothing.append("smooth ");
  const smooth = make("input", "", smoothing);
  Object.assign(smooth, { type: "range", min: 0, max: 0.98, step: 0.02, value: 0 });
  const resetZoom = button(looks, "reset zoom", "Drag over a chart to zoom in; double-click it to zoom out");
  resetZoom.disabled = false;
  const reason = make("div", "knb-reason", root);
  const charts = make("div", "knb-charts", root);
  const details = make("details", "knb-values", root);
  make("summary", "", details).textContent = "Values per epoch";
  const table = make("table", "", make("div", "knb-scroll", details));
  const announcements = make("div", "knb-announcements", root);
  announcements.setAttribute("aria-live", "polite");
  return { root, name, headline, pace, pause, stop: stopper, rate, track, bar, reason, charts, log, smooth, resetZoom, values: details, table, announcements };
}

function button(parent, text, hint) {
  const element = make("button", "knb-button", parent);
  Object.assign(element, { type: "button", textContent: text, title: hint, disabled: true });
  element.dataset.hint = hint;
  return element;
}

export default { render };
