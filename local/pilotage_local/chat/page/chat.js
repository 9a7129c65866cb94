// The page: who you are, where you are, what is said there. It asks the server for news and waits for the answer.

import { el, send } from "./dom.js";
import { forgetDrafts, key, valuesOf } from "./elements.js";
import { avatar, render } from "./message.js";

const by = (id) => document.getElementById(id);
const place = new URLSearchParams(location.search);
const now = { as: place.get("as") ?? "", channel: location.hash.slice(1), thread: null, view: null, waiting: null };
const troubles = new Map(); // by ts: what went wrong with the last click
const drawn = new Map(); // by list and ts: what stands there

async function listen() {
  for (;;) {
    const waiting = new AbortController();
    now.waiting = waiting;
    const asked = new URLSearchParams({ as: now.as, ...(now.view ? { after: now.view.version } : {}) });
    try {
      const answer = await fetch(`/_chat/view?${asked}`, { signal: waiting.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      show(await answer.json());
    } catch (error) {
      if (waiting.signal.aborted) continue;
      tell("The local chat does not answer. Is it still running?");
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function show(view) {
  now.view = view;
  now.as = view.me;
  if (!view.channels.some((channel) => channel.id === now.channel)) now.channel = view.channels[0].id;
  tell(view.linked ? "" : "No application is linked: buttons and commands go nowhere yet.");
  draw();
}

function tell(text) {
  by("notice").hidden = !text;
  by("notice").textContent = text;
}

function draw() {
  const { view } = now;
  const channel = view.channels.find((one) => one.id === now.channel);
  by("channels").replaceChildren(...view.channels.map(channelLink));
  by("people").replaceChildren(...view.people.map(personChoice));
  by("room-name").textContent = `# ${channel.name}`;
  document.title = `#${channel.name} · Pilotage: local chat`;
  list(by("log"), channel.messages.filter((message) => !message.thread || message.thread === message.ts), true);
  const parent = channel.messages.find((message) => message.ts === now.thread);
  by("thread").hidden = !parent;
  document.body.classList.toggle("threaded", Boolean(parent));
  if (parent) list(by("thread-log"), channel.messages.filter((m) => m === parent || m.thread === parent.ts), false);
  for (const [id, hint] of [["composer", `Message #${channel.name}, or ${view.command} help`], ["thread-composer", "Reply…"]]) {
    by(id).querySelector("textarea").placeholder = hint;
  }
}

/** Only what changed is drawn anew, so that a text that somebody types elsewhere stays under the cursor. */
function list(log, messages, withThreads) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const kept = messages.map((message) => {
    const name = `${log.id} ${now.channel} ${now.as} ${message.ts}`;
    const state = JSON.stringify([message, troubles.get(message.ts)]);
    const old = drawn.get(name);
    if (old?.state === state) return old.node;
    const open = () => openThread(message.ts);
    const forget = () => blame(message.ts, null);
    const node = render(message, { act, forget, trouble: troubles.get(message.ts), open: withThreads ? open : null });
    if (old) swap(old.node, node);
    drawn.set(name, { state, node });
    return node;
  });
  const same = log.children.length === kept.length && kept.every((node, index) => log.children[index] === node);
  if (same) return;
  const grown = kept.length > log.children.length;
  for (const child of [...log.children]) if (!kept.includes(child)) child.remove();
  kept.forEach((node, index) => log.children[index] !== node && log.insertBefore(node, log.children[index] ?? null));
  if (!kept.length) log.replaceChildren(el("p", { class: "empty" }, "Nothing has been said here yet."));
  if (grown && atEnd) log.scrollTop = log.scrollHeight;
}

function swap(old, node) {
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  const { spot } = held?.dataset ?? {};
  const range = spot && "selectionStart" in held ? [held.selectionStart, held.selectionEnd] : null;
  node.classList.add("changed");
  old.replaceWith(node);
  if (!spot) return;
  const again = node.querySelector(`[data-spot="${CSS.escape(spot)}"]`);
  again?.focus({ preventScroll: true });
  if (range) again?.setSelectionRange(...range);
}

async function act(spot) {
  const { as, channel } = now;
  const { ts, block, action } = spot;
  const buttons = document.querySelectorAll(`[data-spot="${CSS.escape(key(spot))}"]`);
  for (const one of buttons) one.setAttribute("aria-busy", "true");
  const answer = await send("/_chat/click", { as, channel, ts, block_id: block, action_id: action, values: valuesOf(ts) });
  for (const one of buttons) one.removeAttribute("aria-busy");
  blame(ts, answer.ok ? null : answer.error);
}

function blame(ts, trouble) {
  if (trouble) troubles.set(ts, trouble);
  else troubles.delete(ts);
  draw();
}

function channelLink(channel) {
  const current = channel.id === now.channel;
  return el("li", {}, el("a", { href: `#${channel.id}`, "aria-current": current ? "page" : null }, el("span", { "aria-hidden": "true" }, "# "), channel.name));
}

function personChoice(person) {
  const chosen = person.id === now.as;
  const radio = el("input", { type: "radio", name: "as", value: person.id, checked: chosen, onchange: () => become(person.id) });
  const face = avatar({ user: person.id, name: person.name, app: false });
  return el("label", { class: chosen ? "chosen" : null }, radio, face, el("span", {}, person.name));
}

function become(person) {
  now.as = person;
  troubles.clear();
  drawn.clear();
  forgetDrafts();
  place.set("as", person);
  history.replaceState(null, "", `?${place}${location.hash}`);
  now.view = null;
  now.waiting?.abort();
}

function openThread(ts) {
  now.thread = ts;
  draw();
  by("thread-composer").querySelector("textarea").focus();
}

function compose(form, thread) {
  const field = form.querySelector("textarea");
  const hint = form.querySelector(".hint");
  const say = (text) => {
    hint.textContent = text;
    hint.hidden = !text;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    say("");
    const answer = await send("/_chat/say", { as: now.as, channel: now.channel, text, thread: thread() });
    if (!answer.ok) say(answer.error);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  field.addEventListener("input", () => say(field.value.startsWith("/") && !thread() ? `${now.view.command} help: what Pilotage understands` : ""));
}

compose(by("composer"), () => null);
compose(by("thread-composer"), () => now.thread);
by("close-thread").addEventListener("click", () => {
  now.thread = null;
  draw();
});
addEventListener("hashchange", () => {
  now.channel = location.hash.slice(1);
  now.thread = null;
  if (now.view) show(now.view);
});
listen();
