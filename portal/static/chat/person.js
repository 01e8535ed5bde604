// The strip above the input while a person is concerned: who has the chat, what the visitor can do now, who is writing.
import { button, fill, locale, make, when, writtenSize } from "./dom.js";

const LOOK = `
.stand{border-block-start:2px solid var(--accent);padding-block:.4rem;display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:center}
.stand p{margin:0}.stand .row{margin:0}.where{flex:1 1 14rem;font-weight:600}.writing{flex-basis:100%;font-size:.9rem}
.hint{font-size:.85rem}
.stand button{min-block-size:36px;padding:.2rem .6rem}
.more{max-inline-size:46rem}.more:not(:empty){padding-inline:1px;border-block-start:1px solid var(--line);margin-block-start:.75rem;padding-block:.5rem}
.sheet{display:grid;gap:.5rem;margin-block-end:1rem;padding:5px}.sheet .error:empty{display:none}.sheet p{margin:0}.sheet .text p:not(:last-child){margin-block-end:.5rem}.sheet h2{font-weight:600;margin:0}.sheet label,.sheet legend{font-weight:600}
.sheet fieldset{border:1px solid var(--line);border-radius:6px;margin:0;padding:.5rem .75rem;min-inline-size:0}
.tick{display:flex;gap:.6rem;align-items:center;min-block-size:32px;font-weight:400!important}.tick input{inline-size:1.5rem;min-block-size:1.5rem;flex:none;margin:0;accent-color:var(--accent)}
[data-consent]{text-align:start;font-size:1rem;font-weight:400;background:var(--soft);border-radius:8px;max-inline-size:46rem;margin-inline:auto}[data-consent]:not(:empty){padding:.6rem .8rem}
.text{border-inline-start:3px solid var(--line);padding-inline-start:.75rem}
progress{inline-size:min(12rem,100%);accent-color:var(--accent)}`;
const EVERY = 3000, FORGOTTEN = 8000; // own typing is told at most so often; the other's is taken for over after so long

// What the strip says and offers, and what stands below the log, by where the chat is
const MODES = {
  waiting: { says: (t, p, language) => [p.place ? fill(t.place, { place: p.place.toLocaleString(locale(language)) }) : t.queue, p.opens_at ? fill(t.opens, { when: when(p.opens_at, language) }) : t.soon], offers: ["leave"] },
  taken: { says: (t, p) => [p.name ? fill(t.with, p) : fill(t.with_organisation, p)], offers: ["file", "hint", "end"] },
  closed: { says: () => [], offers: ["assistant"], forms: ["message"] }, // the line in the log says it
  message: { says: (t, p, language) => [p.organisation ? fill(t.left_with, p) : t.left, p.opens_at ? fill(t.opens, { when: when(p.opens_at, language) }) : "", p.address ? fill(t.left_mail, p) : t.left_here], offers: ["assistant"], forms: ["address"] },
  ended: { says: (t) => [t.ended], offers: ["again", "assistant"], forms: ["rating", "transcript"] },
  idle: { says: (t) => [t.ended, t.write_again], offers: ["again", "assistant"], forms: ["rating", "transcript"] },
  rated: { says: () => [], offers: [], forms: ["rating"] },
};

export class Person {
  constructor(chat) {
    this.chat = chat;
    if (!chat.shadowRoot.adoptedStyleSheets[1]) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(LOOK);
      chat.shadowRoot.adoptedStyleSheets.push(sheet);
    }
    this.where = make("p", { class: "where", role: "status" });
    this.writing = make("p", { class: "writing", role: "status" });
    this.offers = make("div", { class: "row" });
    this.strip = make("section", { class: "stand", "aria-label": chat.t.person_talk }, this.where, this.offers, this.writing);
    this.more = make("div", { class: "more" });
    chat.status.before(this.strip);
    chat.log.after(this.more);
  }

  mode() {
    const { person, owner, turn, spoke, talk } = this.chat;
    const closed = turn?.event.startsWith("unavailable") ? turn.seq : 0;
    if (person?.status === "taken") return "taken";
    if (owner !== "assistant" && (person?.status === "waiting" || person?.status === "message")) return closed > spoke && !person.there ? "closed" : person.status;
    if (owner === "ended") return person?.end_reason === "idle" ? "idle" : "ended";
    if (closed > spoke && closed > (talk?.passed ?? 0)) return "closed";
    return person?.rate && !talk?.skipped ? "rated" : null;
  }

  show() {
    const { chat } = this, { t, person } = chat, mode = this.mode(), plan = MODES[mode];
    const stands = JSON.stringify([mode, person?.status, person?.name, person?.address]);
    if (this.stands && this.stands !== stands) chat.clear();
    this.stands = stands;
    chat.wish.hidden = mode != null && mode !== "rated";
    this.strip.hidden = !plan || mode === "rated";
    this.put(this.where, plan ? plan.says(t, person, chat.language).filter(Boolean).join(" ") : "");
    if (mode === "taken" && chat.talk.skipped) chat.save({ skipped: false });
    if ((mode === "waiting" || mode === "taken") && chat.typed.note) { // somebody is there again: what was begun in the form goes on in the box
      chat.back(chat.typed.note);
      chat.typed.note = "";
    }
    this.write(mode === "taken" && person.typing);
    this.read();
    const drawn = JSON.stringify([mode, chat.typed.asked, person?.files, person?.rate && !chat.talk?.skipped, person?.address, chat.typed.mailed]);
    if (drawn === this.drawn) return this.drawing;
    this.drawn = drawn;
    const here = chat.shadowRoot.activeElement, held = this.offers.contains(here) || this.more.contains(here);
    this.offers.replaceChildren(...(plan?.offers ?? []).flatMap((name) => this[name]()));
    return (this.drawing = this.forms(plan?.forms ?? []).then(() => { if (held && !here.isConnected) chat.box.focus(); }));
  }

  put(element, text) { if (element.textContent !== text) element.textContent = text; } // said once, not with each event

  async forms(names) {
    const drawn = this.drawn;
    const sheets = names.length ? await import("./forms.js").catch((error) => { this.drawn = null; throw error; }) : {}; // the next look tries again
    if (drawn === this.drawn) this.more.replaceChildren(...names.flatMap((name) => sheets[name](this.chat, this) ?? []));
    if (names.length) this.more.scrollIntoView({ block: "nearest" });
  }

  lead() { (this.more.querySelector("textarea") ?? this.chat.box).focus(); } // the visitor asked: the form is the answer

  // Buttons
  leave() {
    const { t } = this.chat;
    return [button(t.leave, async () => { if (await this.chat.choose(t.leave_sure, t.leave_queue, t.stay, true)) this.go("/person", undefined, "DELETE"); })];
  }
  end() {
    const { t } = this.chat;
    return [button(t.end, async () => { if (await this.chat.choose(t.end_sure, t.end, t.cancel)) this.go("/end", {}); })];
  }
  again() { return [button(this.chat.t.person_again, () => this.chat.ask_person(), "main")]; }
  assistant() {
    return [button(this.chat.t.leave, () => {
      this.chat.save({ passed: this.chat.turn?.seq, skipped: true });
      return this.chat.owner === "assistant" ? (this.show(), this.chat.box.focus()) : this.go("/person", undefined, "DELETE");
    })];
  }
  file() {
    if (!this.chat.person.files) return [];
    const { t } = this.chat, input = make("input", { type: "file", accept: ".pdf,.jpg,.jpeg,.png", hidden: true, "aria-label": t.file, onchange: async () => {
      const [file] = input.files;
      input.value = "";
      if (file) (await import("./files.js")).upload(this.chat, file, this.offers);
    } });
    return [button(t.file, () => input.click()), input];
  }

  hint() { return this.chat.person.files ? [make("span", { class: "hint" }, fill(this.chat.t.file_hint, { size: writtenSize(this.chat.person.files, this.chat.language) }))] : []; }

  async go(path, body, method) {
    const answer = await this.chat.call(path, body, method);
    this.chat.tell(answer.ok ? "" : answer.message, !answer.ok);
    if (answer.ok) { this.chat.box.focus(); await this.chat.changed(); }
    return answer.ok;
  }

  // Who is writing
  write(on) {
    clearTimeout(this.fading);
    this.put(this.writing, on ? fill(this.chat.t.writes, { name: this.chat.person.name ?? this.chat.t.staff }) : "");
    if (on) this.fading = setTimeout(() => this.put(this.writing, ""), FORGOTTEN);
  }
  type() {
    if (this.chat.owner !== "staff") return;
    if (!this.chat.box.value) return this.still();
    clearTimeout(this.pausing);
    this.pausing = setTimeout(() => this.still(), FORGOTTEN);
    if (Date.now() - (this.told ?? 0) < EVERY) return;
    this.told = Date.now();
    this.chat.call("/typing", { on: true });
  }
  still() {
    clearTimeout(this.pausing);
    if (this.told && this.chat.talk) this.chat.call("/typing", { on: false }, "POST", { keepalive: true });
    this.told = 0;
  }

  read() { // "read" under the last own line that the other side has seen
    const { chat } = this, last = Math.max(0, ...[...chat.seen].filter(([seq, row]) => row.dataset.author === "visitor" && seq <= (chat.person?.read ?? 0)).map(([seq]) => seq));
    const row = chat.seen.get(last), marks = [...chat.log.querySelectorAll(".mark")];
    if (row && marks.length === 1 && marks[0].parentElement === row && marks[0].textContent === chat.t.read) return;
    for (const mark of marks) mark.remove();
    row?.append(make("p", { class: "mark", "aria-live": "off" }, chat.t.read));
  }
}
