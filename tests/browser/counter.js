function mount(host) {
  const head = make("div", "head", host.card);
  const count = make("b", "count", head);
  const add = button(head, "Add", { icon: "plus", key: "A", click: () => go(1) });
  const field = make("input", "f", head);
  field.setAttribute("aria-label", "step");
  const problem = make("span", "bad", head);
  const go = async (by) => {
    problem.textContent = "";
    try { await host.ask("add", { by }); } catch (error) { problem.textContent = error.message; }
  };
  field.onchange = () => go(Number(field.value));
  host.useKeys({ a: () => go(1), "ctrl+z": () => go(-1) });
  host.onState((state) => { count.textContent = state.count; });
  host.onGone(() => enable(add, false, GONE));
}
