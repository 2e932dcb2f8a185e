"""What a region that is built anew does by itself, step by step, on a state that stands still."""

from pathlib import Path

from replication.records.body import decode_change
from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.state_store import STREAMS, row_key
from replication.writing.draft import Answer, Draft
from services.region_node.changes.recording import Place
from services.region_node.rebuild.rebuilding import MARK, Rebuilding, mark_rebuilding
from shared.crypto.region_card import decode_card
from shared.events import Event, KeyDisabled
from shared.evolve import State
from shared.identifiers import key_stream
from shared.keys.model import DISABLED, ENABLED, PENDING_DELETION, Key, KeyMaterial
from shared.rebuild.events import RebuildBegun, RebuildEnded, readmission_stream, rebuild_stream
from shared.rebuild.model import Readmission, Rebuild
from tests.services.region_node.running_replicator import ACCOUNT, KEYS, NOW

HOME, PEER, OTHER = "us-east-1", "eu-west-1", "ap-southeast-2"
IDENTITY, FORMER = b"p" * 32, KEYS[HOME].encoded_card
WAS = decode_card(FORMER).identity


class Standing:
    """One partition, with these rows; `said`: what the region would have written."""

    def __init__(self, directory: Path, rows: dict[str, State], verdict: str = "applied") -> None:
        self.said: list[Event] = []
        self._verdict, store = verdict, MemoryStore()
        with store.write() as transaction:
            for stream, state in rows.items():
                transaction.put(STREAMS, row_key(0, stream), encode_row(1, state, False))
        directory.mkdir(exist_ok=True)
        mark_rebuilding(directory, FORMER)
        place = Place(HOME, "node-1", 1, store, self._submit, lambda: NOW)
        self.rebuilding = Rebuilding(place, IDENTITY, [OTHER, PEER], directory)

    async def _submit(self, draft: Draft) -> Answer:
        self.said += decode_change(draft.body or b"").events
        assert draft.shared is None, "peers hear nothing of it"
        return Answer(self._verdict, "", 1)


def word(identity: bytes = IDENTITY) -> Readmission:
    return Readmission(HOME, PEER, NOW, WAS, identity, 1, b"d", 1, 1, 0, NOW)


def key(number: int, state: str) -> tuple[str, Key]:
    key_id = f"mrk-{number:032x}"
    materials = (KeyMaterial("ab" * 32, key_id, NOW, b"wrapped"),)
    held = Key(ACCOUNT, key_id, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", NOW, materials, state, "", None, (),
               PEER, (HOME,), 0)  # fmt: skip
    return key_stream(ACCOUNT, key_id), held


async def test_its_log_begins_with_who_it_was_once(tmp_path: Path) -> None:
    first = Standing(tmp_path / "a", {})
    assert await first.rebuilding.begin()
    assert first.said == [RebuildBegun(HOME, WAS)]
    again = Standing(tmp_path / "b", {rebuild_stream(HOME): Rebuild(HOME, (WAS,), NOW)})
    assert await again.rebuilding.begin()
    assert again.said == []
    refused = Standing(tmp_path / "c", {}, "void")
    assert not await refused.rebuilding.begin()


async def test_it_is_complete_once_every_peers_word_on_this_identity_is_here(tmp_path: Path) -> None:
    by_peer, by_other = readmission_stream(HOME, PEER), readmission_stream(HOME, OTHER)
    cases: tuple[tuple[dict[str, State], str], ...] = (
        ({}, f"not readmitted yet by {OTHER}, {PEER}"),
        ({by_peer: word()}, f"not readmitted yet by {OTHER}"),
        ({by_peer: word(), by_other: word(b"x" * 32)}, f"not readmitted yet by {OTHER}"),
        ({by_peer: word(), by_other: word()}, ""),
    )
    for number, (rows, lacking) in enumerate(cases):
        told = Standing(tmp_path / str(number), rows).rebuilding.lacking()
        assert told.endswith(lacking)
        assert bool(told) == bool(lacking)


async def test_what_is_enabled_is_disabled_and_the_end_says_how_much_is_there(tmp_path: Path) -> None:
    begun: dict[str, State] = {rebuild_stream(HOME): Rebuild(HOME, (WAS,), NOW)}
    keys = dict((key(1, ENABLED), key(2, DISABLED), key(3, PENDING_DELETION)))
    standing = Standing(tmp_path, {**begun, **keys})
    assert await standing.rebuilding.end()
    assert standing.said == [KeyDisabled(ACCOUNT, f"mrk-{1:032x}"), RebuildEnded(HOME, 0, 1)]
    assert not (tmp_path / MARK).exists()
    assert standing.rebuilding.former is None


async def test_an_end_that_does_not_take_effect_is_tried_again(tmp_path: Path) -> None:
    begun: dict[str, State] = {rebuild_stream(HOME): Rebuild(HOME, (WAS,), NOW)}
    standing = Standing(tmp_path, {**begun, **dict([key(1, ENABLED)])}, "void")
    assert not await standing.rebuilding.end()
    assert standing.said == [KeyDisabled(ACCOUNT, f"mrk-{1:032x}")]
    assert (tmp_path / MARK).exists()


async def test_a_region_that_is_not_built_anew_has_nothing_to_do(tmp_path: Path) -> None:
    standing = Standing(tmp_path, {})
    (tmp_path / MARK).unlink()
    idle = Rebuilding(standing.rebuilding._place, IDENTITY, [PEER], tmp_path)
    assert (await idle.begin(), idle.lacking(), await idle.end(), standing.said) == (True, "", True, [])
