"""A person's chat is deleted: every store is named and empty, a count without the person stays."""

from __future__ import annotations

from sqlmodel import col, select

from portal.chat import erasing
from portal.chat.models import Conversation, Feedback
from portal.clock import now
from portal.consents.models import Consent, ConsentText
from portal.desk.models import File, Note, Reading, Translation
from portal.handover.models import Address, Handover
from portal.mail.models import Mail
from tests.desk.scene import waiting


async def test_scenario_30_every_store_is_emptied_and_named_and_the_count_stays(house):
    office = await house.organisation("erasing")
    anna = await house.account("anna@erasing.example", office)
    chat, visitor = await waiting(house, office, "My name is Canary")
    kept, _ = await waiting(house, office)
    text = await house.add(ConsentText(organisation_id=office.id, purpose="contact", language="en", text="x", hash="x"))
    of = {"conversation_id": chat}
    for row in (
        Note(organisation_id=office.id, account_id=anna.id, text="Canary", **of),
        Translation(seq=1, language="de", text="Canary", **of),
        Reading(account_id=anna.id, translated=True, **of),
        File(id="e" * 32, author="visitor", name="canary.pdf", type="application/pdf", size=1, **of),
        Address(email="canary@v.example", code_hash="x", ends_at=now(), **of),
        Mail(key="k-erasing", message_id="m-erasing", to="canary@v.example", language="en", subject="x", body="x", **of),
        Feedback(seq=1, helpful=True, comment="Canary", **of),
        Consent(id="c" * 32, from_id=office.id, to_id=office.id, purpose="contact", fields=["name"], given={"name": "Canary"},
                text_id=text.id, text_hash="x", language="en", request="r", given_at=now(), **of),
    ):  # fmt: skip
        await house.add(row)
    gone = await visitor.client.delete(f"{visitor.path}?report=true", headers=visitor.headers)
    told = gone.json()
    assert gone.status_code == 200 and told["kept"] == {"handover": 1}
    stores = {
        "conversation",
        "message",
        "feedback",
        "note",
        "translation",
        "reading",
        "file",
        "address",
        "mail",
        "consent",
        "bot",
    }
    assert stores <= {store for store, rows in told["erased"].items() if rows}, "the report names every store"
    async with house.database.read() as session:
        left = await erasing.report(session, [chat])
        assert set(left.values()) == {0}, left
        counted = (
            await session.exec(select(Handover).where(Handover.organisation_id == office.id).order_by(col(Handover.id)))
        ).all()
        consent = await session.get(Consent, "c" * 32)
        assert await session.get(Conversation, kept) is not None
    assert [(h.conversation_id, h.status, h.end_reason) for h in counted] == [
        (None, "ended", "erased"),
        (kept, "waiting", None),
    ]
    assert consent.given == {} and consent.given_at is not None, "that it was given is proven, what was entered is gone"
    assert (await visitor.client.get(f"{visitor.path}/messages", headers=visitor.headers)).status_code == 404


async def test_without_javascript_nobody_is_left_in_the_queue(house):
    office = await house.organisation("noscript")
    await house.account("anna@noscript.example", office)
    page = await house.client.post("/en/ask", data={"q": "I want to talk to a person"}, headers={"accept": "text/html"})
    assert page.status_code == 200 and "in the queue" not in page.text and "1815-1111" in page.text
    async with house.database.read() as session:
        assert (await session.exec(select(Handover).where(Handover.organisation_id == office.id))).all() == []
