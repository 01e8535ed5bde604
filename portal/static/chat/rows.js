// One message as a row of the log. All text is set as text.
import { button, fill, locale, make, RTL, when, writtenSize } from "./dom.js";

const TURNS = new Set(["taken_over", "released", "redirected", "continue_with_assistant", "ended", "closed_idle"]);
// Does a line tell where the chat is now?
export const placing = ({ event }) => TURNS.has(event) || event === "forwarded" || Boolean(event?.startsWith("unavailable"));

export const who = (t, message) => message.author === "visitor" ? t.you
  : message.author === "staff" ? [message.name, t.staff].filter(Boolean).join(" · ") : t.assistant;

export function row_of(chat, message) {
  const t = chat.t, system = message.author === "system";
  const row = make("div", { class: "m", "data-author": message.author, "data-kind": message.kind, "data-reply": message.reply_to, "data-event": message.event, "data-turn": TURNS.has(message.event) });
  row.message = message;
  if (!system) row.append(make("p", { class: "who" }, who(t, message)));
  row.append(message.file ? file(chat, message.file) : body(message));
  if (message.original) row.append(original(chat, message.original));
  if (message.consent) row.append(make("div", { "data-consent": message.consent.request }));
  if (message.sources?.length) row.append(sources(chat, message));
  if (message.links?.length) row.append(make("p", { class: "row" }, ...message.links.map((l) => make("a", { href: chat.base + l.url, target: "_blank", rel: "noopener", lang: message.language }, l.label))));
  if (message.choices?.length) {
    if (message.kind === "answer") row.append(make("p", {}, t.next));
    row.append(make("div", { class: "row choices" }, ...message.choices.map((choice) =>
      make("button", { type: "button", lang: message.language, onclick: () => { chat.send({ choice: choice.id, label: choice.label }); chat.box.focus(); } }, choice.label))));
  }
  if (message.author === "assistant" && (message.kind === "answer" || message.kind === "steps")) row.append(thumbs(chat, message));
  return row;
}

function body(message) {
  const body = make("div", message.author === "visitor" ? { dir: "auto" } : { lang: message.language, dir: RTL.has(message.language) ? "rtl" : "ltr" });
  for (const part of message.text.split(/\n\n/)) {
    let list = null;
    for (const line of part.split("\n")) {
      if (line.startsWith("• ")) { list ??= body.appendChild(make("ul")); list.append(make("li", {}, ...links(line.slice(2)))); }
      else { list = null; body.append(make("p", {}, ...(message.author === "system" ? names(line, message.values) : links(line)))); }
    }
  }
  return body;
}

function names(text, values = {}) { // of people and offices: set apart, in whatever direction they are written
  const found = [values.name, values.organisation].filter((name) => name && text.includes(name));
  if (!found.length) return links(text);
  const at = text.indexOf(found[0]), after = at + found[0].length;
  const rest = { ...values, [values.name === found[0] ? "name" : "organisation"]: null };
  return [...names(text.slice(0, at), rest), make("bdi", {}, found[0]), ...names(text.slice(after), rest)];
}

function links(text) {
  return text.split(/(https:\/\/[^\s,]+)/).map((part) => part.startsWith("https://")
    ? make("a", { href: part.replace(/[.)]$/, ""), rel: "noopener noreferrer nofollow ugc", target: "_blank" }, part) : part);
}

function file(chat, { id, name, size }) {
  const get = button(`${fill(chat.t.download, { name })} (${writtenSize(size, chat.language)})`, async () => (await import("./files.js")).download(chat, id, name));
  return make("p", {}, get);
}

function original(chat, { language, text }) { // a translated message: what was written is one click away
  let name = language;
  try { name = new Intl.DisplayNames([chat.language], { type: "language" }).of(language); } catch { /* its tag will do */ }
  return make("details", { class: "src" }, make("summary", {}, fill(chat.t.original, { language: name })), make("div", { lang: language, dir: RTL.has(language) ? "rtl" : "ltr" }, ...text.split(/\n+/).map((line) => make("p", {}, line))));
}

function sources({ t, language }, message) {
  const list = make("ul", {}, ...message.sources.map((s) => make("li", {},
    make("a", { href: s.url, rel: "noopener", target: "_blank", lang: "de", dir: "auto" }, s.title), ` (${t.checked} ${when(s.checked_on, language, false)})`)));
  const law = message.sources[0].law ? [make("p", {}, `${t.law}: `, make("span", { lang: "de", dir: "ltr" }, message.sources[0].law))] : [];
  return make("details", { class: "src", open: true }, make("summary", {}, t.sources), ...law, list);
}

function thumbs(chat, message) {
  const t = chat.t, row = make("div", { class: "row" }, make("span", {}, t.helpful));
  const rate = async (helpful, comment = "") => {
    const answer = await chat.call("/feedback", { seq: message.seq, helpful, comment });
    if (!answer.ok) return chat.tell(answer.message, true);
    if (helpful || comment) return row.replaceChildren(make("span", { role: "status" }, t.thanks));
    const input = make("input", { type: "text", maxlength: "1000", "aria-label": t.what_was_missing, placeholder: t.what_was_missing });
    row.replaceChildren(input, button(t.comment_send, () => rate(false, input.value || "-")));
    input.focus();
  };
  row.append(button(t.yes, () => rate(true)), button(t.no, () => rate(false)));
  return row;
}
