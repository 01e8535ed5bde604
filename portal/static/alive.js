/** Pages beside the desk, such as the form of a case: tells that somebody is there, so that their chats stay with them.
 *  It does not keep anybody signed in: whoever does nothing is signed out after a while, here too. */

const { alive } = document.querySelector("script[data-alive]").dataset;
let timer = 0;

async function tell() {
  const answer = await fetch(alive, { headers: { "x-live": "1" } }).catch(() => null);  // no connection: the next one tells
  if ([401, 403].includes(answer?.status)) clearInterval(timer);
}

timer = setInterval(tell, 30_000);
tell();
