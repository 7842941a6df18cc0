// What a training looks like from inside. One slider goes back to earlier looks.

const LOOKS = { boundary: boundaryLook, predictions: predictionsLook, weights: stripsLook, gradients: stripsLook };

function mount(host) {
  const head = make("div", "head", host.card);
  make("b", "", head, "Watch");
  const told = make("span", "", head);
  const cost = make("span", "sp t2 sm num", head);
  const looks = make("div", "wt", host.card);
  const row = make("label", "row foot", host.card, "after epoch ");
  const slider = make("input", "", row);
  slider.type = "range";
  slider.min = 0;
  const number = make("b", "num", row);
  const newest = button(row, "newest", { kind: "q", click: () => go(epochs().length - 1) });
  let draws = [];

  // The epochs of the look that keeps most of them; the others show their nearest one.
  const epochs = () => host.state.looks.map((look) => look.epochs).reduce((a, b) => (b.length > a.length ? b : a));
  const go = (place) => {
    slider.value = Math.max(0, Math.min(epochs().length - 1, place));
    show();
  };
  const show = () => {
    const all = epochs(), place = Number(slider.value), epoch = all[place], last = place === all.length - 1;
    number.textContent = epoch;
    enable(newest, !last, "This is the newest look.");
    slider.setAttribute("aria-valuetext", `after epoch ${epoch}`);
    host.state.looks.forEach((look, i) => {
      const near = look.epochs.reduce((best, e, j) => (Math.abs(e - epoch) < Math.abs(look.epochs[best] - epoch) ? j : best), 0);
      draws[i](last ? look.epochs.length - 1 : near, last);
    });
  };
  slider.oninput = show;
  host.useKeys({ ArrowLeft: () => go(Number(slider.value) - 1), ArrowRight: () => go(Number(slider.value) + 1) });
  host.onState((state) => {
    const follows = Number(slider.value) === Number(slider.max), at = Number(slider.value);
    looks.replaceChildren();
    draws = state.looks.map((look) => {
      const part = make("section", "wt-" + look.kind, looks);
      make("h4", "", part, look.title);
      return LOOKS[look.kind](part, look);
    });
    looks.classList.toggle("beside", state.looks.length > 1 && state.looks.some((look) => look.kind === "boundary"));
    const all = epochs();
    told.textContent = `after epoch ${all.at(-1)}`;
    cost.textContent = state.cost;
    slider.max = all.length - 1;
    row.hidden = all.length < 2;
    go(follows ? all.length - 1 : at);
    if (state.ended) host.announce(`Watch: after epoch ${all.at(-1)}`);
  });
}
