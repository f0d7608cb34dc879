"""Structured logs: one JSON object per line on standard output.

Libraries that log through the standard library come out in the same form.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson

# structlog takes rich along where that is installed: 5 MB in every process, for tracebacks in
# colour that nobody sees in a log.
_RICH = sys.modules.get("rich")
if _RICH is None:
    sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402
from structlog.contextvars import bind_contextvars as bind  # noqa: E402
from structlog.contextvars import get_contextvars as bound  # noqa: E402

if _RICH is None:
    del sys.modules["rich"]

__all__ = ["bind", "bound", "configure", "get"]

_LEVELS = ("debug", "info", "warning", "error")


def _to_json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def configure(level: str = "info", *, service: str = "") -> None:
    """Sets up logging for this process.

    Args:
        level: The least level that is written: debug, info, warning or error.
        service: Written into every line.
    """
    number = getattr(logging, level.upper()) if level in _LEVELS else logging.INFO

    def add_service(_: Any, __: str, event: Any) -> Any:
        event["service"] = service
        return event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
    ]
    renderer = structlog.processors.JSONRenderer(serializer=_to_json)
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """Returns the logger of a module."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return logger
