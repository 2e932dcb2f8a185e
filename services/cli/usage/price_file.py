"""Prices of one's own, from a TOML or JSON file.

Owns the form: amounts in dollars (a string, or a number of the file), counts as whole numbers; what the file does not
name costs what AWS asks. An amount has to be whole micro-dollars, so that sums are exact.
"""

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from services.cli.faults import CannotStart
from shared.cost.prices import CLASSES, DEFAULT, MICRO, Prices

_AMOUNTS = ("key_month", "rotation_month")
_COUNTS = ("rotations_most", "free_requests")


def prices_in(file: Path | None) -> Prices:
    """AWS's for None. Errors: CannotStart for a file that cannot be read, or says what is no price."""
    if file is None:
        return DEFAULT
    try:
        read = json.loads if file.suffix == ".json" else tomllib.loads
        told = read(file.read_text(), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise CannotStart(f"--prices: {file} cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise CannotStart(f"--prices: {file} holds no table")
    return _prices(told, file)


def _prices(told: Mapping[str, Any], file: Path) -> Prices:
    requests = told.get("requests", {})
    _require_known(told, (*_AMOUNTS, *_COUNTS, "requests"), "")
    _require_known(requests, CLASSES, "requests.")
    amounts = {name: _micro(told[name], name) for name in _AMOUNTS if name in told}
    counts = {name: _count(told[name], name) for name in _COUNTS if name in told}
    per_class = {name: _micro(amount, f"requests.{name}") for name, amount in requests.items()}
    return DEFAULT._replace(requests={**DEFAULT.requests, **per_class}, source=str(file), **amounts, **counts)


def _require_known(told: object, names: tuple[str, ...], where: str) -> None:
    if not isinstance(told, dict):
        raise CannotStart(f"--prices: {where.rstrip('.')} is no table")
    for name in told:
        if name not in names:
            raise CannotStart(f"--prices: nothing is called {where}{name}; there are {', '.join(names)}")


def _micro(amount: object, name: str) -> int:
    try:
        micro = Decimal(str(amount)) * MICRO
    except InvalidOperation:
        micro = Decimal(-1)
    if isinstance(amount, bool) or not micro.is_finite() or micro < 0 or micro != micro.to_integral_value():
        raise CannotStart(f"--prices: {name}: {amount!r} is no amount in dollars of at most six decimals")
    return int(micro)


def _count(count: object, name: str) -> int:
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise CannotStart(f"--prices: {name}: {count!r} is no whole number from 0")
    return count
