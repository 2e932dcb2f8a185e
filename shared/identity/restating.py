"""An entity of an account told as a whole: how what a stream holds at the home is made so everywhere.

Owns the encoding of `EntityRestated.state`: the fields of the entity's class by position, in msgpack; and which streams
it is for. Secrets are not in it: a region keeps its own, and is given those that it lacks as they are due.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

from shared.events import Event, stream_of
from shared.identifiers import access_key_stream, user_stream
from shared.identity.account_events import EntityRestated
from shared.identity.limits import LEVELS
from shared.identity.model import AccessKey, Group, OidcProvider, Policy, Role, ServiceControl, User
from shared.identity.naming import (
    IDENTITY_FORMS,
    group_stream,
    oidc_provider_stream,
    policy_stream,
    role_stream,
    service_control_stream,
)

Restated: TypeAlias = User | Group | Role | Policy | OidcProvider | ServiceControl | AccessKey

_KINDS: Mapping[str, type[Any]] = {
    "user": User,
    "group": Group,
    "role": Role,
    "policy": Policy,
    "oidc-provider": OidcProvider,
    "service-control": ServiceControl,
    "access-key": AccessKey,
}
"""By the kind of the stream."""
_STREAMS: Mapping[type[Any], Any] = {
    User: lambda state: user_stream(state.account, state.user_name),
    Group: lambda state: group_stream(state.account, state.group_id),
    Role: lambda state: role_stream(state.account, state.role_name),
    Policy: lambda state: policy_stream(state.account, state.policy_name),
    OidcProvider: lambda state: oidc_provider_stream(state.account, state.url),
    ServiceControl: lambda state: service_control_stream(state.account),
    AccessKey: lambda state: access_key_stream(state.account, state.access_key_id),
}
_DECODERS = {kind: msgspec.msgpack.Decoder(cls) for kind, cls in _KINDS.items()}
_encode = msgspec.msgpack.Encoder().encode


def restating(account: str, stream: str, state: object) -> EntityRestated:
    """`state`: what the stream holds at the home, or None. Errors: ValueError for what is no entity."""
    if isinstance(state, AccessKey):
        state = state._replace(wrapped=None, signing_keys=None, issued=())
    event = EntityRestated(account, stream, b"" if state is None else _encode(state))
    restated(event)
    return event


def restated(event: EntityRestated) -> Restated | None:
    """What the stream is to hold. Errors: ValueError for what is no entity of the account, or not the stream's."""
    kind, account, *_ = (*event.stream.split("/", 2), "")
    if kind not in _KINDS or account != event.account:
        raise ValueError(f"{event.stream} holds no entity of account {event.account}")
    if not event.state:
        return None
    state = _decoded(kind, event.state)
    if _STREAMS[type(state)](state) != event.stream or not _is_formed(state):
        raise ValueError(f"this is not what {event.stream} may hold")
    return state


def is_restatable(event: EntityRestated) -> bool:
    try:
        restated(event)
    except ValueError:
        return False
    return True


def with_own_secrets(state: Restated | None, before: object, region: str) -> Restated | None:
    """`state`, with what `region` holds of an access key. To whom signing keys were issued is forgotten: whoever has
    lost them with the key is given them anew."""
    if not isinstance(state, AccessKey):
        return state
    own = before if isinstance(before, AccessKey) else None
    wrapped = own.wrapped if own is not None and region in state.held_in else None
    return state._replace(wrapped=wrapped, signing_keys=None if own is None else own.signing_keys, issued=())


def begun_anew(events: Iterable[Event] | None) -> frozenset[str]:
    """The streams of which a record's first word says what they hold, whatever has stood there: a frozen one, too."""
    first: dict[str, Event] = {}
    for event in events or ():
        first.setdefault(stream_of(event), event)
    return frozenset(stream for stream, event in first.items() if isinstance(event, EntityRestated))


def _decoded(kind: str, encoded: bytes) -> Restated:
    try:
        state: Restated = _DECODERS[kind].decode(encoded)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no {kind}: {error}") from error
    return state


def _is_formed(state: Restated) -> bool:
    fields = state._asdict()
    if isinstance(state, Policy) and state.default not in {version.number for version in state.versions}:
        return False
    if isinstance(state, ServiceControl) and not all(level in LEVELS for level, *_ in state.policies):
        return False
    return all(check(fields[name]) for name, check in IDENTITY_FORMS.items() if fields.get(name) is not None)
