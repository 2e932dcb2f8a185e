"""What is remembered in a life is the real code's answer, and is asked for anew in the next."""

from replication.records import body
from replication.records.body import encode_shared
from shared.events import KeyDeleted
from tests.replication.written_log import ACCOUNT, HOME, multi_region_key_id
from tests.simulation.remembering import remembering

GONE = KeyDeleted(ACCOUNT, multi_region_key_id(1), HOME, True)


def test_bytes_are_decoded_once_a_life() -> None:
    encoded = encode_shared([GONE])
    with remembering():
        first = body.decode_shared(encoded)
        assert body.decode_shared(bytes([*encoded])) is first
    with remembering():
        again = body.decode_shared(encoded)
    assert first == again == (GONE,)
    assert first is not again


def test_nothing_is_remembered_outside_of_a_life() -> None:
    encoded = encode_shared([GONE])
    assert body.decode_shared(encoded) is not body.decode_shared(encoded)
