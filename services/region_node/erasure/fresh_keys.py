"""Keys that were made for what the log has not decided yet: the next epoch of a bucket, the region's next sealing key.

Owns where they wait. A node puts one forward, others keep it, and two nodes may put forward different ones; which of
them is the key, the first record in the log's order says, by the fingerprint in it. Until then none of them is in use,
and none is dropped: a node that has said that it keeps one may be all that is left of who put it forward. So a fresh
key is kept beside the keys under a name of its own, and takes its place, or is destroyed, once the log has decided.
"""

from collections.abc import Callable

from services.region_node.erasure.known_keys import KnownKeys
from services.region_node.keys.cabinet import domain_file, fresh_file, fresh_in, numbers_in, sealing_file, waiting_for
from services.region_node.keys.region_keys import RegionKeys
from shared.crypto.domain_keys import fingerprint
from shared.crypto.sealing import SealingKey
from shared.crypto.sealing_keys import sealing_fingerprint
from shared.erasure.decide import Fate
from shared.secrets import Secret


def fingerprint_of(name: str, secret: Secret) -> bytes:
    """That of the key which stands in the file `name`. Errors: ValueError for what is no such key."""
    for place in numbers_in("domain", [name]):
        bucket, epoch = place
        return fingerprint(bucket, epoch, secret)
    ((number,),) = numbers_in("sealing", [name])
    return sealing_fingerprint(number, SealingKey(secret).public_bytes())


def may_stand(name: str, key: Secret, known_by: bytes) -> bool:
    """Whether it is the key of that fingerprint for the file `name`. b"": the log tells none, and any key may be it."""
    try:
        found = fingerprint_of(name, key)
    except ValueError:
        return False
    return known_by in (b"", found)


class FreshKeys:
    """Of one node. `known` is what the log says."""

    def __init__(self, keys: RegionKeys, known: KnownKeys) -> None:
        self._keys, self._cabinet, self._known = keys, keys.cabinet, known

    def put_forward(self, name: str, make: Callable[[], Secret]) -> Secret:
        """The key for which this node asks the others; made where none waits.

        Of several it is the first, so that two nodes which have handed each other theirs put the same forward. One that
        has the place already is from a copy of the keys that is newer than the log, or was made by an earlier version.
        """
        if name in self._cabinet.names():
            return self._cabinet.open(name)
        waiting = waiting_for(name, self._cabinet)
        if waiting:
            return waiting[0]
        key = make()
        self.keep(name, key)
        return key

    def keep(self, name: str, key: Secret) -> bytes:
        """Keep a key, durably, until the log has decided. Its fingerprint; b"" where it was decided against it.

        Errors: KeysUnavailable; ValueError for what is no such key.
        """
        known_by = fingerprint_of(name, key)
        if self._known.fate(name, known_by) is Fate.DROPPED:
            return b""
        file = fresh_file(name, known_by)
        if file not in self._cabinet.names() and not self._stands(name, known_by):
            self._cabinet.add(file, key)
        return known_by

    def settle(self) -> None:
        """Do what the log has decided. Errors: KeysUnavailable."""
        for name, file in fresh_in(self._cabinet.names()):
            key = self._cabinet.open(file)
            fate = self._known.fate(name, fingerprint_of(name, key))
            if fate is Fate.TAKEN:
                self.take(name, key)
            if fate is not Fate.UNDECIDED:
                self._cabinet.destroy([file])

    def take(self, name: str, key: Secret) -> None:
        """Give a key its place: the log knows it. Errors: KeysUnavailable."""
        if not self._stands(name, fingerprint_of(name, key)):
            if name in self._cabinet.names():
                self._cabinet.destroy([name])  # it never was the key
            self._cabinet.add(name, key)
        for place in numbers_in("domain", [name]):
            self._keys.domain_keys.add(place[0], place[1], key)
        for (number,) in numbers_in("sealing", [name]):
            self._keys.sealing_keys.add(number, SealingKey(key))

    def _stands(self, name: str, known_by: bytes) -> bool:
        return name in self._cabinet.names() and fingerprint_of(name, self._cabinet.open(name)) == known_by


def is_key_of_region(name: str, buckets: int) -> bool:
    """Whether it is the name of a domain key of one of so many buckets, or of a sealing key."""
    try:
        places = [(bucket, epoch) for bucket, epoch in numbers_in("domain", [name])]
        numbers = [number for (number,) in numbers_in("sealing", [name])]
    except ValueError:
        return False
    written = [domain_file(*place) for place in places if 0 <= place[0] < buckets] + [*map(sealing_file, numbers)]
    return written == [name]
