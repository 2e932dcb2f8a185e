"""Log lines: one JSON object a line, on a standard stream or in a file of the process's own that rotates by size.

Owns the form of a line: `time` (UTC, ISO 8601), `level`, `logger`, `message`, the members of `extra`, and `exception`
where there is one. Each process writes its own file, because rotation by two processes at once loses lines. Where the
environment says `KEYTIDE_LOG=stdout` all write to standard output, where a container's log is read.
"""

import logging
import logging.handlers
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson

FILE_BYTES = 5 * 1024 * 1024
FILES_KEPT = 3
VARIABLE = "KEYTIDE_LOG"
STANDARD_OUTPUT = "stdout"
_OWN_MEMBERS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON. What JSON cannot hold is written as its `str`, which never shows a Secret."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        line.update({name: value for name, value in vars(record).items() if name not in _OWN_MEMBERS})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def log_to(directory: Path | None, process: str, level: int = logging.INFO) -> None:
    """Send this process's log to `directory/process.log`, or to standard error where `directory` is None."""
    handler = _handler(directory, process)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)


def _handler(directory: Path | None, process: str) -> logging.Handler:
    if directory is None:
        return logging.StreamHandler()
    if os.environ.get(VARIABLE) == STANDARD_OUTPUT:
        return logging.StreamHandler(sys.stdout)
    return _rotating_file(directory, process)


def _rotating_file(directory: Path, process: str) -> logging.Handler:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / f"{process}.log"
    os.close(os.open(path, os.O_CREAT | os.O_APPEND, 0o600))
    return logging.handlers.RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT)
