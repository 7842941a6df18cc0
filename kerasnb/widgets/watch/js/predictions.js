// A few samples with what the model predicts for them.

function predictionsLook(parent, look) {
  const line = make("p", "t2 sm", parent);
  const grid = make("div", "pr", parent);
  const cells = look.truths.map((truth, i) => {
    const cell = make("figure", "", grid);
    if (look.images) {
      const picture = look.images[i], canvas = make("canvas", "px" + (picture.channels === 2 ? " ink" : ""), cell);
      const values = Float32Array.from(byteArray(picture.data), (v) => v / 255);
      image(canvas, values, picture.rows, picture.columns, picture.channels === 2 ? 1 : 3);
    } else make("div", "num sm pr-x", cell, look.features[i]);
    const told = make("figcaption", "", cell);
    const bars = make("div", "hb", cell);
    make("div", "t2 sm", cell, `sample ${look.places[i]} is ${truth}`);
    const course = make("div", "mono t2", cell, look.course[i]);
    course.setAttribute("aria-hidden", "true");
    course.title = "from the first look to the last";
    return { told, bars };
  });
  return (place, newest) => {
    const { guesses, right } = look.frames[place];
    line.textContent = newest && look.line ? look.line : `after epoch ${look.epochs[place]}`;
    cells.forEach(({ told, bars }, i) => {
      const [name, , text] = guesses[i][0];
      told.replaceChildren();
      if (right[i] !== null) icon(right[i] ? "ok" : "bad", make("span", right[i] ? "ok" : "bad", told));
      told.append(right[i] === null ? ` ${text}` : ` ${name}`);
      if (right[i] !== null) told.append(right[i] ? " right" : " wrong");
      bars.replaceChildren();
      for (const [label, share, value] of guesses[i]) {
        if (share === null) continue;
        make("span", "", bars, label);
        make("i", "", make("u", "", bars)).style.width = 100 * share + "%";
        make("span", "", bars, value);
      }
    });
  };
}
