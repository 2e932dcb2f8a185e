"""The ids of grants that have a name: one id for the same name and the same terms, as long as the grant stands.

Owns the derivation. Of a named grant the id follows from all that it says, so two requests for it, however close,
speak of one stream, and the log lets only one of them make it. Each time the grant has gone, the next is another
generation: what was revoked never comes back under its old id.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Callable

from shared.decision import StateView
from shared.event_codec import encode_events
from shared.grants.events import GrantCreated
from shared.identifiers import MULTI_REGION_PREFIX, grant_stream, shared_grant_stream

_LABEL = b"keytide/grant/1"


def named_grant_id(view: StateView, region: str, grant: GrantCreated) -> str:
    """The id of the newest generation that stands, or else the first that never was. The id in `grant` is ignored."""
    streams = (grant_stream, shared_grant_stream) if grant.key_id.startswith(MULTI_REGION_PREFIX) else (grant_stream,)
    said = encode_events([grant._replace(grant_id="")])

    def id_of(generation: int) -> str:
        digest = hashlib.sha256(_LABEL + len(region).to_bytes(1, "big") + region.encode())
        digest.update(generation.to_bytes(8, "big") + said)
        return digest.hexdigest()

    def never_was(generation: int) -> bool:
        place = (grant.account, grant.key_id, id_of(generation))
        return not any(view.revision(stream_of(*place)) for stream_of in streams)

    fresh = _first(never_was)
    newest = id_of(max(fresh - 1, 0))
    return newest if view.grant(grant.account, grant.key_id, newest) is not None else id_of(fresh)


def _first(never_was: Callable[[int], bool]) -> int:
    """Generations come one after the other, so a few looks find the first free one of any number."""
    bound = 1
    while not never_was(bound - 1):
        bound *= 2
    return bisect_left(range(bound), True, lo=bound // 2, key=never_was)
