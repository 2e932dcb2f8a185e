"""A region as one worker holds it: opened keys, state, vault, threads, authentication, the way to its replicator.

Owns putting these together.
"""

from collections.abc import Callable
from typing import NamedTuple

from replication.records.told_position import ToldPositions
from replication.state.served_state import ServedState
from replication.state.state_store import StateStore
from replication.witness.admission import Gate
from services.audit.reading import TrailReader
from services.clock import now_milliseconds
from services.region_node.changes.changing import Changing, OtherNodes
from services.region_node.changes.renewing import Renewing
from services.region_node.changes.synchronous import SynchronousChanging
from services.region_node.decisions.noting import UNRECORDED, Decisions
from services.region_node.key_stores.key_stores import KeyStores
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.keys.vault import RegionVault
from services.region_node.peers.peer_cards import PeerCards
from services.region_node.replicator.client import ReplicatorClient
from services.region_node.requests.call import Threads, Uses
from services.region_node.requests.throttle import Throttle
from services.region_node.settings.outside import listed_providers, outside_machines
from services.region_node.settings.settings import NodeSettings
from services.region_node.settings.trust_anchors import read_attestation_rules
from services.region_node.sts.identity_providers import IdentityProviders
from services.region_node.sts.issuing import SessionIssuer
from services.region_node.wire.authentication import Authenticator
from services.region_node.wire.session_tokens import SessionTokens
from services.region_node.worker.region import Region
from services.region_node.worker.staleness import RegionStaleness
from shared.grants.token import GrantTokens


class Parts(NamedTuple):
    """What makes the parts of which there are several kinds."""

    authenticator: Callable[..., Authenticator] = Authenticator
    changing: Callable[..., Changing] = Changing


def assemble_region(
    settings: NodeSettings,
    keys: RegionKeys,
    store: StateStore,
    replicator: ReplicatorClient,
    threads: Threads,
    uses: Uses,
    decisions: Decisions = UNRECORDED,
    start: str = "",
    others: OtherNodes | None = None,
    parts: Parts = Parts(),
) -> Region:
    """Everything that the pipeline needs. `start` names this start of the node.

    Errors: SettingsError for certificates that cannot be used.
    """
    vault = RegionVault(keys, settings.partitions, PeerCards(store, settings.partitions))
    throttle = _throttle(settings)
    served = ServedState(settings.partitions, Gate(start) if settings.peers else None)
    tokens = SessionTokens(settings.region, keys.identity.public_bytes, vault.open_secret, vault.open_sealed)
    return Region(
        name=settings.region,
        served=served,
        quotas=settings.quotas,
        throttle=throttle,
        attestation_rules=read_attestation_rules(settings),
        store=store,
        vault=vault,
        threads=threads,
        key_stores=KeyStores(
            outside_machines(settings), settings.region, vault.open_secret, now_milliseconds, throttle
        ),
        authenticator=parts.authenticator(settings.region, vault.open_secret, tokens),
        changing=SynchronousChanging(
            settings.region,
            store,
            served,
            parts.changing(
                store, settings.partitions, replicator, others=others, renew=Renewing(vault, settings.partitions)
            ),
            settings.synchronous,
            replicator.adopted,
        ),
        grant_tokens=GrantTokens(settings.region, keys.mac_key),
        told=ToldPositions(settings.region, keys.mac_key),
        uses=uses,
        sessions=SessionIssuer(settings.region, vault, keys.identity),
        identity_providers=IdentityProviders(listed_providers(settings)),
        now=now_milliseconds,
        decisions=decisions,
        reach=replicator.reach,
        staleness=RegionStaleness(settings.region, settings.partitions, store, settings.staleness.limit_seconds),
        trail=TrailReader(settings.trail_directory),
    )


def _throttle(settings: NodeSettings) -> Throttle | None:
    quotas = settings.request_quotas
    return Throttle(quotas.effective(), settings.workers) if quotas.enforced else None
