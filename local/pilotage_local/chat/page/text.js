// Spans, as the server parsed them, to nodes.

import { el } from "./dom.js";

const TAGS = { bold: "strong", italic: "em", strike: "s", quote: "blockquote", code: "code", pre: "pre" };
const SAFE = new Set(["http:", "https:", "mailto:"]);

export const nodes = (spans) => spans.map(node);

/** The same without any form, for places that take none. */
export const plain = (spans) => spans.map((span) => span.text ?? plain(span.inside)).join("");

function node(span) {
  if (span.kind === "text") return document.createTextNode(span.text);
  if (span.kind === "link") return link(span.url, span.text);
  if (span.kind === "mention") return el("span", { class: "mention" }, span.text);
  if (span.kind === "date") return date(span);
  return el(TAGS[span.kind], {}, span.inside ? nodes(span.inside) : span.text);
}

function link(url, text) {
  if (!URL.canParse(url) || !SAFE.has(new URL(url).protocol)) return document.createTextNode(text);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer", title: url }, text);
}

// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
function date(span) {
  const at = new Date(span.at * 1000);
  const shown = (options) => new Intl.DateTimeFormat(undefined, options).format(at);
  const day = { month: "long", day: "numeric", year: "numeric" };
  const words = {
    date_num: () => at.toISOString().slice(0, 10),
    date: () => shown(day),
    date_short: () => shown({ ...day, month: "short" }),
    date_long: () => shown({ ...day, weekday: "long" }),
    time: () => shown({ hour: "numeric", minute: "2-digit" }),
    time_secs: () => shown({ hour: "numeric", minute: "2-digit", second: "2-digit" }),
    ago: () => ago(at),
  };
  const text = span.format.replace(/\{(\w+?)(?:_pretty)?\}/g, (all, word) => words[word]?.() ?? all);
  return el("time", { datetime: at.toISOString(), title: span.text }, text);
}

function ago(at) {
  const seconds = (at - Date.now()) / 1000;
  const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}
