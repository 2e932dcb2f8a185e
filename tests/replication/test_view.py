"""What a view shows of a snapshot at a moment, and what the snapshot holds."""

from replication.memory_store import MemoryStore
from replication.rows import encode_row
from replication.state_store import STREAMS, row_key
from replication.view import Moment, SnapshotView
from shared.identifiers import key_stream
from shared.keys.model import Key, KeyMaterial

ACCOUNT, KEY_ID, REGION = "111122223333", "1234abcd-12ab-34cd-56ef-1234567890ab", "us-east-1"
ENDING = KeyMaterial("ab" * 32, KEY_ID, 1, b"wrapped", valid_to=100)
KEY = Key(
    ACCOUNT, KEY_ID, "HMAC_256", "GENERATE_VERIFY_MAC", "EXTERNAL", 1, (ENDING,), "Enabled", "", None, (), None, (), 0
)


def test_a_view_at_a_moment_shows_no_material_that_has_expired_and_no_view_hides_what_is_recorded() -> None:
    store, stream = MemoryStore(), key_stream(ACCOUNT, KEY_ID)
    with store.write() as transaction:
        transaction.put(STREAMS, row_key(0, stream), encode_row(1, KEY, False))
    with store.read() as snapshot:
        recorded = SnapshotView(snapshot, 1)
        for now, state, view in (
            (99, "Enabled", recorded.at(Moment(REGION, 99))),
            (100, "PendingImport", recorded.at(Moment(REGION, 100))),
        ):
            found = [view.key(ACCOUNT, KEY_ID), *view.keys(ACCOUNT, "")]
            assert [key and key.state for key in found] == [state, state], now
            assert view.state(stream) == KEY
        assert recorded.key(ACCOUNT, KEY_ID) == KEY
