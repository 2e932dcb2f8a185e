"""One request on its way through the pipeline, as a handler of an operation sees it.

Owns `Call`: who calls, where and when, the snapshot to read, the secrets of the region, and the one way to change
anything. Handlers know no ASGI types, no log and no store.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from services.region_node.key_stores.key_stores import KeyStores
from services.region_node.threads import Weight
from services.region_node.usage_store import LastUse
from shared.crypto.attestation.model import Attestation, Rules
from shared.crypto.opened_key import OpenedKey
from shared.decision import Decision, StateView
from shared.grants.token import GrantTokens
from shared.keys.model import Key, KeyMaterial
from shared.secrets import Secret

Decide: TypeAlias = Callable[[StateView], Decision]
Result = TypeVar("Result")


class Caller(NamedTuple):
    """The authenticated principal. Only `services/region_node/wire/authentication.py` makes one."""

    account: str
    arn: str
    user_id: str
    access_key_id: str


class Quotas(NamedTuple):
    """Resource quotas, AWS's figures as the default."""

    keys_per_account: int = 100_000
    aliases_per_key: int = 50
    tags_per_key: int = 50
    grants_per_key: int = 50_000
    policy_bytes: int = 32_768
    key_stores_per_account: int = 10


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
    key_stores: KeyStores
    change: Change
    latest: Callable[[], StateView]
    """A fresh snapshot, for rendering an answer after a change."""
    grant_tokens: GrantTokens
    uses: Uses
    attestation_rules: Rules
    """What the attestation document of a recipient is verified against."""
    attestation: Attestation | None = None
    """What the recipient has proven, once it has been verified: for policies and for the audit entry."""
