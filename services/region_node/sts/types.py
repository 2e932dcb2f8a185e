"""GetCallerIdentity."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.wire.shapes import Length, Pattern

Arn: TypeAlias = Annotated[
    str,
    Length(20, 2048),
    Pattern(r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"),
]


class GetCallerIdentityRequest(NamedTuple):
    pass


class GetCallerIdentityResponse(NamedTuple):
    user_id: str
    account: str
    arn: Arn
