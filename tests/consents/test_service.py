"""Asking, answering, withdrawing, and whether a consent is valid for what rests on it."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from portal.accounts.models import Account, Organisation
from portal.cases.models import CaseFile
from portal.chat import erasing
from portal.clock import now
from portal.consents import receipts, service, texts
from portal.consents.entered import Wrong
from portal.consents.links import behind, token
from portal.consents.models import Consent, ConsentText
from portal.consents.withdrawing import NotGiven, withdraw
from portal.mail.models import Mail
from tests.consents.scene import scene
from tests.mail.ground import ground

NOW = now()
DAY = dt.timedelta(days=1)
GIVEN = {"name": "Ali", "email": "ali@example.org"}


@pytest.fixture
async def session(tmp_path):
    async with ground(tmp_path) as database, database.write() as session:
        yield session


async def test_doc_02_each_receiver_is_ticked_on_its_own(session):
    s = await scene(session)
    request = await s.ask(session, NOW)
    rows, new = await service.answer(session, s.conversation, request, [s.receivers[1]], GIVEN, NOW)
    assert new and {r.to_id: bool(r.given_at) for r in rows} == {s.receivers[0]: False, s.receivers[1]: True}
    assert next(r for r in rows if not r.given_at).given == {}
    assert await s.valid(session, NOW) is None
    assert await s.valid(session, NOW, to_id=s.receivers[1])


async def test_prv_07_the_record_says_all_of_it(session):
    s = await scene(session, "ar")
    request = await s.ask(session, NOW, receivers=s.receivers[:1])
    ((consent,), _) = await service.answer(session, s.conversation, request, s.receivers[:1], GIVEN, NOW + DAY)
    text = await session.get_one(ConsentText, consent.text_id)
    assert (consent.conversation_id, consent.purpose, consent.from_id, consent.to_id, consent.fields, consent.channel,
            consent.language, consent.given_at, consent.given, consent.asked_by) == (
        s.conversation.id, "forward", s.organisation.id, s.receivers[0], ["name", "email", "occupation"], "chat",
        "ar", NOW + DAY, GIVEN, s.account.id)  # fmt: skip
    assert consent.text_hash == text.hash == texts.hash_of(text.text) and text.version == 1
    shown = await receipts.request(session, [consent], "en", "secret")
    assert shown["language"] == "ar" and "Einwilligung" in shown["text_de"] and "Alpha" in shown["text"]  # PRV-10


async def test_prv_10_a_language_without_a_text_reads_english_and_german(session):
    s = await scene(session, "tr")
    request = await s.ask(session, NOW)
    (shown,) = await receipts.of_chat(session, s.conversation, "t")
    assert (shown["request"], shown["status"], shown["language"]) == (request, "asked", "en")
    assert "freiwillig" in shown["text_de"] and "voluntary" in shown["text"]


async def test_nothing_ticked_is_nothing_given(session):
    s = await scene(session)
    request = await s.ask(session, NOW)
    rows, _ = await service.answer(session, s.conversation, request, [], GIVEN, NOW)
    assert all(r.refused_at and not r.given_at and not r.given for r in rows)
    assert receipts.status(rows) == "refused" and await s.valid(session, NOW) is None


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [({"phone": "1"}, "phone", "unknown"), ({"email": "ali"}, "email", "bad_email"), ({"name": "x" * 121}, "name", "too_long"),
     ({"email": "a@b.de\r\nBcc: c@d.de"}, "email", "bad_email"), ({"health": "x"}, "health", "unknown")],
)  # fmt: skip
async def test_only_what_was_asked_is_taken_and_plausible(session, given, field, reason):
    s = await scene(session)
    request = await s.ask(session, NOW)
    with pytest.raises(Wrong) as error:
        await service.answer(session, s.conversation, request, s.receivers, given, NOW)
    assert (error.value.field, error.value.reason) == (field, reason)
    assert receipts.status(await service.of_chat(session, s.conversation.id)) == "asked"


async def test_sec_c13_what_is_entered_is_one_clean_line(session):
    s = await scene(session)
    request = await s.ask(session, NOW)
    typed = {"name": " Ali\r\nBcc: x@y.de\u202e ", "occupation": " "}
    rows, _ = await service.answer(session, s.conversation, request, s.receivers, typed, NOW)
    assert rows[0].given == {"name": "Ali Bcc: x@y.de"}


async def test_flt_24_the_same_answer_twice_is_one_and_another_one_is_refused(session):
    s = await scene(session)
    request = await s.ask(session, NOW)
    first, _ = await service.answer(session, s.conversation, request, s.receivers, GIVEN, NOW)
    again, new = await service.answer(session, s.conversation, request, s.receivers, dict(GIVEN), NOW + DAY)
    assert not new and [r.given_at for r in again] == [NOW, NOW] and first == again
    for receivers, given in ((s.receivers[:1], GIVEN), (s.receivers, {"name": "Eva"}), ([], {})):
        with pytest.raises(service.Conflict):
            await service.answer(session, s.conversation, request, receivers, given, NOW)


async def test_flt_24_the_same_open_question_is_asked_once(session):
    s = await scene(session)
    request = await s.ask(session, NOW)
    assert await s.ask(session, NOW + DAY) == request
    assert await s.ask(session, NOW, fields=["name"]) != request
    await service.refuse(session, s.conversation, request, NOW)
    assert await s.ask(session, NOW) != request


@pytest.mark.parametrize(
    "wrong",
    [{"purpose": "x"}, {"fields": []}, {"fields": ["name", "religion"]}, {"receivers": []}, {"receivers": ["x"]}],
)
async def test_what_may_not_be_asked(session, wrong):
    s = await scene(session)
    with pytest.raises(service.NotAskable):
        await s.ask(session, NOW, **wrong)


async def test_sec_b08_a_consent_covers_person_purpose_receiver_and_fields(session):
    s, stranger = await scene(session), await scene(session)
    request = await s.ask(session, NOW)
    rows, _ = await service.answer(session, s.conversation, request, s.receivers[:1], GIVEN, NOW)
    mine = next(r for r in rows if r.given_at)
    assert (await s.valid(session, NOW, consent_id=mine.id)) == mine
    assert (await s.valid(session, NOW, from_id=s.organisation.id, fields=["name", "email"])) == mine
    for wrong in ({"purpose": "case"}, {"to_id": s.receivers[1]}, {"fields": ["name", "phone"]},
                  {"conversation_id": stranger.conversation.id}, {"from_id": s.receivers[0]}, {"consent_id": "0" * 32}):  # fmt: skip
        assert await s.valid(session, NOW, **wrong) is None, wrong
    with pytest.raises(ValueError, match="whose"):
        await s.valid(session, NOW, conversation_id=None)


async def test_sec_b09_a_consent_of_somebody_else_or_to_an_old_text_does_not_count(session):
    s, stranger = await scene(session), await scene(session)
    ids = []
    for who in (s, stranger):
        rows, _ = await service.answer(session, who.conversation, await who.ask(session, NOW), who.receivers, {}, NOW)
        ids.append(next(r.id for r in rows if r.to_id == who.receivers[0]))
    assert await s.valid(session, NOW, consent_id=ids[1]) is None
    assert await s.valid(session, NOW, consent_id=ids[0])
    new = texts.default("forward", "de") + " Neu."
    version = await texts.draft(session, s.organisation.id, "forward", {"de": new}, NOW)
    assert await s.valid(session, NOW, consent_id=ids[0])  # a draft changes nothing
    await texts.publish(session, s.organisation.id, "forward", version, NOW)
    assert await s.valid(session, NOW, consent_id=ids[0]) is None


async def test_a_text_that_was_tampered_with_does_not_count(session):
    s = await scene(session)
    rows, _ = await service.answer(session, s.conversation, await s.ask(session, NOW), s.receivers, {}, NOW)
    text = await session.get_one(ConsentText, rows[0].text_id)
    text.text += " Und alles andere auch."
    session.add(text)
    await session.flush()
    assert await s.valid(session, NOW) is None


async def test_an_answer_to_a_text_that_is_no_longer_in_force_is_asked_anew(session):
    s = await scene(session)
    request = await s.ask(session, NOW)
    version = await texts.draft(session, s.organisation.id, "forward", {"de": texts.default("forward", "de")}, NOW)
    await texts.publish(session, s.organisation.id, "forward", version, NOW)
    with pytest.raises(service.Outdated):
        await service.answer(session, s.conversation, request, s.receivers, {}, NOW)
    assert await s.ask(session, NOW) != request


@pytest.mark.parametrize(
    ("given", "end"), [("2026-05-01T10:00+00:00", "2027-05-01"), ("2028-02-29T10:00+00:00", "2029-02-28")]
)
def test_prv_09_it_ends_after_twelve_months(given, end):
    assert service.ends(dt.datetime.fromisoformat(given)).date().isoformat() == end


async def test_prv_09_an_ended_consent_does_not_count(session):
    s = await scene(session)
    rows, _ = await service.answer(session, s.conversation, await s.ask(session, NOW), s.receivers, {}, NOW)
    assert await s.valid(session, rows[0].ends_at - dt.timedelta(seconds=1))
    assert await s.valid(session, rows[0].ends_at) is None
    assert await s.valid(session, NOW - DAY) is None


async def test_prv_08_a_withdrawal_holds_at_once_and_the_receiver_is_told(session):
    s = await scene(session)
    rows, _ = await service.answer(
        session, s.conversation, await s.ask(session, NOW), s.receivers, GIVEN, NOW, secret="t"
    )
    lead = Account(organisation_id=s.receivers[0], email="lead@b.example", name="L", shown_name="L", status="active",
                   roles=["team_lead"])  # fmt: skip
    other = Account(organisation_id=s.receivers[1], email="other@c.example", name="O", shown_name="O", status="active",
                    roles=["team_lead"])  # fmt: skip
    session.add_all([lead, other])
    await session.flush()
    consent = next(r for r in rows if r.to_id == s.receivers[0])
    assert (await behind(session, token("t", consent.id))) == consent
    assert await withdraw(session, consent, NOW, address="https://w.example")
    assert not await withdraw(session, consent, NOW + DAY, address="https://w.example")
    assert consent.withdrawn_at == NOW and consent.given == GIVEN  # the history stays
    assert await s.valid(session, NOW) is None and await s.valid(session, NOW, to_id=s.receivers[1])
    mails = (await session.exec(select(Mail))).all()
    assert sorted(m.to for m in mails) == sorted(["lead@b.example", s.account.email])
    assert not any("Ali" in m.subject + m.body or "ali@" in m.subject + m.body for m in mails)  # PRV-33


async def test_nothing_can_be_withdrawn_that_was_not_given(session):
    s = await scene(session)
    rows, _ = await service.refuse(session, s.conversation, await s.ask(session, NOW), NOW)
    with pytest.raises(NotGiven):
        await withdraw(session, rows[0], NOW)


async def test_a_case_finds_the_consents_of_its_chat_also_when_the_chat_is_gone(session):
    s, stranger = await scene(session), await scene(session)
    await service.answer(session, s.conversation, await s.ask(session, NOW), s.receivers, {}, NOW)
    cases = [CaseFile(number=f"W-2026-{i}", kind="worker", organisation_id=s.organisation.id, conversation_id=c,
                      key=f"k{i}")
             for i, c in enumerate((s.conversation.id, stranger.conversation.id, None))]  # fmt: skip
    session.add_all(cases)
    await session.flush()
    for case, right in zip(cases, (True, False, False), strict=True):
        assert bool(await s.valid(session, NOW, conversation_id=None, case_id=case.id)) == right
    await service.adopt(session, s.conversation.id, cases[0].id)
    await session.flush()
    case_id, to = cases[0].id, s.receivers[0]
    await erasing.erase(session, [s.conversation.id], NOW)
    session.expire_all()
    found = await service.valid(session, to_id=to, purpose="forward", fields=["name"], moment=NOW, case_id=case_id)
    assert found is not None and found.conversation_id is None
    assert len((await session.exec(select(Consent))).all()) == 2


async def test_a_new_question_takes_the_place_of_the_open_one(session):
    s = await scene(session)
    first, other = await s.ask(session, NOW), await s.ask(session, NOW, purpose="contact", fields=["email"])
    later = NOW + dt.timedelta(minutes=5)
    second = await s.ask(session, later, fields=["name"])
    found = service.requests(await service.of_chat(session, s.conversation.id))
    assert [r for r, rows in found.items() if service.open_(rows[0])] == sorted([other, second], key=list(found).index)
    all_ = [row for rows in found.values() for row in rows]
    assert [service.replaced(found[r], all_) for r in (first, other, second)] == [True, False, False]


async def test_an_organisation_in_which_nobody_advises_is_no_receiver(session):
    s = await scene(session)
    session.add(Organisation(id="empty", name="Empty", kind="ag_s"))
    await session.flush()
    with pytest.raises(service.NotAskable):
        await s.ask(session, NOW, receivers=["empty"])
