"""One request on its way through the pipeline, as a handler of an operation sees it.

Owns `Call`: who calls, where and when, the snapshot to read, the secrets of the region, and the one way to change
anything. Handlers know no ASGI types, no log and no store.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol, TypeAlias, TypeVar

from replication.records.change_position import ChangePosition, parse_position
from services.audit.reading import Lookup, NoTrail
from services.region_node.decisions.noting import UNRECORDED, Decisions
from services.region_node.pulses.barriers import Reached
from services.region_node.requests.quotas import Quotas
from services.region_node.worker.threads import Weight
from services.region_node.worker.usage_store import LastUse
from shared.crypto.attestation.model import Attestation, Rules
from shared.crypto.opened_key import OpenedKey
from shared.decision import Decision, StateView
from shared.errors import InternalFailure
from shared.grants.token import GrantTokens
from shared.keys.model import Key, KeyMaterial
from shared.policy.question import PolicyText, Principal, Question, Values
from shared.policy.remembered import Kept
from shared.policy.verdict import Verdict
from shared.secrets import Secret

if TYPE_CHECKING:
    from services.region_node.key_stores.key_stores import KeyStores
    from services.region_node.sts.identity_providers import IdentityProviders
    from services.region_node.sts.issuing import SessionIssuer

Decide: TypeAlias = Callable[[StateView], Decision]
Result = TypeVar("Result")


class Session(NamedTuple):
    """What a session token says besides whose it is. `issued_at` in milliseconds. `policies` None: the whole of the
    role's or the user's; else only what these allow too. `transitive`: the keys of the tags that pass on to the next
    role. `provider`: the ARN of the identity provider that vouched for it; `facts`: the condition keys that its token
    brought, in lower case."""

    issued_at: int
    policies: tuple[PolicyText, ...] | None = None
    tags: tuple[tuple[str, str], ...] = ()
    source_identity: str = ""
    transitive: tuple[str, ...] = ()
    provider: str = ""
    facts: tuple[tuple[str, Values], ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it brings nothing of a size that its client chose."""
        return not (self.policies or self.tags or self.transitive or self.facts)


class Caller(NamedTuple):
    """Who was authenticated. Only `services/region_node/wire/authentication.py` makes one.

    `user_id` as GetCallerIdentity tells it. `session` None: a long-term access key.
    """

    account: str
    arn: str
    user_id: str
    access_key_id: str
    principal: Principal
    session: Session | None = None


class Arrival(NamedTuple):
    """How the request came: the client's address without its port, what it calls itself, and whether over TLS."""

    source: str = ""
    user_agent: str = ""
    secure: bool = False


class Judged(NamedTuple):
    """A permission that was asked for, and the answer."""

    question: Question
    verdict: Verdict


class Vault(Protocol):
    """The region's secrets."""

    def open_material(self, key: Key, material: KeyMaterial) -> Secret:
        """The secret of one material. Errors: KeyUnavailable."""

    def open_key(self, key: Key, material: KeyMaterial) -> OpenedKey:
        """One material of an asymmetric, HMAC or KEM key, parsed and ready for use. Errors: KeyUnavailable."""

    def wrap_material(self, account: str, key_id: str, material_id: str, secret: Secret) -> bytes:
        """The secret as a record of this region's log may hold it."""

    def seal_material(self, region: str, account: str, key_id: str, material_id: str, secret: Secret) -> bytes:
        """The secret sealed to a peer region's card and to nobody else. Errors: NotFound for an unknown region."""

    def wrap_secret(self, account: str, binding: str, secret: Secret) -> bytes:
        """Any other secret of the account, bound to what it is, as only this region opens it."""

    def seal_secret(self, region: str, binding: str, secret: Secret) -> bytes:
        """The secret sealed to a peer region's card and to nobody else. Errors: NotFound for an unknown region."""

    def forget(self) -> None:
        """Forget what was opened before."""

    def kept(self) -> Mapping[str, Kept]:
        """How the vault's memories do, by name."""

    def open_secret(self, binding: str, wrapped: bytes) -> Secret:
        """What `wrap_secret` has wrapped. Errors: SecretUnavailable."""

    def peer_regions(self) -> frozenset[str]:
        """The regions whose cards are pinned here, without this region itself."""


class Change(Protocol):
    def __call__(self, decide: Decide, account: str = ..., /) -> Awaitable[str]:
        """Decide against a fresh snapshot, append, wait until applied; returns the decision's `answer`.

        A decision that a concurrent change made void is decided again. A command seen before is not decided: its first
        answer is returned. `account` is whose things change: the caller's own, unless it is said.
        """


class Uses(Protocol):
    """When keys were last used, successfully."""

    def note(self, key_arn: str, operation: str, now: int, request_id: str) -> None:
        """The key was used. `now` is integer milliseconds since 1970."""

    def last_use(self, key_arn: str) -> LastUse | None:
        """Errors: DependencyTimeout."""

    def tracking_since(self) -> int:
        """Milliseconds since 1970. Errors: DependencyTimeout."""


class Threads(Protocol):
    """For work that would stall the other requests of the worker."""

    async def run(self, weight: Weight, work: Callable[[], Result]) -> Result:
        """What `work` returns; it may touch nothing that others change. Errors: Throttled; those of `work`."""


class Barrier(Protocol):
    """Waits for other regions."""

    def __call__(self, position: ChangePosition, regions: Sequence[str], seconds: float, /) -> Awaitable[Reached]:
        """Wait until `regions` have adopted the change, at most `seconds`. It ends the snapshot, as `Change` does."""


class Staleness(Protocol):
    """How old what the region knows may be."""

    def require(self, key: Key, now: int) -> None:
        """Errors: KeyStale for a key about which too little has been heard."""

    def require_news(self, key: Key, now: int) -> None:
        """Errors: MaterialUnheard where the key may have got material of which nothing has been heard."""


class AnyAge:
    """A region that has no others."""

    def require(self, key: Key, now: int) -> None:
        """Nothing is too old."""

    def require_news(self, key: Key, now: int) -> None:
        """Nothing is unheard."""


async def _ended(_decide: Decide, _account: str = "", /) -> NoReturn:
    raise InternalFailure("a call that has ended asked for a change")


async def no_barrier(_position: ChangePosition, _regions: Sequence[str], _seconds: float, /) -> Reached:
    raise InternalFailure("an operation that waits for no region asked for it")


@dataclass(slots=True)
class Call:
    """`now` is integer milliseconds since 1970. `view` is the snapshot of the authorization; `change` ends it."""

    region: str
    operation: str
    caller: Caller
    request_id: str
    now: int
    view: StateView
    vault: Vault
    quotas: Quotas
    threads: Threads
    key_stores: "KeyStores"
    change: Change
    latest: Callable[[], StateView]
    """A fresh snapshot, for rendering an answer after a change."""
    grant_tokens: GrantTokens
    uses: Uses
    attestation_rules: Rules
    """What the attestation document of a recipient is verified against."""
    arrival: Arrival
    sessions: "SessionIssuer"
    identity_providers: "IdentityProviders"
    staleness: Staleness = field(default_factory=AnyAge)
    barrier: Barrier = no_barrier
    read_position: Callable[[str], ChangePosition] = parse_position
    """Where a change stands, as the region has told. Errors: ValueError, InvalidSignature."""
    request: object = None
    """The typed request, once it is decoded: for the condition keys of policies."""
    attestation: Attestation | None = None
    """What the recipient has proven, once it has been verified: for policies and for the audit entry."""
    judged: list[Judged] = field(default_factory=list)
    """The permissions that were asked for on the way, in their order."""
    used: list[tuple[Key, KeyMaterial]] = field(default_factory=list)
    """The keys that encrypt or decrypt for it, and by which material, in their order."""
    decisions: Decisions = UNRECORDED
    trail: Lookup = field(default_factory=NoTrail)

    def grants(self) -> tuple[str, ...]:
        """The ids of the grants by which it was permitted, in the order of what was asked."""
        ids = [each.verdict.grant_id for each in self.judged if each.verdict.grant_id]
        return tuple(dict.fromkeys(ids)) if ids else ()

    def end(self) -> None:
        """Forget what was judged, and how to change: both name the call, and all would wait for the collector."""
        self.judged.clear()
        self.change = _ended
