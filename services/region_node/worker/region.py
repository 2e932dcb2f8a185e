"""What requests of one region are served with.

Owns `Region`, all parts in one place, and how a `Call` is made of them and of a request under way.
"""

from collections.abc import Callable
from typing import NamedTuple, NoReturn

from replication.records.told_position import ToldPositions
from replication.state.served_state import ServedState
from replication.state.state_store import StateStore
from replication.state.view import Moment
from services.audit.reading import Lookup, NoTrail
from services.region_node.changes.synchronous import SynchronousChanging
from services.region_node.decisions.noting import UNRECORDED, Decisions
from services.region_node.key_stores.key_stores import KeyStores
from services.region_node.pulses.barriers import Reach
from services.region_node.requests.call import (
    AnyAge,
    Arrival,
    Call,
    Caller,
    Change,
    Decide,
    Staleness,
    Threads,
    Uses,
    Vault,
    no_barrier,
)
from services.region_node.requests.quotas import Quotas
from services.region_node.requests.throttle import Throttle
from services.region_node.sts.identity_providers import IdentityProviders
from services.region_node.sts.issuing import SessionIssuer
from services.region_node.wire.authentication import Authenticator
from shared.crypto.attestation.model import Rules
from shared.decision import StateView
from shared.errors import InternalFailure
from shared.grants.token import GrantTokens


class Region(NamedTuple):
    """What the pipeline serves. `now` gives integer milliseconds since 1970. `throttle` None: any rate of requests."""

    name: str
    served: ServedState
    quotas: Quotas
    throttle: Throttle | None
    attestation_rules: Rules
    store: StateStore
    vault: Vault
    threads: Threads
    key_stores: KeyStores
    authenticator: Authenticator
    changing: SynchronousChanging
    grant_tokens: GrantTokens
    told: ToldPositions
    uses: Uses
    sessions: SessionIssuer
    identity_providers: IdentityProviders
    now: Callable[[], int]
    decisions: Decisions = UNRECORDED
    reach: Reach = no_barrier
    staleness: Staleness = AnyAge()
    trail: Lookup = NoTrail()

    def moment(self) -> Moment:
        return Moment(self.name, self.now())


async def changes_nothing(_decide: Decide, _account: str = "", /) -> NoReturn:
    raise InternalFailure("an operation that only reads asked for a change")


def no_view() -> NoReturn:
    raise InternalFailure("an operation that only reads asked for the state after a change")


def call_of(
    region: Region,
    operation: str,
    arrival: Arrival,
    caller: Caller,
    request_id: str,
    now: int,
    view: StateView,
    change: Change = changes_nothing,
    latest: Callable[[], StateView] = no_view,
) -> Call:
    """By position: every request makes one. Without `change` and `latest` it only reads."""
    return Call(
        region.name,
        operation,
        caller,
        request_id,
        now,
        view,
        region.vault,
        region.quotas,
        region.threads,
        region.key_stores,
        change,
        latest,
        region.grant_tokens,
        region.uses,
        region.attestation_rules,
        arrival,
        region.sessions,
        region.identity_providers,
        region.staleness,
        decisions=region.decisions,
        trail=region.trail,
    )
