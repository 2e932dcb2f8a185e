"""What this region has seen of its peers' digests, as their witness.

Owns the files in which it is kept, one a peer: the last header that was cosigned, and the cosignature. So a peer that
goes back, or shows another history, is found out, also over a restart. A fork is an alarm that names both; both are
kept in `<peer>.fork`, and nothing more of the peer is cosigned. What an identity has signed that is not the peer's any
more is set aside under a longer name.
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


_read = msgspec.msgpack.Decoder(Kept).decode
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
        self.forks: dict[str, str] = {}
        """By peer, what was proven against it since the process began."""

    def show(self, peer: str, shown: Sequence[SignedHeader]) -> None:
        """Look at what the peer shows, and cosign what goes on from what was cosigned. Errors: OSError."""
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
        path = self._directory / peer
        if path.exists():
            path.rename(path.with_name(f"{peer}.{self._now()}"))
        self._kept[peer] = None

    def _cosigned(self, peer: str, shown: SignedHeader) -> bytes:
        header = decode_header(shown)
        return encode_cosignature(Seen(self._witness, peer, header.number, header_hash(shown), self._now()), self._sign)

    def _keep(self, peer: str, kept: Kept) -> None:
        """On disk before it is said: a witness that forgot what it has signed could sign another history."""
        self._directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        replace_file(self._directory / peer, _write(kept))
        self._kept[peer] = kept

    def _prove(self, peer: str, fork: Fork) -> None:
        """Keep both, with the peer's own signatures, and say so once for as long as the process runs."""
        if peer not in self.forks:
            self.forks[peer] = str(fork)
            self._alarm(peer, str(fork))
            replace_file(self._directory / f"{peer}.fork", _write(fork))

    def _read(self, peer: str) -> Kept | None:
        kept = read_kept(self._directory / peer)
        if kept is not None and not has_signed(peer, kept.shown, self._verify):
            self.forget(peer)
            return None
        return kept


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
