"""What this region has seen of its peers, as their witness.

Owns the files in which it is kept, one a peer, outside the state, which a rebuild drops; and the answer to a peer that
asks. A peer that shows two histories, or a lower head than before, is an alarm, and both of its statements are kept.
What is forgotten, or was signed by an identity that is not the peer's any more, is set aside under a longer name and
never written over: it counts for nothing, and people may still look at it.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from replication.fold.judge import Verdict
from replication.pulses.pulse import Verify
from replication.sharing.publisher import Signing
from replication.witness.checkpoint import (
    FORMAT_VERSION,
    Cosignature,
    NotACheckpoint,
    checkpoint_key,
    cosignature_key,
    decode_checkpoint,
    encode_cosignature,
    key_of,
)
from replication.witness.witnessed import NOTHING, Witnessed, decode_witnessed, encode_witnessed, witness
from services.durable_file import PRIVATE_DIRECTORY, replace_file, sync_directory

NAME_DIGITS = 16

Alarm = Callable[[Verdict, str], None]
Trouble = Callable[[str, str], None]
"""(place, what hinders there, or "")"""


class SeenOfPeers:
    """Of one region. `verify` uses the peers' cards; `now` gives integer milliseconds."""

    def __init__(
        self,
        signing: Signing,
        directory: Path,
        partitions: int,
        verify: Verify,
        alarm: Alarm,
        trouble: Trouble,
        now: Callable[[], int],
    ) -> None:
        self._signing, self._directory, self._partitions = signing, directory, partitions
        self._verify, self._alarm, self._trouble, self._now = verify, alarm, trouble, now
        self._seen: dict[str, Witnessed] = {}
        self._passed_over: set[str] = set()
        self.forgotten: Callable[[str], object] = lambda _: None
        """Is told of a peer that is forgotten, and may be told again."""

    def take(self, peer: str, encoded: bytes) -> bool:
        """Whether the entry of the peer's log of pulses is one of these; a checkpoint is taken in."""
        key = key_of(encoded)
        if key != checkpoint_key(peer):
            return key == cosignature_key(peer)
        try:
            seen = decode_checkpoint(encoded, self._verify)
            if len(seen.checkpoint.heads) != self._partitions:
                raise NotACheckpoint(f"it has {len(seen.checkpoint.heads)} partitions")
        except NotACheckpoint as error:
            self._pass_over(peer, str(error))
            return True
        before = self.of(peer)
        after = witness(before, seen)
        if after is not before:
            self._keep(peer, before, after)
        return True

    def cosigned(self, region: str) -> bytes:
        """What has been seen of `region`, under this region's signature."""
        shown = self.of(region).shown()
        cosignature = Cosignature(FORMAT_VERSION, self._signing.region, region, self._now(), shown)
        return encode_cosignature(cosignature, self._signing.sign)

    def evidence(self) -> Mapping[str, str]:
        """By peer, what was proven against it first."""
        kept = {peer: self.of(peer).evidence for peer in self._known()}
        return {peer: evidence[0].what for peer, evidence in kept.items() if evidence}

    def of(self, peer: str) -> Witnessed:
        if peer not in self._seen and (seen := self._read(peer)) is not NOTHING:
            self._seen[peer] = seen
        return self._seen.get(peer, NOTHING)

    def _keep(self, peer: str, before: Witnessed, after: Witnessed) -> None:
        self._seen[peer] = after
        try:
            self._directory.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
            replace_file(seen_file(self._directory, peer), encode_witnessed(after))
            self._trouble(_place(peer), "")
        except OSError as error:
            self._trouble(_place(peer), f"what was seen of {peer} cannot be kept: {error.strerror}")
        for evidence in after.evidence[len(before.evidence) :]:
            self._alarm(Verdict.FORK, evidence.what)

    def _read(self, peer: str) -> Witnessed:
        """What cannot be read was not seen: this witness proves less, and says so."""
        try:
            encoded = seen_file(self._directory, peer).read_bytes()
            return decode_witnessed(encoded, self._verify)
        except FileNotFoundError:
            return NOTHING
        except OSError as error:
            self._trouble(_place(peer), f"what was seen of {peer} cannot be read: {error}")
        except NotACheckpoint as error:
            with suppress(OSError):  # where it stays under its name, the next that is seen takes its place
                self._set_aside(peer, encoded)
            self._trouble(_place(peer), f"what was seen of {peer} cannot be read, and is kept beside: {error}")
        return NOTHING

    def forget(self, peer: str, at: int) -> None:
        """Show nothing of it any more, and remember that as what was said at `at`.

        Errors: OSError: then it is to be forgotten still.
        """
        seen = self.of(peer)
        if seen is not NOTHING:
            self._set_aside(peer, encode_witnessed(seen))
            del self._seen[peer]
        self.forgotten(peer)
        self._directory.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
        replace_file(_forgotten_file(self._directory, peer), str(at).encode())

    def forgotten_at(self, peer: str) -> int:
        """Of when the last word is that this node has followed, in milliseconds; 0 where there was none."""
        try:
            return int(_forgotten_file(self._directory, peer).read_bytes())
        except (FileNotFoundError, ValueError):
            return 0

    def _set_aside(self, peer: str, encoded: bytes) -> None:
        """Under a name with a dot, which no witness reads. Errors: OSError."""
        file = seen_file(self._directory, peer)
        file.rename(file.with_name(f"{peer}.{hashlib.sha256(encoded).hexdigest()[:NAME_DIGITS]}"))
        sync_directory(self._directory)

    def _known(self) -> list[str]:
        return sorted({*self._seen, *(path.name for path in self._directory.glob("*") if not path.suffix)})

    def _pass_over(self, peer: str, reason: str) -> None:
        if reason not in self._passed_over:
            self._passed_over.add(reason)
            self._alarm(Verdict.REJECTED, f"a checkpoint of {peer} was passed over: {reason}")


def seen_file(directory: Path, peer: str) -> Path:
    """Where it is kept what has been seen of `peer`."""
    return directory / peer


def _forgotten_file(directory: Path, peer: str) -> Path:
    """The dot keeps it from being read as what was seen."""
    return directory / f"{peer}.forgotten"


def _place(peer: str) -> str:
    return f"witness of {peer}"
