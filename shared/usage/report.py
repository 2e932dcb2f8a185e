"""What is read off tallies: totals by what is asked for, and who used a key last."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from shared.usage.tally import Count, Counted, Tallies, is_use, together

COLUMNS: Final[Mapping[str, Callable[[Counted], str]]] = {
    "account": lambda counted: counted.account,
    "region": lambda counted: region_of(counted.key),
    "key": lambda counted: counted.key,
    "key_id": lambda counted: key_id_of(counted.key),
    "principal": lambda counted: counted.principal,
    "operation": lambda counted: counted.operation,
    "outcome": lambda counted: counted.outcome,
}
"""By what tallies can be told apart. `key_id`: the same for all regions of a multi-region key."""


def region_of(key_arn: str) -> str:
    return key_arn.split(":")[3] if key_arn else ""


def key_id_of(key_arn: str) -> str:
    return key_arn.rpartition("/")[2]


def totals(tallies: Tallies, columns: Sequence[str]) -> dict[tuple[str, ...], Count]:
    """By the values of `columns`, names of COLUMNS. Their sum is that of the tallies."""
    found: dict[tuple[str, ...], Count] = {}
    read = [COLUMNS[column] for column in columns]
    for counted, count in tallies.items():
        name = tuple([of(counted) for of in read])
        before = found.get(name)
        found[name] = count if before is None else together(before, count)
    return found


def chosen(tallies: Tallies, keep: Callable[[Counted], bool]) -> dict[Counted, Count]:
    return {counted: count for counted, count in tallies.items() if keep(counted)}


def uses(tallies: Tallies) -> dict[Counted, Count]:
    """Those of key material alone, without calls that were refused or only looked at keys."""
    return chosen(tallies, is_use)


def is_principal(named: str, principal: str) -> bool:
    """Whether a grantee's name covers a counted principal: the same, its account, or a session of its role."""
    if named in (principal, account_of(principal)) or named == f"arn:aws:iam::{account_of(principal)}:root":
        return True
    if ":assumed-role/" not in named or ":role/" not in principal:
        return False
    role = named.partition(":assumed-role/")[2].partition("/")[0]
    return account_of(named) == account_of(principal) and principal.rpartition("/")[2] == role


def account_of(arn: str) -> str:
    """The account in an ARN, "" where there is none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""
