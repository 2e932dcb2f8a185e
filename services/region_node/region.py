"""A region as one worker holds it: opened keys, state to read, vault, authentication, the way to its replicator.

Owns putting these together, and the cards of the peers as the state tells them.
"""

import os
import time
from collections.abc import Mapping
from functools import lru_cache

from replication.state_store import StateStore
from replication.view import SnapshotView
from services.region_node.changing import Changing, Submitter
from services.region_node.key_files import open_region_keys
from services.region_node.pipeline import Region
from services.region_node.region_keys import RegionKeys
from services.region_node.root import find_root
from services.region_node.settings import NodeSettings
from services.region_node.vault import RegionVault
from services.region_node.wire.authentication import Authenticator
from shared.crypto.region_card import RegionCard, decode_card
from shared.identifiers import peer_stream
from shared.identity.model import Peer

_decoded_card = lru_cache(maxsize=256)(decode_card)


def open_keys(settings: NodeSettings) -> RegionKeys:
    """The region's keys, from where the settings and the environment say. Errors: KeysUnavailable."""
    root = find_root(os.environ, None, settings.root_file)
    return open_region_keys(settings.keys_directory, settings.region, root)


def assemble_region(settings: NodeSettings, keys: RegionKeys, store: StateStore, replicator: Submitter) -> Region:
    """Everything that the pipeline needs."""
    vault = RegionVault(keys, settings.partitions, lambda: peer_cards(settings, store))
    return Region(
        name=settings.region,
        partitions=settings.partitions,
        quotas=settings.quotas,
        store=store,
        vault=vault,
        authenticator=Authenticator(settings.region, vault.open_secret),
        changing=Changing(store, settings.partitions, replicator),
        now=lambda: time.time_ns() // 1_000_000,
    )


def peer_cards(settings: NodeSettings, store: StateStore) -> Mapping[str, RegionCard]:
    """The pinned cards of the peers that the settings name, as the state has them now."""
    cards: dict[str, RegionCard] = {}
    with store.read() as snapshot:
        view = SnapshotView(snapshot, settings.partitions)
        for peer in settings.peers:
            state = view.state(peer_stream(peer.region))
            if isinstance(state, Peer):
                cards[peer.region] = _decoded_card(state.card)
    return cards
