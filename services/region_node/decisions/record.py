"""One recorded decision, or several that were alike, and its bytes.

Owns `Recorded`: all that the question cannot get from the state again. The policies stand there as a digest, which
tells whether those of another moment are the same.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgpack

from shared.policy.question import PolicyKind, PolicyText, Principal, PrincipalKind, Question, Values
from shared.policy.verdict import Deciding, Reason, Verdict
from shared.policy.why.statements import policies_of

VERSION = 1
"""Stands first in every record; what another version has written is passed over."""


class NotRecorded(Exception):
    """The bytes are no record that this program reads."""


class Recorded(NamedTuple):
    """`requests`: how many there were; of so many of them the ids are kept. The rest is that of the first.

    `time` in milliseconds. `refused`: whether the request ended here. `session`: the policies of the principal's
    session. `sequences`: account -> the sequence of its partition in the state that was read.
    """

    time: int
    request_ids: tuple[str, ...]
    requests: int
    operation: str
    refused: bool
    principal: Principal
    session: tuple[PolicyText, ...] | None
    action: str
    resource: str
    resource_account: str
    has_resource_policy: bool
    grant_operation: str | None
    cross_account: bool
    context: Mapping[str, Values]
    encryption_context: Mapping[str, str] | None
    verdict: Verdict
    sequences: Mapping[str, int]
    policies: bytes


def digest_of(question: Question) -> bytes:
    """SHA-256 of all policies of a question, in their order."""
    hashed = hashlib.sha256()
    for policy in policies_of(question):
        for text in (policy.kind.name, policy.name, policy.text):
            encoded = text.encode("utf-8", "surrogatepass")
            hashed.update(len(encoded).to_bytes(4, "big") + encoded)
    return hashed.digest()


def encode(recorded: Recorded) -> bytes:
    """One msgpack array; several may follow each other."""
    fields: dict[str, Any] = recorded._asdict()
    fields["principal"] = (recorded.principal.kind.name, *recorded.principal[1:])
    fields["session"] = recorded.session and tuple((one.kind.name, *one[1:]) for one in recorded.session)
    fields["verdict"] = _verdict_fields(recorded.verdict)
    return bytes(msgpack.packb((VERSION, *fields.values()), unicode_errors="surrogatepass"))


def decode(fields: Any) -> Recorded:
    """What `msgpack` has unpacked, lists as tuples. Errors: NotRecorded."""
    try:
        version, *members = fields
        if version != VERSION:
            raise NotRecorded(f"it is of version {version}")
        recorded = Recorded(*members)
        kind, *rest = recorded.principal
        return recorded._replace(
            principal=Principal(PrincipalKind[kind], *rest),  # type: ignore[misc]
            session=recorded.session and tuple(map(_policy, recorded.session)),
            verdict=_verdict(recorded.verdict),
        )
    except (TypeError, ValueError, KeyError) as error:
        raise NotRecorded(str(error)) from error


def _verdict_fields(verdict: Verdict) -> Any:
    statements = tuple((one.kind.name, *one[1:]) for one in verdict.statements)
    return verdict.reason.name, statements, verdict.grant_id


def _verdict(fields: Any) -> Verdict:
    reason, statements, grant_id = fields
    deciding = tuple(Deciding(PolicyKind[kind], *rest) for kind, *rest in statements)
    return Verdict(Reason[reason], deciding, grant_id)


def _policy(fields: Any) -> PolicyText:
    kind, name, text = fields
    return PolicyText(PolicyKind[kind], name, text)
