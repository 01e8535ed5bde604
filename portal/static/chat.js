// <wegweiser-chat>: the chat of the page and of the widget. Speaks the HTTP interface /api/chat; the server's record is
// the truth, events only wake. Nothing is stored in the browser before the first message. All text is set as text.
const RTL = new Set(["ar", "fa", "ur", "ps", "prs", "he", "ckb"]);
const LIMIT = 2000;
const PERSONAL = [/[\w.+-]+@[\w-]+\.\w{2,}/, /(?:\+|\b0)(?<!\d\.0)(?!\d?\.\d\d?\.\d{4})\d[\d\s/().-]{7,}\d/, /\b[A-Z]{2}\d{2}(?:\s?[A-Z\d]{4}){2,7}(?:\s?[A-Z\d]{1,4})?\b/, /\b(?=\w*\d\w*\d)[CFGHJKLMNPRTVWXYZ][A-Z0-9]{8}\b/];
const CSS = `
:host{--ink:#171a2b;--paper:#fff;--soft:#eef0f6;--mine:#dbe4ff;--accent:#153fae;--on-accent:#fff;--line:#5d6275;--warn:#8a1c1c;
 display:block;color:var(--ink);font:1rem/1.5 "Fira Sans","Noto Sans Arabic",system-ui,sans-serif}
:host([floating]){position:fixed;inset-block-end:1rem;inset-inline-end:1rem;z-index:2147483000}
@media (prefers-color-scheme:dark){:host{--ink:#f2f4fa;--paper:#14172a;--soft:#262b44;--mine:#243a78;--accent:#a9bfff;--on-accent:#10142a;--line:#9aa1bd;--warn:#ffb4ab}}
*{box-sizing:border-box;font:inherit}
button,select{min-block-size:44px;border-radius:6px;border:1px solid var(--accent);background:var(--paper);color:var(--accent);padding:.4rem .8rem;cursor:pointer;text-align:start}
button.main{background:var(--accent);color:var(--on-accent)}
button[disabled]{opacity:1;border-style:dashed;color:var(--line);border-color:var(--line);cursor:default}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.box{display:flex;flex-direction:column;background:var(--paper);min-block-size:24rem}
:host([floating]) .box{inline-size:min(26rem,calc(100vw - 2rem));block-size:min(40rem,calc(100vh - 2rem));border:1px solid var(--line);border-radius:10px;padding:.75rem}
.box[hidden],.launch[hidden]{display:none}
.bar{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-block-end:.5rem}.bar h2{font-weight:600;margin:0;flex:1;font-size:1.1rem}
.notice{margin:0 0 .5rem;padding:.5rem .75rem;border-inline-start:4px solid var(--accent);background:var(--soft)}.notice p{margin:0}
.view{flex:1;overflow:auto;min-block-size:12rem}.log{padding:2px;min-block-size:8rem}
.m{margin-block:.6rem;padding:.6rem .8rem;border-radius:8px;background:var(--soft);max-inline-size:46rem;overflow-wrap:anywhere;scroll-margin-block-start:4rem}
.m[data-author=visitor]{background:var(--mine);margin-inline-start:2rem}.m p{margin:0 0 .5rem}.m ul{margin:0 0 .5rem;padding-inline-start:1.2rem}
.who{font-size:.85rem;font-weight:600;margin:0}.src{font-size:.9rem}.src summary{min-block-size:24px;cursor:pointer;color:var(--accent)}
a{color:var(--accent)}.row{display:flex;flex-wrap:wrap;gap:.5rem;margin-block-start:.4rem;align-items:center}
form.say{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end;margin-block-start:.5rem}form.say label{flex:1 1 12rem;font-weight:600}
textarea,input{display:block;inline-size:100%;min-block-size:44px;padding:.5rem;border:1px solid var(--line);border-radius:6px;background:var(--paper);color:var(--ink)}
.tools>*{min-block-size:36px;padding:.2rem .6rem;font-size:.9rem}
.status{min-block-size:1.5rem;font-size:.9rem;margin:0}.error{color:var(--warn)}
@media (prefers-reduced-motion:no-preference){.view{scroll-behavior:smooth}}
@media (forced-colors:active){.m,.notice{border:1px solid}}`;

const uuid = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const make = (name, attributes = {}, ...inside) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") element.addEventListener("click", value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...inside);
  return element;
};

class WegweiserChat extends HTMLElement {
  async connectedCallback() {
    this.base = this.getAttribute("base") || "";
    this.language = this.getAttribute("lang") || "en";
    this.floating = this.hasAttribute("floating");
    this.seen = new Map();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    await this.words();
    if (!this.t) return;
    try { this.going = JSON.parse(this.getAttribute("going-on") || "null"); } catch { this.going = null; }
    this.draw();
    if (this.saved) this.resume();
  }

  get key() { return "wegweiser-chat"; }
  get saved() { try { return JSON.parse(sessionStorage.getItem(this.key)); } catch { return null; } }
  save(talk) { try { talk ? sessionStorage.setItem(this.key, JSON.stringify(talk)) : sessionStorage.removeItem(this.key); } catch { /* storage is off: the chat lives as long as the page */ } }

  async words() {
    for (let wait = 500; this.isConnected; wait = Math.min(wait * 2, 15000)) {
      try {
        const answer = await fetch(`${this.base}/api/chat/strings?lang=${encodeURIComponent(this.language)}`);
        if (answer.ok) { this.t = await answer.json(); break; }
      } catch { /* the network: try again */ }
      if (!this.t) this.shadowRoot.replaceChildren(make("p", { role: "alert", dir: "ltr" }, make("a", { href: "tel:+493018151111" }, "☎ +49 30 1815-1111")));
      await pause(wait);
    }
    this.shadowRoot.host.dir = RTL.has(this.language) ? "rtl" : "ltr";
  }

  draw() {
    const t = this.t;
    this.log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t.log });
    this.status = make("p", { class: "status", role: "status" });
    this.box = make("textarea", { name: "text", rows: "2", id: "text", dir: "auto" });
    this.form = make("form", { class: "say" }, make("label", { for: "text" }, t.label, this.box), make("button", { class: "main", type: "submit" }, t.send));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
    });
    this.box.addEventListener("input", () => this.tell(this.box.value.length > LIMIT - 200 ? `${this.box.value.length} / ${LIMIT}` : ""));
    const tools = make("div", { class: "row tools" },
      make("button", { type: "button", onclick: () => this.send({ text: t.person }) }, t.person),
      make("button", { type: "button", onclick: () => this.restart() }, t.restart),
      make("button", { type: "button", onclick: () => this.remove_all() }, t.delete));
    if (t.languages?.length) {
      const pick = make("select", { "aria-label": t.language }, ...t.languages.map((l) => make("option", { value: l.tag, lang: l.tag, dir: l.dir, selected: l.tag === this.language }, l.name)));
      pick.addEventListener("change", () => this.speak(pick.value));
      tools.append(pick);
    }
    const bar = this.floating ? [make("div", { class: "bar" }, make("h2", {}, t.title), make("button", { type: "button", onclick: () => this.shut() }, t.close))] : [];
    this.panel = make("div", { class: "box", role: this.floating ? "dialog" : null, "aria-label": this.floating ? t.title : null, hidden: this.floating },
      ...bar, make("div", { class: "view", tabindex: "0", role: "region", "aria-label": t.title }, make("div", { class: "notice" }, make("p", {}, t.notice), make("p", {}, t.privacy, " ", make("a", { href: `${this.base}/${this.language}/privacy`, target: "_blank", rel: "noopener" }, t.privacy_page))), this.log), this.status, this.form, tools);
    this.panel.addEventListener("keydown", (event) => { if (this.floating && event.key === "Escape") this.shut(); });
    this.launch = make("button", { class: "launch main", type: "button", hidden: !this.floating, onclick: () => { this.panel.hidden = false; this.launch.hidden = true; this.box.focus(); } }, t.open);
    this.shadowRoot.replaceChildren(this.launch, this.panel);
    this.starters();
    const asked = this.getAttribute("question");
    if (asked) { this.box.value = asked; }
  }

  starters() {
    const say = (text) => make("button", { type: "button", onclick: () => { this.send({ text }); this.box.focus(); } }, text);
    const questions = ["start_1", "start_2", "start_3", "start_4"].map((key) => say(this.t[key]));
    this.log.replaceChildren(make("div", { class: "starters" }, make("div", { class: "row" }, ...questions),
      make("p", {}, this.t.guided), make("div", { class: "row" }, ...this.t.guides.map((g) => say(g.title)))));
    this.log.append(...this.going_row());
  }

  going_row() { // a guide that was begun on its page goes on here
    const going = this.going, guide = going && this.t.guides.find((g) => g.id === going.guide);
    if (!guide) return [];
    const row = make("div", { class: "starters" }, make("p", {}, this.t.go_on), make("div", { class: "row" },
      make("button", { type: "button", onclick: () => { this.going_on = going; this.going = null; row.remove(); this.send({ text: guide.title }); this.box.focus(); } }, guide.title)));
    return [row];
  }

  async speak(language) {
    const draft = this.box.value, rows = [...this.log.children], open = !this.panel.hidden;
    this.language = this.lang = language;
    if (this.talk) await fetch(this.url(), { method: "PATCH", headers: this.headers(), body: JSON.stringify({ language }) }).catch(() => null);
    await this.words();
    if (!this.t) return;
    this.draw();
    if (this.talk) this.log.replaceChildren(...rows);
    if (this.floating && open) { this.panel.hidden = false; this.launch.hidden = true; }
    this.box.value = draft;
    this.shadowRoot.querySelector("select")?.focus();
  }

  shut() { this.panel.hidden = true; this.launch.hidden = false; this.launch.focus(); }
  tell(text, bad = false) { this.status.textContent = text; this.status.classList.toggle("error", bad); }
  headers() { return { authorization: `Bearer ${this.talk.token}`, "content-type": "application/json" }; }
  url(end = "") { return `${this.base}/api/chat/conversations/${this.talk.id}${end}`; }

  async submit() {
    if (this.choosing) return this.choosing.firstChild.focus();
    const text = this.box.value.trim();
    if (!text) return this.box.focus();
    if (text.length > LIMIT) return this.tell(this.t.too_long, true);
    if (PERSONAL.some((shape) => shape.test(text)) && !(await this.choose(this.t.personal, this.t.send_anyway, this.t.edit))) return;
    if (this.box.value.trim() !== text) return this.submit();
    this.box.value = "";
    this.send({ text });
  }

  choose(question, yes, no) {
    return new Promise((done) => {
      const row = make("div", { class: "row", role: "group", "aria-label": question });
      const end = (value) => () => { row.remove(); this.choosing = null; this.tell(""); this.box.focus(); done(value); };
      this.choosing = row;
      this.tell(question);
      row.append(make("button", { type: "button", class: "main", onclick: end(true) }, yes), make("button", { type: "button", onclick: end(false) }, no));
      this.status.after(row);
      row.firstChild.focus();
    });
  }

  begin() { return this.talk ? null : (this.beginning ??= this.create().finally(() => { this.beginning = null; })); }

  async create() {
    const body = { language: this.language, page: location.pathname.slice(0, 300) };
    const role = this.getAttribute("role-of-visitor");
    if (role) body.role = role;
    if (this.going_on) body.going_on = this.going_on;
    const answer = await fetch(`${this.base}/api/chat/conversations`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(String(answer.status));
    this.talk = await answer.json();
    this.gone_on();
    this.save(this.talk);
    this.listen();
  }

  gone_on() { if (this.going_on) { this.going_on = null; history.replaceState(null, "", location.pathname); } }

  async bring() { // the answers given on a page, into a talk that exists already
    if (!this.going_on) return;
    const answer = await fetch(this.url(), { method: "PATCH", headers: this.headers(), body: JSON.stringify({ going_on: this.going_on }) });
    if (!answer.ok) throw new Error(String(answer.status));
    this.gone_on();
  }

  async send(what, id = uuid()) {
    for (const starters of this.log.querySelectorAll(".starters")) starters.remove();
    this.pending ??= new Map();
    let row = this.pending.get(id);
    if (!row) {
      row = this.row({ author: "visitor", kind: "text", text: what.text ?? what.label, language: "" });
      this.pending.set(id, row);
      this.log.append(row);
    }
    row.querySelector(".retry")?.remove();
    this.tell(this.t.typing);
    for (let tries = 0; tries < 3; tries++) {
      try {
        await this.begin();
        await this.bring();
        const body = { client_msg_id: id, ...(what.choice ? { choice: what.choice } : { text: what.text }) };
        const answer = await fetch(this.url("/messages"), { method: "POST", headers: this.headers(), body: JSON.stringify(body) });
        const message = await answer.json();
        if (answer.ok) { this.pending.delete(id); row.dataset.seq = message.seq; this.seen.set(message.seq, row); return this.catch_up(); }
        if (answer.status < 500) { row.remove(); this.pending.delete(id); if (what.text) this.box.value = what.text; if (answer.status === 404) this.forget(); return this.tell(message.message, true); }
      } catch { /* the network: try again with the same id */ }
      await pause(400 * 3 ** tries);
    }
    this.tell(this.t.offline, true);
    row.append(make("div", { class: "row retry" }, make("span", {}, this.t.not_sent), make("button", { type: "button", onclick: () => this.send(what, id) }, this.t.again)));
  }

  async catch_up() {
    if (!this.talk || this.reading) { this.once_more = true; return; }
    this.reading = true;
    try {
      const last = Math.max(0, ...this.seen.keys());
      let from = 0;
      while (this.seen.has(from + 1)) from++;
      const answer = await fetch(`${this.url("/messages")}?after=${Math.min(from, last)}`, { headers: this.headers() });
      if (answer.status === 404) return this.forget();
      const got = await answer.json();
      if (got.epoch !== this.talk.epoch) { this.seen.clear(); this.log.replaceChildren(); this.talk.epoch = got.epoch; this.save(this.talk); this.once_more = true; return; }
      for (const message of got.messages) this.put(message);
    } catch { /* the next event or poll brings it */ } finally {
      this.reading = false;
      if (this.once_more) { this.once_more = false; this.catch_up(); }
    }
  }

  put(message) {
    if (this.seen.has(message.seq)) return;
    const mine = message.client_msg_id && this.pending?.get(message.client_msg_id);
    const row = mine || this.row(message);
    this.seen.set(message.seq, row);
    row.dataset.seq = message.seq;
    const after = [...this.log.children].filter((r) => Number(r.dataset.seq) < message.seq).pop();
    if (!mine) after ? after.after(row) : this.log.prepend(row);
    const first = message.reply_to && this.log.querySelector(`[data-reply="${message.reply_to}"]`) === row;
    if (message.author !== "visitor") for (const b of this.log.querySelectorAll(`[data-reply]:not([data-reply="${message.reply_to}"]) .choices button`)) b.disabled = true;
    if (message.final) this.tell("");
    if (first) row.scrollIntoView({ block: "start" });
  }

  row(message) {
    const t = this.t;
    const who = { visitor: t.you, staff: t.staff }[message.author] ?? t.assistant;
    const row = make("div", { class: "m", "data-author": message.author, "data-kind": message.kind, "data-reply": message.reply_to },
      make("p", { class: "who" }, who));
    const body = make("div", message.author === "visitor" ? { dir: "auto" } : { lang: message.language, dir: RTL.has(message.language) ? "rtl" : "ltr" });
    for (const part of message.text.split(/\n\n/)) {
      const lines = part.split("\n");
      let list = null;
      for (const line of lines) {
        if (line.startsWith("• ")) { list ??= body.appendChild(make("ul")); list.append(make("li", {}, ...this.links(line.slice(2)))); }
        else { list = null; body.append(make("p", {}, ...this.links(line))); }
      }
    }
    row.append(body);
    if (message.sources?.length) row.append(this.sources(message));
    if (message.links?.length) row.append(make("p", { class: "row" }, ...message.links.map((l) => make("a", { href: this.base + l.url, target: "_blank", rel: "noopener", lang: message.language }, l.label))));
    if (message.choices?.length) {
      if (message.kind === "answer") row.append(make("p", {}, t.next));
      row.append(make("div", { class: "row choices" }, ...message.choices.map((choice) =>
        make("button", { type: "button", lang: message.language, onclick: () => { this.send({ choice: choice.id, label: choice.label }); this.box.focus(); } }, choice.label))));
    }
    if (message.kind === "answer" || message.kind === "steps") row.append(this.thumbs(message));
    return row;
  }

  links(text) {
    return text.split(/(https:\/\/[^\s,]+)/).map((part) => part.startsWith("https://")
      ? make("a", { href: part.replace(/[.)]$/, ""), rel: "noopener", target: "_blank" }, part) : part);
  }

  sources(message) {
    const list = make("ul", {}, ...message.sources.map((s) => make("li", {},
      make("a", { href: s.url, rel: "noopener", target: "_blank", lang: "de", dir: "auto" }, s.title), ` (${this.t.checked} ${new Date(s.checked_on).toLocaleDateString(message.language, { timeZone: "UTC" })})`)));
    const law = message.sources[0].law ? [make("p", {}, `${this.t.law}: `, make("span", { lang: "de", dir: "ltr" }, message.sources[0].law))] : [];
    return make("details", { class: "src", open: true }, make("summary", {}, this.t.sources), ...law, list);
  }

  thumbs(message) {
    const row = make("div", { class: "row" }, make("span", {}, this.t.helpful));
    const rate = async (helpful, comment = "") => {
      const answer = await fetch(this.url("/feedback"), { method: "POST", headers: this.headers(), body: JSON.stringify({ seq: message.seq, helpful, comment }) }).catch(() => null);
      if (!answer?.ok) return this.tell(this.t.failed, true);
      if (helpful || comment) return row.replaceChildren(make("span", { role: "status" }, this.t.thanks));
      const input = make("input", { type: "text", maxlength: "1000", "aria-label": this.t.what_was_missing, placeholder: this.t.what_was_missing });
      row.replaceChildren(input, make("button", { type: "button", onclick: () => rate(false, input.value || "-") }, this.t.send));
      input.focus();
    };
    row.append(make("button", { type: "button", onclick: () => rate(true) }, this.t.yes), make("button", { type: "button", onclick: () => rate(false) }, this.t.no));
    return row;
  }

  async resume() {
    this.talk = this.saved;
    for (const starters of this.log.querySelectorAll(".starters")) starters.remove();
    await this.catch_up();
    if (this.talk) this.log.append(...this.going_row());
    this.listen();
  }
  forget() { this.talk = null; this.save(null); this.stop?.abort(); this.seen.clear(); this.starters(); }
  restart() { this.forget(); this.tell(""); this.box.focus(); }

  async remove_all() {
    if (!this.talk) return this.restart();
    if (!(await this.choose(this.t.delete_sure, this.t.delete, this.t.cancel))) return;
    const answer = await fetch(this.url(), { method: "DELETE", headers: this.headers() }).catch(() => null);
    if (!answer?.ok && answer?.status !== 404) return this.tell(this.t.failed, true);
    this.forget();
    this.tell(this.t.deleted);
  }

  async listen() {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    clearInterval(this.poll);
    this.poll = setInterval(() => (this.talk ? this.catch_up() : clearInterval(this.poll)), 15000);
    for (let wait = 500; !stop.signal.aborted && this.isConnected; wait = Math.min(wait * 2, 15000)) {
      try {
        const answer = await fetch(this.url("/events"), { headers: this.headers(), signal: stop.signal });
        if (answer.status === 404) return;
        if (!answer.ok) throw new Error(String(answer.status));
        const reader = answer.body.getReader();
        await this.catch_up();
        for (;;) {
          const { done } = await reader.read();
          if (done) break;
          wait = 500;
          this.catch_up();
        }
      } catch { if (stop.signal.aborted) return; }
      await pause(wait * (0.75 + Math.random() / 2));
    }
  }

  disconnectedCallback() { this.stop?.abort(); clearInterval(this.poll); }
}
customElements.define("wegweiser-chat", WegweiserChat);
