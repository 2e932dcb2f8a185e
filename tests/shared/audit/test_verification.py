"""The check of a trail: whatever was changed, lost, put in or moved is found, and where."""

import hashlib
from collections.abc import Callable

import msgspec
import pytest

from shared.audit.arrival import ON_ITS_WAY_MILLISECONDS
from shared.audit.cosignature import Seen, encode_cosignature
from shared.audit.entry import encode_entry
from shared.audit.findings import Finding, Kind, within
from shared.audit.frame import ChainHead, decode_frame, encode_frame, entry_id, frame_of, head_of
from shared.audit.verification import DroppedChain
from tests.shared.audit.proven_trail import (
    DERIVED,
    HOUR,
    IDENTITIES,
    REGION,
    WITNESS,
    WORKER,
    ProvenTrail,
    entry_of,
    small_trail,
)


def test_a_whole_trail_is_proven_up_to_its_last_digest() -> None:
    report = small_trail().check()
    assert report.findings == ()
    assert (report.entries, report.unproven, report.digests, report.until) == (10, 1, 2, 2 * HOUR)
    assert report.cosigned == {1: 1, 2: 1}


def placed(trail: ProvenTrail) -> list[tuple[str, str, int, int]]:
    return [(str(one.kind), one.chain, one.first, one.last) for one in trail.check().findings]


def changed_entry(trail: ProvenTrail, at: int, index: int, *, fit: bool) -> None:
    """`fit`: with the leaf that fits it."""
    frame = decode_frame(trail.frames[at])
    entries, leaves = list(frame.entries), list(frame.leaves)
    entries[index] = encode_entry(entry_of(10, "Decrypt"))
    if fit:
        leaves[index] = hashlib.sha256(entries[index]).digest()
    trail.frames[at] = encode_frame(msgspec.structs.replace(frame, leaves=tuple(leaves), entries=tuple(entries)))


def rewritten(trail: ProvenTrail, chain: str) -> None:
    """All frames of the chain, with another first entry, so that they fit each other."""
    head = ChainHead()
    for at, encoded in enumerate(trail.frames):
        frame = decode_frame(encoded)
        if frame.chain == chain:
            entries = (encode_entry(entry_of(1, "Sign")), *frame.entries[1:]) if frame.first == 1 else frame.entries
            again = frame_of(chain, head, entries)
            head, trail.frames[at] = head_of(again), encode_frame(again)


def inserted(trail: ProvenTrail) -> None:
    frame = decode_frame(trail.frames[2])
    more = frame_of(WORKER, ChainHead(frame.first - 1, frame.previous), [*frame.entries, encode_entry(entry_of(14))])
    trail.frames[2] = encode_frame(more)


def swapped(trail: ProvenTrail) -> None:
    trail.frames[3], trail.frames[4] = trail.frames[4], trail.frames[3]


def swapped_entries(trail: ProvenTrail) -> None:
    frame = decode_frame(trail.frames[3])
    second, first, third = frame.entries
    trail.frames[3] = encode_frame(msgspec.structs.replace(frame, entries=(first, second, third)))


def cut_off(trail: ProvenTrail) -> None:
    del trail.frames[4:]


def replaced_digest(trail: ProvenTrail) -> None:
    """By one that the region has signed, too: of a trail with an entry less in its first period."""
    other = ProvenTrail()
    other.add(WORKER, 10, 11)
    trail.digests[0] = other.digest()


def without_last_digest(trail: ProvenTrail) -> None:
    del trail.digests[1]


def foreign_cosignature(trail: ProvenTrail) -> None:
    other = encode_cosignature(Seen(WITNESS, REGION, 2, bytes(32), 9), IDENTITIES[WITNESS].sign)
    trail.cosignatures.append(other)


TAMPERS: dict[str, tuple[Callable[[ProvenTrail], object], list[tuple[str, str, int, int]]]] = {
    "an entry changed": (lambda t: changed_entry(t, 3, 1, fit=False), [("changed", WORKER, 5, 5)]),
    "an entry changed, its leaf made to fit": (lambda t: changed_entry(t, 0, 1, fit=True), [("changed", WORKER, 1, 3)]),
    "the last entry before a digest changed so": (
        lambda t: changed_entry(t, 2, 0, fit=True),
        [("changed", WORKER, 1, 3)],
    ),
    "a whole chain written anew": (
        lambda t: rewritten(t, WORKER),
        [("changed", WORKER, 1, 3), ("changed", WORKER, 1, 7)],
    ),
    "a row deleted": (lambda t: t.frames.pop(3), [("missing", WORKER, 4, 6)]),
    "the first row of a chain deleted": (lambda t: t.frames.pop(0), [("missing", WORKER, 1, 2)]),
    "the last row of a chain deleted": (lambda t: t.frames.pop(5), [("missing", DERIVED, 2, 2)]),
    "an entry put in": (inserted, [("changed", WORKER, 1, 3), ("added", WORKER, 4, 4)]),
    "a row twice": (lambda t: t.frames.insert(4, t.frames[3]), [("added", WORKER, 4, 6)]),
    "two rows swapped": (swapped, [("missing", WORKER, 4, 6), ("added", WORKER, 4, 6)]),
    "two entries swapped": (swapped_entries, [("changed", WORKER, 4, 4), ("changed", WORKER, 5, 5)]),
    "the end cut off": (cut_off, [("missing", DERIVED, 2, 2), ("missing", WORKER, 7, 7)]),
    "no entries at all": (lambda t: t.frames.clear(), [("missing", DERIVED, 1, 2), ("missing", WORKER, 1, 7)]),
    "a digest replaced": (
        replaced_digest,
        [("digest changed", "", 2, 2), ("forked", "", 1, 1)],
    ),
    "the last digest dropped": (without_last_digest, [("rolled back", "", 2, 2)]),
    "a witness has seen another": (foreign_cosignature, [("forked", "", 2, 2)]),
}  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERS)
def test_a_tamper_is_found_and_placed(tamper: str) -> None:
    trail = small_trail()
    change, findings = TAMPERS[tamper]
    change(trail)
    assert placed(trail) == findings


def test_a_missing_digest_is_named_though_others_follow() -> None:
    trail = small_trail()
    trail.digest()
    numbered = [(1, trail.digests[0]), (3, trail.digests[2])]
    findings = trail.check(numbered).findings
    assert [(one.kind, one.first, one.last) for one in findings] == [(Kind.DIGEST_MISSING, 2, 2)]


def test_a_digest_under_another_number_is_found() -> None:
    trail = small_trail()
    findings = trail.check([(1, trail.digests[0]), (2, trail.digests[0])]).findings
    assert (Kind.DIGEST_CHANGED, 2) in {(one.kind, one.first) for one in findings}


def test_a_digest_that_another_region_has_signed_does_not_count() -> None:
    trail = ProvenTrail()
    trail.add(WORKER, 1)
    trail.digest(by=WITNESS)
    report = trail.check()
    assert [(one.kind, one.first) for one in report.findings] == [(Kind.SIGNATURE, 1)]
    assert (report.digests, report.unproven) == (0, 1)


def test_a_changed_entry_is_named_with_its_time_and_event_id() -> None:
    trail = small_trail()
    leaf = decode_frame(trail.frames[3]).leaves[1]
    changed_entry(trail, 3, 1, fit=False)
    (finding,) = trail.check().findings
    assert (finding.time, finding.event_id) == (10, entry_id(leaf, WORKER, 5))


@pytest.mark.parametrize("part", ["frames", "digests", "cosignatures"])
def test_every_flipped_byte_is_found(part: str) -> None:
    """What came after the last digest is not proven; so the last frame is left out."""
    whole = small_trail()
    whole.frames.pop()
    for at, encoded in enumerate(list(getattr(whole, part))):
        for position in range(len(encoded)):
            flipped = bytearray(encoded)
            flipped[position] ^= 1 << position % 8
            getattr(whole, part)[at] = bytes(flipped)
            assert whole.check().findings, (part, at, position)
        getattr(whole, part)[at] = encoded
    assert whole.check().findings == ()


def dropped_of(trail: ProvenTrail, at: int) -> DroppedChain:
    frame = decode_frame(trail.frames[at])
    return DroppedChain(frame.chain, frame.first, frame.last, frame.previous, head_of(frame).digest)


def test_what_retention_has_dropped_is_no_fault_where_a_digest_covers_it() -> None:
    trail = small_trail()
    trail.dropped = [dropped_of(trail, at) for at in range(3)]
    del trail.frames[:3]
    report = trail.check()
    assert (report.findings, report.dropped, report.entries) == ((), 4, 6)


def test_what_no_digest_covers_cannot_have_been_dropped() -> None:
    trail = small_trail()
    trail.dropped = [dropped_of(trail, at) for at in range(7)]
    trail.frames.clear()
    assert placed(trail) == [("dropped unproven", WORKER, 8, 8)]


def test_a_chain_does_not_go_on_from_what_was_not_dropped() -> None:
    trail = small_trail()
    trail.dropped = [dropped_of(trail, at)._replace(head=bytes(32)) for at in range(1)]
    trail.frames.pop(0)
    assert placed(trail) == [("changed", WORKER, 1, 3)]


def test_findings_of_another_time_are_left_out() -> None:
    findings = [Finding(Kind.ROLLED_BACK, "c", 1, 1, "", time) for time in (None, 5, 10, 15)]
    assert [one.time for one in within(findings, 6, 12)] == [None, 10]
    assert within(findings, None, None) == tuple(findings)


@pytest.mark.parametrize("kind", [Kind.CHANGED, Kind.SIGNATURE, Kind.DIGEST_CHANGED])
def test_a_time_that_may_have_been_changed_itself_leaves_no_finding_out(kind: Kind) -> None:
    finding = Finding(kind, "c", 1, 1, "", 5)
    assert within([finding], 6, None) == within([finding], None, 4) == (finding,)


OTHER = "node-1/worker-1/ffffffffffffffff"


def put_in(trail: ProvenTrail, at: int, chain: str, time: int, after: ChainHead = ChainHead()) -> None:
    trail.frames.insert(at, encode_frame(frame_of(chain, after, [encode_entry(entry_of(time))])))


def test_a_new_chain_before_what_a_digest_covers_was_put_in() -> None:
    for at in range(6):
        trail = small_trail()
        put_in(trail, at, OTHER, 11)
        assert placed(trail) == [("added", OTHER, 1, 1)], at


def test_the_end_of_a_chain_before_what_a_digest_covers_was_put_in() -> None:
    trail = ProvenTrail()
    last = trail.add(WORKER, 10)
    trail.add(DERIVED, 11)
    trail.digest()
    put_in(trail, 1, WORKER, 10, head_of(last))
    assert placed(trail) == [("added", WORKER, 2, 2)]


def test_an_old_entry_behind_all_that_is_covered_is_told() -> None:
    trail = small_trail()
    trail.add(OTHER, 11)
    assert placed(trail) == [("in no digest", OTHER, 1, 1)]


def test_what_was_on_its_way_when_the_digest_was_made_is_counted_and_no_fault() -> None:
    trail = small_trail()
    trail.add(OTHER, 2 * HOUR - ON_ITS_WAY_MILLISECONDS)
    trail.add(OTHER, 2 * HOUR + 5)
    report = trail.check()
    assert (report.findings, report.late, report.unproven) == ((), 1, 3)


def test_frames_that_waited_for_others_are_late_where_the_trail_has_noted_the_hole() -> None:
    """The node that made the digest gave up waiting after it, this one before."""
    trail = small_trail()
    put_in(trail, 5, OTHER, HOUR + 4, ChainHead(2, bytes(32)))
    assert placed(trail) == [("missing", OTHER, 1, 2), ("added", OTHER, 3, 3)]
    trail.after_holes = {(OTHER, 3)}
    assert placed(trail) == [("missing", OTHER, 1, 2)]
    assert trail.check().late == 1


def test_a_hole_that_is_noted_explains_no_frame_that_lies_elsewhere() -> None:
    trail = small_trail()
    trail.after_holes = {(OTHER, 1), (OTHER, 4)}
    put_in(trail, 3, OTHER, 11)
    assert placed(trail) == [("added", OTHER, 1, 1)]


def test_what_came_late_is_no_mark_for_the_others() -> None:
    """The other node gave up first, and its digest covers what waited; here it lies behind what came meanwhile."""
    trail = small_trail()
    trail.frames.pop()
    trail.add(OTHER, 1, 2)
    waited = trail.add(OTHER, HOUR + 5)
    trail.digest()
    del trail.frames[-2:]
    put_in(trail, 6, "node-2/worker-1/0000000000000000", 3 * HOUR - 1)
    trail.frames.append(encode_frame(waited))
    trail.after_holes = {(OTHER, 3)}
    assert ("added", "node-2/worker-1/0000000000000000", 1, 1) not in placed(trail)


def test_what_no_digest_says_was_dropped_is_not_vouched_for() -> None:
    trail = small_trail()
    trail.dropped = [dropped_of(trail, 0)]
    del trail.frames[:1]
    assert trail.check().unvouched == 2
