// Buttons, menus and inputs. What a person typed or chose lives in `drafts`, so that an update of the card keeps it.

import { el } from "./dom.js";
import { nodes, plain } from "./text.js";

const drafts = new Map(); // by the key of a spot

/** Names one element of one message. */
export const key = ({ ts, block, action }) => JSON.stringify([ts, block, action]);

/** What one person typed is not for the next. */
export const forgetDrafts = () => drafts.clear();

/** What stands in the inputs of a message, by block and action, where somebody touched them. */
export function valuesOf(ts) {
  const values = {};
  for (const [name, value] of drafts) {
    const [message, block, action] = JSON.parse(name);
    if (message === ts) (values[block] ??= {})[action] = value;
  }
  return values;
}

export function element(block, one, ts, act) {
  const spot = { ts, block: block.block_id, action: one.action_id };
  if (one.type === "button") return button(one, spot, act);
  if (one.type === "static_select") return select(one, spot, block.type !== "input" || block.dispatch_action, act);
  return input(one, spot, block.dispatch_action, act);
}

function button(one, spot, act) {
  const pressed = async () => {
    if (one.confirm && !(await confirmed(one.confirm))) return;
    if (one.url && URL.canParse(one.url) && /^https?:$/.test(new URL(one.url).protocol)) window.open(one.url, "_blank", "noopener");
    await act(spot);
  };
  const label = one.accessibility_label;
  const style = { class: `button ${one.style ?? ""}`, "data-spot": key(spot), "aria-label": label };
  return el("button", { type: "button", ...style, onclick: pressed }, el("span", {}, nodes(one.text.spans)));
}

function select(one, spot, dispatch, act) {
  const initial = drafts.has(key(spot)) ? drafts.get(key(spot)) : one.initial_option?.value;
  const before = { value: initial ?? "" };
  const changed = async (event) => {
    const menu = event.target;
    if (one.confirm && !(await confirmed(one.confirm))) return void (menu.value = before.value);
    drafts.set(key(spot), menu.value || null);
    before.value = menu.value;
    if (dispatch) await act(spot);
  };
  const placeholder = el("option", { value: "" }, one.placeholder ? plain(one.placeholder.spans) : "Choose…");
  const options = one.options.map((option) =>
    el("option", { value: option.value, title: option.description && plain(option.description.spans) }, plain(option.text.spans)),
  );
  const label = one.placeholder ? plain(one.placeholder.spans) : "Choose";
  const menu = el("select", { class: "menu", "data-spot": key(spot), "aria-label": label, onchange: changed }, placeholder, options);
  menu.value = before.value;
  return el("span", { class: "menu-box" }, menu);
}

function input(one, spot, dispatch, act) {
  const on = one.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const typed = async (event) => {
    drafts.set(key(spot), event.target.value || null);
    if (dispatch && on.includes("on_character_entered")) await act(spot);
  };
  const pressed = async (event) => {
    if (event.key !== "Enter" || event.isComposing || (one.multiline && !event.ctrlKey && !event.metaKey)) return;
    event.preventDefault();
    if (dispatch && on.includes("on_enter_pressed")) await act(spot);
  };
  const about = { class: "field", "data-spot": key(spot), minlength: one.min_length, maxlength: one.max_length ?? 3000 };
  const hint = one.placeholder && plain(one.placeholder.spans);
  const field = el(one.multiline ? "textarea" : "input", { ...about, placeholder: hint, oninput: typed, onkeydown: pressed });
  if (one.multiline) field.rows = 3;
  field.value = (drafts.has(key(spot)) ? drafts.get(key(spot)) : one.initial_value) ?? "";
  return field;
}

function confirmed(asked) {
  const dialog = document.getElementById("confirm");
  const [no, yes] = dialog.querySelectorAll("button");
  dialog.querySelector("h2").replaceChildren(...nodes(asked.title.spans));
  dialog.querySelector("p").replaceChildren(...nodes(asked.text.spans));
  no.replaceChildren(...nodes(asked.deny.spans));
  yes.replaceChildren(...nodes(asked.confirm.spans));
  yes.className = `button ${asked.style ?? "primary"}`;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
