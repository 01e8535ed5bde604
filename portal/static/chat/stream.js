// The stream of events: it wakes, with back-off when it breaks, and notices when this machine has slept.
import { ASLEEP, pause } from "./dom.js";

const POLL = 15000;

export async function listen(chat) {
  chat.stop?.abort();
  const stop = (chat.stop = new AbortController());
  clearInterval(chat.poll);
  let ticked = Date.now();
  chat.poll = setInterval(() => {
    const slept = Date.now() - ticked > ASLEEP;
    ticked = Date.now();
    if (slept) { chat.broken++; listen(chat); } else chat.catch_up();
  }, POLL);
  for (let wait = 500; !stop.signal.aborted && chat.isConnected; wait = Math.min(wait * 2, 15000)) {
    try {
      const answer = await fetch(chat.url("/events"), { headers: chat.headers(), signal: stop.signal });
      if (answer.status === 404) return;
      if (!answer.ok) throw new Error(String(answer.status));
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      await chat.catch_up();
      for (let rest = ""; ;) {
        const { done, value } = await reader.read();
        if (done) break;
        wait = 500;
        const events = (rest + value).split(/\r?\n\r?\n/);
        rest = events.pop();
        for (const event of events) heard(chat, event);
      }
    } catch { if (stop.signal.aborted) return; }
    chat.broken++;
    await pause(wait * (0.75 + Math.random() / 2));
  }
}

function heard(chat, text) { // a pause in typing or a new place comes whole; everything else only wakes
  const data = /^data: ?(.*)$/m.exec(text)?.[1];
  if (!data) return;
  const { seq, person } = JSON.parse(data);
  if (person && chat.person?.status === person.status && seq <= Math.max(0, ...chat.seen.keys())) { chat.person = person; chat.stand(); }
  else if (person !== undefined || !chat.seen.has(seq)) chat.catch_up();
}
