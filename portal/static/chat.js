// <wegweiser-chat>: the chat of the page and of the widget. Speaks the HTTP interface /api/chat; the server's record is
// the truth, events only wake. Nothing is stored in the browser before the first message. All text is set as text.
// What only a talk with a person needs (chat/person.js and what it asks for) is loaded when there is one.
import { ASLEEP, button, hotline, make, pause, RTL, uuid } from "./chat/dom.js";
import { LOOK } from "./chat/look.js";
import { placing, row_of, who } from "./chat/rows.js";
import { look } from "./chat/signs.js";
import { going_row, starters } from "./chat/start.js";

const LIMIT = 2000, PAGE = 500;
const KEY = "wegweiser-chat";
const PERSONAL = [/[\w.+-]+@[\w-]+\.\w{2,}/, /(?:\+|\b0)(?<!\d\.0)(?!\d?\.\d\d?\.\d{4})\d[\d\s/().-]{7,}\d/, /\b[A-Z]{2}\d{2}(?:\s?[A-Z\d]{4}){2,7}(?:\s?[A-Z\d]{1,4})?\b/, /\b(?=\w*\d\w*\d)[CFGHJKLMNPRTVWXYZ][A-Z0-9]{8}\b/];

class WegweiserChat extends HTMLElement {
  async connectedCallback() {
    this.base = this.getAttribute("base") || "";
    this.language = this.getAttribute("lang") || "en";
    this.floating = this.hasAttribute("floating");
    this.typed = {}; // what stands in forms, for the case that they are drawn anew
    this.fresh();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOK);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    await this.words();
    if (!this.t) return;
    try { this.going = JSON.parse(this.getAttribute("going-on") || "null"); } catch { this.going = null; }
    this.draw();
    this.tabs = new BroadcastChannel(KEY);
    this.tabs.onmessage = ({ data }) => { if (data.id === this.talk?.id) data.gone ? this.forget() : this.catch_up(); };
    this.left = new AbortController();
    for (const name of ["focus", "blur", "online"]) addEventListener(name, () => look(this), { signal: this.left.signal });
    document.addEventListener("visibilitychange", () => { look(this); if (document.visibilityState === "visible") this.catch_up(); }, { signal: this.left.signal });
    if (this.saved) this.resume();
  }

  async listen() { (await import("./chat/stream.js")).listen(this); }

  disconnectedCallback() { this.stop?.abort(); this.left?.abort(); this.tabs?.close(); clearInterval(this.poll); }

  fresh() { this.seen = new Map(); this.person = null; this.owner = "assistant"; this.turn = null; this.spoke = this.told = 0; this.broken = this.whole = this.read_at = 0; }
  get saved() { try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; } }
  save(more) {
    try {
      if (this.talk) sessionStorage.setItem(KEY, JSON.stringify(Object.assign(this.talk, more)));
      else sessionStorage.removeItem(KEY);
    } catch { /* storage is off: the chat lives as long as the page */ }
  }

  async words() {
    for (let wait = 500; this.isConnected; wait = Math.min(wait * 2, 15000)) {
      try {
        const answer = await fetch(`${this.base}/api/chat/strings?lang=${encodeURIComponent(this.language)}`);
        if (answer.ok) { this.t = await answer.json(); break; }
      } catch { /* the network: try again */ }
      if (!this.t) this.shadowRoot.replaceChildren(make("p", { role: "alert", dir: "ltr" }, "☎ ", hotline()));
      await pause(wait);
    }
    this.shadowRoot.host.dir = RTL.has(this.language) ? "rtl" : "ltr";
  }

  draw() {
    const t = this.t;
    this.log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t.log });
    this.status = make("p", { class: "status", role: "status" });
    this.box = make("textarea", { name: "text", rows: "2", id: "text", dir: "auto" });
    this.asks = make("span", {}, t.label);
    this.form = make("form", { class: "say" }, make("label", { for: "text" }, this.asks, this.box), make("button", { class: "main", type: "submit" }, t.send));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
    });
    this.box.addEventListener("input", () => {
      this.tell(this.box.value.length > LIMIT - 200 ? `${this.box.value.length} / ${LIMIT}` : "");
      if (this.talk) this.save({ draft: this.box.value });
      this.desk?.type();
    });
    this.wish = button(t.person, () => this.ask_person());
    const tools = make("div", { class: "row tools" }, this.wish, button(t.restart, () => this.restart()), button(t.delete, () => this.remove_all()));
    if (t.languages?.length) {
      const pick = make("select", { "aria-label": t.language }, ...t.languages.map((l) => make("option", { value: l.tag, lang: l.tag, dir: l.dir, selected: l.tag === this.language }, l.name)));
      pick.addEventListener("change", () => this.speak(pick.value));
      tools.append(pick);
    }
    const bar = this.floating ? [make("div", { class: "bar" }, make("h2", {}, t.title), button(t.close, () => this.shut()))] : [];
    this.nature = make("p", {}, t.notice);
    this.view = make("div", { class: "view", tabindex: "0", role: "region", "aria-label": t.title }, make("div", { class: "notice" }, this.nature, make("p", {}, t.privacy, " ", make("a", { href: `${this.base}/${this.language}/privacy`, target: "_blank", rel: "noopener" }, t.privacy_page))), this.log);
    this.end = true;
    this.view.addEventListener("scroll", () => { this.end = this.view.scrollTop + this.view.clientHeight > this.view.scrollHeight - 40; });
    new ResizeObserver(() => { if (this.floating && this.end && this.talk) this.follow(); }).observe(this.view);
    this.panel = make("div", { class: "box", role: this.floating ? "dialog" : null, "aria-label": this.floating ? t.title : null, hidden: this.floating },
      ...bar, this.view, this.status, this.form, tools);
    this.panel.addEventListener("click", (event) => { if (event.target.closest("button")) this.clear(); }, true);
    this.panel.addEventListener("keydown", (event) => { if (this.floating && event.key === "Escape") this.shut(); });
    this.badge = make("span", { class: "badge", "aria-hidden": "true", hidden: true });
    this.news = make("span", { class: "aside" });
    this.launch = button(t.open, () => { this.open(); this.box.focus(); }, "launch main");
    this.launch.hidden = !this.floating;
    this.launch.append(this.badge, this.news);
    this.heard = make("p", { class: "aside", role: "status" });
    this.desk = null;
    this.shadowRoot.replaceChildren(this.launch, this.heard, this.panel);
    starters(this);
    const asked = this.getAttribute("question");
    if (asked) { this.box.value = asked; }
  }

  unstart() { for (const row of this.log.querySelectorAll(".starters")) row.remove(); }

  async speak(language) {
    const draft = this.box.value, rows = [...this.log.children], open = !this.panel.hidden;
    this.language = this.lang = language;
    if (this.talk) await this.call("", { language }, "PATCH");
    await this.words();
    if (!this.t) return;
    this.draw();
    if (this.talk) {
      this.log.replaceChildren(...rows);
      for (const row of rows) row.querySelector(".who")?.replaceChildren(row.message ? who(this.t, row.message) : "");
    }
    if (this.floating && open) this.open();
    this.box.value = draft;
    this.shadowRoot.querySelector("select")?.focus();
    this.stand();
    if (this.consents) this.consent();
  }

  open() { this.panel.hidden = false; this.launch.hidden = true; look(this); }
  shut() { this.panel.hidden = true; this.launch.hidden = false; this.desk?.still(); this.launch.focus(); look(this); }
  tell(text, bad = false) { this.status.textContent = text; this.status.classList.toggle("error", bad); }
  clear() { if (this.status.textContent !== this.t.typing) this.tell(""); } // what was said of the action before
  headers() { return { ...(this.talk && { authorization: `Bearer ${this.talk.token}` }), "content-type": "application/json" }; }
  url(end = "") { return `${this.base}/api/chat/conversations${this.talk ? `/${this.talk.id}` : ""}${end}`; }

  // One request -> {ok, status, data, message: what went wrong, in the reader's language}
  async call(end, body, method = "POST", more = {}) {
    try {
      const answer = await fetch(this.url(end), { method, headers: this.headers(), body: body && JSON.stringify(body), ...more });
      const data = await answer.json().catch(() => null), ours = data || !answer.headers.has("content-type"); // not some proxy's page
      return { ok: answer.ok && Boolean(ours), status: answer.status, data, message: data?.message ?? this.t.failed };
    } catch { return { ok: false, status: 0, data: null, message: this.t.offline }; }
  }

  async submit() {
    if (this.choosing) return this.choosing.querySelector("button").focus();
    const text = this.box.value.trim();
    if (!text) return this.box.focus();
    if (text.length > LIMIT) return this.tell(this.t.too_long, true);
    const warning = this.owner === "assistant" ? this.t.personal : this.t.personal_staff;
    if (PERSONAL.some((shape) => shape.test(text)) && !(await this.choose(warning, this.t.send_anyway, this.t.edit))) return;
    if (this.box.value.trim() !== text) return this.submit();
    this.draft("");
    this.send({ text });
  }

  draft(text) { this.box.value = text; if (this.talk) this.save({ draft: text }); }
  back(text) { this.draft(this.box.value ? `${text}\n${this.box.value}` : text); } // what was not sent, before what is being written

  choose(question, yes, no, stay = false) { // stay: "no" is the way nothing is lost on, and stands first
    return new Promise((done) => {
      const end = (value) => () => { row.remove(); this.choosing = null; this.box.focus(); done(value); };
      const row = make("div", { class: "row choose", role: "group", "aria-label": question }, make("p", {}, question), ...(stay ? [button(no, end(false), "main"), button(yes, end(true))] : [button(yes, end(true), "main"), button(no, end(false))]));
      this.choosing?.cancel();
      row.cancel = end(false);
      this.choosing = row;
      this.tell("");
      this.status.after(row);
      row.querySelector("button").focus();
    });
  }

  // A talk, if there is none, and what was answered on a page -> what went wrong, or nothing
  async begin() {
    const wrong = this.talk ? null : await (this.beginning ??= this.create().finally(() => { this.beginning = null; }));
    return wrong ?? this.bring();
  }

  async create() {
    const body = { language: this.language, page: location.pathname.slice(0, 300) };
    const role = this.getAttribute("role-of-visitor");
    if (role) body.role = role;
    if (this.going_on) body.going_on = this.going_on;
    const answer = await this.call("", body);
    if (!answer.ok) return answer;
    this.talk = answer.data;
    this.gone_on();
    this.save({ read: 0 });
    this.listen();
    return null;
  }

  gone_on() { if (this.going_on) { this.going_on = null; history.replaceState(null, "", location.pathname); } }

  async bring() { // the answers given on a page, into a talk that exists already
    if (!this.going_on) return null;
    const answer = await this.call("", { going_on: this.going_on }, "PATCH");
    if (!answer.ok) return answer;
    this.gone_on();
    return null;
  }

  async ask_person() {
    this.going_on ??= this.going;
    this.going = null;
    this.unstart();
    const answer = (await this.begin()) ?? (await this.call("/person", {}));
    if (!answer.ok) return this.tell(answer.message, true);
    this.tell("");
    this.save({ passed: 0, skipped: false });
    this.typed.mailed = null;
    await this.changed();
    await this.stand();
    this.desk ? this.desk.lead() : this.box.focus();
  }
  changed() { this.tabs?.postMessage({ id: this.talk.id }); return this.catch_up(); } // this tab did something: the others look too

  async send(what, id = uuid()) {
    this.unstart();
    this.desk?.still();
    this.pending ??= new Map();
    let row = this.pending.get(id);
    if (!row) {
      row = row_of(this, { author: "visitor", kind: "text", text: what.text ?? what.label, language: "" });
      this.pending.set(id, row);
      this.log.append(row);
      this.follow(row);
    }
    row.querySelector(".retry")?.remove();
    this.tell(this.owner === "assistant" ? this.t.typing : "");
    let trouble;
    for (let tries = 0; tries < 3; tries++) { // again with the same id
      const answer = (await this.begin()) ?? (await this.missed()) ?? (await this.call("/messages", { client_msg_id: id, ...(what.choice ? { choice: what.choice } : { text: what.text }) }));
      const { data, status } = answer;
      if (answer.ok) {
        this.pending.delete(id);
        if (!this.seen.has(data.seq)) this.settle(row, data);
        if (this.owner !== "assistant") this.tell("");
        return this.changed();
      }
      trouble = answer.message;
      if (status >= 400 && status < 500) {
        row.remove();
        this.pending.delete(id);
        if (what.text) this.back(what.text);
        if (status === 404) this.forget();
        if (data?.error === "ended") { await this.catch_up(); await this.stand(); } // a new state clears what was said before
        return this.tell(data?.error === "ended" ? this.t.ended_kept : trouble, true);
      }
      await pause(400 * 3 ** tries);
    }
    this.tell(trouble, true);
    row.append(make("div", { class: "row retry" }, make("span", {}, this.t.not_sent), button(this.t.again, () => this.send(what, id))));
  }

  async missed() { // what was missed comes before what is said -> what went wrong, or nothing
    while (this.behind) if (!(await this.catch_up())) return { ok: false, status: 0, data: null, message: this.t.offline };
    return null;
  }
  get behind() { return this.broken !== this.whole || (this.read_at && Date.now() - this.read_at > ASLEEP); } // the stream broke, or this machine slept

  settle(row, message) { // a row has its number and stands in order
    const after = [...this.log.children].filter((r) => r !== row && Number(r.dataset.seq) < message.seq).pop();
    if (!after && !row.isConnected) this.log.prepend(row);
    else if (after && (!row.isConnected || after.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_PRECEDING)) after.after(row);
    row.message = message;
    row.dataset.seq = message.seq;
    this.seen.set(message.seq, row);
    if (message.author === "visitor") this.spoke = Math.max(this.spoke, message.seq);
    if (placing(message) && message.seq > (this.turn?.seq ?? 0)) this.turn = message;
  }

  // Reads what is new -> did it come through? Whoever asks while a reading is under way waits for the one after it.
  async catch_up() {
    if (!this.talk) return false;
    if (this.reading) return (this.next ??= this.reading.then(() => { this.next = null; return this.catch_up(); }));
    this.reading = this.read_on().finally(() => { this.reading = null; });
    const read = await this.reading;
    return this.once_more && !(this.once_more = false) ? this.catch_up() : read;
  }

  async read_on() {
    const talk = this.talk, broken = this.broken;
    let from = 0;
    while (this.seen.has(from + 1)) from++;
    try {
      const answer = await fetch(`${this.url("/messages")}?after=${from}`, { headers: this.headers() });
      if (talk !== this.talk) return false;
      if (answer.status === 404) { this.forget(); return false; }
      if (!answer.ok) return false;
      const got = await answer.json();
      if (talk !== this.talk) return false;
      if (got.epoch !== talk.epoch) { this.fresh(); this.log.replaceChildren(); this.save({ epoch: got.epoch }); this.once_more = true; return false; }
      for (const message of got.messages) this.put(message);
      this.person = got.person ?? null;
      this.owner = got.owner;
      this.once_more ||= got.messages.length >= PAGE;
      this.whole = broken;
      this.read_at = Date.now();
      this.stand();
      look(this);
      return true;
    } catch { return false; /* the next event or poll brings it */ }
  }

  put(message) {
    if (this.seen.has(message.seq)) return;
    const mine = message.client_msg_id && this.pending?.get(message.client_msg_id);
    const row = mine || row_of(this, message), near = this.near();
    this.settle(row, message);
    const first = message.reply_to && this.log.querySelector(`[data-reply="${message.reply_to}"]`) === row;
    if (message.author === "assistant") for (const b of this.log.querySelectorAll(`[data-reply]:not([data-reply="${message.reply_to}"]) .choices button`)) b.disabled = b.past = true;
    if (message.final || message.author === "staff") this.tell("");
    if (message.consent || message.event?.startsWith("permission_")) this.consent();
    if (first) row.scrollIntoView({ block: "start" });
    else if (near) this.follow(row);
  }

  near() { // is the newest in sight? then the next one comes into sight too; who reads further up is left there
    const last = this.log.lastElementChild?.getBoundingClientRect();
    return this.floating ? this.end : !last || last.top < innerHeight;
  }
  follow(row) {
    if (this.floating) this.view.scrollTo({ top: this.view.scrollHeight, behavior: "instant" });
    else row.scrollIntoView({ block: "nearest" });
  }

  async consent() { // the forms in the log; asked for once however many messages call for it
    this.consents ??= import("./chat/consents.js");
    try { await (await this.consents).refresh(this); } catch { this.consents = null; }
  }

  // Who has the chat now: the strip above the input, and what only a person's talk needs
  async stand() {
    const staffed = this.owner !== "assistant";
    this.nature.hidden = this.owner === "staff";
    for (const b of this.log.querySelectorAll(".choices button")) b.disabled = staffed || Boolean(b.past); // the assistant's questions
    this.asks.textContent = staffed ? this.t.message : this.t.label;
    if (staffed && this.status.textContent === this.t.typing) this.tell("");
    if (!this.person && !this.desk && !this.turn) { this.wish.hidden = false; return; }
    try {
      const { Person } = await import("./chat/person.js");
      this.desk ??= new Person(this);
      await this.desk.show();
    } catch { this.tell(this.t.offline, true); }
  }

  async resume() {
    this.talk = this.saved;
    this.unstart();
    if (!this.box.value) this.box.value = this.talk.draft ?? "";
    await this.catch_up();
    if (this.talk) { this.log.append(...going_row(this)); this.listen(); }
  }
  forget() { this.stop?.abort(); clearInterval(this.poll); this.talk = null; this.typed = {}; this.save(); this.fresh(); starters(this); this.stand(); look(this); }

  async restart() {
    if (this.person?.status === "message") { // its answer comes here
      if (!(await this.choose(this.t.restart_sure, this.t.restart, this.t.cancel, true))) return;
    } else if (this.person && this.owner !== "assistant" && this.owner !== "ended") { // somebody waits, or has it
      const staff = this.owner === "staff";
      if (!(await this.choose(staff ? this.t.end_sure : this.t.leave_sure, staff ? this.t.end : this.t.leave_queue, staff ? this.t.cancel : this.t.stay, !staff))) return;
      const answer = await (staff ? this.call("/end", {}) : this.call("/person", undefined, "DELETE"));
      if (!answer.ok && answer.status !== 404) return this.tell(answer.message, true);
    }
    this.forget();
    this.tell("");
    this.box.focus();
  }

  async remove_all() {
    if (!this.talk) return this.restart();
    if (!(await this.choose(this.t.delete_sure, this.t.delete, this.t.cancel))) return;
    const answer = await this.call("", undefined, "DELETE");
    if (!answer.ok && answer.status !== 404) return this.tell(answer.message, true);
    this.tabs.postMessage({ id: this.talk.id, gone: true });
    this.forget();
    this.draft("");
    this.tell(this.t.deleted);
  }
}
customElements.define("wegweiser-chat", WegweiserChat);
