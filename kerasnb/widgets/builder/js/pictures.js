// What stands on the cards: lines between them, images, bars.

// Which lane each card has, which cards are joined, and how many lanes there are.
function lanesOf(all) {
  const cards = all.map((card) => ({ key: card.key, from: [...new Set(card.from.map((label) => label.replace(/\[\d+\]$/, "")))] }));
  const left = new Map(cards.map((card) => [card.key, cards.filter((other) => other.from.includes(card.key)).length]));
  const lanes = new Map();
  const used = [];
  const edges = [];
  for (const card of cards) {
    for (const from of card.from) left.set(from, left.get(from) - 1), edges.push([from, card.key]);
    const given = card.from.find((from) => left.get(from) === 0);
    let lane = given === undefined ? used.indexOf(undefined) : lanes.get(given);
    if (lane < 0) lane = used.length;
    for (const from of card.from) if (left.get(from) === 0) used[lanes.get(from)] = undefined;
    used[lane] = left.get(card.key) ? card.key : undefined;
    lanes.set(card.key, lane);
  }
  return { lanes, edges, width: Math.max(1, used.length) };
}

// One channel on an empty ground is ink on the page; all else is shown as it is.
function imageOf(canvas, bytes, rows, columns, count) {
  const mean = bytes.reduce((sum, v) => sum + v, 0) / bytes.length;
  if (count === 1 && mean < 90) {
    canvas.classList.add("ink");
    paint(canvas, rows, columns, (i) => [0, 0, 0, bytes[i]]);
  } else image(canvas, Array.from(bytes, (v) => v / 255), rows, columns, count);
}

function barsOf(bytes) {
  const step = Math.min(6, 60 / bytes.length);
  const svg = shape("svg", { width: Math.ceil(step * bytes.length), height: 26, "aria-hidden": "true" });
  const below = bytes.some((v) => v < 0);
  const base = below ? 13 : 26;
  for (const [sign, fill] of [[1, "var(--acc)"], [-1, "var(--neg)"]]) {
    const d = Array.from(bytes, (v, i) => {
      const height = Math.max(sign * v > 0 ? 1 : 0, ((sign * v) / 127) * base);
      return height > 0 ? `M${i * step} ${base}v${-sign * height}h${0.75 * step}v${sign * height}z` : "";
    }).join("");
    svg.append(shape("path", { d, style: `fill:${fill}` }));
  }
  return svg;
}
