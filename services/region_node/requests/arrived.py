"""One request as it came, and what it is to be told by: the forms of both, without a word of HTTP servers.

Owns `Arrived` and `Answered`, and what records and policies are told of how a request came.
"""

from collections.abc import Awaitable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from replication.records.record import Request
from services.region_node.audit.audited_caller import identity_of
from services.region_node.changes.changing import Command
from services.region_node.requests.call import Arrival, Caller
from services.region_node.requests.routes import Asked, Route, asked_by, asked_by_nobody
from services.region_node.wire.authentication import command_id
from services.region_node.wire.signed_request import SignedRequest, parse
from shared.crypto.entropy import random_bytes
from shared.errors import MissingAuthenticationToken

LONGEST_USER_AGENT = 1024
"""Characters of it that a record keeps, as CloudTrail does."""
_MOST_ARRIVALS = 1024


class Arrived(NamedTuple):
    """One whole request. `path` and `query` are as received, names of headers in lower case; `source` is the client's
    address, without its port.

    `exchange`: the front door's number for it, b"" where it came without the door. `secure`: whether the client's
    connection is over TLS, which nothing here ends yet.
    """

    method: str
    path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    source: str
    exchange: bytes = b""
    secure: bool = False


class Answered(NamedTuple):
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


Answering: TypeAlias = Answered | Awaitable[Answered]
"""At once; or later, where a record has to be applied, or a thread to do heavy work."""


def understood(arrived: Arrived) -> tuple[SignedRequest | None, Asked]:
    """The signature, and what is asked. None: nobody has signed what anybody may ask.

    Errors: those of `parse`.
    """
    try:
        signed = parse(arrived.method, arrived.path, arrived.query, arrived.headers)
    except MissingAuthenticationToken:
        asked = asked_by_nobody(arrived.query, arrived.body)
        if asked is None:
            raise
        return None, asked
    return signed, asked_by(signed, arrived.query, arrived.body)


def arrival_of(arrived: Arrived, signed: SignedRequest | None) -> Arrival:
    headers = dict(arrived.headers) if signed is None else signed.headers
    return _arrival(arrived.source, headers.get(b"user-agent", b"")[:LONGEST_USER_AGENT], arrived.secure)


@lru_cache(maxsize=_MOST_ARRIVALS)
def _arrival(source: str, user_agent: bytes, secure: bool) -> Arrival:
    """Remembered: a client comes from one place all day."""
    return Arrival(source, user_agent.decode("latin-1"), secure)


def command_of(
    arrived: Arrived,
    signed: SignedRequest,
    arrival: Arrival,
    route: Route,
    caller: Caller,
    request_id: str,
    parameters: dict[str, object],
) -> Command:
    operation = route.operation.name
    request = Request(
        caller=caller.arn,
        access_key_id=caller.access_key_id,
        request_id=request_id,
        source_address=arrival.source,
        user_agent=arrival.user_agent,
        operation=operation,
        parameters=parameters,
        identity=identity_of(caller),
        service=route.service,
        secure=arrival.secure,
    )
    invocation_id = signed.headers.get(b"amz-sdk-invocation-id") or (arrived.exchange and b"door/" + arrived.exchange)
    said = b"?".join(filter(None, (arrived.query, arrived.body)))
    identity = command_id(caller, operation, said, invocation_id, random_bytes(16))
    return Command(caller.account, identity, request)


def permitted_by(command: Command, grants: tuple[str, ...]) -> Command:
    """The command, whose record says by which grants it was permitted."""
    if not grants or command.request is None:
        return command
    return command._replace(request=replace(command.request, grants=grants))
