"""Numbers, instants, networks and bytes, as conditions compare them; each raises ValueError for what is none.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
import re
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network


def number(text: str) -> Decimal:
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text, re.ASCII):
        raise ValueError(text)
    return Decimal(text)


def instant(text: str) -> Decimal:
    """In seconds of the epoch. ISO 8601 as the W3C's note has it, or epoch seconds."""
    try:
        return number(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return Decimal(since.days * 86400 + since.seconds) + Decimal(since.microseconds) / 1_000_000


def truth(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()] if text.lower() in ("true", "false") else _none(text)


def _none(text: str) -> bool:
    raise ValueError(text)


def network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)


def octets(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def arn(text: str) -> str:
    if len(text.split(":", 5)) < 6 or not text.startswith("arn:"):
        raise ValueError(text)
    return text
