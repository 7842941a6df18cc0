// The code that ran for a layer, below its activations.

class HoodPane {
  constructor(host, parent) {
    this.host = host;
    this.place = make("section", "under", parent);
    this.place.setAttribute("aria-label", "The hood");
    this.place.hidden = true;
  }

  async open(row) {
    const state = await this.host.ask("hood", { row });
    this.place.hidden = false;
    this.state = state;
    this.tab = state.ran;
    this.draw();
    this.place.querySelector("[aria-selected='true']").focus();
  }

  close() {
    this.place.hidden = true;
    this.place.replaceChildren();
  }

  draw() {
    const { state, place } = this;
    place.replaceChildren();
    const head = make("div", "head", place);
    make("b", "", head, "The hood: " + state.title);
    make("span", "", head, state.words);
    button(make("span", "sp", head), "Close", { kind: "q", click: () => this.close() });
    const tabs = make("div", "tabs", place);
    tabs.setAttribute("role", "tablist");
    tabs.setAttribute("aria-label", "Implementation");
    for (const tab of state.tabs) {
      const control = button(tabs, tab.title, { click: () => { this.tab = tab.key; this.draw(); this.place.querySelector("[aria-selected='true']").focus(); } });
      const chosen = tab.key === this.tab;
      Object.entries({ role: "tab", "aria-selected": chosen, id: "hood-" + tab.key, "aria-controls": "hood-code" }).forEach(([k, v]) => control.setAttribute(k, v));
      make("span", "t2 num", control, tab.time);
    }
    const tab = state.tabs.find((one) => one.key === this.tab);
    make("p", "t2 sm", place, tab.note);
    const code = codeLines(place, tab.text ? tab.lines : []);
    Object.entries({ id: "hood-code", role: "tabpanel", "aria-labelledby": "hood-" + tab.key }).forEach(([k, v]) => code.setAttribute(k, v));
    const said = make("p", "sm " + (state.agrees ? "ok" : "bad"), place);
    icon(state.agrees ? "ok" : "bad", said);
    said.append(" " + state.verdict);
  }
}
