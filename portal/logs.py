"""Logs as JSON lines, without personal data: no texts, no tokens, no local variables of a failure."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

REDACTED = {"text", "name", "email", "phone", "token", "authorization", "cookie", "comment", "question"}


def redact(_logger: object, _method: str, event: Any) -> Any:
    return {k: "[redacted]" if k in REDACTED else v for k, v in event.items()}


def configure() -> None:
    """structlog for us and for the libraries; one line an event."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(
                    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
                ),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for quiet in ("httpx", "httpx2", "httpcore", "uvicorn.access", "sse_starlette", "alembic"):
        logging.getLogger(quiet).setLevel(logging.WARNING)
