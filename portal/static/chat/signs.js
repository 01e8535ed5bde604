import { fill, locale } from "./dom.js";

// What was seen: told to the server while a person is concerned; what was not stands on the launcher and in the title
export function look(chat) {
  const watched = !chat.panel.hidden && document.visibilityState === "visible" && document.hasFocus();
  const last = Math.max(0, ...chat.seen.keys());
  if (chat.talk && watched) {
    if (last > (chat.talk.read ?? 0)) chat.save({ read: last });
    if (chat.person && chat.owner !== "assistant" && last > (chat.told ?? 0)) {
      chat.told = last;
      chat.call("/read", { seq: last }).then((answer) => { if (!answer.ok) chat.told = 0; }); // with the next look again
    }
  }
  const unread = chat.talk ? [...chat.seen].filter(([seq, row]) => seq > (chat.talk.read ?? 0) && row.dataset.author !== "visitor").length : 0;
  const text = unread ? fill(chat.t.unread, { number: unread }) : "";
  chat.badge.hidden = !unread;
  chat.badge.textContent = unread.toLocaleString(locale(chat.language));
  chat.news.textContent = text && ` ${text}`;
  if (chat.panel.hidden && chat.heard.textContent !== text) chat.heard.textContent = text;
  const mark = unread ? `(${unread}) ` : "", before = chat.marked ?? "";
  if (mark !== before) document.title = mark + (document.title.startsWith(before) ? document.title.slice(before.length) : document.title);
  chat.marked = mark;
  if (document.visibilityState === "hidden") chat.desk?.still();
}
