"""What a rebuild could not bring back, from what the peers have told of the lost region."""

from collections.abc import Iterable

from replication.reports.rebuild_report import Lost, lost_in, own_rebuild
from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.state_store import STREAMS, row_key
from shared.evolve import State
from shared.identity.model import AccessKey, Account
from shared.rebuild.events import readmission_stream, rebuild_stream
from shared.rebuild.model import Readmission, Rebuild

LOST, PEER, OTHER = "ap-southeast-2", "eu-west-1", "us-east-1"
FORMER, PRESENT = b"f" * 32, b"p" * 32
ACCOUNT = "111122223333"


def told(peer: str, adopted: int, said: int, witnessed: int, taken: int, identity: bytes = PRESENT) -> Readmission:
    return Readmission(LOST, peer, 10, FORMER, identity, adopted, b"d", said, witnessed, taken, 9)


def store_of(rows: Iterable[tuple[int, str, State]]) -> MemoryStore:
    store = MemoryStore()
    with store.write() as transaction:
        for partition, stream, state in rows:
            transaction.put(STREAMS, row_key(partition, stream), encode_row(1, state, False))
    return store


def test_the_peers_words_together_say_what_is_lost() -> None:
    first, second = readmission_stream(LOST, PEER), readmission_stream(LOST, OTHER)
    store = store_of(
        [
            (0, first, told(PEER, adopted=40, said=43, witnessed=120, taken=70)),
            (0, second, told(OTHER, adopted=41, said=42, witnessed=110, taken=70)),
            (1, first, told(PEER, adopted=5, said=5, witnessed=0, taken=0)),
        ]
    )
    with store.read() as snapshot:
        assert lost_in(snapshot, 2) == [Lost(LOST, FORMER, PRESENT, (PEER,), (), 9, 41 + 5, 2, 7)]


def test_a_word_about_another_identity_counts_for_nothing() -> None:
    posing = told(OTHER, adopted=99, said=99, witnessed=999, taken=0, identity=b"x" * 32)._replace(readmitted_at=99)
    words = [told(PEER, 40, 40, 60, 20), posing, told("us-west-2", 39, 40, 50, 20)]
    store = store_of([(0, readmission_stream(LOST, word.peer_region), word) for word in words])
    with store.read() as snapshot:
        assert lost_in(snapshot, 1) == [Lost(LOST, FORMER, PRESENT, (PEER, "us-west-2"), (OTHER,), 9, 40, 0, 0)]


def test_the_region_itself_tells_when_it_was_done_and_what_it_still_lacks() -> None:
    account = Account(ACCOUNT, LOST, "name", 1)
    access_key = AccessKey(ACCOUNT, "user", "AKIA", 1, None, None, ())
    rows: list[tuple[int, str, State]] = [
        (0, rebuild_stream(LOST), Rebuild(LOST, (FORMER,), 1, 20, 41, 0)),
        (0, f"account/{ACCOUNT}", account),
        (0, f"access-key/{ACCOUNT}/AKIA", access_key),
    ]
    with store_of(rows).read() as snapshot:
        assert own_rebuild(snapshot, LOST, 1) == (20, (), (), ("AKIA",))
        assert own_rebuild(snapshot, LOST, 2) == (0, (), (), ("AKIA",)), "a partition has not ended"
        assert own_rebuild(snapshot, PEER, 1) is None
