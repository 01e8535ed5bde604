// Files of a talk with a person: sending with progress, fetching with the bearer token.
import { fill, make, writtenSize } from "./dom.js";

const KINDS = /\.(pdf|jpe?g|png)$/i;

export function upload(chat, file, place) {
  const { t } = chat;
  if (!KINDS.test(file.name)) return chat.tell(fill(t.file_kind, { name: file.name }), true);
  const big = fill(t.file_size, { name: file.name, size: writtenSize(chat.person.files, chat.language) });
  if (file.size > chat.person.files) return chat.tell(big, true);
  const text = fill(t.file_going, { name: file.name });
  const bar = make("progress", { max: 100, value: 0, "aria-label": text });
  const form = new FormData(), request = new XMLHttpRequest(); // fetch does not tell how far it is
  form.append("file", file);
  place.append(bar);
  chat.tell(text);
  return new Promise((done) => {
    request.upload.onprogress = ({ loaded, total }) => { bar.value = (loaded / total) * 100; };
    request.onloadend = async () => {
      bar.remove();
      let said = {};
      try { said = JSON.parse(request.responseText); } catch { /* the network, or a proxy's page */ }
      const ok = request.status === 201;
      chat.tell(ok ? fill(t.file_sent, { name: file.name }) : (said.message ? `\u2068${file.name}\u2069: ${said.message}` : request.status === 413 ? big : request.status ? t.failed : t.offline), !ok);
      if (ok) await chat.changed();
      done(ok);
    };
    request.open("POST", chat.url("/files"));
    request.setRequestHeader("authorization", `Bearer ${chat.talk.token}`);
    request.send(form);
  });
}

export async function download(chat, id, name) {
  try {
    const answer = await fetch(chat.url(`/files/${id}`), { headers: { authorization: `Bearer ${chat.talk.token}` } });
    if (!answer.ok) return chat.tell((await answer.json().catch(() => null))?.message ?? chat.t.failed, true);
    const address = URL.createObjectURL(await answer.blob());
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  } catch { chat.tell(chat.t.offline, true); }
}
