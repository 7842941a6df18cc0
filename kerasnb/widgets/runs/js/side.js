// kw.compare: the comparison alone in its card.

function mount(host) {
  host.onState((state) => {
    host.card.replaceChildren();
    drawSide(host, host.card, state, state.runs.map((_, i) => i));
  });
}
