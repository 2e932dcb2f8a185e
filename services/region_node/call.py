"""One request on its way through the pipeline, as a handler of an operation sees it.

Owns `Call`: who calls, where and when, the snapshot to read, the secrets of the region, and the one way to change
anything. Handlers know no ASGI types, no log and no store.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from shared.decision import Decision, StateView
from shared.keys.model import Key, KeyMaterial
from shared.secrets import Secret

Decide: TypeAlias = Callable[[StateView], Decision]


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
    policy_bytes: int = 32_768


class Vault(Protocol):
    """The region's secrets."""

    def open_material(self, key: Key, material: KeyMaterial) -> Secret:
        """The secret of one material. Errors: KeyUnavailable."""

    def wrap_material(self, account: str, key_id: str, material_id: str, secret: Secret) -> bytes:
        """The secret as a record of this region's log may hold it."""

    def seal_material(self, region: str, account: str, key_id: str, material_id: str, secret: Secret) -> bytes:
        """The secret sealed to a peer region's card and to nobody else. Errors: NotFound for an unknown region."""

    def peer_regions(self) -> frozenset[str]:
        """The regions whose cards are pinned here, without this region itself."""


@dataclass(slots=True)
class Call:
    """`now` is integer milliseconds since 1970. `view` is the snapshot of the authorization; `change` ends it."""

    region: str
    caller: Caller
    request_id: str
    now: int
    view: StateView
    vault: Vault
    quotas: Quotas
    change: Callable[[Decide], Awaitable[str]]
    """Decide against a fresh snapshot, append, wait until applied; returns the decision's `answer`. A decision that a
    concurrent change made void is decided again. A command seen before is not decided: its first answer is returned."""
    latest: Callable[[], StateView]
    """A fresh snapshot, for rendering an answer after a change."""
