// Source with line numbers: lines are lists of pieces, each a kind of kit.css and its text.

function codeLines(parent, lines) {
  const code = make("pre", "code", parent);
  code.tabIndex = 0;
  for (const pieces of lines) {
    const line = make("span", "ln", code);
    for (const [kind, text] of pieces) kind ? make("i", kind, line, text) : line.append(text);
  }
  return code;
}
