"""Logging: one line per event, JSON or for people, on stderr; libraries speak through it too."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import Literal

import structlog
from structlog.typing import Processor

NO_TROUBLE = "UnstableOffsetCommitError"
"""The Kafka client calls it an error that a transaction is still being ended, and asks again by itself."""


class Seldom(logging.Filter):
    """Lets a library say the same thing once a minute; a client whose broker is away says it often.

    What is no trouble it does not let through at all."""

    def __init__(self, every_s: float = 60.0) -> None:
        super().__init__()
        self._every_s = every_s
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("winnow"):
            return True
        if NO_TROUBLE in record.getMessage():
            return False
        what = (record.name, str(record.msg))
        if record.created - self._said.get(what, -self._every_s) < self._every_s:
            return False
        self._said[what] = record.created
        return True


def in_colour(is_terminal: bool, environ: Mapping[str, str]) -> bool:
    """Whether log lines are coloured: on terminals that can, for people who did not say no (no-color.org)."""
    return is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def configure(level: str, form: Literal["json", "console"]) -> None:
    """Routes structlog and the standard library's loggers to stderr in one form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=in_colour(sys.stderr.isatty(), os.environ))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Seldom())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # libraries: what is wrong, not what they do
    logging.getLogger("winnow").setLevel(level.upper())
    # These quote what they parse; an article's text is never logged.
    # And this one warns whenever a busy machine makes its loop wait.
    for name in ("trafilatura", "htmldate", "justext", "courlan", "readability_lxml", "kafka.net.selector"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
