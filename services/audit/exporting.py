"""Events in a file: JSON Lines, or Parquet.

Owns both forms. A JSON line is CloudTrail's event. A row of Parquet has what is asked for most in columns of its own,
and the event whole, as JSON, in the last one.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, BinaryIO

import orjson

from services.plain_fault import PlainFault

ROWS_AT_ONCE = 20_000

Event = Mapping[str, Any]
"""CloudTrail's, as `telling.py` gives it."""


class NoParquet(PlainFault):
    """The package that writes Parquet is not installed."""


def write_json_lines(events: Iterable[Event], file: BinaryIO) -> int:
    """How many there were."""
    count = 0
    for event in events:
        file.write(orjson.dumps(event) + b"\n")
        count += 1
    return count


def write_parquet(events: Iterable[Event], file: BinaryIO) -> int:
    """How many there were. Errors: NoParquet."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise NoParquet("Parquet needs the package pyarrow; install it with: pip install 'keytide[parquet]'") from error
    types = {
        "time": pyarrow.timestamp("ms", tz="UTC"),
        "flag": pyarrow.bool_(),
        "texts": pyarrow.list_(pyarrow.string()),
    }
    schema = pyarrow.schema([(name, types.get(kind, pyarrow.string())) for name, kind, _ in _COLUMNS])
    count, remaining = 0, iter(events)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while rows := [_row(event) for event in islice(remaining, ROWS_AT_ONCE)]:
            writer.write_table(pyarrow.Table.from_pylist(rows, schema))
            count += len(rows)
    return count


WRITERS: Mapping[str, Callable[[Iterable[Event], BinaryIO], int]] = {
    "jsonl": write_json_lines,
    "parquet": write_parquet,
}


def _row(event: Event) -> dict[str, object]:
    return {name: value(event) for name, _, value in _COLUMNS}


def _told(name: str) -> Callable[[Event], object]:
    return lambda event: event.get(name)


def _of_caller(name: str) -> Callable[[Event], object]:
    return lambda event: event["userIdentity"].get(name)


def _time(event: Event) -> datetime:
    return datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _resources(event: Event) -> list[str]:
    return [resource["ARN"] for resource in event.get("resources", ())]


_COLUMNS: tuple[tuple[str, str, Callable[[Event], object]], ...] = (
    ("event_time", "time", _time),
    ("event_source", "text", _told("eventSource")),
    ("event_name", "text", _told("eventName")),
    ("region", "text", _told("awsRegion")),
    ("account", "text", _told("recipientAccountId")),
    ("caller_arn", "text", _of_caller("arn")),
    ("caller_account", "text", _of_caller("accountId")),
    ("access_key_id", "text", _of_caller("accessKeyId")),
    ("source_address", "text", _told("sourceIPAddress")),
    ("user_agent", "text", _told("userAgent")),
    ("error_code", "text", _told("errorCode")),
    ("error_message", "text", _told("errorMessage")),
    ("request_id", "text", _told("requestID")),
    ("event_id", "text", _told("eventID")),
    ("read_only", "flag", _told("readOnly")),
    ("resources", "texts", _resources),
    ("event", "text", lambda event: orjson.dumps(event).decode()),
)
"""Name, kind and value of each column."""
