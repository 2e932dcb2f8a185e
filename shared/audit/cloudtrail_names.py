"""Members of requests and answers as CloudTrail calls them: `KeyId` is `keyId`, and `AWSAccountId` is `aWSAccountId`.

Owns the naming, which members are maps, whose keys are the client's, which are times, and how those read.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

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


def _structure(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name[:1].lower() + name[1:]: _member(name, value) for name, value in members.items()}


def _member(name: str, value: Any) -> Any:
    if name in MAPS:
        return dict(value)
    if name in TIMES and isinstance(value, int | float):
        return _time(value)
    return _value(value)


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _structure(value)
    if isinstance(value, list | tuple):
        return [_value(element) for element in value]
    return value


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%b} {moment.day}, {moment:%Y}, {moment.hour % 12 or 12}:{moment:%M:%S %p}"
