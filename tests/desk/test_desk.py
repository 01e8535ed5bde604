"""A chat at the desk's page: who may do what, scenarios 13, 14, 17, 23, 24."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import select

from portal.chat.models import Conversation, Message
from portal.handover.lines import notice
from tests.desk.scene import alert, desk, file, say, stored, waiting


async def test_scenario_13_who_does_not_have_the_chat_writes_notes_but_no_reply(house):
    chat, _ = await waiting(house, house.alpha)
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)
    await anna.take(chat)
    lost = await ben.post(chat, "take")
    assert lost.status_code == 409 and alert(lost.text) == "Anna already has this chat."
    page = await ben.chat(chat)
    assert "Anna has this chat." in page and 'id="reply"' not in page and 'id="note"' in page
    refused = await ben.post(chat, "reply", text="my long text")
    assert refused.status_code == 409 and "Anna has it" in alert(refused.text) and "my long text" in refused.text
    assert (await ben.post(chat, "notes", note="Ask for the diploma.")).status_code == 303
    assert "Ask for the diploma." in await anna.chat(chat)
    assert not [m for m in await stored(house, chat) if m.author == "staff"]


async def test_scenario_14_a_transfer_brings_the_note_and_the_old_side_leaves(house):
    chat, visitor = await waiting(house, house.alpha)
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)
    await anna.take(chat)
    form = await anna.get(f"chats/{chat}/transfer")
    assert "Ben" in form and "on duty" in form and "Beta" in form
    wrong = await anna.post(chat, "transfer", to="account:999", note="kept note")
    assert wrong.status_code == 422 and "kept note" in wrong.text
    done = await anna.post(chat, "transfer", to=f"account:{house.ben.id}", note="NOTE-CANARY for Ben")
    assert done.status_code == 303 and "done=transferred" in done.headers["location"]
    await ben.take(chat)
    assert "NOTE-CANARY for Ben" in await ben.chat(chat)
    assert 'id="reply"' not in await anna.chat(chat)
    seen = await visitor.state()
    assert "CANARY" not in str(seen)
    assert [m["event"] for m in seen["messages"] if m.get("event")].count("redirected") == 1


async def test_scenario_14_the_note_reaches_another_organisation(house):
    chat, _ = await waiting(house, house.alpha)
    anna, carla = await desk(house, house.anna), await desk(house, house.carla)
    await anna.take(chat)
    assert (
        await anna.post(chat, "transfer", to=f"organisation:{house.beta.id}", note="For beta: KMK list")
    ).status_code == 303
    assert "For beta: KMK list" in await carla.chat(chat)
    assert (await anna.client.get(f"/en/staff/chats/{chat}")).status_code == 404


async def test_with_files_the_form_says_beforehand_that_only_a_case_goes_to_another_organisation(house):
    chat, _ = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    assert "disabled" not in await anna.get(f"chats/{chat}/transfer")
    await file(house, chat)
    form = await anna.get(f"chats/{chat}/transfer")
    assert "This chat has files" in form and f"cases/new?chat={chat}" in form and form.count("<fieldset") == 2
    assert form.count(" disabled ") == 1 and form.index("To a colleague") < form.index(" disabled ") < form.index(
        "Beta"
    )
    refused = await anna.post(chat, "transfer", to=f"organisation:{house.beta.id}", note="kept note")
    assert refused.status_code == 409 and alert(refused.text).startswith("This chat has files or a case.")
    assert "kept note" in refused.text
    live = await anna.chat(chat)
    assert live.index('id="refused"') < live.index('id="talk"'), "the live reload replaces #talk only"
    assert (await anna.post(chat, "transfer", to=f"account:{house.ben.id}", note="")).status_code == 303


async def test_a_left_message_and_a_confirmed_address_are_told_as_what_they_are(house):
    chat, _ = await waiting(house, house.alpha, "The message that was left", status="message", reason="message")
    async with house.database.write() as session:
        conversation = await session.get_one(Conversation, chat)
        (message,) = (await session.exec(select(Message).where(Message.conversation_id == chat))).all()
        message.hidden = {"left": True}
        session.add(message)
        await notice(session, conversation, "message", organisation="Alpha")
        await notice(session, conversation, "contact_fulfilled")
        await session.commit()
    await say(house, chat, "A later line")
    anna = await desk(house, house.anna)
    page = await anna.chat(chat)
    assert "waits in the queue" not in page and "The visitor left a message." in page
    assert "The visitor confirmed an e-mail address." in page and "request was answered" not in page
    row = (await anna.get("queue")).partition(f'id="row-{chat}"')[2].partition("</li>")[0]
    assert "The message that was left" in row and "A later line" not in row
    again, _ = await waiting(house, house.alpha, "Asked")
    async with house.database.write() as session:
        conversation = await session.get_one(Conversation, again)
        await notice(session, conversation, "forwarded", organisation="Alpha", place=1)
        await session.commit()
    assert "waits in the queue" in await anna.chat(again)


async def test_scenario_17_sec_c06_a_note_stays_inside(house):
    chat, visitor = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    async with house.client.stream("GET", f"{visitor.path}/events", headers=visitor.headers, timeout=3) as stream:
        got: list[str] = []

        async def read() -> None:
            async for line in stream.aiter_lines():
                got.append(line)

        reading = asyncio.create_task(read())
        await anna.post(chat, "notes", note="NOTE-CANARY-17")
        await anna.post(chat, "reply", text="Hello, I am here.")
        await asyncio.sleep(0.5)
        reading.cancel()
    assert any("message" in line for line in got) and "CANARY" not in "".join(got)
    seen = await visitor.state()
    assert "CANARY" not in str(seen) and seen["messages"][-1]["text"] == "Hello, I am here."
    page = await anna.chat(chat)
    assert "NOTE-CANARY-17" in page and page.count("only staff sees this") >= 2
    async with anna.client.stream("GET", f"/en/staff/events?chat={chat}", timeout=3) as stream:
        lines = stream.aiter_lines()
        await asyncio.wait_for(anext(lines), 2)
        await anna.post(chat, "notes", note="NOTE-CANARY-18")
        async with asyncio.timeout(2):
            async for line in lines:
                assert "CANARY" not in line
                if line == "event: chat":
                    break


async def test_scenario_23_typing_is_told_and_ends_with_the_message(house):
    chat, visitor = await waiting(house, house.alpha)
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)
    presence = house.app.state.presence
    await anna.take(chat)
    await ben.post(chat, "typing", on="1")
    assert not presence.types(chat, "staff"), "only who has the chat types to the visitor"
    assert (await anna.post(chat, "typing", on="1")).status_code == 204 and presence.types(chat, "staff")
    await anna.post(chat, "reply", text="Here I am.")
    assert not presence.types(chat, "staff")
    await anna.post(chat, "notes", note="a note shows nothing")
    assert not presence.types(chat, "staff")
    presence.typing(chat, "visitor")
    assert "The visitor is typing" in await anna.chat(chat)
    presence.typing(chat, "visitor", False)
    assert "The visitor is typing" not in await anna.chat(chat)


async def test_scenario_24_reading_is_marked_only_by_who_has_the_chat(house):
    chat, _ = await waiting(house, house.alpha)
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)

    async def read() -> tuple[int, int]:
        async with house.database.read() as session:
            found = await session.get(Conversation, chat)
            return found.staff_read, found.last_seq

    await ben.chat(chat)
    assert (await read())[0] == 0
    await anna.take(chat)
    seq = await say(house, chat, "Are you there?")
    assert "2 new" in await anna.get("queue")
    await ben.chat(chat)
    assert (await read())[0] < seq
    await anna.chat(chat)
    staff_read, last = await read()
    assert staff_read == last and " new</strong>" not in await anna.get("queue")
    await anna.post(chat, "reply", text="Yes.")
    assert "Read by the visitor" not in await anna.chat(chat)
    async with house.database.write() as session:
        (await session.get(Conversation, chat)).visitor_read = 99
        await session.commit()
    assert "Read by the visitor" in await anna.chat(chat)


async def test_flt_24_a_reply_is_stored_once(house):
    chat, _ = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    answers = await asyncio.gather(
        *(anna.post(chat, "reply", text="once", client_msg_id="same-id-1") for _ in range(8))
    )
    assert {a.status_code for a in answers} == {303}
    other = await anna.post(chat, "reply", text="another", client_msg_id="same-id-1")
    assert other.status_code == 422 and "another" in other.text
    assert [m.text for m in await stored(house, chat) if m.author == "staff"] == ["once"]
    await asyncio.gather(*(anna.post(chat, "notes", note="one note") for _ in range(3)))
    assert (await anna.chat(chat)).count("one note") == 1


async def test_the_assistants_understanding_and_the_guide_are_shown(house):
    guide = {"guide": "recognition", "facts": {"occupation": "nurse", "country": "PH"}}
    chat, visitor = await waiting(house, house.alpha, guide=guide)
    page = await (await desk(house, house.anna)).chat(chat)
    assert "The assistant understood: How long" in page and "Saxony-Anhalt" in page
    assert "The assistant did not say any more:" in page
    assert "Philippines" in page and "From the guide:" in page


async def test_long_and_empty_texts_are_refused_and_kept(house):
    chat, _ = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    long = await anna.post(chat, "reply", text="ä" * 4001)
    assert long.status_code == 422 and "At most 4,000" in alert(long.text) and "ä" * 4001 in long.text
    assert (await anna.post(chat, "reply", text="  ")).status_code == 422
    assert (await anna.post(chat, "notes", note="")).status_code == 422


@pytest.mark.parametrize(
    ("way", "owner", "line"),
    [("release", "queue", "The chat went back to the queue."), ("return", "assistant", "The assistant goes on with the chat."),
     ("end", "ended", "The chat was ended.")],
)  # fmt: skip
async def test_ways_out_of_a_chat(house, way, owner, line):
    chat, _ = await waiting(house, house.alpha)
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)
    await anna.take(chat)
    assert (await ben.post(chat, way, reason="answered")).status_code == 409
    if way == "end":
        assert (await anna.post(chat, way, reason="because")).status_code == 422
    done = await anna.post(chat, way, reason="answered")
    assert done.status_code == 303 and "/queue?done=" in done.headers["location"]
    async with house.database.read() as session:
        assert (await session.get(Conversation, chat)).owner == owner
    await say(house, chat, "LATER words")
    page = await anna.chat(chat)
    assert ("LATER words" in page) == (way == "release"), "what is said after the end is not for the desk"
    assert line in page, "the end itself is told"


async def test_what_a_guide_is_told_after_the_end_is_not_for_the_desk(house):
    chat, _ = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    await anna.post(chat, "end", reason="answered")

    async def answers(owner: str, country: str) -> None:
        async with house.database.write() as session:
            conversation = await session.get_one(Conversation, chat)
            conversation.owner, conversation.guide = owner, {"guide": "recognition", "facts": {"country": country}}
            session.add(conversation)
            await session.commit()

    await answers("ended", "PH")
    assert "Philippines" in await anna.chat(chat), "said before"
    await answers("assistant", "IN")
    assert "India" not in await anna.chat(chat)


async def test_who_else_looks_and_a_stream_that_ends_with_the_sign_in(house):
    from portal.accounts.models import SignIn
    from portal.chat.service import hashed
    from tests.people import COOKIE

    chat, _ = await waiting(house, house.alpha)
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)
    async with ben.client.stream("GET", f"/en/staff/events?chat={chat}", timeout=8) as stream:
        lines = stream.aiter_lines()
        await asyncio.wait_for(anext(lines), 2)
        await asyncio.sleep(0.1)
        assert "Also looking: Ben" in await anna.chat(chat)
        async with house.database.write() as session:
            await session.delete(await session.get(SignIn, hashed(ben.client.cookies[COOKIE])))
            await session.commit()
        async with asyncio.timeout(7):
            assert "event: signed-out" in [line async for line in lines]
    await asyncio.sleep(0.1)
    assert "Also looking" not in await anna.chat(chat)
    carla = await desk(house, house.carla)
    assert (await carla.client.get(f"/en/staff/events?chat={chat}")).status_code == 404


async def test_a_reply_to_a_chat_that_has_ended_says_so(house):
    chat, _ = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    await anna.post(chat, "end", reason="answered")
    late = await anna.post(chat, "reply", text="my long text")
    assert late.status_code == 409 and alert(late.text) == "This chat has ended. Nothing was sent."
    assert "my long text" in late.text
    other, _ = await waiting(house, house.alpha)
    early = await anna.post(other, "reply", text="my long text")
    assert early.status_code == 409 and "Take it first." in alert(early.text)
