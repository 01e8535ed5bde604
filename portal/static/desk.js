/** The staff desk: wakes by one stream, reloads fragments so that focus and typed text stay, keys, drafts, the sign of typing.
 *  Without it every form and link works all the same. */

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const desk = $("#desk"), { path, chat } = desk.dataset;
const page = chat ? `${path}/chats/${chat}` : null;
const csrf = document.body.dataset.csrf;
const kept = (key, value) => {  // settings and drafts; a browser without storage does without
  try {
    if (value === undefined) return localStorage.getItem(key);
    value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value);
  } catch { /* private mode */ }
  return null;
};
const BY_ITSELF = { "x-live": "1" };  // what nobody did: it does not keep anybody signed in
const id = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

/* Reloading: one request at a time for each part; what wakes it meanwhile lets it run once more. */
const busy = {};
async function reload(part, url, select = part, swap = "outerMorph") {
  if (busy[part]) { busy[part] = "again"; return; }
  busy[part] = "now";
  try {
    await htmx.ajax("GET", url, { source: $(part), target: part, select, swap, headers: BY_ITSELF });
  } catch { /* the stream tries again */ } finally {
    const again = busy[part] === "again";
    delete busy[part];
    if (again) setTimeout(() => reload(part, url, select, swap), 100);
  }
}
const queue = () => {
  const query = new URLSearchParams(location.search);
  if (chat) query.set("chat", chat);
  return reload("#queue", `${path}/queue?${query}`);
};
async function talk() {
  if (!chat) return;
  if (document.hidden) { late = true; return; }  // what nobody sees was not read
  await reload("#talk", page + (location.search.includes("all=") ? "?all=1" : ""));
}
let late = false;
document.addEventListener("visibilitychange", () => { if (!document.hidden && late) { late = false; talk(); queueSoon(); } });
setInterval(() => { if (!document.hidden) queue(); }, 30_000);
let listing;  // what was said in the open chat comes first, and several things at once make one request
const queueSoon = () => { listing ??= setTimeout(() => { listing = undefined; queue(); }, 300); };

/* The stream. */
function listen() {
  const events = new EventSource(`${path}/events${chat ? `?chat=${chat}` : ""}`);
  events.addEventListener("hello", () => { $("#offline").hidden = true; queue(); talk(); });  // also what came while the page was on its way
  events.addEventListener("queue", queueSoon);
  events.addEventListener("chat", talk);
  events.addEventListener("signed-out", () => { events.close(); location.reload(); });
  events.onerror = () => {
    $("#offline").hidden = false;
    if (events.readyState === EventSource.CLOSED) setTimeout(async () => {
      const answer = await fetch(`${path}/queue`, { headers: { "hx-request": "true", ...BY_ITSELF } }).catch(() => null);
      if (answer && answer.status === 401) location.reload();
      else listen();
    }, 3000);
  };
  addEventListener("pagehide", () => events.close(), { once: true });
}

/* After every swap: the title's number, a sound, the newest line, drafts. */
let waiting = Number($("#queue").dataset.waiting), unread = Number($("#queue").dataset.unread);
let last = Number($("#talk")?.dataset.last ?? 0), forget;
const title = document.title.replace(/^\(\d+\) /, "");
const down = () => { const log = $("#log"); if (log) log.scrollTop = log.scrollHeight; };
let end = true;  // who stands at the end stays there when lines grow, as with a translation that comes in
document.addEventListener("htmx:before:swap", () => { const log = $("#log"); end = !log || log.scrollTop + log.clientHeight > log.scrollHeight - 40; });
let refusal = "";
document.addEventListener("htmx:after:swap", () => {
  const now = $("#queue").dataset;
  document.title = (Number(now.waiting) ? `(${now.waiting}) ` : "") + title;
  if (Number(now.waiting) > waiting || Number(now.unread) > unread) beep();
  [waiting, unread] = [Number(now.waiting), Number(now.unread)];
  const shown = $("#talk"), write = $("#write");
  if (shown && Number(shown.dataset.last) > last) { last = Number(shown.dataset.last); down(); } else if (end) down();
  const refused = $("#refused")?.textContent.trim() ?? "";
  if (refused && refused !== refusal) $("#refused").scrollIntoView({ block: "nearest" });
  refusal = refused;
  if (shown && write && shown.dataset.owner !== write.dataset.owner) reload("#write", page, "#write", "outerHTML");
  clearTimeout(forget);
  if ($("#typing")?.textContent) forget = setTimeout(talk, 6500);  // the sign holds six seconds
  drafts();
});
document.addEventListener("htmx:response:error", (e) => {
  const status = e.detail.ctx?.response?.raw?.status ?? e.detail.ctx?.response?.status;
  if (status === 401) location.reload();
  if (status === 404 && e.detail.ctx?.request?.method === "GET") location.href = `${path}/queue`;
});

/* Drafts: by chat and field, until they are sent. */
const slot = (box) => `desk:${chat}:${box.name}`;
function drafts() {
  for (const box of $$("[data-draft]")) {
    if (box.dataset.ready) continue;
    box.dataset.ready = "1";
    const before = sessionStorage.getItem(slot(box));
    if (!box.value && before && box.name !== "translation") box.value = before;
    else if (box.value) sessionStorage.setItem(slot(box), box.value);
  }
  for (const button of $$("[data-insert]")) button.hidden = false;
}
document.addEventListener("input", (e) => {
  const box = e.target;
  if (!box.matches?.("[data-draft]")) return;
  sessionStorage.setItem(slot(box), box.value);
  if (box.id === "text" || box.id === "translation") typing(Boolean(box.value));
});
function sent(form) {
  for (const box of $$("[data-draft]", form)) { box.value = ""; sessionStorage.removeItem(slot(box)); }
  for (const field of $$("[name=client_msg_id]")) field.value = id();
  if ($("#preview", form)) reload("#write", page, "#write", "outerHTML").then(() => $("#text")?.focus());
}
document.addEventListener("htmx:after:request", (e) => {
  const { ctx } = e.detail, form = ctx.sourceElement;
  if (!form.matches?.("form[data-ajax]")) return;
  const status = ctx.response?.raw?.status ?? ctx.response?.status;
  if (!(status >= 200 && status < 300)) return;
  quiet();
  sent(form);
  if (form.matches("[data-answer]")) { $("#found").replaceChildren(); $("#question").value = ""; $("#text")?.focus(); }
});
document.addEventListener("htmx:after:swap", (e) => {
  const from = e.detail.ctx?.sourceElement;
  if (from?.id === "find") ($("#found [data-row]") ?? $("#question")).focus();
});
let translating = false;  // the button goes with the part that is swapped, so its own event may not be heard
document.addEventListener("click", (e) => { if (e.target.closest("#translate")) translating = true; });
if (page) new MutationObserver(() => {
  if (!translating) return;
  translating = false;
  setTimeout(() => ($("#translation") ?? $("#text"))?.focus());  // after htmx has put the focus back where it was
}).observe($("#chat"), { childList: true });

/* The sign of typing: only for replies, at most every three seconds, never with the text. */
let said = 0;
function typing(on) {
  if (on && Date.now() - said < 3000) return;
  said = on ? Date.now() : 0;
  const body = new URLSearchParams({ on: on ? "1" : "0" });
  fetch(`${page}/typing`, { method: "POST", headers: { "x-csrf": csrf }, body, keepalive: true }).catch(() => {});
}
const quiet = () => { said = 0; };
document.addEventListener("focusout", (e) => { if (e.target.id === "text" && said) typing(false); });

/* Canned replies. */
document.addEventListener("click", (e) => {
  const button = e.target.closest("[data-insert]"), box = $("#text");
  if (!button || !box) return;
  box.setRangeText($(".lines", button.parentElement).textContent, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
});

/* Keys. Single letters can be turned off (WCAG 2.1.4) and never work inside a field. */
const letters = () => kept("desk:keys") !== "off";
const keys = $("#keys"), on = $("#keys-on");
on.checked = letters();
on.addEventListener("change", () => kept("desk:keys", on.checked ? null : "off"));
$("#show-keys").addEventListener("click", () => keys.showModal());
function step(by) {
  const found = $("#found"), within = found?.contains(document.activeElement) ? found : $("#queue");
  const rows = $$("[data-row]", within), at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]?.focus();
}
const ACTIONS = {
  j: () => step(1), k: () => step(-1), "?": () => keys.showModal(),
  t: () => ($("[data-take]", document.activeElement.closest(".chat-row") ?? $("#talk") ?? $("#queue")))?.requestSubmit(),
  "/": () => $("#question")?.focus(), r: () => $("#text")?.focus(), n: () => $("#note")?.focus(),
};
document.addEventListener("keydown", (e) => {
  const field = e.target.closest("input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]");
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.form?.matches("[data-ajax]")) {
    e.preventDefault();
    const main = $("#translation", e.target.form) ? $("#send") : $(".kern-btn--primary,.small-btn", e.target.form);
    return e.target.form.id === "reply" ? main.click() : e.target.form.requestSubmit();
  }
  if (keys.open || e.isComposing) return;
  if (e.key === "Escape") {
    if (field || $("#found")?.contains(document.activeElement)) return document.activeElement.blur();
    if (page) location.href = `${path}/queue`;
    return;
  }
  if (field || e.ctrlKey || e.metaKey || e.altKey || !letters() || !ACTIONS[e.key]) return;
  e.preventDefault();
  ACTIONS[e.key]();
});

/* Sound: off until somebody wants it. */
const sound = $("#sound");
const loud = () => kept("desk:sound") === "on";
const showSound = () => {
  sound.setAttribute("aria-pressed", String(loud()));
  $("[data-on]", sound).hidden = !loud();
  $("[data-off]", sound).hidden = loud();
};
sound.addEventListener("click", () => { kept("desk:sound", loud() ? null : "on"); showSound(); if (loud()) beep(); });
function beep() {
  if (!loud()) return;
  const audio = new AudioContext(), tone = audio.createOscillator(), volume = audio.createGain();
  volume.gain.value = 0.1;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.15);
  tone.onended = () => audio.close();
}

$("#live-tools").hidden = false;
showSound();
drafts();
down();
listen();
