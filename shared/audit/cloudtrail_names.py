"""Members of requests and answers as CloudTrail calls them: `KeyId` is `keyId`, and `AWSAccountId` is `aWSAccountId`.

Owns the naming, which members are maps, whose keys are the client's, which are times, and how those read. Whatever an
entry holds can be told: what JSON has no form for is told by `plain`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.audit.plain import DEPTH_MOST, TOO_DEEP, plain, plain_name

MAPS = frozenset(
    {
        "EncryptionContext",
        "SourceEncryptionContext",
        "DestinationEncryptionContext",
        "EncryptionContextSubset",
        "EncryptionContextEquals",
    }
)
"""Members whose keys are not names of members."""
TIMES = frozenset(
    {
        "CreateDate",
        "CreationDate",
        "DeletionDate",
        "EndTime",
        "EventTime",
        "Expiration",
        "KeyCreationDate",
        "LastUpdatedDate",
        "LastUsedDate",
        "NextRotationDate",
        "OnDemandRotationStartDate",
        "ParametersValidTo",
        "PasswordLastUsed",
        "RotationDate",
        "StartTime",
        "Timestamp",
        "TrackingStartDate",
        "UpdateDate",
        "ValidTo",
        "ValidityEndTime",
        "ValidityStartTime",
    }
)
"""Members that are seconds since 1970, and read like `Nov 18, 2020, 1:29:18 AM` in CloudTrail."""


def told(members: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The members under CloudTrail's names; None where there are none."""
    return _structure(members) if members else None


def _structure(members: Mapping[Any, Any], depth: int = 0) -> dict[str, Any]:
    named = ((plain_name(name), value) for name, value in members.items())
    return {name[:1].lower() + name[1:]: _member(name, value, depth + 1) for name, value in named}


def _member(name: str, value: Any, depth: int) -> Any:
    if name in MAPS:
        return plain(value, depth)
    if name in TIMES and isinstance(value, int | float):
        return _time(value)
    return _value(value, depth)


def _value(value: Any, depth: int) -> Any:
    if not isinstance(value, Mapping | list | tuple):
        return plain(value)
    if depth > DEPTH_MOST:
        return TOO_DEEP
    return _structure(value, depth) if isinstance(value, Mapping) else [_value(each, depth + 1) for each in value]


def _time(seconds: float) -> Any:
    """The number itself where no calendar has that time: a client may have sent any."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return plain(seconds)
    return f"{moment:%b} {moment.day}, {moment:%Y}, {moment.hour % 12 or 12}:{moment:%M:%S %p}"
