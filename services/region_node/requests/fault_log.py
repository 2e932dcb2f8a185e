"""Faults that nobody foresaw, as the log may tell them.

Owns what is written: the exception's type and the places in the program that it came through. Its message is left out,
since libraries put values into messages, and a value may be a secret or a part of the request.
"""

import logging
import traceback

INNERMOST_PLACES = 12


def log_fault(log: logging.Logger, fault: BaseException, request_id: str) -> None:
    """Write one line at level ERROR under the request's id."""
    log.error("unforeseen fault", extra={"request_id": request_id, **told_of(fault)})


def told_of(fault: BaseException) -> dict[str, object]:
    """The fields of a line about it."""
    frames = traceback.extract_tb(fault.__traceback__)[-INNERMOST_PLACES:]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    fault_type = f"{type(fault).__module__}.{type(fault).__qualname__}"
    return {"fault": fault_type, "places": places}
