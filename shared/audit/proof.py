"""What signed digests and cosignatures prove of an audit trail, before any entry of it is looked at.

Owns the check of the digests against each other and against what other regions have seen, and the heads that every
chain must have by them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shared.audit.cosignature import NotACosignature, Seen, decode_cosignature
from shared.audit.digest import Digest, NotADigest, Verify, decode_digest, has_signed
from shared.audit.findings import Finding, Kind, Tell
from shared.audit.frame import EMPTY_HEAD, ChainHead


class Said(NamedTuple):
    """A head of a chain, and the digest that says so."""

    head: ChainHead
    digest: int
    end: int


class Proof(NamedTuple):
    """`said`: by chain, in rising order. `last`: the last digest that holds."""

    said: Mapping[str, tuple[Said, ...]]
    last: Digest | None
    digests: int
    cosigned: dict[int, int]

    def count(self, chain: str) -> int:
        """How many entries of the chain are proven to have been there."""
        said = self.said.get(chain, ())
        return said[-1].head.number if said else 0


def proof_of(
    region: str, digests: Iterable[tuple[int, bytes]], cosignatures: Iterable[bytes], verify: Verify, tell: Tell
) -> Proof:
    """`digests`: number under which it is kept, and bytes, in the order of the numbers."""
    held = [digest for number, encoded in digests if (digest := _read(region, number, encoded, verify, tell))]
    seen = [one for encoded in cosignatures if (one := _seen(region, encoded, verify, tell))]
    _check_chain(held, tell)
    _check_seen(held, seen, tell)
    return Proof(_said(held, tell), held[-1] if held else None, len(held), _cosigned(held, seen))


def _read(region: str, number: int, encoded: bytes, verify: Verify, tell: Tell) -> Digest | None:
    try:
        digest = decode_digest(encoded)
    except NotADigest as error:
        tell(Finding(Kind.DIGEST_CHANGED, "", number, number, str(error)))
        return None
    if digest.header.region != region or not has_signed(region, digest.signed, verify):
        whose = f"its signature is not that of {region} by its card"
        tell(Finding(Kind.SIGNATURE, "", number, number, whose, digest.header.end))
        return None
    if digest.header.number != number:
        moved = f"digest {digest.header.number} stands in its place"
        tell(Finding(Kind.DIGEST_CHANGED, "", number, number, moved, digest.header.end))
        return None
    return digest


def _seen(region: str, encoded: bytes, verify: Verify, tell: Tell) -> Seen | None:
    try:
        seen = decode_cosignature(encoded, verify)
    except NotACosignature as error:
        tell(Finding(Kind.SIGNATURE, "", 0, 0, f"a cosignature does not count: {error}"))
        return None
    return seen if seen.region == region else None


def _check_chain(digests: list[Digest], tell: Tell) -> None:
    number, previous = 0, EMPTY_HEAD
    for digest in digests:
        header = digest.header
        if header.number != number + 1:
            gap = "they are not there" if header.number > number + 2 else "it is not there"
            tell(Finding(Kind.DIGEST_MISSING, "", number + 1, header.number - 1, gap, header.start))
        elif header.previous != previous:
            broken = f"it does not rest on digest {number}"
            tell(Finding(Kind.DIGEST_CHANGED, "", header.number, header.number, broken, header.end))
        number, previous = header.number, digest.hash


def _check_seen(digests: list[Digest], seen: list[Seen], tell: Tell) -> None:
    hashes = {digest.header.number: digest.hash for digest in digests}
    last = max(hashes, default=0)
    for one in seen:
        if one.number > last:
            behind = f"{one.witness} has seen digest {one.number}, the trail here ends with {last}"
            tell(Finding(Kind.ROLLED_BACK, "", last + 1, one.number, behind, one.time))
        elif one.number in hashes and hashes[one.number] != one.hash:
            other = f"{one.witness} has seen {one.hash.hex()}, here it is {hashes[one.number].hex()}"
            tell(Finding(Kind.FORKED, "", one.number, one.number, other, one.time))


def _said(digests: list[Digest], tell: Tell) -> Mapping[str, tuple[Said, ...]]:
    said: dict[str, list[Said]] = defaultdict(list)
    for digest in digests:
        header = digest.header
        for row in digest.rows:
            known = said[row.chain]
            if known and row.number <= known[-1].head.number:
                what = f"it takes chain {row.chain} back from entry {known[-1].head.number} to {row.number}"
                tell(Finding(Kind.ROLLED_BACK, "", header.number, header.number, what, header.end))
            else:
                known.append(Said(ChainHead(row.number, row.head), header.number, header.end))
    return {chain: tuple(known) for chain, known in said.items() if known}


def _cosigned(digests: list[Digest], seen: list[Seen]) -> dict[int, int]:
    """A witness that has signed a digest has followed all before it."""
    hashes = {digest.header.number: digest.hash for digest in digests}
    furthest: dict[str, int] = {}
    for one in seen:
        if hashes.get(one.number) == one.hash:
            furthest[one.witness] = max(furthest.get(one.witness, 0), one.number)
    return {number: sum(most >= number for most in furthest.values()) for number in hashes}
