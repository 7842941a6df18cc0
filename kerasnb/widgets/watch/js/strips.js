// Weights or gradients: a strip of heat for each layer, a column for each look.

function stripsLook(parent, look) {
  make("p", "t2 sm", parent, look.line);
  const table = make("table", "sp-t", parent);
  const marks = look.layers.map((layer) => {
    const row = make("tr", "", table);
    make("th", "l", row, layer.name).scope = "row";
    make("td", "t2 sm", row, layer.axis);
    const place = make("div", "sp-h" + (layer.rows === 1 ? " one" : ""), make("td", "sp-w", row));
    const heat = byteArray(layer.heat), columns = heat.length / layer.rows;
    paint(make("canvas", "", place), layer.rows, columns, (i) => [47, 127, 224, heat[i]]);
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `${look.title} of ${layer.name}: ${layer.told}`);
    place.title = layer.told;
    make("td", "l sm num", row, layer.told);
    return { mark: make("span", "sp-m", place), columns };
  });
  if (look.more) make("p", "t2 sm", parent, `${look.more} more layers are not drawn`);
  return (place) => {
    for (const { mark, columns } of marks) {
      mark.style.left = (100 * place) / columns + "%";
      mark.style.width = 100 / columns + "%";
      mark.hidden = place === columns - 1;
    }
  };
}
