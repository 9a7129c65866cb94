// One message: who, when, and its blocks.

import { el } from "./dom.js";
import { element } from "./elements.js";
import { nodes } from "./text.js";

const HUES = [212, 28, 286, 152, 340, 48];

/** `act(spot)`: what a click does. `trouble`: what went wrong with the last one. `open`: shows its thread. */
export function render(message, { act, trouble, open, forget }) {
  const body = message.blocks.length
    ? message.blocks.map((block) => el("div", { class: `block ${block.type}` }, DRAW[block.type](block, message.ts, act)))
    : el("div", { class: "block said" }, nodes(message.spans), edited(message));
  const classes = `message${message.private ? " private" : ""}`;
  return el("article", { class: classes, "data-ts": message.ts, "aria-label": `Message of ${message.name}` },
    avatar(message),
    el("div", { class: "content" },
      message.private ? el("p", { class: "only-you" }, eye(), "Only visible to you") : null,
      el("header", { class: "by" }, el("strong", {}, message.name), message.app ? el("span", { class: "badge" }, "APP") : null, when(message)),
      el("div", { class: "blocks" }, body, message.blocks.length ? edited(message) : null),
      trouble ? el("p", { class: "trouble", role: "alert" }, trouble, el("button", { type: "button", "aria-label": "Dismiss", onclick: forget }, "✕")) : null,
      open && message.replies ? el("button", { type: "button", class: "replies", onclick: open }, count(message.replies), el("span", {}, "View thread")) : null,
    ),
    open && !message.private ? el("button", { type: "button", class: "reply", onclick: open, title: "Reply in thread", "aria-label": "Reply in thread" }, "↩") : null,
  );
}

const count = (replies) => el("strong", {}, replies === 1 ? "1 reply" : `${replies} replies`);
const edited = (message) => (message.edited ? el("span", { class: "edited" }, "(edited)") : null);

function when(message) {
  const at = new Date(Number(message.ts) * 1000);
  const shown = at.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" });
  return el("time", { datetime: at.toISOString(), title: at.toLocaleString() }, shown);
}

function eye() {
  return el("span", { class: "eye", "aria-hidden": "true" });
}

export function avatar({ user, name, app }) {
  if (app && name === "Pilotage") return el("img", { class: "avatar", src: "/page/icon.svg", alt: "" });
  const hue = HUES[[...user].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES.length];
  const face = el("span", { class: "avatar", "aria-hidden": "true" }, name.slice(0, 1).toUpperCase());
  face.style.setProperty("--hue", hue);
  return face;
}

const DRAW = {
  header: (block) => el("h3", {}, nodes(block.text.spans)),
  divider: () => el("hr"),
  section: (block, ts, act) => [
    el("div", { class: "section-text" },
      block.text ? el("div", { class: "text" }, nodes(block.text.spans)) : null,
      block.fields ? el("div", { class: "fields" }, block.fields.map((field) => el("div", {}, nodes(field.spans)))) : null),
    block.accessory ? el("div", { class: "accessory" }, accessory(block, ts, act)) : null,
  ],
  context: (block) => block.elements.map((one) => (one.type === "image" ? picture(one) : el("span", {}, nodes(one.spans)))),
  actions: (block, ts, act) => block.elements.map((one) => element(block, one, ts, act)),
  image: (block) => el("figure", {}, block.title ? el("figcaption", {}, nodes(block.title.spans)) : null, picture(block)),
  input: (block, ts, act) => el("label", {},
    el("span", { class: "label" }, nodes(block.label.spans), block.optional ? el("i", {}, " (optional)") : null),
    element(block, block.element, ts, act),
    block.hint ? el("span", { class: "field-hint" }, nodes(block.hint.spans)) : null),
};

const accessory = (block, ts, act) =>
  block.accessory.type === "image" ? picture(block.accessory) : element(block, block.accessory, ts, act);

const picture = (one) => el("img", { src: one.image_url, alt: one.alt_text, loading: "lazy", referrerpolicy: "no-referrer" });
