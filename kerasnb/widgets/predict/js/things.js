// Samples as a person sees them, and the bars of an answer.

// Draws a sample: a picture, or a few words. `side` is its width in pixels.
function drawThing(parent, thing, side) {
  if (thing.kind !== "image") return make("span", "words", parent, thing.text);
  const canvas = make("canvas", "px" + (thing.channels === 1 ? " ink" : ""), parent);
  const data = Uint8Array.from(atob(thing.data), (c) => c.charCodeAt(0));
  Object.assign(canvas.style, { width: side + "px", height: Math.max(8, Math.round((side * thing.rows) / thing.columns)) + "px" });
  paint(canvas, thing.rows, thing.columns, (i) =>
    thing.channels === 1 ? [0, 0, 0, data[i]] : [data[3 * i], data[3 * i + 1], data[3 * i + 2], 255]
  );
  return canvas;
}

// Whole percents; what is nearly all is not called all.
function sure(value) {
  if (value === null) return "NaN";
  return value >= 0.995 && value < 1 ? ">\u00a099\u00a0%" : Math.round(100 * value) + "\u00a0%";
}

// Bars that can change: { set(values) }. Shares go from 0 to 1, values to the largest of them.
function barsOf(parent, names, shares) {
  const box = make("div", "hb", parent);
  const rows = names.map((name) => {
    make("b", "", box, name);
    const bar = make("i", "", make("u", "", box));
    return [bar, make("span", "", box, "–")];
  });
  return {
    set(values) {
      const top = shares ? 1 : Math.max(...values.map((v) => Math.abs(v || 0))) || 1;
      rows.forEach(([bar, text], i) => {
        const value = values[i];
        bar.style.width = 100 * Math.min(1, Math.abs(value || 0) / top) + "%";
        bar.style.background = value < 0 ? "var(--neg)" : "";
        text.textContent = shares ? share(value) : number(value);
      });
    },
    clear() {
      for (const [bar, text] of rows) [bar.style.width, text.textContent] = ["0", "–"];
    },
  };
}

// One question at a time; of those that come meanwhile, the last one is asked next.
class Latest {
  constructor(ask) {
    this.ask = ask;
    this.busy = false;
    this.next = null;
  }

  async go(...question) {
    this.next = question;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.next) {
        const now = this.next;
        this.next = null;
        await this.ask(...now);
      }
    } finally {
      this.busy = false;
    }
  }
}
