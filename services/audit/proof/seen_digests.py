"""What this region has seen of its peers' digests, as their witness.

Owns the files in which it is kept, one a peer: the last header that was cosigned, and the cosignature. So a peer that
goes back, or shows another history, is found out, also over a restart. A fork is an alarm that names both; both are
kept in `<peer>.fork`, and nothing more of the peer is cosigned until people have it forgotten. The last header of an
identity that is not the peer's any more, and what is forgotten, is set aside under a longer name.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from services.durable_file import PRIVATE_DIRECTORY, replace_file
from shared.audit.cosignature import Fork, Seen, encode_cosignature, followed
from shared.audit.digest import NotADigest, Sign, SignedHeader, Verify, decode_header, has_signed, header_hash


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """`cosignature`: of the digest with this header."""

    shown: SignedHeader
    cosignature: bytes


FORK = ".fork"
"""How the name of a file with evidence ends."""

_read = msgspec.msgpack.Decoder(Kept).decode
_read_fork = msgspec.msgpack.Decoder(Fork).decode
_write = msgspec.msgpack.Encoder().encode


class SeenDigests:
    """Of the region `witness`. `verify` uses the peers' cards; `now` gives milliseconds; `alarm` is told of forks."""

    def __init__(
        self,
        witness: str,
        directory: Path,
        sign: Sign,
        verify: Verify,
        alarm: Callable[[str, str], None],
        now: Callable[[], int],
    ) -> None:
        self._witness, self._directory, self._sign = witness, directory, sign
        self._verify, self._alarm, self._now = verify, alarm, now
        self._kept: dict[str, Kept | None] = {}
        self._unwritten: dict[str, Fork] = {}
        self.forks = _read_forks(directory)
        """By peer, what is proven against it."""

    def show(self, peer: str, shown: Sequence[SignedHeader]) -> None:
        """Look at what the peer shows, and cosign what goes on from what was cosigned; of a peer with two histories
        nothing. Errors: OSError; evidence that could not be kept is kept the next time."""
        if peer in self._unwritten:
            self._prove(peer, self._unwritten[peer])
        if peer in self.forks:
            return
        known = self.of(peer)
        before = None if known is None else known.shown
        last = followed(peer, before, shown, self._verify)
        if isinstance(last, Fork):
            self._prove(peer, last)
        elif last is not None and last != before:
            self._keep(peer, Kept(last, self._cosigned(peer, last)))

    def cosignature(self, peer: str) -> bytes | None:
        """The last one over the peer's digests."""
        kept = self.of(peer)
        return None if kept is None else kept.cosignature

    def of(self, peer: str) -> Kept | None:
        if peer not in self._kept:
            self._kept[peer] = self._read(peer)
        return self._kept[peer]

    def forget(self, peer: str) -> None:
        """Hold nothing against the peer's next digest any more. What there was is kept beside. Errors: OSError."""
        self._set_aside(peer)
        self._set_aside(f"{peer}{FORK}")
        self._kept[peer] = None
        self._unwritten.pop(peer, None)
        self.forks.pop(peer, None)

    def _set_aside(self, name: str) -> None:
        path = self._directory / name
        if path.exists():
            path.rename(path.with_name(f"{name}.{self._now()}"))

    def _cosigned(self, peer: str, shown: SignedHeader) -> bytes:
        header = decode_header(shown)
        return encode_cosignature(Seen(self._witness, peer, header.number, header_hash(shown), self._now()), self._sign)

    def _keep(self, peer: str, kept: Kept) -> None:
        """On disk before it is said: a witness that forgot what it has signed could sign another history."""
        self._place(peer, kept)
        self._kept[peer] = kept

    def _prove(self, peer: str, fork: Fork) -> None:
        """Keep both, with the peer's own signatures, and then say so."""
        self._unwritten[peer] = fork
        self._place(f"{peer}{FORK}", fork)
        del self._unwritten[peer]
        self.forks[peer] = str(fork)
        self._alarm(peer, str(fork))

    def _place(self, name: str, what: Kept | Fork) -> None:
        self._directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        replace_file(self._directory / name, _write(what))

    def _read(self, peer: str) -> Kept | None:
        kept = read_kept(self._directory / peer)
        if kept is not None and not has_signed(peer, kept.shown, self._verify):
            self._set_aside(peer)
            return None
        return kept


def _read_forks(directory: Path) -> dict[str, str]:
    """What was proven before, by peer. Evidence that cannot be read is evidence all the same."""
    return {path.name.removesuffix(FORK): _told(path) for path in sorted(directory.glob(f"*{FORK}"))}


def _told(path: Path) -> str:
    try:
        return str(_read_fork(path.read_bytes()))
    except (OSError, msgspec.DecodeError, NotADigest) as fault:
        return f"{path.name.removesuffix(FORK)} has two histories of its audit trail; {path} cannot be read: {fault}"


def seen_directory(trail: Path) -> Path:
    """Beside the trail of the node that lies there."""
    return trail.parent / "seen"


def read_kept(path: Path) -> Kept | None:
    """What a witness has kept there; None where there is nothing, or nothing that can be read."""
    try:
        kept = _read(path.read_bytes())
        decode_header(kept.shown)
    except (OSError, msgspec.DecodeError, NotADigest):
        return None
    return kept
