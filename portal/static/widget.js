// One tag on any site: <script src="https://HOST/static/widget.js" data-lang="de" data-role="employer" defer></script>
const tag = document.currentScript;
const base = new URL(tag.src).origin;
import(base + "/static/chat.js").then(() => {
  const chat = document.createElement("wegweiser-chat");
  chat.setAttribute("base", base);
  chat.setAttribute("lang", tag.dataset.lang || document.documentElement.lang || "en");
  if (tag.dataset.role) chat.setAttribute("role-of-visitor", tag.dataset.role);
  chat.setAttribute("floating", "");
  document.body.append(chat);
});
