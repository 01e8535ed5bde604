"""Staff: the desk, a room of several: queue, chat, writing, answers, canned replies, consent, the stream that wakes the pages."""

from __future__ import annotations

from fastapi import APIRouter

from portal.web.staff import answering, canned, chat_desk, consent_request, passing_on, queue, stream, writing

router = APIRouter(prefix="/staff")
for room in (stream, queue, canned, chat_desk, passing_on, writing, answering, consent_request):
    router.include_router(room.router)
