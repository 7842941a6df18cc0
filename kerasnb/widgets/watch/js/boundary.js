// The decision boundary: what the model says on a grid, with the data on top.

function boundaryLook(parent, look) {
  const figure = make("div", "bd", parent);
  const canvas = make("canvas", "bd-ground", figure);
  figure.setAttribute("role", "img");
  const [left, right, bottom, top] = look.box;
  const sign = (mark, more) => shape("path", { d: look.shapes[mark % 6], fill: markColour(look, mark), ...more });
  const dots = look.points.map(([a, b], i) =>
    sign(look.marks[i], { transform: `translate(${(300 * (a - left)) / (right - left)} ${(300 * (top - b)) / (top - bottom)})` })
  );
  figure.append(shape("svg", { viewBox: "0 0 300 300", "aria-hidden": "true" }, ...dots));
  const line = make("p", "t2 sm", parent);
  const keys = make("p", "row sm", parent);
  for (const mark of [...new Set(look.marks)].sort((a, b) => a - b).slice(0, 6)) {
    const key = make("span", "bd-key", keys);
    key.append(shape("svg", { viewBox: "-5 -5 10 10", width: 10, height: 10, "aria-hidden": "true" }, sign(mark)), ` ${mark}`);
  }
  return (place, newest) => {
    const values = byteArray(look.frames[place]);
    paint(canvas, look.grid, look.grid, (i) => groundColour(look, values[i]));
    line.textContent = newest ? look.line : `after epoch ${look.epochs[place]}`;
    figure.setAttribute("aria-label", `Decision boundary after epoch ${look.epochs[place]}. ${newest ? look.line : ""}`);
  };
}

// Of two classes with a single output, 0 is orange and 1 is blue.
function markColour(look, mark) {
  return look.classes === 1 ? look.colours[1 - (mark % 2)] : look.colours[mark % look.colours.length];
}

function groundColour(look, value) {
  let colour, sure;
  if (look.classes > 1) {
    colour = look.colours[Math.floor(value / (look.steps + 1)) % look.colours.length];
    sure = (value % (look.steps + 1)) / look.steps;
  } else {
    colour = look.colours[value > 127 ? 0 : 1];
    sure = Math.abs(value / 127 - 1);
  }
  return [...[1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)), 255 * (0.1 + 0.6 * sure)];
}

function byteArray(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
