// Builds nodes. Strings become text nodes, never markup.

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function send(path, document) {
  const body = JSON.stringify(document);
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body })
    .then((answer) => (answer.ok ? answer.json() : { ok: false, error: `The chat itself refused it (${answer.status}).` }))
    .catch(() => ({ ok: false, error: "The local chat does not answer. Is it still running?" }));
}
