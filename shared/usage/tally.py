"""Tallies: how often something was done in an hour, and when last.

Owns what is counted together, how an audit entry becomes counts, and how counts of several nodes, regions and times are
put together. Putting together is associative and commutative: no order of rounds or regions changes a total.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Final, NamedTuple, TypeAlias

from shared.audit.entry import AuditEntry, Identity, time_of
from shared.keys.times import MILLISECONDS_PER_HOUR
from shared.usage.operations import CRYPTOGRAPHIC_USES, DATA_KEY_PAIRS

DONE: Final = "done"
DENIED: Final = "denied"
REFUSED: Final = "refused"
FAILED: Final = "failed"
BROWNED_OUT: Final = "browned out"
OUTCOMES: Final = (DONE, DENIED, REFUSED, FAILED, BROWNED_OUT)
"""Of a call: answered; not permitted; refused for another reason; a fault of the region; hit by a scream test."""

DENIALS = frozenset({"AccessDeniedException", "AccessDenied"})
FAULTS = frozenset({"KMSInternalException", "InternalFailure", "DependencyTimeoutException", "KeyUnavailableException"})
SCREAM_TEST = "ScreamTest"
"""The member of an entry's `additional` that tells of a hit."""


class Counted(NamedTuple):
    """What is counted together. `hour`: since 1970. `account`: the caller's, who pays. `key`: an ARN, or "".

    `principal`: an ARN; of a session that of its role, for sessions have as many names as they like. `detail`: of a
    generated data key pair its spec.
    """

    hour: int
    account: str
    key: str
    principal: str
    operation: str
    outcome: str
    detail: str = ""


class Count(NamedTuple):
    """`uses`: of this key. `requests`: those among them that no other key's count has: ReEncrypt uses two keys at once.

    `last`: milliseconds since 1970.
    """

    uses: int
    requests: int
    last: int


Tallies: TypeAlias = Mapping[Counted, Count]


def together(one: Count, other: Count) -> Count:
    return Count(one.uses + other.uses, one.requests + other.requests, max(one.last, other.last))


def merged(tallies: Iterable[Tallies]) -> dict[Counted, Count]:
    """What several regions or nodes have counted, each something else."""
    total: dict[Counted, Count] = {}
    for one in tallies:
        for counted, count in one.items():
            add(total, counted, count)
    return total


def add(total: MutableMapping[Counted, Count], counted: Counted, count: Count) -> None:
    before = total.get(counted)
    total[counted] = count if before is None else together(before, count)


def counts_of(entry: AuditEntry) -> Iterator[tuple[Counted, Count]]:
    """One for each key that the call was about; nothing for what the region does by itself, or for other services."""
    if entry.service != "kms" or entry.identity is None:
        return
    time, principal = time_of(entry), principal_of(entry.identity)
    account, outcome, detail = entry.identity.account, outcome_of(entry), _detail(entry)
    keys = [arn for arn in entry.resources if _KEY in arn]
    for place, key in enumerate(keys or ("",)):
        counted = Counted(time // MILLISECONDS_PER_HOUR, account, key, principal, entry.operation, outcome, detail)
        yield counted, Count(1, int(place == 0), time)


_KEY = ":key/"


def principal_of(identity: Identity) -> str:
    """Under which ARN the caller is counted."""
    return identity.role_arn or identity.arn


def outcome_of(entry: AuditEntry) -> str:
    """One of OUTCOMES."""
    if entry.error is None:
        return DONE
    if entry.additional is not None and SCREAM_TEST in entry.additional:
        return BROWNED_OUT
    code = entry.error[0]
    return DENIED if code in DENIALS else FAILED if code in FAULTS else REFUSED


def is_use(counted: Counted) -> bool:
    """Whether the key's material was used, as GetKeyLastUsage understands it."""
    return counted.outcome == DONE and counted.operation in CRYPTOGRAPHIC_USES and counted.key != ""


def _detail(entry: AuditEntry) -> str:
    if entry.operation not in DATA_KEY_PAIRS:
        return ""
    return str((entry.parameters or {}).get("KeyPairSpec", ""))
