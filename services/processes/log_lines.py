"""The two forms of a log line: one JSON object for machines, and words for people.

Owns the members of a line: `time` (UTC, ISO 8601), `level`, `logger`, `process`, `message`, what the line is told in
`extra`, `exception` where there is one, and `request_id` in every line that is written while a request is answered,
whoever writes it.
"""

import logging
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that the current task answers, "" where it answers none."""
_OWN_MEMBERS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """A log record as one line of JSON. What JSON cannot hold is written as its `str`, which never shows a Secret."""

    def format(self, record: logging.LogRecord) -> str:
        line = members_of(record)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class TextLines(logging.Formatter):
    """The same for people: time, level, logger and message, then `name=value`; an exception on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line = members_of(record)
        head = " ".join(str(line.pop(name)) for name in ("time", "level", "logger", "message"))
        text = " ".join((head, *(f"{name}={value}" for name, value in line.items() if name != "process")))
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def members_of(record: logging.LogRecord) -> dict[str, object]:
    """But for the exception."""
    line: dict[str, object] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "process": record.process,
        "message": record.getMessage(),
    }
    if request_id := REQUEST_ID.get():
        line["request_id"] = request_id
    line.update({name: value for name, value in vars(record).items() if name not in _OWN_MEMBERS})
    return line
