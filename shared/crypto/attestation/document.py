"""The payload of an attestation document: its members and their limits.

Owns the one table of members. A member that AWS's specification does not know is refused, and so is a value out of its
limits. Where the specification says both 512 and 1024 bytes of a member, 1024 holds: such documents exist. It says that
no member is null, yet documents carry null for an optional one that was not asked for; that is read as absent.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from shared.crypto.attestation import strict_cbor
from shared.crypto.attestation.model import Source, invalid

DIGEST = "SHA384"
MOST_AUTHORITIES = 8
"""AWS sets no limit to the bundle; its own have four certificates."""

_LATEST = 2**64 - 1
_REGISTER_LENGTHS = (32, 48, 64)
_REGISTERS = {Source.ENCLAVE: 32, Source.NITRO_TPM: 24}

Check: TypeAlias = Callable[[object], bool]


class Document(NamedTuple):
    """What the payload says, unverified. `timestamp`: milliseconds since 1970. Certificates are DER, the root first."""

    source: Source
    module_id: str
    timestamp: int
    pcrs: Mapping[int, bytes]
    certificate: bytes
    cabundle: tuple[bytes, ...]
    public_key: bytes | None


def _bytes(least: int, most: int) -> Check:
    return lambda value: isinstance(value, bytes) and least <= len(value) <= most


def _registers(count: int) -> Check:
    def holds(value: object) -> bool:
        return isinstance(value, dict) and 1 <= len(value) <= count and all(map(register_holds, value.items()))

    def register_holds(register: tuple[object, object]) -> bool:
        number, content = register
        return (
            type(number) is int
            and 0 <= number < count
            and isinstance(content, bytes)
            and len(content) in _REGISTER_LENGTHS
        )

    return holds


def _is_bundle(value: object) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= MOST_AUTHORITIES and all(map(_bytes(1, 1024), value))


_REQUIRED: Mapping[str, Check] = {
    "module_id": lambda value: isinstance(value, str) and value != "",
    "digest": lambda value: value == DIGEST,
    "timestamp": lambda value: type(value) is int and 0 < value <= _LATEST,
    "certificate": _bytes(1, 1024),
    "cabundle": _is_bundle,
}
_OPTIONAL: Mapping[str, Check] = {
    "public_key": _bytes(1, 1024),
    "user_data": _bytes(0, 1024),
    "nonce": _bytes(0, 1024),
}
_REGISTER_CHECKS: Mapping[str, Check] = {source.value: _registers(count) for source, count in _REGISTERS.items()}
_CHECKS: Mapping[str, Check] = {**_REQUIRED, **_OPTIONAL, **_REGISTER_CHECKS}


def parse(payload: bytes) -> Document:
    """Errors: ValidationFailed, with the member that is at fault."""
    members = _members(payload)
    (source,) = (source for source in Source if source.value in members)
    return Document(
        source,
        members["module_id"],
        members["timestamp"],
        members[source.value],
        members["certificate"],
        tuple(members["cabundle"]),
        members.get("public_key"),
    )


def _members(payload: bytes) -> dict[str, Any]:
    try:
        decoded = strict_cbor.decode(payload)
    except ValueError:
        raise invalid("its payload is no CBOR of the specified form") from None
    if not isinstance(decoded, dict):
        raise invalid("its payload is no map")
    members = {name: value for name, value in decoded.items() if value is not None or name not in _OPTIONAL}
    _require_limits(members)
    _require_presence(members)
    return members


def _require_limits(members: Mapping[Any, object]) -> None:
    for name, value in members.items():
        if name not in _CHECKS:
            raise invalid("its payload has a member that is not specified")
        if not _CHECKS[name](value):
            raise invalid(f"{name} is not within its limits")


def _require_presence(members: Mapping[Any, object]) -> None:
    for name in _REQUIRED:
        if name not in members:
            raise invalid(f"{name} is missing")
    if len(members.keys() & _REGISTER_CHECKS.keys()) != 1:
        raise invalid(f"it has not exactly one of {' and '.join(_REGISTER_CHECKS)}")
