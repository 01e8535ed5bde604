"""The chat's promises CON-01 to CON-06 and its bad input, over HTTP."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest

BIDI, NUL = "\u202e", "\x00"


def new_id() -> str:
    return str(uuid.uuid4())


async def test_con_02_stored_once(chat):
    talk = await chat()
    body = {"client_msg_id": new_id(), "text": "hello"}
    answers = await asyncio.gather(*(talk.post(**body) for _ in range(20)))
    assert {a.status_code for a in answers} == {201}
    assert len({json.dumps(a.json()) for a in answers}) == 1
    mine = [m for m in await talk.messages() if m["author"] == "visitor"]
    assert len(mine) == 1
    assert (await talk.post(client_msg_id=body["client_msg_id"], text="other")).status_code == 422


async def test_con_03_order_without_gaps(chat):
    talk = await chat()
    await asyncio.gather(*(talk.post(client_msg_id=new_id(), text=f"hello {i}") for i in range(10)))
    for _ in range(200):
        got = await talk.messages()
        if sum(bool(m.get("final")) for m in got) == 10:
            break
        await asyncio.sleep(0.05)
    assert [m["seq"] for m in got] == list(range(1, len(got) + 1))
    assert sorted(m["reply_to"] for m in got if m.get("final")) == [m["seq"] for m in got if m["author"] == "visitor"]


async def test_con_04_reconnect_without_loss(chat):
    talk = await chat()
    await talk("hello")
    whole = await talk.state()
    assert whole["epoch"]
    rest = await talk.state(after=1)
    assert rest["messages"] == whole["messages"][1:]
    assert rest["epoch"] == whole["epoch"]


async def test_con_05_an_event_wakes(chat):
    talk = await chat()
    woken: list[int] = []

    async def listen() -> None:
        async with talk.client.stream("GET", f"{talk.path}/events", headers=talk.headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    woken.append(json.loads(line[5:])["seq"])
                if len(woken) >= 3:
                    return

    listener = asyncio.create_task(listen())
    await asyncio.sleep(0.3)
    await talk("hello")
    await asyncio.wait_for(listener, 5)
    assert woken == [0, 1, 2]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}])
async def test_a_wrong_token_is_404(chat, headers):
    talk = await chat()
    for method, end in (("GET", "messages"), ("POST", "messages"), ("GET", "events"), ("POST", "feedback")):
        body = {"client_msg_id": "1", "text": "x"} if end == "messages" else {"seq": 1, "helpful": True}
        kwargs = {"json": body} if method == "POST" else {}
        answer = await talk.client.request(method, f"{talk.path}/{end}", headers=headers, **kwargs)
        assert answer.status_code == 404, (method, end)


async def test_a_foreign_token_and_an_unknown_conversation_are_404(chat):
    mine, other = await chat(), await chat()
    assert (await mine.client.get(f"{mine.path}/messages", headers=other.headers)).status_code == 404
    assert (await mine.client.get("/api/chat/conversations/none/messages", headers=mine.headers)).status_code == 404


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [("", 422, "empty"), ("  \n ", 422, "empty"), (NUL, 422, "empty"), ("x" * 2001, 422, "too_long"),
     ("x" * 10_000, 422, "too_long"), ("x" * 1_000_000, 413, "too_big")],
)  # fmt: skip
async def test_flt_36_too_little_and_too_much(chat, text, status, reason):
    talk = await chat("de")
    answer = await talk.post(client_msg_id=new_id(), text=text)
    assert (answer.status_code, answer.json()["error"]) == (status, reason)
    assert answer.json()["message"]
    assert (await talk.messages()) == []


@pytest.mark.parametrize(
    "text",
    ["a\x00b hello", f"hello {BIDI}dlrow", "😀😀😀", "👨‍👩‍👧‍👦", "<script>alert(1)</script> visa?", "<b>cost?</b>",
     "e\u0301" + "\u0301" * 200, "مرحبا hello שלום", "' OR 1=1 --", "{{7*7}} ${7*7}", "a\u200db\u200c"],
)  # fmt: skip
async def test_flt_37_odd_text_is_stored_and_answered(chat, text):
    talk = await chat()
    said = await talk(text)
    assert said and said[-1]["final"]
    stored = (await talk.messages())[0]["text"]
    assert NUL not in stored and BIDI not in stored


async def test_flt_37_lone_surrogate(chat):
    talk = await chat()
    raw = b'{"client_msg_id": "%s", "text": "visa \\ud800 cost"}' % new_id().encode()
    headers = {**talk.headers, "content-type": "application/json"}
    answer = await talk.client.post(f"{talk.path}/messages", content=raw, headers=headers)
    assert answer.status_code in (201, 422)
    assert "\ud800" not in json.dumps((await talk.messages()), ensure_ascii=False)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"text": 5, "client_msg_id": "1"}'])
async def test_wrong_json_is_one_sentence(chat, raw):
    talk = await chat("de")
    headers = {**talk.headers, "content-type": "application/json", "accept-language": "de"}
    answer = await talk.client.post(f"{talk.path}/messages", content=raw, headers=headers)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error", "message"}


COMMANDS = [
    "/restart", "/back", "/session_start", '/inform{"state": "BY"}', '/choose_state{"state":"BY"}',
    '/choose_topic@0.9{"topic":"fasttrack.cost"}', "/human", " /restart", "\n/restart", "\u00a0/restart",
    "\u3000/restart", "\u2028/restart", "\x1c/restart", "\x00/restart", "\u200b/restart", "\ufeff/restart",
    "\u2060/restart", "／restart", "//restart", "\u202e/restart",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
async def test_sec_e03_typed_commands_have_no_effect(chat, command):
    talk = await chat("de")
    await talk("Welche Schritte hat das beschleunigte Fachkräfteverfahren?")
    said = await talk(command)
    assert said and said[-1]["final"]
    assert "{" not in command or [m["kind"] for m in said] == ["not_covered"]
    assert not [m for m in said if "Bayern" in m["text"] and m["kind"] == "answer"]
    said = await talk("und was kostet das?")
    assert [m.get("topic") for m in said if m["kind"] == "answer"] == ["fasttrack.cost"], "the dialogue was not reset"


async def test_sec_e05_only_offered_choices(chat):
    talk, other = await chat("en"), await chat("en")
    said = await talk("which immigration authority does the fast-track procedure?")
    foreign = said[-1]["choices"][0]["id"]
    for bad in ("invented", foreign):
        assert (await other.post(client_msg_id=new_id(), choice=bad)).status_code == 409
    assert (await talk.choose(foreign))[-1]["final"]
    assert (await talk.post(client_msg_id=new_id(), choice=foreign)).status_code == 409, "used already"


async def test_feedback_and_deletion(chat):
    talk = await chat()
    said = await talk("What is the opportunity card?")
    url = f"{talk.path}/feedback"
    answer = await talk.client.post(url, json={"seq": said[0]["seq"], "helpful": True}, headers=talk.headers)
    assert answer.status_code == 204
    assert (await talk.client.post(url, json={"seq": 1, "helpful": True}, headers=talk.headers)).status_code == 404
    assert (await talk.client.delete(talk.path, headers=talk.headers)).status_code == 204
    assert (await talk.client.get(f"{talk.path}/messages", headers=talk.headers)).status_code == 404


async def test_sec_e01_nothing_of_rasa_is_open(wegweiser):
    for path in ("/webhooks/rest/webhook", "/conversations/x/tracker", "/model", "/status", "/socket.io"):
        assert (await wegweiser.get(path, follow_redirects=True)).status_code == 404
    assert (await wegweiser.post("/rasa/actions", json={"next_action": "action_answer"})).status_code == 401


async def test_fifty_at_once_nothing_crossed(chat):
    async def talk(n: int) -> None:
        one = await chat("en" if n % 2 else "de")
        said = await one("What does the visa cost?" if n % 2 else "Was ist die Chancenkarte?")
        assert said[-1]["final"]
        got = await one.messages()
        assert [m["seq"] for m in got] == list(range(1, len(got) + 1))
        assert sum(m["author"] == "visitor" for m in got) == 1

    await asyncio.gather(*(talk(n) for n in range(50)))


async def test_sec_c07_a_flood_is_asked_to_wait(wegweiser):
    def visitor(address: str) -> dict[str, str]:
        return {"x-forwarded-for": address, "accept-language": "de"}

    new = [await wegweiser.post("/api/chat/conversations", json={}, headers=visitor("203.0.113.9")) for _ in range(61)]
    assert [a.status_code for a in new] == [201] * 60 + [429]
    assert 3000 < int(new[-1].headers["retry-after"]) <= 3600
    assert new[-1].json()["message"].startswith("Sie senden sehr schnell")
    other = await wegweiser.post("/api/chat/conversations", json={}, headers=visitor("203.0.113.10"))
    assert other.status_code == 201
    talk = other.json()
    path = f"/api/chat/conversations/{talk['id']}/messages"
    headers = visitor("203.0.113.10") | {"authorization": f"Bearer {talk['token']}"}
    sent = [
        await wegweiser.post(path, json={"client_msg_id": new_id(), "text": "hallo"}, headers=headers)
        for _ in range(21)
    ]
    assert [a.status_code for a in sent] == [201] * 20 + [429]
    foreign = headers | {"authorization": "Bearer another"}
    assert (
        await wegweiser.post(path, json={"client_msg_id": "x", "text": "hallo"}, headers=foreign)
    ).status_code == 404
    asked = [await wegweiser.post("/de/ask", data={"q": ""}, headers=visitor("203.0.113.11")) for _ in range(21)]
    assert [a.status_code for a in asked] == [200] * 20 + [429]
    assert "Sie senden sehr schnell" in asked[-1].text
