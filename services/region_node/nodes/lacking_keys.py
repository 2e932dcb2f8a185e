"""Keys of the region that other nodes have made, and this one has not got yet.

Owns that what the log has decided is done here soon, and the asking for what is lacking. What was wrapped under such a
key before it is here is of no use at this node meanwhile, and its uses are refused with an error that clients retry.
"""

from collections.abc import Mapping

from services.region_node.erasure.fresh_keys import FreshKeys, may_stand
from services.region_node.erasure.known_keys import KnownKeys
from services.region_node.keys.cabinet import Cabinet
from services.region_node.nodes.key_copies import Copies


class LackingKeys:
    """Of one node. `copies` asks the others."""

    def __init__(self, cabinet: Cabinet, known: KnownKeys, fresh: FreshKeys, copies: Copies) -> None:
        self._cabinet, self._known, self._fresh, self._copies = cabinet, known, fresh, copies

        self.any = False
        """Whether something was lacking at the last look."""

    def look(self) -> Mapping[str, bytes]:
        """Do what the log has decided; the fingerprints of the keys that are lacking then. Errors: KeysUnavailable."""
        self._fresh.settle()
        names = {*self._cabinet.names()}
        lacking = {name: known_by for name, known_by in self._known.wanted().items() if name not in names}
        self.any = bool(lacking)
        return lacking

    async def run(self) -> None:
        """Get what is lacking.

        A key of another fingerprint than the log's is not taken, of whichever epoch: it would open nothing.
        """
        if not (lacking := self.look()):
            return
        for name, key in (await self._copies.fetch(lacking)).items():
            if may_stand(name, key, lacking[name]):
                self._fresh.take(name, key)
        self.look()
