"""The checker's own reading of erasing, apart from the rule that the fold obeys (`replication/fold/erasing.py`).

Owns the plain question under which domain key a secret may come, and the list of secrets that are gone.
"""

from collections.abc import Callable, Mapping

from replication.records.record import Envelope
from replication.state.rows import Row
from shared.crypto.wrapped_secret import MalformedWrappedSecret, decode_wrapped_secret
from shared.erasure.model import Domain
from shared.events import Event, KeyDeleted
from shared.fold import Fold
from shared.identity.model import AccessKey, Peer
from shared.key_stores.model import KeyStore
from shared.keys.model import Key

SEALED_PLACE = 2**32 - 1
LONGEST_NAME = 510
"""LMDB takes keys of 511 bytes, of which two are the partition."""
MAY_END = {
    "KeyDeleted",
    "KeyMaterialDeleted",
    "KeyMaterialImported",
    "KeyPromoted",
    "PrimaryRegionUpdated",
    "OvertakenSettled",
    "AccessKeyDeleted",
    "AccessKeySecretGiven",
    "KeyStoreDeleted",
    "KeyStoreUpdated",
}


class PlainErasing:
    """One partition. `rows`: as the state must hold them."""

    def __init__(self, region: str, row: Callable[[str], Row]) -> None:
        self._region, self._row = region, row
        self.rows: dict[bytes, bytes] = {}

    def is_outdated(self, envelope: Envelope) -> bool:
        if envelope.domain is None:
            return False
        bucket, epoch = envelope.domain
        return self._present(bucket) != epoch

    def take_void(self, envelope: Envelope) -> None:
        if envelope.domain is not None and envelope.streams and not self.is_outdated(envelope):
            self._list(*envelope.domain, envelope.streams[0][0], envelope.time)

    def take(self, before: Mapping[str, Row], after: Mapping[str, Row], events: tuple[Event, ...], fold: Fold) -> None:
        names = {type(event).__name__ for event in events}
        if not fold.rewrapped and not names & MAY_END:
            return
        for stream, row in before.items():
            then, now = dict(_secrets(row.state)), dict(_secrets(after[stream].state))
            for name in then:
                if name not in now or ("KeyStoreUpdated" in names and now[name] != then[name]):
                    self._end(stream, then[name], row.state, fold.time)
        for event in events if fold.origin else ():
            if isinstance(event, KeyDeleted) and event.whole:
                self._list(SEALED_PLACE, self._sealing_number(), f"key/{event.account}/{event.key_id}", fold.time)
        held = {wrapped for row in after.values() for _, wrapped in _secrets(row.state)}
        for wrapped in fold.rewrapped.values():
            if wrapped not in held:
                stream = next(iter(before))
                self._end(stream, wrapped, after[stream].state or before[stream].state, fold.time)

    def _present(self, bucket: int) -> int:
        state = self._row(f"domain/{bucket}").state
        return state.epoch if isinstance(state, Domain) else 1

    def _end(self, stream: str, wrapped: bytes, state: object, time: int) -> None:
        try:
            bucket = decode_wrapped_secret(wrapped).bucket
        except MalformedWrappedSecret:
            return
        self._list(bucket, self._present(bucket), stream, time)
        if isinstance(state, AccessKey) or (isinstance(state, Key) and state.primary_region is not None):
            self._list(SEALED_PLACE, self._sealing_number(), stream, time)

    def _sealing_number(self) -> int:
        own = self._row(f"peer/{self._region}").state
        return own.sealing_number if isinstance(own, Peer) else 1

    def _list(self, bucket: int, epoch: int, stream: str, time: int) -> None:
        name = bucket.to_bytes(4, "big") + epoch.to_bytes(8, "big") + stream.encode()
        if len(name) < LONGEST_NAME:
            self.rows.setdefault(name, time.to_bytes(8, "big"))


def _secrets(state: object) -> list[tuple[str, bytes]]:
    if isinstance(state, Key):
        return [(one.material_id, one.wrapped) for one in state.materials if one.wrapped is not None]
    if isinstance(state, KeyStore):
        return [("", state.wrapped)]
    if not isinstance(state, AccessKey):
        return []
    held = [] if state.wrapped is None else [("whole", state.wrapped)]
    return held if state.signing_keys is None else [*held, ("derived", state.signing_keys.wrapped)]
