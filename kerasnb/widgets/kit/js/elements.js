// What all tools draw with: elements, numbers as text, numbers as pixels.

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

// An element of a drawing: its attributes, then what is in it, elements or text.
function shape(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function icon(name, parent) {
  const svg = shape("svg", { class: "i", viewBox: "0 0 16 16", "aria-hidden": "true" }, shape("path", { "fill-rule": "evenodd", d: ICONS[name] }));
  if (parent) parent.append(svg);
  return svg;
}

// Writes only what has changed: to a browser an attribute that is set again is a new one.
function put(element, values) {
  for (const [key, value] of Object.entries(values)) if (element[key] !== value) element[key] = value;
}

function putAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
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
  const { hint = element.title } = element.dataset;
  if (element.dataset.hint === undefined) element.dataset.hint = hint;
  put(element, { disabled: !able, title: able ? hint : reason || hint });
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

// A learning rate as people type it: 1e-2, 5e-4, 0.1
function rateText(value) {
  if (value === null || value === undefined) return "";
  if (value === 0 || (value >= 0.1 && value < 1000)) return String(+value.toPrecision(4));
  return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
}

const WHOLE = new Intl.NumberFormat("en-US"); // made once: `toLocaleString` makes one each time

function thousands(value) {
  return WHOLE.format(Math.round(value));
}

// The largest value that an axis may name: 1 where the values may be shares.
function mostOf(low, high) {
  return low >= 0 && high < 1.000001 ? 1 : Infinity;
}

function percent(share) {
  return share > 0 && share < 0.001 ? "<.1 %" : (100 * share).toFixed(1) + " %";
}

// A share that may be missing: null is what JSON has for NaN.
function share(value) {
  return value === null ? "NaN" : value === 0 ? "0.0 %" : percent(value);
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
