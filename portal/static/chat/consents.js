// Consent forms (Einwilligung, GDPR Art. 7) where they were asked for in the log: yes and no equally easy, nothing ticked
// beforehand, the German text beside it, a receipt, and a way back.
import { button, field, fill, make, paragraphs, when } from "./dom.js";

export async function refresh(chat) {
  if (chat.consenting) { chat.consent_again = true; return; }
  chat.consenting = true;
  const answer = await chat.call("/consents", undefined, "GET");
  chat.consenting = false;
  if (chat.consent_again) { chat.consent_again = false; return refresh(chat); }
  if (!answer.ok) { setTimeout(() => chat.isConnected && chat.talk && refresh(chat), 5000); return; }
  for (const place of chat.log.querySelectorAll("[data-consent]")) {
    const consent = answer.data.find((c) => c.request === place.dataset.consent);
    const state = JSON.stringify([chat.language, consent]);
    if (!consent || state === place.state) continue; // a form that is being filled in stays
    const held = place.contains(chat.shadowRoot.activeElement);
    place.state = state;
    place.replaceChildren(...(consent.status === "asked" ? [form(chat, consent)] : receipt(chat, consent)));
    if (held) { place.tabIndex = -1; place.focus(); }
  }
}

async function answered(chat, path, body) { // -> what went wrong, or nothing
  const answer = await chat.call(path, body);
  chat.tell(answer.ok ? "" : answer.message, !answer.ok);
  if (answer.ok || answer.status === 409) { await refresh(chat); chat.changed(); }
  return answer.ok ? null : answer;
}

function words(chat, consent) {
  const german = consent.language === "de" || !consent.text_de ? [] : [make("details", { class: "src" }, make("summary", {}, chat.t.consent_german), paragraphs(consent.text_de, "de"))];
  return [make("div", { class: "text" }, paragraphs(consent.text, consent.language)), ...german];
}

function form(chat, consent) {
  const { t } = chat, id = (name) => `c-${consent.request}-${name}`;
  const wrong = make("p", { class: "error", role: "alert", id: id("wrong") });
  const boxes = consent.receivers.map((r) => make("label", { class: "tick" }, make("input", { type: "checkbox", value: r.id, "aria-describedby": id("wrong") }), r.name));
  const wanted = consent.fields.filter((f) => f.type !== "none"), there = consent.fields.filter((f) => f.type === "none"); // the latter are in the chat already
  const fields = wanted.flatMap((f) => field(chat, id(f.id), f.label, { type: f.type === "email" || f.type === "tel" ? f.type : "text", autocomplete: f.autocomplete || "off", maxlength: 120, dir: "auto", "aria-describedby": id("wrong") }));
  const also = there.length ? [make("p", {}, t.consent_also), make("ul", {}, ...there.map((f) => make("li", {}, f.label)))] : [];
  const form = make("form", { class: "sheet", novalidate: true, "aria-label": t.consent }, ...words(chat, consent),
    make("fieldset", {}, make("legend", {}, t.consent_to), ...boxes), ...fields, ...also, wrong,
    make("div", { class: "row" }, make("button", { type: "submit" }, t.consent_yes), button(t.consent_no, () => answered(chat, `/consents/${consent.request}`, { refused: true }))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const receivers = [...form.querySelectorAll("[type=checkbox]:checked")].map((box) => box.value);
    wrong.textContent = receivers.length ? "" : t.consent_nobody;
    if (!receivers.length) return form.querySelector("[type=checkbox]").focus();
    const given = Object.fromEntries(wanted.map((f) => [f.id, (chat.typed[id(f.id)] ?? "").trim()]));
    const no = await answered(chat, `/consents/${consent.request}`, { receivers, given, language: consent.language });
    if (!no) return;
    wrong.textContent = no.message;
    if (no.data?.field) form.querySelector(`#${CSS.escape(id(no.data.field))}`)?.focus();
  });
  return form;
}

function receipt(chat, consent) {
  const { t } = chat, named = new Map(consent.receivers.map((r) => [r.id, r.name]));
  const day = (iso) => when(iso, chat.language, false);
  if (consent.status === "refused") return [make("p", {}, t.consent_refused)];
  const rows = consent.consents.filter((c) => c.given_at).map((c) => make("li", {},
    make("p", {}, fill(t.consent_given, { to: c.to_name ?? named.get(c.to) ?? c.to, what: consent.fields.map((f) => f.label).join(", "), day: day(c.given_at) }), " ",
      c.withdrawn_at ? fill(t.consent_withdrawn, { day: day(c.withdrawn_at) }) : c.ends_at ? fill(t.consent_ends, { day: day(c.ends_at) }) : ""),
    ...(c.withdrawn_at ? [] : [button(t.consent_withdraw, async () => {
      if (await chat.choose(t.consent_withdraw_sure, t.consent_withdraw, t.cancel)) answered(chat, `/consents/${c.id}/withdraw`, {});
    }), ...(c.link ? [make("p", {}, make("a", { href: chat.base + c.link, target: "_blank", rel: "noopener noreferrer" }, t.consent_link))] : [])])));
  return [make("ul", { class: "receipt" }, ...rows), make("details", { class: "src" }, make("summary", {}, t.consent_text), ...words(chat, consent))];
}
