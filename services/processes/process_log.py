"""Where the log lines of a process go: to a file of its own that rotates by size, or to a standard stream.

Owns the choice of place, form and level, which the environment makes. Each process writes its own file, because
rotation by two processes at once loses lines. Where `KEYTIDE_LOG` is `stdout` all write to standard output, where a
container's log is read.
"""

import logging
import logging.handlers
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from services.processes.log_lines import JsonLines, TextLines

FILE_BYTES = 5 * 1024 * 1024
FILES_KEPT = 3
PLACE_VARIABLE = "KEYTIDE_LOG"
STANDARD_OUTPUT = "stdout"
LEVEL_VARIABLE, FORM_VARIABLE = "KEYTIDE_LOG_LEVEL", "KEYTIDE_LOG_FORM"
LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
FORMS: Mapping[str, type[logging.Formatter]] = {"json": JsonLines, "text": TextLines}

log = logging.getLogger(__name__)


def log_to(directory: Path | None, process: str) -> None:
    """Send this process's log to `directory/process.log`, or to standard error where `directory` is None.

    A level or form that is unknown is said in the log, which is then as if nothing had been chosen: no process stays
    away for it.
    """
    level, form = os.environ.get(LEVEL_VARIABLE, ""), os.environ.get(FORM_VARIABLE, "")
    handler = _handler(directory, process)
    handler.setFormatter(FORMS.get(form, JsonLines)())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS.get(level, logging.INFO))
    logging.captureWarnings(capture=True)
    for variable, chosen, known in ((LEVEL_VARIABLE, level, LEVELS), (FORM_VARIABLE, form, FORMS)):
        if chosen and chosen not in known:
            log.warning("what the environment says of the log is unknown", extra={variable: chosen, "known": [*known]})


def _handler(directory: Path | None, process: str) -> logging.Handler:
    if directory is None:
        return logging.StreamHandler()
    if os.environ.get(PLACE_VARIABLE) == STANDARD_OUTPUT:
        return logging.StreamHandler(sys.stdout)
    return _rotating_file(directory, process)


def _rotating_file(directory: Path, process: str) -> logging.Handler:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / f"{process}.log"
    os.close(os.open(path, os.O_CREAT | os.O_APPEND, 0o600))
    return logging.handlers.RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT)
