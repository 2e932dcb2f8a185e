"""What the texts of a condition mean where they are not just texts: numbers, dates, booleans, bytes, addresses.

Owns their forms, the same for a policy's values and a request's. Each reader answers None for what it does not
understand: a policy with such a value is refused, and a request's value is equal to nothing.
Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
import ipaddress
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(
    r"""([0-9]{4})-([0-9]{2})(?:-([0-9]{2})
        (?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))?)?)?""",
    re.VERBOSE,
)
_PREFIX = re.compile(r"[0-9]{1,3}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOOLEANS = {"true": True, "false": False}

Number: TypeAlias = Decimal


@lru_cache(1_000)
def number(text: str) -> Number | None:
    """Integers and decimals, exact."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(1_000)
def date(text: str) -> Number | None:
    """Seconds since 1970: written so, or in the W3C's profile of ISO 8601; without a zone it is UTC."""
    seconds = number(text)
    if seconds is not None:
        return seconds
    written = _DATE.fullmatch(text)
    return None if written is None else _seconds(written)


def _seconds(written: re.Match[str]) -> Number | None:
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = written.groups()
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=UTC,
        )
        ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    except ValueError:
        return None
    since = moment - _EPOCH - (-ahead if sign == "-" else ahead)
    return Decimal(since.days * 86_400 + since.seconds) + Decimal(f"0.{fraction or 0}")


def boolean(text: str) -> bool | None:
    return _BOOLEANS.get(text.lower())


def binary(text: str) -> bytes | None:
    """Base64, as RFC 4648 has it."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


class Network(NamedTuple):
    """Addresses of one family that agree in all but the last `free` bits."""

    family: int
    free: int
    bits: int


def network(text: str) -> Network | None:
    """An address, which stands for itself alone, or a range in CIDR notation; IPv4 inside IPv6 is IPv4."""
    address, slash, prefix = text.partition("/")
    found = _address(address)
    if found is None or (slash and _PREFIX.fullmatch(prefix) is None):
        return None
    family, width, value, mapped = found
    free = width - (int(prefix) - mapped if slash else width)
    return Network(family, free, value >> free) if 0 <= free <= width else None


@lru_cache(1_000)
def address(text: str) -> tuple[int, int] | None:
    """The family and the bits of a request's address."""
    found = _address(text)
    return None if found is None else (found[0], found[2])


def _address(text: str) -> tuple[int, int, int, int] | None:
    """Family, width, bits, and how many bits in front of it are given away because it was written as IPv6."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            return None
        if found.ipv4_mapped is not None:
            return 4, 32, int(found.ipv4_mapped), 96
    return found.version, found.max_prefixlen, int(found), 0
