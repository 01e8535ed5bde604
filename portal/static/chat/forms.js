// Forms below the log: a message when nobody is there, the address it is answered to, the rating, the talk by mail.
import { button, field, fill, hotline, make, uuid } from "./dom.js";

// What is wrong stands at its field, in the chat's language
function wrong(form, name, text) {
  const place = form.querySelector(`#${name}-wrong`), inputs = [...form.querySelectorAll(`[name="${name}"]`)];
  place.textContent = text;
  for (const input of inputs) text ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
  if (text) inputs[0].focus();
}
const place_of = (name) => make("p", { class: "error", role: "alert", id: `${name}-wrong` });
const asked_for = (chat, name, label, attributes) => [...field(chat, name, label, { ...attributes, "aria-describedby": `${name}-wrong` }), place_of(name)];
const lacks = (input) => input.type === "radio" ? input.validity.valueMissing : input.required && !input.value.trim();

// `says`: by the name of a field, what is said where it lacks something or is not right
const sheet = (title, says, onsubmit, ...inside) => {
  const form = make("form", { class: "sheet", novalidate: true }, make("h2", {}, title), ...inside);
  form.addEventListener("input", ({ target }) => { if (target.name in says) wrong(form, target.name, ""); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const bad = [...form.elements].filter((input) => input.name in says && (lacks(input) || !input.validity.valid));
    for (const name in says) wrong(form, name, "");
    for (const input of bad.reverse()) wrong(form, input.name, says[input.name]); // the first one has the focus in the end
    if (bad.length) return;
    const main = form.querySelector("[type=submit]");
    if (main.getAttribute("aria-disabled")) return;
    main.setAttribute("aria-disabled", "true");
    try { await onsubmit(form); } finally { main.removeAttribute("aria-disabled"); }
  });
  return form;
};
const submit = (label) => make("button", { class: "main", type: "submit" }, label);
const email = (chat, label, required) => asked_for(chat, "email", label, { type: "email", autocomplete: "email", maxlength: 254, required, dir: "ltr" });

// -> did it work? What went wrong is said, at the field that it is about; what was typed stays
async function sent(chat, about, ...call) {
  const answer = await chat.call(...call), at = answer.status >= 400 && answer.status < 500 && about?.();
  chat.tell(answer.ok || at ? "" : answer.message, !answer.ok);
  if (at && !answer.ok) wrong(...at, answer.message);
  return answer.ok;
}

export function message(chat, desk) {
  const { t } = chat;
  return sheet(t.message_title, { note: t.write_first, email: t.email_bad }, async (form) => {
    const to = chat.typed.email;
    if (!(await sent(chat, () => [form, "note"], "/person/message", { text: chat.typed.note.trim(), client_msg_id: (chat.typed.note_id ??= uuid()) }))) return;
    chat.typed.note = "";
    delete chat.typed.note_id;
    const told = to ? await chat.call("/address", { email: to }) : null;
    if (told?.ok) chat.typed.asked = to;
    await chat.changed();
    await desk.show();
    const next = desk.more.querySelector("form");
    if (told && !told.ok && next?.querySelector("#email-wrong")) return wrong(next, "email", told.message);
    (desk.more.querySelector("input") ?? chat.box).focus();
  },
  ...asked_for(chat, "note", t.message, { tag: "textarea", rows: 3, required: true, maxlength: 2000, dir: "auto" }),
  ...email(chat, t.email_optional), make("p", {}, t.message_goes),
  make("p", {}, t.hotline, " ", hotline()),
  make("div", { class: "row" }, submit(t.message_send)));
}

export function address(chat, desk, then = null) { // a code goes to the address and comes back
  const { t } = chat, asked = chat.typed.asked;
  if (chat.person?.address) return null;
  const lead = async () => { await desk.show(); desk.more.querySelector("form:last-of-type input")?.focus(); };
  if (!asked) return sheet(then ? t.transcript : t.answer_by_mail, { email: t.email_bad }, async (form) => {
    if (await sent(chat, () => [form, "email"], "/address", { email: chat.typed.email })) { chat.typed.asked = chat.typed.email; lead(); }
  }, ...email(chat, t.email, true), make("p", {}, t.email_why), make("div", { class: "row" }, submit(t.code_get)));
  return sheet(then ? t.transcript : t.answer_by_mail, { code: t.code_first }, async (form) => {
    if (!(await sent(chat, () => [form, "code"], "/address/code", { code: chat.typed.code.trim() }))) return;
    chat.typed.asked = chat.typed.code = "";
    await chat.changed();
    await (then ? then() : chat.tell(t.confirmed));
  }, make("p", {}, fill(t.code_sent, { email: asked })),
  ...asked_for(chat, "code", t.code, { inputmode: "numeric", autocomplete: "one-time-code", required: true, maxlength: 12, dir: "ltr" }),
  make("div", { class: "row" }, submit(t.confirm), button(t.address_other, () => { chat.typed.asked = ""; lead(); })));
}

export function transcript(chat, desk) {
  const { t } = chat, to = chat.person?.address;
  const send = async () => {
    if (!(await sent(chat, null, "/transcript", {}))) return;
    chat.typed.mailed = true;
    await desk.show();
    chat.tell(t.transcript_sent);
  };
  if (!to) return address(chat, desk, send);
  const done = chat.typed.mailed;
  return sheet(t.transcript, {}, send, make("p", {}, fill(done ? t.transcript_done : t.transcript_to, { email: to })),
    make("div", { class: "row" }, make("button", { class: done ? null : "main", type: "submit" }, done ? t.transcript_again : t.transcript_send)));
}

export function rating(chat, desk) {
  const { t } = chat;
  if (!chat.person?.rate || chat.talk?.skipped) return null;
  const stars = [1, 2, 3, 4, 5].map((n) => make("label", { class: "tick" },
    make("input", { type: "radio", name: "stars", value: n, required: true, "aria-describedby": "stars-wrong", onchange: () => { chat.typed.stars = n; }, checked: chat.typed.stars === n }), t[`stars_${n}`]));
  const gone = () => { chat.save({ skipped: true }); desk.show(); chat.box.focus(); };
  return sheet(t.rate, { stars: t.rate_first }, async (form) => {
    const comment = form.elements.comment.value.trim();
    if (!(await sent(chat, null, "/rating", { stars: chat.typed.stars, ...(comment && { comment }) }))) return;
    gone();
    chat.tell(t.thanks);
  }, make("fieldset", {}, make("legend", {}, t.rate_how), ...stars, place_of("stars")),
  ...field(chat, "comment", t.rate_comment, { tag: "textarea", rows: 2, maxlength: 1000, dir: "auto" }),
  make("div", { class: "row" }, submit(t.rate_send), button(t.skip, gone)));
}
