"""Whose signatures count at a place of a log: the checker's own reading of which identities a region has had so far.

Owns that reading. A region that was built anew has another identity than before; what was adopted of it earlier bears
the former one, and what comes home of its own too.
"""

from collections.abc import Collection, Mapping

from replication.state.rows import decode_row
from shared.crypto.region_card import MalformedCard, decode_card
from shared.identifiers import peer_stream
from shared.identity.model import Peer
from shared.rebuild.events import rebuild_stream
from shared.rebuild.model import Rebuild


class KnownIdentities:
    """Of one partition, as its records are read one after the other. `pinned`: the identities that the state knows, for
    peers that the log has not named."""

    def __init__(self, region: str, own: bytes, pinned: Mapping[str, bytes]) -> None:
        self._region, self._own, self._pinned = region, own, pinned
        self._had: dict[str, set[bytes]] = {}

    def at(self, region: str, rows: Mapping[str, bytes]) -> Collection[bytes]:
        """Those of `region`; `rows`: the partition's streams before the record that is checked."""
        if region == self._region:
            rebuild = decode_row(rows.get(rebuild_stream(region))).state
            return (self._own, *(rebuild.former if isinstance(rebuild, Rebuild) else ()))
        had = self._had.setdefault(region, set())
        peer = decode_row(rows.get(peer_stream(region))).state
        card = peer.card if isinstance(peer, Peer) else b""
        try:
            had.add(decode_card(card).identity)
        except MalformedCard:
            if region in self._pinned:
                had.add(self._pinned[region])
        return had
