// What stands in an empty log: questions, guides, and a guide that was begun on its page.
import { button, make } from "./dom.js";

export function starters(chat) {
  const say = (text) => button(text, () => { chat.send({ text }); chat.box.focus(); });
  const questions = ["start_1", "start_2", "start_3", "start_4"].map((key) => say(chat.t[key]));
  chat.log.replaceChildren(make("div", { class: "starters" }, make("div", { class: "row" }, ...questions),
    make("p", {}, chat.t.guided), make("div", { class: "row" }, ...chat.t.guides.map((g) => say(g.title)))));
  chat.log.append(...going_row(chat));
}

export function going_row(chat) { // a guide that was begun on its page goes on here
  const going = chat.going, guide = going && chat.t.guides.find((g) => g.id === going.guide);
  if (!guide) return [];
  const row = make("div", { class: "starters" }, make("p", {}, chat.t.go_on), make("div", { class: "row" },
    button(guide.title, () => { chat.going_on = going; chat.going = null; row.remove(); chat.send({ text: guide.title }); chat.box.focus(); })));
  return [row];
}
